//! Letters, taken by a mail server of our own.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};
use uuid::Uuid;

use super::{Letter, one_line};

/// A mail server that keeps what it is sent.
pub struct MailServer {
    pub url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    letters: Vec<String>,
    /// What the next letters are answered with instead of being taken.
    refusals: Vec<&'static str>,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { url, state }
    }

    /// Answers the next letter with this.
    pub fn refuse(&self, with: &'static str) {
        self.state.lock().unwrap().refusals.push(with);
    }

    /// What was taken so far, as it was sent.
    pub fn letters(&self) -> Vec<String> {
        self.state.lock().unwrap().letters.clone()
    }

    /// The only letter to somebody since the last that was asked for.
    pub fn take(&self, to: &str) -> String {
        let mut state = self.state.lock().unwrap();
        let letters = std::mem::take(&mut state.letters);
        let [letter] = letters.as_slice() else {
            panic!("{} letters: {letters:?}", letters.len());
        };
        assert!(letter.contains(&format!("To: {to}")), "{letter}");
        letter.clone()
    }
}

/// The address that a letter asks to open. Lines of a letter are folded with `=` at their ends.
pub fn link_of(letter: &str) -> String {
    let text = letter.replace("=\r\n", "").replace("=3D", "=");
    let (_, rest) = text.split_once("http").unwrap();
    let end = rest.find(|c: char| c.is_whitespace() || c == '"').unwrap();
    format!("http{}", &rest[..end])
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 here\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        let answer = match line.split([' ', ':']).next().unwrap() {
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.unwrap();
                let mut letter = String::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    letter.push_str(&line);
                    letter.push_str("\r\n");
                }
                taken(&state, letter)
            }
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        let answered = write.write_all(format!("{answer}\r\n").as_bytes()).await;
        if answered.is_err() {
            return;
        }
    }
}

fn taken(state: &Mutex<State>, letter: String) -> &'static str {
    let mut state = state.lock().unwrap();
    if let Some(refusal) = state.refusals.pop() {
        return refusal;
    }
    state.letters.push(letter);
    "250 taken"
}

#[test]
fn names_begin_no_header_and_no_markup() {
    let letter = Letter {
        to: "kim@example.com".to_owned(),
        subject: "Join Evil\r\nBcc: all@example.com".to_owned(),
        paragraphs: vec!["<b>Evil</b>".to_owned()],
        action: "Join".to_owned(),
        link: "https://bill.example.com/invitation?token=a&b".to_owned(),
        footer: "That is all.".to_owned(),
    };
    let from = "BillingOne <billing@example.com>".parse().unwrap();
    let message = letter.message(Uuid::nil(), from).unwrap();
    let sent = String::from_utf8(message.formatted()).unwrap();
    let (head, body) = sent.split_once("\r\n\r\n").unwrap();
    assert!(!head.contains("\r\nBcc:"), "{head}");
    let (_, html) = body.split_once("text/html").unwrap();
    assert!(!html.contains("<b>Evil"), "{html}");
    assert!(sent.contains("<00000000000000000000000000000000@example.com>"));
    assert_eq!(one_line("a\r\nb"), "a  b");
    let to_two = Letter {
        to: "kim@example.com, all@example.com".to_owned(),
        ..letter
    };
    let from = "billing@example.com".parse().unwrap();
    assert!(to_two.message(Uuid::nil(), from).is_err());
}
