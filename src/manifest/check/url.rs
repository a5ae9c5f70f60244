//! The URL of a webhook: https, to a place that the vendor's servers can reach, as it is read, without secrets.
//!
//! Invariant: a URL that may hold a secret is refused without being shown; one that passes means the same to
//! every reader, since nothing in it is left out, added or turned around by a parser.

use url::{Host, Url};

use super::finding::{At, Finding};
use crate::manifest::problem::shortened;
use crate::manifest::secret::is_secret_name;

const HINT: &str = "write the whole address, such as `https://crm.example.com/hooks/wawp`";

/// The longest URL, in bytes; more than any server takes.
pub(in crate::manifest) const LONGEST: usize = 2048;

/// What it begins with, in any case.
pub(in crate::manifest) const SCHEME: &str = "https://";

/// More keys of a query whose value opens something, beside those that are secrets everywhere.
const KEYS: [&str; 6] = ["auth", "authorization", "jwt", "key", "sig", "signature"];

/// Looks at one URL; what it means, when nothing is wrong with it.
pub(super) fn check(text: &str, at: &At<'_>, findings: &mut Vec<Finding>) -> Option<Url> {
    match read(text, at) {
        Ok(url) => Some(url),
        Err(finding) => {
            findings.push(*finding);
            None
        }
    }
}

fn read(text: &str, at: &At<'_>) -> Result<Url, Box<Finding>> {
    // What cannot be read, or is cut in a wrong place, may hold a password all the same.
    let wrong = |message: String, hint: &str| {
        let finding = at.wrong(message).hint(hint);
        Box::new(if text.contains('@') { finding.concealed() } else { finding })
    };
    if text.len() > LONGEST {
        return Err(wrong(format!("a URL has at most {LONGEST} characters"), HINT));
    }
    // A parser would leave out tabs and line breaks, and take `\` for `/`: others read another address there.
    if text.contains(is_taken_apart) {
        return Err(wrong("a URL has no spaces, line breaks or `\\`".to_owned(), HINT));
    }
    let Ok(url) = Url::parse(text) else { return Err(wrong("this is not a URL".to_owned(), HINT)) };
    if holds_credentials(text, &url) {
        return Err(Box::new(
            at.wrong("the URL of a webhook must not hold credentials")
                .label("the value is not shown")
                .hint("remove what stands before the `@`, and check the signature with `hmac_env` instead")
                .concealed(),
        ));
    }
    if url.scheme() != "https" {
        return Err(wrong(format!("a webhook must use https, not `{}`", shortened(url.scheme())), HINT));
    }
    // A parser adds slashes that are missing, and leaves out those that are too many.
    let host = text.split_at_checked(SCHEME.len()).filter(|(start, _)| start.eq_ignore_ascii_case(SCHEME));
    if host.is_none_or(|(_, host)| host.starts_with('/')) {
        return Err(wrong(format!("a URL begins with `{SCHEME}` and a host"), HINT));
    }
    if !text.is_ascii() {
        let hint = format!("written so that every letter is what it seems to be, it is `{url}`");
        return Err(wrong("a URL is written in ASCII: other letters may look like these".to_owned(), &hint));
    }
    if url.fragment().is_some() {
        return Err(wrong("the part of a URL behind `#` is never sent".to_owned(), "remove it"));
    }
    if let Some(key) = secret_in(&url) {
        return Err(Box::new(
            at.wrong(format!("`{}` in the URL of a webhook looks like a secret", shortened(&key)))
                .label("the value is not shown")
                .hint("remove it, and check the signature with `hmac_env` instead")
                .concealed(),
        ));
    }
    if url.host().is_none_or(|host| is_private(&host)) {
        let hint = "events come from the vendor's servers: name an address that is reachable from there";
        return Err(wrong("this address cannot be reached from outside".to_owned(), hint));
    }
    Ok(url)
}

/// Whether a parser leaves a character out, or takes it for another one.
pub(in crate::manifest) fn is_taken_apart(c: char) -> bool {
    c == '\\' || c.is_ascii_whitespace() || c.is_ascii_control()
}

