//! A line between a client and a server that a test can cut: it forwards one request at a time, and knows which.

use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is forwarded, and its answer comes back.
    Pass,
    /// It is forwarded and answered, and then the line is cut.
    LoseAnswer,
    /// It is forwarded and answered, and nothing is heard of the answer until the client gives up.
    HoldAnswer,
    /// The line is cut before it is forwarded.
    LoseRequest,
    /// Nothing is heard of it any more.
    Swallow,
}

/// Decides over a request, by its method and path.
type Rule = Box<dyn FnMut(&str, &str) -> Fate + Send>;

struct Line {
    to: u16,
    rule: Mutex<Rule>,
    /// Requests that are between being read and being answered.
    under_way: Mutex<usize>,
    quiet: Condvar,
    writes: AtomicUsize,
}

/// The near end of the line; it is there as long as the process.
#[derive(Clone)]
pub struct Proxy {
    pub port: u16,
    line: Arc<Line>,
}

impl Proxy {
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = listener.local_addr().unwrap().port();
        let line = Arc::new(Line {
            to: port,
            rule: Mutex::new(Box::new(|_, _| Fate::Pass)),
            under_way: Mutex::new(0),
            quiet: Condvar::new(),
            writes: AtomicUsize::new(0),
        });
        let serving = Arc::clone(&line);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let line = Arc::clone(&serving);
                std::thread::spawn(move || {
                    let _ = line.serve(&stream);
                    let _ = stream.shutdown(Shutdown::Both);
                });
            }
        });
        Self { port: near, line }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on.
    pub fn rule(&self, rule: impl FnMut(&str, &str) -> Fate + Send + 'static) {
        *self.line.rule.lock().unwrap() = Box::new(rule);
    }

    /// The next PUT whose path ends like this has this fate, and every other request passes.
    pub fn once(&self, ending: &'static str, fate: Fate) {
        let mut done = false;
        self.rule(move |method, path| {
            let meant = method == "PUT" && path.ends_with(ending) && !done;
            done |= meant;
            if meant { fate } else { Fate::Pass }
        });
    }

    /// How many documents were begun to be written: PUTs that are of no lock.
    pub fn writes(&self) -> usize {
        self.line.writes.load(Ordering::SeqCst)
    }

    /// Waits until no request is at the server.
    pub fn quiet(&self) {
        let mut under_way = self.line.under_way.lock().unwrap();
        while *under_way > 0 {
            under_way = self.line.quiet.wait(under_way).unwrap();
        }
    }
}

impl Line {
    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        let mut from = BufReader::new(stream);
        loop {
            let Some((head, body)) = request(&mut from)? else { return Ok(()) };
            *self.under_way.lock().unwrap() += 1;
            let passed = self.pass(&head, &body, stream);
            *self.under_way.lock().unwrap() -= 1;
            self.quiet.notify_all();
            if !passed? {
                return Ok(());
            }
        }
    }

    /// Whether the line still holds.
    fn pass(&self, head: &str, body: &[u8], mut stream: &TcpStream) -> io::Result<bool> {
        let mut words = head.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let path = path.split('?').next().unwrap_or_default();
        if method == "PUT" && !path.ends_with(".lock") {
            self.writes.fetch_add(1, Ordering::SeqCst);
        }
        let fate = (self.rule.lock().unwrap())(method, path);
        match fate {
            Fate::LoseRequest => return Ok(false),
            Fate::Swallow => return until_it_gives_up(stream),
            Fate::Pass | Fate::LoseAnswer | Fate::HoldAnswer => {}
        }
        let mut to = TcpStream::connect(("127.0.0.1", self.to))?;
        to.write_all(head.as_bytes())?;
        to.write_all(b"connection: close\r\n\r\n")?;
        to.write_all(body)?;
        let mut answer = Vec::new();
        to.read_to_end(&mut answer)?;
        match fate {
            Fate::Pass => stream.write_all(&answer).map(|()| false),
            Fate::HoldAnswer => until_it_gives_up(stream),
            Fate::LoseAnswer | Fate::LoseRequest | Fate::Swallow => Ok(false),
        }
    }
}

fn until_it_gives_up(mut stream: &TcpStream) -> io::Result<bool> {
    let mut rest = [0; 64];
    while stream.read(&mut rest)? > 0 {}
    Ok(false)
}

/// The head of a request up to its empty line, without what it says of the connection, and its body.
fn request(from: &mut impl io::BufRead) -> io::Result<Option<(String, Vec<u8>)>> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        if line == "\r\n" {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        if !lower.starts_with("connection:") {
            head += &line;
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(Some((head, body)))
}
