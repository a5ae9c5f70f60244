//! Starting and stopping a sandbox, and the handle that drives it in-process.
//!
//! Invariant: when `stop` returns, no connection is open, nothing more is executed, and the world's file can
//! be opened by the next one.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::disk::Disk;
use super::faults::{Faults, Left};
use super::line::{Lines, Switch};
use super::log::{Log, Logged};
use super::options::{Options, StartError};
use super::router::router;
use super::shared::{ChangeError, Shared};
use super::world::{Instance, Webhook, World};
use crate::instance::Secret;

/// The emulator of the Wawp session API.
#[derive(Debug)]
pub struct Sandbox;

impl Sandbox {
    /// Opens the world and begins to serve it, on the tokio runtime of the caller.
    ///
    /// # Errors
    /// When the world is in use or damaged, or the address cannot be listened on.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let mut world = World::new(options.seed, options.plan, options.terms);
        let disk = options.data.as_deref().map(|place| Disk::open(place, &mut world)).transpose()?;
        let listen = |source| StartError::Listen { address: options.listen, source };
        let socket = TcpListener::bind(options.listen).await.map_err(listen)?;
        let address = socket.local_addr().map_err(listen)?;
        let shared = Arc::new(Shared::new(world, disk, options));
        let lines = Lines { socket, stop: shared.stop.clone() };
        let app = router(Arc::clone(&shared)).into_make_service_with_connect_info::<Switch>();
        let stopped = shared.stop.clone().cancelled_owned();
        let serving = tokio::spawn(async move {
            // It never fails: errors of single connections end those connections.
            let _ = axum::serve(lines, app).with_graceful_shutdown(stopped).await;
        });
        Ok(Running { address, shared, serving: Some(serving) })
    }
}

/// A sandbox that serves. Dropping it stops it without waiting.
pub struct Running {
    address: SocketAddr,
    shared: Arc<Shared>,
    serving: Option<JoinHandle<()>>,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a client is pointed at; no slash at its end.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, in order of arrival.
    #[must_use]
    pub fn log(&self) -> Vec<Logged> {
        self.shared.log(|log| log.entries().to_vec())
    }

    /// Forgets the requests so far.
    pub fn clear_log(&self) {
        self.shared.log(Log::clear);
    }

    /// Waits until the log is as asked for, such as until a call hangs.
    pub async fn log_until(&self, is_so: impl FnMut(&[Logged]) -> bool) {
        self.shared.log_until(is_so).await;
    }

    /// Every account's instances, by id. Looking changes nothing.
    #[must_use]
    pub fn instances(&self) -> Vec<Instance> {
        self.shared.instances()
    }

    /// A phone scans the instance's QR code: it is WORKING. `phone` is digits with the country code.
    ///
    /// # Errors
    /// No such instance, no QR code to scan, not a number.
    pub fn scan(&self, instance_id: &str, phone: &str, push_name: &str) -> Result<Instance, ChangeError> {
        self.shared.scan(instance_id, phone, push_name)
    }

    /// The phone drops the linked device: WORKING becomes FAILED.
    ///
    /// # Errors
    /// No such instance, or nothing paired.
    pub fn unlink(&self, instance_id: &str) -> Result<Instance, ChangeError> {
        self.shared.unlink(instance_id)
    }

    /// Somebody deletes the instance in the dashboard.
    ///
    /// # Errors
    /// No such instance.
    pub fn vanish(&self, instance_id: &str) -> Result<Instance, ChangeError> {
        self.shared.vanish(instance_id)
    }

    /// Something breaks on the engine's side: what runs is FAILED, and keeps its pairing.
    ///
    /// # Errors
    /// No such instance, or it does not run.
    pub fn fail(&self, instance_id: &str) -> Result<Instance, ChangeError> {
        self.shared.fail(instance_id)
    }

    /// Somebody stops the instance in the dashboard.
    ///
    /// # Errors
    /// No such instance.
    pub fn halt(&self, instance_id: &str) -> Result<Instance, ChangeError> {
        self.shared.halt(instance_id)
    }

    /// Somebody sets the sending policy in the dashboard, whatever the plan.
    ///
    /// # Errors
    /// No such instance or policy.
    pub fn set_policy(&self, instance_id: &str, slug: &str) -> Result<Instance, ChangeError> {
        self.shared.set_policy(instance_id, slug)
    }

    /// Somebody sets a webhook in the dashboard, whatever the plan.
    ///
    /// # Errors
    /// No such instance.
    pub fn set_webhook(&self, instance_id: &str, webhook: Webhook) -> Result<Instance, ChangeError> {
        self.shared.set_webhook(instance_id, webhook)
    }

    /// Somebody removes a webhook in the dashboard.
    ///
    /// # Errors
    /// No such instance or webhook, or it is the system's own.
    pub fn delete_webhook(&self, instance_id: &str, url: &str) -> Result<Instance, ChangeError> {
        self.shared.delete_webhook(instance_id, url)
    }

    /// What a secret is kept as: a webhook that is signed with it has this for its `hmac`.
    #[must_use]
    pub fn mark(&self, secret: &Secret) -> String {
        self.shared.mark(secret)
    }

    /// Replaces the faults; all counting begins again.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.with_faults(|current| *current = faults);
    }

    /// How far each fault has come.
    #[must_use]
    pub fn faults(&self) -> Vec<Left> {
        self.shared.with_faults(|faults| faults.left())
    }

    /// Lets every call that hangs go on.
    pub fn release(&self) {
        self.shared.release();
    }

    /// Stops at once: calls that wait are abandoned, connections are cut, the world's file is let go.
    pub async fn stop(mut self) {
        self.shared.close();
        if let Some(serving) = self.serving.take() {
            // A panic in it would have ended it as well.
            let _ = serving.await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("address", &self.address).finish_non_exhaustive()
    }
}
