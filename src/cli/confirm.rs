//! Asking a person: only an exact answer counts, and without a terminal nobody is asked.

use std::io::BufRead;

use super::App;
use super::exit::{Exit, Fault};
use crate::apply::Stop;

/// Asks for the word `expected`. `Ok(false)` means that the person answered something else.
///
/// # Errors
/// When nobody can be asked, or when a signal came instead of an answer.
pub(super) async fn confirm(app: &App, question: &str, expected: &str, stop: &Stop) -> anyhow::Result<bool> {
    if !app.env.stdin_is_terminal() {
        let hint = "use --auto-approve to go on without being asked";
        return Err(Fault::error("nobody can be asked here: standard input is not a terminal", hint).into());
    }
    app.out.urgent(&format!("\n{question}\n  Only {expected:?} is accepted: "));
    let (tell, told) = tokio::sync::oneshot::channel();
    // A thread of its own: it may wait for a line for ever, and must not hold the process when a signal came.
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        let _ = tell.send(read.map(|_| line));
    });
    tokio::select! {
        biased;
        () = stop.asked() => {
            app.out.urgent("\n");
            Err(Fault::error("interrupted; nothing was changed", "").with(Exit::Interrupted).into())
        }
        answer = told => Ok(answer??.trim() == expected),
    }
}
