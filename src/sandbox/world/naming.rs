//! Ids, names and random texts of the emulated instances, from the world's seed and a counter.
//!
//! Invariant: within one seed, two counters never give the same id, and below 10^8 never the same session
//! name: both are permutations of the counter, so nothing has to be looked up or remembered.

use sha2::{Digest, Sha256};

/// The shapes that the vendor's ids have been seen in (wawp-api.md §1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdShape {
    /// 12 upper-case hexadecimal digits, as in the v2 documents.
    Hex,
    /// Plain digits, as in the v1 examples; answered as a JSON number.
    Number,
}

const HEX_BITS: u32 = 48;
const HEX_MASK: u64 = (1 << HEX_BITS) - 1;
/// Numeric ids have nine digits and no leading zero.
const NUMBER_SPAN: u64 = 900_000_000;
const NAME_SPAN: u64 = 100_000_000;
const SERVERS: u64 = 4;

/// The `instance_id` of the instance with this number.
#[must_use]
pub(super) fn instance_id(seed: u64, number: u64, shape: IdShape) -> String {
    match shape {
        IdShape::Hex => format!("{:012X}", permuted_48_bits(seed, number)),
        // The factor is a prime that does not divide the span.
        IdShape::Number => (100_000_000 + stepped(seed, number, 982_451_653, NUMBER_SPAN)).to_string(),
    }
}

/// The session's name: `wawp-` and eight digits.
#[must_use]
pub(super) fn session_name(seed: u64, number: u64) -> String {
    // The factor shares no divisor with 10^8.
    format!("wawp-{:08}", stepped(seed, number, 61_803_399, NAME_SPAN))
}

/// The node that hosts it: `server-1` to `server-4`.
#[must_use]
pub(super) fn server_name(seed: u64, number: u64) -> String {
    format!("server-{}", 1 + permuted_48_bits(seed, number) % SERVERS)
}

/// Sixteen characters of the base64 alphabet for the `n`-th QR code of an instance. It decodes, but shows no
/// picture.
#[must_use]
pub(super) fn picture(seed: u64, number: u64, n: u64) -> String {
    format!("{:012X}{:04X}", permuted_48_bits(seed ^ n, number), n & 0xFFFF)
}

/// The number of the phone that scans the QR code by itself.
#[must_use]
pub(super) fn phone(seed: u64, number: u64) -> String {
    format!("2010{:08}", stepped(seed, number, 61_803_399, NAME_SPAN))
}

/// 64 characters that nobody guesses who does not know the seed: the `n`-th of a kind for an instance.
#[must_use]
pub(super) fn random(seed: u64, number: u64, kind: &str, n: u64) -> String {
    let mut hash = Sha256::new();
    for part in [seed, number, n] {
        hash.update(part.to_le_bytes());
    }
    hash.update(kind.as_bytes());
    hex(hash)
}

/// The mark of a secret: it can be recognised by it and not be had from it.
#[must_use]
pub(super) fn mark(seed: u64, secret: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(secret.as_bytes());
    hex(hash).chars().take(16).collect()
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A permutation of 48-bit numbers: xor-shifts and odd factors can all be undone.
const fn permuted_48_bits(seed: u64, number: u64) -> u64 {
    let mut x = number.wrapping_add(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16) & HEX_MASK;
    x ^= x >> 23;
    x = x.wrapping_mul(0x2127_599B_F432_5C37) & HEX_MASK;
    x ^= x >> 29;
    x = x.wrapping_mul(0x8803_55F2_1E6D_1965) & HEX_MASK;
    x ^ (x >> 25)
}

/// A permutation of the numbers below `span`, when `factor` and `span` share no divisor.
const fn stepped(seed: u64, number: u64, factor: u64, span: u64) -> u64 {
    let start = seed % span;
    ((number % span) * (factor % span) + start) % span
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_and_names_have_the_vendors_shapes() {
        let id = instance_id(7, 1, IdShape::Hex);
        assert_eq!(id.len(), 12);
        assert!(id.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b)), "{id}");
        let number = instance_id(7, 1, IdShape::Number);
        assert!(number.len() == 9 && number.bytes().all(|b| b.is_ascii_digit()), "{number}");
        let name = session_name(7, 1);
        let digits = name.strip_prefix("wawp-").unwrap();
        assert!(digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit()), "{name}");
        assert!(["server-1", "server-2", "server-3", "server-4"].contains(&server_name(7, 1).as_str()));
        assert_eq!(picture(7, 1, 3).len() % 4, 0);
        assert_ne!(picture(7, 1, 3), picture(7, 1, 4));
        let phone = phone(7, 1);
        assert!(phone.len() == 12 && phone.starts_with("2010"), "{phone}");
    }

    #[test]
    fn a_random_text_is_one_of_its_kind() {
        let one = random(7, 1, "link", 1);
        assert!(one.len() == 64 && one.bytes().all(|byte| byte.is_ascii_hexdigit()), "{one}");
        let others = [
            random(8, 1, "link", 1),
            random(7, 2, "link", 1),
            random(7, 1, "code", 1),
            random(7, 1, "link", 2),
        ];
        assert!(!others.contains(&one));
    }

    #[test]
    fn fifty_thousand_numbers_give_as_many_ids_and_names() {
        for seed in [0, 1, u64::MAX] {
            let count = |f: &dyn Fn(u64) -> String| (0..50_000).map(f).collect::<BTreeSet<_>>().len();
            assert_eq!(count(&|n| instance_id(seed, n, IdShape::Hex)), 50_000);
            assert_eq!(count(&|n| instance_id(seed, n, IdShape::Number)), 50_000);
            assert_eq!(count(&|n| session_name(seed, n)), 50_000);
        }
    }

    #[test]
    fn another_seed_gives_other_ids() {
        assert_ne!(instance_id(1, 5, IdShape::Hex), instance_id(2, 5, IdShape::Hex));
        assert_ne!(session_name(1, 5), session_name(2, 5));
    }
}
