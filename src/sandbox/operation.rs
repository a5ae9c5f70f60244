//! What the emulated API can be asked for: the calls that our client makes, and three that it never makes.
//!
//! Invariant: an operation is a path and a method that some page of the vendor's lists (wawp-api.md §1.2).

use axum::http::Method;

use crate::wawp::wire::Endpoint;

/// One thing that the API does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// A call of the client.
    Call(Endpoint),
    /// Replaces the whole list of webhooks.
    ReplaceWebhooks,
    /// Changes a part of one webhook.
    UpdateWebhook,
    /// Reads the QR code as a picture.
    QrImage,
}

impl Operation {
    /// Every operation.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let ours = Endpoint::ALL.into_iter().map(Self::Call);
        ours.chain([Self::ReplaceWebhooks, Self::UpdateWebhook, Self::QrImage])
    }

    /// Where it is.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Call(endpoint) => endpoint.path(),
            Self::ReplaceWebhooks => "/v2/session/webhook",
            Self::UpdateWebhook => "/v2/webhook/update",
            Self::QrImage => "/v2/auth/qr-image",
        }
    }

    /// The methods that the documents list. Where one path has several operations, no two share a method.
    pub(super) const fn methods(self) -> &'static [Method] {
        match self {
            Self::Call(endpoint) => match endpoint {
                Endpoint::Create | Endpoint::MakeLink | Endpoint::RequestCode => &[Method::POST],
                // Its page does not show the method (wawp-api.md §2.12).
                Endpoint::SetWebhook => &[Method::POST],
                Endpoint::Start | Endpoint::Stop | Endpoint::Restart | Endpoint::Logout | Endpoint::Qr => {
                    &[Method::POST, Method::GET]
                }
                // POST on its page, GET in the field.
                Endpoint::Info => &[Method::POST, Method::GET],
                Endpoint::Delete | Endpoint::DeleteWebhook | Endpoint::RevokeLinks => &[Method::DELETE],
                Endpoint::Me | Endpoint::ReadPolicy | Endpoint::ReadWebhooks | Endpoint::ReadLink => {
                    &[Method::GET]
                }
                Endpoint::SetPolicy => &[Method::PATCH],
            },
            Self::ReplaceWebhooks => &[Method::POST],
            Self::UpdateWebhook => &[Method::PATCH],
            Self::QrImage => &[Method::POST, Method::GET],
        }
    }

    /// By which name faults and gates know it.
    pub(super) const fn endpoint(self) -> Endpoint {
        match self {
            Self::Call(endpoint) => endpoint,
            Self::ReplaceWebhooks | Self::UpdateWebhook => Endpoint::SetWebhook,
            Self::QrImage => Endpoint::Qr,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_and_a_method_are_one_operation() {
        let mut seen = Vec::new();
        for operation in Operation::all() {
            for method in operation.methods() {
                let place = (operation.path(), method);
                assert!(!seen.contains(&place), "{place:?} twice");
                seen.push(place);
            }
        }
        assert_eq!(seen.len(), 28);
    }
}
