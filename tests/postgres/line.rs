//! A line between a client and the server that a test can cut: before a statement, after its answer, or with the
//! statement still on its way.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

/// What becomes of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Pass,
    /// It is carried out and answered, and the line is cut before the answer comes through.
    LoseAnswer,
    /// The line is cut before it comes through.
    LoseStatement,
    /// The client's end is cut; the statement comes through when [`Line::deliver`] is called.
    Delay,
    /// Nothing is heard of it any more, nor of anything else from then on.
    Swallow,
}

type Rule = Box<dyn FnMut(&str) -> Fate + Send>;

/// A statement that is on its way.
struct Delayed {
    server: TcpStream,
    statement: Vec<u8>,
    /// Closed when the server has closed its end.
    ended: Receiver<()>,
}

struct Inner {
    to: u16,
    rule: Mutex<Rule>,
    delayed: Mutex<Vec<Delayed>>,
    open: Mutex<Vec<TcpStream>>,
    down: AtomicBool,
}

/// The near end of the line.
#[derive(Clone)]
pub struct Line {
    pub port: u16,
    inner: Arc<Inner>,
}

impl Line {
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = listener.local_addr().unwrap().port();
        let inner = Arc::new(Inner {
            to: port,
            rule: Mutex::new(Box::new(|_| Fate::Pass)),
            delayed: Mutex::default(),
            open: Mutex::default(),
            down: AtomicBool::new(false),
        });
        let line = Self { port: near, inner };
        let serving = line.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.serve(client));
            }
        });
        line
    }

    /// From now on.
    pub fn rule(&self, rule: impl FnMut(&str) -> Fate + Send + 'static) {
        *self.inner.rule.lock().unwrap() = Box::new(rule);
    }

    /// The next statement with this in it has this fate, and everything else passes.
    pub fn once(&self, marker: &'static str, fate: Fate) {
        let mut done = false;
        self.rule(move |statement| {
            let meant = statement.contains(marker) && !done;
            done |= meant;
            if meant { fate } else { Fate::Pass }
        });
    }

    /// Cuts what is there, and lets nobody through, or does again.
    pub fn set_down(&self, down: bool) {
        self.inner.down.store(down, Ordering::SeqCst);
        if down {
            for stream in self.inner.open.lock().unwrap().drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }

    /// Lets nobody through who comes from now on.
    pub fn refuse_from_now_on(&self) {
        self.inner.down.store(true, Ordering::SeqCst);
    }

    /// Lets what was delayed come through, and waits until the server has carried it out.
    pub fn deliver(&self) {
        let delayed: Vec<Delayed> = self.inner.delayed.lock().unwrap().drain(..).collect();
        assert!(!delayed.is_empty(), "nothing is on its way");
        for Delayed { mut server, mut statement, ended } in delayed {
            // Behind it the word that ends a session: when the server closes, it was carried out or refused.
            statement.extend_from_slice(b"X\0\0\0\x04");
            server.write_all(&statement).unwrap();
            assert!(ended.recv().is_err());
        }
    }

    fn serve(&self, mut client: TcpStream) {
        if self.inner.down.load(Ordering::SeqCst) {
            return;
        }
        let mut server = TcpStream::connect(("127.0.0.1", self.inner.to)).unwrap();
        for stream in [&client, &server] {
            stream.set_nodelay(true).unwrap();
            self.inner.open.lock().unwrap().push(stream.try_clone().unwrap());
        }
        let lose = Arc::new(AtomicBool::new(false));
        let (ends, ended) = channel();
        std::thread::spawn({
            let (mut from, mut to, lose) =
                (server.try_clone().unwrap(), client.try_clone().unwrap(), Arc::clone(&lose));
            move || {
                let _ends = ends;
                let mut bytes = vec![0; 1 << 16];
                while let Ok(count @ 1..) = from.read(&mut bytes) {
                    if lose.load(Ordering::SeqCst) {
                        let _ = to.shutdown(Shutdown::Both);
                        let _ = from.shutdown(Shutdown::Both);
                    } else {
                        // Whoever is not there any more hears nothing; the server is heard to its end.
                        let _ = to.write_all(&bytes[..count]);
                    }
                }
                let _ = to.shutdown(Shutdown::Both);
            }
        });
        let mut bytes = vec![0; 1 << 16];
        while let Ok(count @ 1..) = client.read(&mut bytes) {
            let statement = &bytes[..count];
            match (self.inner.rule.lock().unwrap())(&String::from_utf8_lossy(statement)) {
                Fate::Pass => {}
                Fate::LoseAnswer => lose.store(true, Ordering::SeqCst),
                Fate::LoseStatement => break,
                Fate::Delay => {
                    let statement = statement.to_vec();
                    self.inner.delayed.lock().unwrap().push(Delayed { server, statement, ended });
                    let _ = client.shutdown(Shutdown::Both);
                    return;
                }
                Fate::Swallow => continue,
            }
            if server.write_all(statement).is_err() {
                break;
            }
        }
        let _ = server.shutdown(Shutdown::Both);
        let _ = client.shutdown(Shutdown::Both);
    }
}
