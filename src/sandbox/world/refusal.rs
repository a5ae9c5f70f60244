//! Why the world does not do something.
//!
//! Invariant: a refusal says nothing that the caller did not say, and no secret.

/// Why the world does not do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// All slots are used.
    #[error("You have reached your limit of {0} instances. Upgrade your plan or delete an instance.")]
    QuotaReached(u32),
    /// Unknown, deleted, or another account's.
    #[error("The instance does not exist.")]
    InvalidInstance,
    /// There is no QR code to scan.
    #[error("the session is {0}, and only one in SCAN_QR_CODE can be scanned: start it first")]
    NoQrCode(&'static str),
    /// No phone is paired.
    #[error("no phone is paired with the session, so none can unlink it")]
    NotPaired,
    /// Not a phone number.
    #[error("`phone` is 6 to 15 digits with the country code, without `+`, spaces or dashes")]
    BadPhone,
    /// Nothing runs that could fail.
    #[error("the session is STOPPED, and only one that runs can fail")]
    NotRunning,
    /// A field is not there.
    #[error("Missing parameter: {0}")]
    MissingParam(&'static str),
    /// A field is not what it should be; what it should be.
    #[error("Invalid parameter: {0}: {1}")]
    BadParam(&'static str, &'static str),
    /// No policy has this slug.
    #[error("There is no policy of this slug.")]
    UnknownPolicy,
    /// Only paid accounts have this.
    #[error("This needs a paid subscription.")]
    SubscriptionRequired,
    /// No webhook has this URL.
    #[error("There is no webhook of this URL.")]
    NoSuchWebhook,
    /// The vendor's own webhook stays.
    #[error("The system webhook cannot be deleted, only turned off.")]
    SystemWebhook,
    /// There is no QR code, so no pairing code either.
    #[error("Session status is not as expected: {0}. Expected: SCAN_QR_CODE.")]
    NotScannable(&'static str),
}
