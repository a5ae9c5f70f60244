//! A bare socket that reads requests and says whatever it is told to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What becomes of a connection after its request was read.
#[derive(Clone)]
pub(crate) enum Reply {
    /// These bytes, then the end.
    Bytes(Vec<u8>),
    /// A reset.
    Reset,
}

/// A server that answers one request a connection, in the order of its replies, and then no more.
pub(crate) struct Listener {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    pub(crate) async fn serving(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap(), replies)
    }

    pub(crate) fn on(socket: TcpListener, replies: impl IntoIterator<Item = Reply>) -> Self {
        let address = socket.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let replies: Vec<Reply> = replies.into_iter().collect();
        tokio::spawn({
            let requests = Arc::clone(&requests);
            async move {
                for reply in replies {
                    let (mut stream, _) = socket.accept().await.unwrap();
                    let request = read(&mut stream).await;
                    requests.lock().unwrap().push(request);
                    match reply {
                        // The client may have left before the end of it.
                        Reply::Bytes(bytes) => drop(stream.write_all(&bytes).await),
                        Reply::Reset => stream.set_zero_linger().unwrap(),
                    }
                }
            }
        });
        Self { address, requests }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, as they came.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// A whole answer.
pub(crate) fn answer(head: &str, body: &str) -> Reply {
    let length = body.len();
    let text = format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    Reply::Bytes(text.into_bytes())
}

/// Reads a request to its end.
async fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                |line: &str| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok();
            let length: usize = head.lines().find_map(length).unwrap_or(0);
            if body.len() >= length {
                return text;
            }
        }
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "the request broke off: {text}");
    }
}
