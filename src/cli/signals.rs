//! SIGINT and SIGTERM: the first asks the run to stop, the second leaves at once. SIGXFSZ: a write that fails.

use super::exit::Exit;
use crate::apply::Stop;

/// Listens from now on. What is on disk by then is enough to go on from, so a second signal may leave at once.
///
/// # Errors
/// When the system does not let signals be listened to.
pub(super) fn listen() -> std::io::Result<Stop> {
    let stop = Stop::default();
    let asked = stop.clone();
    let mut signals = Signals::new()?;
    tokio::spawn(async move {
        signals.next().await;
        asked.ask();
        signals.next().await;
        #[expect(clippy::exit, reason = "the second signal means: now")]
        std::process::exit(i32::from(Exit::Interrupted as u8));
    });
    Ok(stop)
}

/// Lets a write beyond `ulimit -f` fail, as on a full disk, instead of killing the process: only who lives can
/// say what is known and where it is. For the rest of the process's life.
///
/// # Errors
/// When the system does not let it be listened to.
#[cfg(unix)]
pub(super) fn let_writes_fail() -> std::io::Result<()> {
    /// SIGXFSZ on Linux (but for MIPS), macOS and the BSDs.
    const FILE_TOO_LARGE: i32 = 25;
    // The handler stays when what listens is dropped.
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(FILE_TOO_LARGE)).map(drop)
}

#[cfg(not(unix))]
pub(super) fn let_writes_fail() -> std::io::Result<()> {
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
