//! The connections: each can be cut, or made to carry other bytes than the answer.
//!
//! Invariant: a switch that was thrown lets nothing of HTTP through; a stop ends every connection at once,
//! also one that is waiting for its client.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// The listening socket.
pub(super) struct Lines {
    pub(super) socket: TcpListener,
    pub(super) stop: CancellationToken,
}

/// One connection.
pub(super) struct Line {
    stream: TcpStream,
    switch: Switch,
    stopped: Pin<Box<WaitForCancellationFutureOwned>>,
}

/// What a handler holds of its connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Switch(Arc<Mutex<Option<Instead>>>);

#[derive(Debug)]
struct Instead {
    bytes: Vec<u8>,
    sent: usize,
}

impl Switch {
    /// From here on the connection carries these bytes and is then closed; whatever is answered is lost.
    pub(super) fn send_instead(&self, bytes: Vec<u8>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instead { bytes, sent: 0 });
    }
}

impl Listener for Lines {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.socket).await;
        // Best effort: without it the answers are right, only slower.
        let _ = stream.set_nodelay(true);
        let stopped = Box::pin(self.stop.clone().cancelled_owned());
        (Line { stream, switch: Switch::default(), stopped }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

impl Connected<IncomingStream<'_, Lines>> for Switch {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.io().switch.clone()
    }
}

impl Line {
    /// What the stream says, unless it has to wait and the sandbox is stopping.
    fn unless_stopped<T>(&mut self, cx: &mut Context<'_>, io: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if io.is_pending() && self.stopped.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        io
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let io = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.unless_stopped(cx, io)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let switch = self.switch.clone();
        let mut thrown = switch.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Instead { bytes, sent }) = thrown.as_mut() else {
            let io = Pin::new(&mut self.stream).poll_write(cx, buf);
            return self.unless_stopped(cx, io);
        };
        while let Some(rest) = bytes.get(*sent..).filter(|rest| !rest.is_empty()) {
            let io = Pin::new(&mut self.stream).poll_write(cx, rest);
            *sent += ready!(self.unless_stopped(cx, io))?;
        }
        Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
