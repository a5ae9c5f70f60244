//! The small texts that people write: names, ids, addresses, and the sandbox's file of faults.

use wawpform::instance::{InstanceId, Name, Status};
use wawpform::sandbox::Faults;
use wawpform::wawp::ApiAddress;

/// One text, read as each of them.
pub(crate) fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    name(&text);
    if let Ok(id) = InstanceId::new(&text) {
        assert!(!text.is_empty() && text.len() <= 128 && text.bytes().all(|byte| byte.is_ascii_graphic()));
        assert_eq!(id.as_str(), text);
    }
    if let Ok(address) = text.parse::<ApiAddress>() {
        address_of(&address);
    }
    let word = Status::from_word(&text);
    assert!(word.as_word().eq_ignore_ascii_case(&text));
    faults(&text);
}

fn name(text: &str) {
    if let Ok(name) = Name::new(text) {
        assert_eq!(name.as_str(), text);
        let alphabet = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        assert!(text.len() <= 63 && text.bytes().all(alphabet) && !text.starts_with('-'));
    }
    // A name that is suggested is one, and suggests itself.
    if let Some(near) = Name::suggest(text) {
        assert_eq!(Name::suggest(near.as_str()), Some(near));
    }
}

/// Encrypted, or to this machine; without credentials; and the same when it is read again.
fn address_of(address: &ApiAddress) {
    let written = address.to_string();
    assert!(written.starts_with("https://") || (address.is_loopback() && address.is_plain()), "{written}");
    let (_, rest) = written.split_once("://").expect("a scheme");
    let authority = rest.split('/').next().unwrap_or_default();
    assert!(!authority.contains('@') && !written.contains(['?', '#', ' ']), "{written}");
    let again: ApiAddress = written.parse().expect("an address that was written");
    assert_eq!(again.to_string(), written);
    let path = address.at("/v2/session/create");
    assert!(path.path().ends_with("/v2/session/create") && path.query().is_none(), "{path}");
    assert_eq!(path.host_str(), again.at("/").host_str());
}

/// A file of faults is refused in words, or means the same when its rules are written again.
fn faults(text: &str) {
    match Faults::parse(text) {
        Ok(faults) => {
            let rules: Vec<_> = faults.left().into_iter().map(|left| left.rule).collect();
            let written = serde_json::json!({ "faults": rules }).to_string();
            let again = Faults::parse(&written).expect("rules that were written");
            assert_eq!(again.left(), faults.left());
        }
        Err(error) => assert!(!error.to_string().is_empty() && !error.hint().is_empty()),
    }
}
