//! An HTTP server on this machine that answers, or misbehaves, as a test wants.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crate::outside::Address;

/// What a server does with a question.
pub(super) enum Reply {
    /// Answers with status, media type and body.
    Answer(u16, &'static str, Vec<u8>),
    /// Writes these bytes, which may be no HTTP, and closes.
    Bytes(Vec<u8>),
    /// Closes without a word.
    Close,
    /// Writes a body that never ends.
    Endless(&'static str),
    /// Sends elsewhere.
    Redirect(String),
    /// Never answers; the connection stays open as long as the server lives.
    Silence,
}

/// What a server was asked.
pub(super) struct Question {
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

type Handler = dyn Fn(Question) -> Reply + Send + Sync;

pub(super) struct Server {
    address: SocketAddr,
    questions: Arc<AtomicUsize>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(handler: impl Fn(Question) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let questions = Arc::new(AtomicUsize::new(0));
        let ended = Arc::new(AtomicBool::new(false));
        let handler: Arc<Handler> = Arc::new(handler);
        let (count, stop) = (Arc::clone(&questions), Arc::clone(&ended));
        let thread = std::thread::spawn(move || {
            let silent = Arc::new(Mutex::new(Vec::new()));
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let (handler, count, silent) = (
                    Arc::clone(&handler),
                    Arc::clone(&count),
                    Arc::clone(&silent),
                );
                std::thread::spawn(move || {
                    let stream = stream.unwrap();
                    if let Some(stream) = serve(stream, handler.as_ref(), &count) {
                        silent.lock().unwrap().push(stream);
                    }
                });
            }
        });
        Self {
            address,
            questions,
            ended,
            thread: Some(thread),
        }
    }

    /// Starts a server that always does the same.
    pub(super) fn always(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Self {
        Self::start(move |_question| reply())
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn address(&self) -> Address {
        self.url("/").parse().unwrap()
    }

    /// Returns how many questions it was asked.
    pub(super) fn questions(&self) -> usize {
        self.questions.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes it, so that it sees that it has ended.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// Returns an address where nobody listens.
pub(super) fn nobody() -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    format!("http://{address}/").parse().unwrap()
}

/// Answers one question and closes, or returns the connection to be kept open.
fn serve(stream: TcpStream, handler: &Handler, count: &AtomicUsize) -> Option<TcpStream> {
    let question = read(&stream)?;
    count.fetch_add(1, Ordering::SeqCst);
    let mut stream = stream;
    // Whoever asks may have gone: that is what some tests are about.
    let written = match handler(question) {
        Reply::Answer(status, media_type, body) => {
            let head = format!(
                "HTTP/1.1 {status} x\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(&[head.as_bytes(), &body].concat())
        }
        Reply::Bytes(bytes) => stream.write_all(&bytes),
        Reply::Close => Ok(()),
        Reply::Endless(media_type) => {
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nConnection: close\r\n\r\n"
            );
            let mut written = stream.write_all(head.as_bytes());
            while written.is_ok() {
                written = stream.write_all(&[b'x'; 4096]);
            }
            written
        }
        Reply::Redirect(to) => {
            let head = format!(
                "HTTP/1.1 307 x\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            stream.write_all(head.as_bytes())
        }
        Reply::Silence => return Some(stream),
    };
    drop(written);
    drop(stream.shutdown(Shutdown::Both));
    None
}

fn read(stream: &TcpStream) -> Option<Question> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head
        .to_ascii_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Question { head, body })
}
