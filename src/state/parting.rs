//! What is still to be done after its owner is gone: a lock that is let go over a network by a pen that was
//! dropped, a write that is on its way.
//!
//! Invariant: whatever was begun here is waited for by [`all_parted`], also when it is begun by the end of
//! something else that was begun here.

use std::future::Future;
use std::sync::LazyLock;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

/// How long the end of the process is held up at most.
const PATIENCE: Duration = Duration::from_secs(10);

static UNDER_WAY: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// Runs a task that [`all_parted`] waits for.
pub(super) fn spawn<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    UNDER_WAY.spawn(task)
}

/// [`spawn`], for `Drop`, where there may be no runtime any more: then nothing is done.
pub(super) fn spawn_if_running(task: impl Future<Output = ()> + Send + 'static) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        drop(UNDER_WAY.spawn_on(task, &runtime));
    }
}

/// Runs a task to its end, also when the caller stops waiting. What comes of it is then dropped before it counts as
/// ended. `None` when it cannot come to its end: it panicked, or the runtime is shutting down.
pub(super) async fn to_its_end<T: Send + 'static>(
    task: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let (sender, result) = oneshot::channel();
    drop(spawn(async move { drop(sender.send(task.await)) }));
    result.await.ok()
}

/// Waits until every ledger and pen that was dropped has let go of its lock: 10 seconds at most. For the end of
/// a process; a lock on a network would otherwise outlive it.
pub async fn all_parted() {
    UNDER_WAY.close();
    // A lock that cannot be let go in time stays; the next run says whose it is.
    let _ = tokio::time::timeout(PATIENCE, UNDER_WAY.wait()).await;
}
