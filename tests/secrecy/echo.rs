//! Servers that send the token back in every place of an answer, and servers that send it elsewhere.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::TOKEN;
use super::commands::{MANIFEST, run_through};
use super::place::{Place, Route};

/// A server that gives every request the same answer, and counts them.
struct Server {
    url: String,
    asked: Arc<AtomicUsize>,
}

impl Server {
    fn answering(answer: String) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in socket.incoming() {
                let mut stream = stream.unwrap();
                counter.fetch_add(1, Ordering::SeqCst);
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut line, mut length) = (String::new(), 0);
                while reader.read_line(&mut line).unwrap_or(0) > 2 {
                    let lower = line.to_ascii_lowercase();
                    length =
                        lower.strip_prefix("content-length:").map_or(length, |n| n.trim().parse().unwrap());
                    line.clear();
                }
                let mut body = vec![0; length];
                // A client that leaves gets no answer.
                let _ = reader.read_exact(&mut body).and_then(|()| stream.write_all(answer.as_bytes()));
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// The token in every form, and with others around it.
fn forms() -> String {
    let hex: String = TOKEN.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "{TOKEN} {hex} {} tok%2FMARKED%227f3a%2Bx tok%2fMARKED%227f3a%2bx dG9rL01BUktFRCI3ZjNhK3g= \
         OnRvay9NQVJLRUQiN2YzYSt4 dTp0b2svTUFSS0VEIjdmM2EreA== bWU6dG9rL01BUktFRCI3ZjNhK3g",
        hex.to_uppercase()
    )
}

/// An answer with the token in its reason, its headers and its body.
fn answer(status: u16, body: &str, elsewhere: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} {TOKEN}\r\nlocation: {elsewhere}/?access_token={TOKEN}\r\nx-token: {TOKEN}\r\n\
         retry-after: {TOKEN}\r\nset-cookie: t={TOKEN}\r\nwww-authenticate: Bearer realm={TOKEN}\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

fn bodies() -> [String; 4] {
    let all = forms();
    let object = serde_json::json!({
        "code": TOKEN, "error": all, "message": all, "status": TOKEN, "name": all,
        "instance_id": "3EB0BCB2E3D4", "session_name": all, "server_name": TOKEN, "me": {"id": TOKEN},
        "config": {"metadata": {"access_token": TOKEN}}, TOKEN: TOKEN,
    });
    let good = serde_json::json!({
        "status": "WORKING", "instance_id": "3EB0BCB2E3D4", "session_name": "dG9rL01BUktFRCI3ZjNhK3g=",
        "server_name": TOKEN, "config": {"metadata": {"access_token": TOKEN}},
    });
    [
        object.to_string(),
        format!("<html><title>{TOKEN}</title><p class=\"{TOKEN}\">{all}</p></html>"),
        all,
        good.to_string(),
    ]
}

#[test]
fn a_server_that_sends_the_token_back_does_not_get_it_told() {
    let statuses = [200, 201, 204, 302, 307, 400, 401, 403, 404, 410, 429, 500, 503];
    std::thread::scope(|scope| {
        for (number, status) in statuses.into_iter().enumerate() {
            // Each status with two kinds of bodies, the successes with all of them. A server that is always
            // busy is waited for, longer than anybody should in a test.
            let kinds: Vec<usize> = match status {
                429 => continue,
                200 | 201 => vec![0, 1, 2, 3],
                _ => vec![number % 3, 3],
            };
            for kind in kinds {
                scope.spawn(move || {
                    let server = Server::answering(answer(status, &bodies()[kind], "http://127.0.0.1:1"));
                    let route = if kind % 2 == 0 { Route::Env } else { Route::File };
                    let place = Place::new(route, &server.url, MANIFEST);
                    run_through(&place, status < 202);
                    assert!(server.asked() > 0, "{status} was never asked");
                });
            }
        }
    });
}

#[test]
fn a_redirect_is_not_followed_and_the_other_host_hears_nothing() {
    std::thread::scope(|scope| {
        for status in [301, 302, 303, 307, 308] {
            scope.spawn(move || {
                let elsewhere = Server::answering(answer(200, &bodies()[3], "http://127.0.0.1:1"));
                let server = Server::answering(answer(status, "", &elsewhere.url));
                let place = Place::new(Route::Env, &server.url, MANIFEST);
                run_through(&place, false);
                assert!(server.asked() > 0, "{status} was never asked");
                assert_eq!(elsewhere.asked(), 0, "{status} was followed");
            });
        }
    });
}
