//! How a phone comes to an instance: pairing pages, QR codes, pairing codes, and the phone that scans by itself.
//!
//! Invariant: pages and codes are made anew from the seed and a count, so none of them is ever kept.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::naming;
use super::session::{Instance, Phase, Phone};
use super::{Account, Refusal, World, is_phone};

/// How long a pairing page is valid (wawp-api.md §2.10).
const LINK_LIFE: SignedDuration = SignedDuration::from_mins(30);
/// How long a QR code lives, in seconds: the documents say 20 to 40 (wawp-api.md §2.14).
const QR_LIFE: i64 = 30;

/// What is under way to pair an instance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pairing {
    /// How many pairing pages were made.
    pub links: u64,
    /// When the last of them ends; `None` when it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_until: Option<Timestamp>,
    /// How many pairing codes were asked for.
    pub codes: u64,
    /// The number that the last code is for, while it can be typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// How often somebody looked for the QR code, while a phone is waiting to scan it.
    pub looks: u32,
}

impl Pairing {
    pub(super) fn is_untouched(&self) -> bool {
        *self == Self::default()
    }

    /// There is no QR code any more, or another: nobody is waiting.
    pub(super) fn end(&mut self) {
        self.number = None;
        self.looks = 0;
    }
}

/// A QR code as `auth/qr` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qr {
    /// What the picture says; shaped and sized like WhatsApp's, and no phone takes it.
    pub value: String,
    /// When the next one takes its place.
    pub until: Timestamp,
}

impl World {
    /// Makes a pairing page, which ends the one before. The status does not matter.
    ///
    /// # Errors
    /// [`Refusal::InvalidInstance`].
    pub fn make_link(&mut self, who: &Account, id: &str, now: Timestamp) -> Result<Instance, Refusal> {
        self.change(Some(who), id, |it| {
            it.pairing.links += 1;
            it.pairing.link_until = Some(now.checked_add(LINK_LIFE).unwrap_or(Timestamp::MAX));
        })
    }

    /// Ends every pairing page; there may be none.
    ///
    /// # Errors
    /// [`Refusal::InvalidInstance`].
    pub fn revoke_links(&mut self, who: &Account, id: &str) -> Result<Instance, Refusal> {
        self.change(Some(who), id, |it| it.pairing.link_until = None)
    }

    /// The pairing page that is valid at a moment, and until when.
    #[must_use]
    pub fn link(&self, it: &Instance, now: Timestamp) -> Option<(String, Timestamp)> {
        let until = it.pairing.link_until.filter(|until| now < *until)?;
        let token = naming::random(self.header.seed, it.number, "link", it.pairing.links);
        Some((format!("https://app.wawp.net/temp-qr/{token}"), until))
    }

    /// Looks for the QR code. Like a read of the status it lets a STARTING end.
    ///
    /// # Errors
    /// No such instance, or there is no QR code.
    pub fn look(&mut self, who: &Account, id: &str, now: Timestamp) -> Result<Instance, Refusal> {
        let it = self.info(who, id, now)?;
        if it.phase == Phase::ScanQrCode { Ok(it) } else { Err(Refusal::NotScannable(it.phase.word())) }
    }

    /// The QR code that can be scanned at a moment, as info and `auth/qr-image` tell it: base64 of no picture.
    #[must_use]
    pub fn picture(&self, it: &Instance, now: Timestamp) -> String {
        naming::picture(self.header.seed, it.number, now.as_second().unsigned_abs() / QR_LIFE.unsigned_abs())
    }

    /// The QR code that can be scanned at a moment.
    #[must_use]
    pub fn qr(&self, it: &Instance, now: Timestamp) -> Qr {
        let n = now.as_second().div_euclid(QR_LIFE);
        let until = n.checked_add(1).and_then(|next| next.checked_mul(QR_LIFE));
        let until = until.and_then(|second| Timestamp::from_second(second).ok()).unwrap_or(Timestamp::MAX);
        // The reference, and three keys of 32 bytes each.
        let [reference, a, b, c] =
            [("qr 1", 64), ("qr 2", 32), ("qr 3", 32), ("qr 4", 32)].map(|(kind, bytes)| {
                let random = naming::random(self.header.seed, it.number, kind, n.unsigned_abs());
                STANDARD.encode(random.as_bytes().get(..bytes).unwrap_or_default())
            });
        Qr { value: format!("2@{reference},{a},{b},{c},1"), until }
    }

    /// Asks for a code that the phone of this number can type.
    ///
    /// # Errors
    /// Not a number, no such instance, or it is not waiting for a phone.
    pub fn request_code(&mut self, who: &Account, id: &str, number: &str) -> Result<Instance, Refusal> {
        self.try_change(Some(who), id, |it| {
            if !is_phone(number) || number.starts_with('0') {
                let want = "digits with the country code, without `+`, `00`, spaces or dashes";
                return Err(Refusal::BadParam("phone_number", want));
            }
            if it.phase != Phase::ScanQrCode {
                return Err(Refusal::NotScannable(it.phase.word()));
            }
            it.pairing.end();
            it.pairing.codes += 1;
            it.pairing.number = Some(number.to_owned());
            Ok(())
        })
    }

    /// The last code that was asked for: four letters and four digits.
    #[must_use]
    pub fn code(&self, it: &Instance) -> String {
        let random = naming::random(self.header.seed, it.number, "code", it.pairing.codes);
        let digits = random.bytes().take(8).map(|byte| byte % 10);
        let letters = digits.clone().take(4).map(|n| char::from(b'A' + n));
        letters.chain(['-']).chain(digits.skip(4).map(|n| char::from(b'0' + n))).collect()
    }
}

impl Instance {
    /// Somebody looked. A phone that scans after so many looks does so now, if it is its turn: the one that a
    /// code was asked for, or one whose number comes from the seed.
    pub(super) fn looked_for(&mut self, scan_after: Option<u32>, seed: u64, now: Timestamp) {
        let Some(after) = scan_after.filter(|_| self.phase == Phase::ScanQrCode) else { return };
        if self.pairing.looks < after {
            self.pairing.looks += 1;
            return;
        }
        let asked_for = self.pairing.number.take();
        let number = asked_for.unwrap_or_else(|| naming::phone(seed, self.number));
        self.scan(Phone { number, push_name: "Sandbox Phone".to_owned() }, now);
    }
}
