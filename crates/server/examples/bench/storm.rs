//! Wrong passwords in masses, from as many addresses, so that nothing but hashing slows them down.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread::JoinHandle,
};

use anyhow::{Context as _, Result};

/// Guessers at work until they are stopped.
pub struct Storm {
    shared: Arc<Shared>,
    guessers: Vec<JoinHandle<Result<()>>>,
}

struct Shared {
    address: SocketAddr,
    is_over: AtomicBool,
    guesses: AtomicU32,
}

impl Storm {
    pub fn begin(address: SocketAddr, guessers: usize) -> Self {
        let shared = Arc::new(Shared {
            address,
            is_over: AtomicBool::new(false),
            guesses: AtomicU32::new(0),
        });
        let guessers = (0..guessers)
            .map(|_| {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.guess())
            })
            .collect();
        Self { shared, guessers }
    }

    /// How many guesses were answered.
    pub fn end(self) -> Result<u32> {
        self.shared.is_over.store(true, Ordering::Relaxed);
        for guesser in self.guessers {
            guesser.join().ok().context("a guesser is gone")??;
        }
        Ok(self.shared.guesses.load(Ordering::Relaxed))
    }
}

impl Shared {
    fn guess(&self) -> Result<()> {
        let mut stream = BufReader::new(TcpStream::connect(self.address)?);
        while !self.is_over.load(Ordering::Relaxed) {
            let [_, a, b, c] = self.guesses.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            let body = r#"{"email":"owner@example.com","password":"wrong wrong wrong"}"#;
            let request = format!(
                "POST /api/v1/session HTTP/1.1\r\nhost: localhost\r\n\
                 x-forwarded-for: 10.{a}.{b}.{c}\r\ncontent-type: application/json\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.get_mut().write_all(request.as_bytes())?;
            skip_answer(&mut stream)?;
        }
        Ok(())
    }
}

fn skip_answer(stream: &mut BufReader<TcpStream>) -> Result<()> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse()?;
        }
    }
    stream.read_exact(&mut vec![0; length])?;
    Ok(())
}
