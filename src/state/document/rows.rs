//! The document in parts, for a place that keeps a row for each instance.
//!
//! Invariant: put together again, the parts are the bytes of the same document; what someone else wrote into one
//! of them is found when those are decoded.

use std::collections::BTreeMap;

use super::Document;
use crate::state::json;

/// What stands at the end of a document without an instance.
const EMPTY: &str = r#""instances":{},"pending":{}}"#;

/// A document in parts, each of them one line of JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::state) struct Rows {
    /// The document without its instances and pending calls.
    pub(in crate::state) head: String,
    /// By name.
    pub(in crate::state) instances: Vec<(String, String)>,
    /// By name.
    pub(in crate::state) pending: Vec<(String, String)>,
}

impl Document {
    /// Takes it to parts. O(n).
    pub(in crate::state) fn to_rows(&self) -> Rows {
        let Self { fleet, lineage, serial, api, account, instances, pending, barred } = self;
        let head = Self {
            fleet: fleet.clone(),
            lineage: lineage.clone(),
            serial: *serial,
            api: api.clone(),
            account: account.clone(),
            instances: BTreeMap::new(),
            pending: BTreeMap::new(),
            barred: barred.clone(),
        };
        Rows {
            head: head.encode_compact(),
            instances: instances.iter().map(|(name, it)| (name.to_string(), text(it))).collect(),
            pending: pending.iter().map(|(name, it)| (name.to_string(), text(it))).collect(),
        }
    }
}

impl Rows {
    /// The bytes of the document; `None` when the head is not one that was taken from a document. An instance
    /// a line, so that an error names one.
    pub(in crate::state) fn to_document(&self) -> Option<Vec<u8>> {
        let Self { head, instances, pending } = self;
        let mut bytes = head.strip_suffix(EMPTY)?.as_bytes().to_vec();
        let mut map = |key: &str, rows: &[(String, String)]| {
            bytes.extend_from_slice(key.as_bytes());
            for (index, (name, value)) in rows.iter().enumerate() {
                bytes.extend_from_slice(if index == 0 { b"\n" } else { b",\n" });
                bytes.extend_from_slice(&json::compact(name));
                bytes.push(b':');
                bytes.extend_from_slice(value.as_bytes());
            }
        };
        map("\"instances\":{", instances);
        map("},\n\"pending\":{", pending);
        bytes.extend_from_slice(b"}}\n");
        Some(bytes)
    }
}

fn text(value: &impl serde::Serialize) -> String {
    String::from_utf8_lossy(&json::compact(value)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::{InstanceId, Name};
    use crate::state::document::{AccountMark, Call, Lineage, Pending, Recorded};

    #[test]
    fn a_document_in_parts_is_the_same_document() {
        let name = |text: &str| Name::new(text).unwrap();
        let at = jiff::Timestamp::UNIX_EPOCH;
        let mut document = Document::begin(name("acme"), Lineage("l\"}{\\\u{0}".into()), "sandbox".into());
        let again = |document: &Document| Document::decode(&document.to_rows().to_document().unwrap());
        assert_eq!(again(&document).as_ref(), Ok(&document));
        document.account = Some(AccountMark("a1b2c3".into()));
        document.serial = u64::MAX;
        for id in ["A", "B"] {
            let mut recorded = Recorded::new(InstanceId::new(id).unwrap(), at);
            recorded.labels.insert("\"".into(), "\u{0}\n,\"instances\":{},\"pending\":{}}".into());
            document.instances.insert(name(&id.to_lowercase()), recorded);
        }
        let pending = Pending { call: Call::Create, since: at, reason: Some("}".into()) };
        document.pending.insert(name("c"), pending);
        assert_eq!(again(&document).as_ref(), Ok(&document));
        let tampered = Rows { head: "{}".into(), ..document.to_rows() };
        assert_eq!(tampered.to_document(), None);
    }
}