/// Whether something stands before an `@`, also when it is empty.
fn holds_credentials(text: &str, url: &Url) -> bool {
    let authority = text.split_once("//").map_or("", |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    authority.contains('@') || !url.username().is_empty() || url.password().is_some()
}

/// The key of a query whose value should not be read by whoever reads the manifest.
fn secret_in(url: &Url) -> Option<String> {
    let is_secret = |key: &str| is_secret_name(key) || KEYS.iter().any(|name| key.eq_ignore_ascii_case(name));
    url.query_pairs().map(|(key, _)| key).find(|key| is_secret(key)).map(|key| key.into_owned())
}

/// Addresses that mean another machine, or none, to whoever calls them.
fn is_private(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            let last = name.rsplit('.').next().unwrap_or_default();
            matches!(last, "localhost" | "local" | "internal")
        }
        Host::Ipv4(ip) => is_private_v4(ip.octets()),
        Host::Ipv6(ip) => match (ip.segments(), ip.to_ipv4_mapped()) {
            (_, Some(mapped)) => is_private_v4(mapped.octets()),
            // `::`, `::1`; local to a site; local to a link; to many at once.
            ([0, 0, 0, 0, 0, 0, 0, 0 | 1], _)
            | ([0xfc00..=0xfdff | 0xfe80..=0xfebf | 0xff00..=0xffff, ..], _) => true,
            _ => false,
        },
    }
}

fn is_private_v4(octets: [u8; 4]) -> bool {
    match octets {
        // This machine, private networks, local to a link, to many at once and reserved.
        [0 | 10 | 127 | 224..=255, ..] | [172, 16..=31, ..] | [192, 168, ..] | [169, 254, ..] => true,
        // What carriers share among their customers.
        [100, 64..=127, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Why it is refused, and whether the value is kept out of sight.
    fn refused(text: &str) -> Option<(String, bool)> {
        let mut findings = Vec::new();
        let url = check(text, &At::source(0), &mut findings);
        assert_eq!(url.is_none(), !findings.is_empty(), "{text}");
        findings.pop().map(|finding| (finding.message, finding.conceal))
    }

    #[test]
    fn an_ordinary_address_passes() {
        for text in [
            "https://crm.example.com/hooks/wawp",
            "HTTPS://crm.example.com:8443/?tenant=7&source=wawp",
            "https://xn--bcher-kva.example/",
            "https://203.0.113.7/a@b",
            "https://[2001:db8::1]/",
            "https://100.128.0.1/",
        ] {
            assert_eq!(refused(text), None, "{text}");
        }
    }

    #[test]
    fn credentials_are_refused_unseen_wherever_they_hide() {
        for text in [
            "https://me:secret@x.example/",
            "https://me@x.example",
            "https://@x.example/",
            "https://:@x.example/",
            "https://me%3Asecret@x.example/",
            "https:me:secret@x.example/",
            "https:\\\\me:secret@x.example/",
            "ht\ttps://me:secret@x.example/",
            "https://me:secret@",
            "https://x.example/?token=t",
            "https://x.example/?a=b&Access_Token=t",
            "https://x.example/?%74oken=t",
            "https://x.example/?sig=t",
        ] {
            assert!(refused(text).is_some_and(|(_, concealed)| concealed), "{text}");
        }
    }

    #[test]
    fn what_readers_would_read_in_different_ways_is_refused() {
        for text in [
            "https:/x.example/",
            "https:x.example/",
            "https:///x.example/",
            "https:\\\\x.example/",
            "https://x.example\\@y.example/",
            " https://x.example/",
            "https://x.exa\tmple/",
            "https://x.example/a b",
            "https://x.example/#part",
            "https://\u{430}pple.example/",
            "https://x.example/\u{202e}gpj",
            "http://x.example/",
            "javascript:alert(1)",
            "//x.example/",
        ] {
            assert!(refused(text).is_some(), "{text:?}");
        }
        assert!(refused(&format!("https://x.example/{}", "x".repeat(LONGEST))).is_some());
    }

    #[test]
    fn addresses_that_only_mean_something_nearby_are_refused_however_they_are_written() {
        for text in [
            "https://localhost/",
            "https://LOCALHOST./",
            "https://hooks.localhost/",
            "https://metadata.google.internal/",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://10.1.2.3:8443/",
            "https://192.168.0.1/",
            "https://169.254.169.254/latest/",
            "https://0.0.0.0/",
            "https://100.64.0.1/",
            "https://[::1]/",
            "https://[::]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[::ffff:127.0.0.1]/",
        ] {
            assert!(refused(text).is_some_and(|(why, _)| why.contains("reached")), "{text}");
        }
    }
}
