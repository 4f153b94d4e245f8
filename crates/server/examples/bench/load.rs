//! A visitor who costs little: one request after another on a connection that stays open.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};

/// What is asked for, by whom.
#[derive(Clone)]
pub struct Request {
    pub address: SocketAddr,
    text: String,
}

impl Request {
    pub fn new(address: SocketAddr, path: &str, token: &str) -> Self {
        let text = format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n"
        );
        Self { address, text }
    }

    /// The length of the page.
    pub fn length(&self) -> Result<usize> {
        let mut visitor = Visitor::new(self)?;
        visitor.ask(self)
    }

    /// How long each of `count` requests took, over so many connections at once.
    pub fn repeat(&self, count: usize, connections: usize) -> Result<(Duration, Vec<Duration>)> {
        let started = Instant::now();
        let visitors: Vec<_> = (0..connections)
            .map(|_| {
                let (request, share) = (self.clone(), count / connections);
                std::thread::spawn(move || request.visit(share))
            })
            .collect();
        let mut all = Vec::with_capacity(count);
        for visitor in visitors {
            let taken = visitor.join().ok().context("a visitor is gone")?;
            all.extend(taken?);
        }
        Ok((started.elapsed(), all))
    }

    fn visit(&self, count: usize) -> Result<Vec<Duration>> {
        let mut visitor = Visitor::new(self)?;
        (0..count)
            .map(|_| {
                let asked = Instant::now();
                visitor.ask(self)?;
                Ok(asked.elapsed())
            })
            .collect()
    }
}

struct Visitor {
    stream: BufReader<TcpStream>,
    line: String,
    body: Vec<u8>,
}

impl Visitor {
    fn new(request: &Request) -> Result<Self> {
        let stream = TcpStream::connect(request.address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::with_capacity(64 * 1024, stream),
            line: String::new(),
            body: Vec::new(),
        })
    }

    fn ask(&mut self, request: &Request) -> Result<usize> {
        self.stream.get_mut().write_all(request.text.as_bytes())?;
        let mut length = 0;
        let mut is_first = true;
        loop {
            self.line.clear();
            self.stream.read_line(&mut self.line)?;
            let line = self.line.trim_end();
            if is_first {
                ensure!(line.contains(" 200 "), "answered {line}");
            } else if line.is_empty() {
                break;
            } else if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse()?;
            }
            is_first = false;
        }
        ensure!(length > 0, "no length, no page");
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body)?;
        Ok(length)
    }
}
