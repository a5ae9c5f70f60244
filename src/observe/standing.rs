//! How each instance of a fleet stands, and who needs a person first: what is recorded and desired beside what was
//! seen.
//!
//! Invariant: it judges and orders; the words, and the commands that help, are said elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::sighting::{Observation, Sighting, suspicious};
use crate::instance::{InstanceId, Labels, Name, Spec, Status};
use crate::state::{Call, Document, Pending, Recorded};

/// One instance, as a person or a program wants to see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: Name,
    /// The vendor's handle, when one is recorded.
    pub instance_id: Option<InstanceId>,
    /// The vendor's name of the session.
    pub session_name: Option<String>,
    /// The hosting node.
    pub server_name: Option<String>,
    /// The user's own labels: those that are recorded, else those that are desired.
    pub labels: Labels,
    /// What the API says, when it was seen.
    pub status: Option<Status>,
    /// The number of the paired phone: digits with the country code.
    pub paired: Option<String>,
    /// What it needs.
    pub standing: Standing,
}

/// What an instance needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// A person has to settle this call: its outcome is not known.
    Unsettled(Call),
    /// It was deleted outside; or, where everything is gone at once, the token or the address is wrong.
    Gone {
        /// The token is to be suspected first.
        suspicious: bool,
    },
    /// It needs a restart.
    Failed,
    /// It works with another phone than the manifest expects.
    OtherPhone {
        /// The expected number.
        expected: String,
    },
    /// It waits for a phone.
    Unpaired,
    /// Nobody knows.
    Unclear {
        /// What was said. May hold text from the server.
        why: String,
    },
    /// It has a status that this version does not know.
    Odd,
    /// It runs and should not, or the other way round.
    Strayed {
        /// The state says so as well, so that an apply sees it by itself.
        recorded: bool,
    },
    /// It is in the manifest and not created yet.
    Absent,
    /// It is booting.
    Starting,
    /// Nothing.
    Fine,
}

impl Standing {
    /// The standing as one word for programs.
    #[must_use]
    pub const fn as_word(&self) -> &'static str {
        match self {
            Self::Unsettled(_) => "unsettled",
            Self::Gone { .. } => "gone",
            Self::Failed => "failed",
            Self::OtherPhone { .. } => "other_phone",
            Self::Unpaired => "unpaired",
            Self::Unclear { .. } => "unclear",
            Self::Odd => "odd",
            Self::Strayed { .. } => "strayed",
            Self::Absent => "absent",
            Self::Starting => "starting",
            Self::Fine => "fine",
        }
    }

    /// The smaller, the sooner a person is needed.
    const fn rank(&self) -> u8 {
        match self {
            Self::Unsettled(_) => 0,
            Self::Gone { .. } => 1,
            Self::Failed => 2,
            Self::OtherPhone { .. } => 3,
            Self::Unpaired => 4,
            Self::Unclear { .. } => 5,
            Self::Odd => 6,
            Self::Strayed { .. } => 7,
            Self::Absent => 8,
            Self::Starting => 9,
            Self::Fine => 10,
        }
    }
}

/// The rows of these names: who needs a person first, then by name. A name that is recorded and was not looked at
/// is unclear.
#[must_use]
pub fn rows(
    names: &BTreeSet<Name>,
    document: Option<&Document>,
    desired: &BTreeMap<&Name, &Spec>,
    observation: &Observation,
) -> Vec<Row> {
    let suspicious = suspicious(observation);
    let row = |name: &Name| {
        let recorded = document.and_then(|document| document.instances.get(name));
        let pending = document.and_then(|document| document.pending.get(name));
        let sighting = observation.sightings.get(name);
        let info = sighting.and_then(Sighting::seen).map(|look| &look.info);
        let paired = info.and_then(|info| info.number()).map(str::to_owned);
        let standing = judge(recorded, pending, desired.get(name).copied(), (sighting, paired.as_deref()));
        let standing = match standing {
            Standing::Gone { .. } => Standing::Gone { suspicious },
            other => other,
        };
        Row {
            name: name.clone(),
            instance_id: recorded.map(|recorded| recorded.instance_id.clone()),
            session_name: recorded.and_then(|recorded| recorded.session_name.clone()),
            // What the API tells now comes first; info may leave it out (wawp-api.md §2.7).
            server_name: info
                .and_then(|info| info.server_name.clone())
                .or_else(|| recorded.and_then(|recorded| recorded.server_name.clone())),
            labels: recorded
                .map(|recorded| &recorded.labels)
                .or_else(|| desired.get(name).map(|spec| &spec.labels))
                .cloned()
                .unwrap_or_default(),
            status: info.map(|info| info.status.clone()),
            paired,
            standing,
        }
    };
    let mut rows: Vec<Row> = names.iter().map(row).collect();
    rows.sort_by_key(|row| row.standing.rank());
    rows
}

fn judge(
    recorded: Option<&Recorded>,
    pending: Option<&Pending>,
    wanted: Option<&Spec>,
    (sighting, paired): (Option<&Sighting>, Option<&str>),
) -> Standing {
    if let Some(pending) = pending {
        return Standing::Unsettled(pending.call);
    }
    let Some(recorded) = recorded else { return Standing::Absent };
    let status = match sighting {
        Some(Sighting::Seen(look)) => &look.info.status,
        Some(Sighting::Gone) => return Standing::Gone { suspicious: false },
        Some(Sighting::Unclear { why }) => return Standing::Unclear { why: why.clone() },
        None => return Standing::Unclear { why: "it was not looked at".into() },
    };
    let should_run = wanted.map_or(recorded.running, |spec| spec.running);
    let strayed = Standing::Strayed { recorded: recorded.running != should_run };
    match status {
        Status::Stopped if should_run => strayed,
        Status::Stopped => Standing::Fine,
        Status::Other(_) => Standing::Odd,
        _ if !should_run => strayed,
        Status::Failed => Standing::Failed,
        Status::ScanQrCode => Standing::Unpaired,
        Status::Starting => Standing::Starting,
        Status::Working => match (wanted.and_then(|spec| spec.expect_number.as_deref()), paired) {
            (Some(expected), Some(paired)) if expected != paired => {
                Standing::OtherPhone { expected: expected.to_owned() }
            }
            _ => Standing::Fine,
        },
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::state::Lineage;
    use crate::wawp::Observed;

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    fn seen(word: &str, paired: Option<&str>) -> Sighting {
        let (status, paired) = (Status::from_word(word), paired.map(str::to_owned));
        Sighting::Seen(Observed { status, session_name: None, server_name: None, paired }.into())
    }

    /// A state with these instances, by name and recorded run state.
    fn document(instances: &[(&str, bool)]) -> Document {
        let mut document = Document::begin(name("acme"), Lineage("l".into()), "sandbox".into());
        for (text, running) in instances {
            let json = serde_json::json!({
                "instance_id": format!("ID-{text}"), "created_at": Timestamp::UNIX_EPOCH, "protect": false,
                "labels": {}, "running": running,
            });
            document.instances.insert(name(text), serde_json::from_value(json).unwrap());
        }
        document
    }

    fn told(
        document: &Document,
        wanted: &[(&str, Spec)],
        seen: &[(&str, Sighting)],
    ) -> Vec<(String, Standing)> {
        let wanted: BTreeMap<Name, &Spec> = wanted.iter().map(|(text, spec)| (name(text), spec)).collect();
        let desired = wanted.iter().map(|(name, spec)| (name, *spec)).collect();
        let sightings = seen.iter().map(|(text, sighting)| (name(text), sighting.clone())).collect();
        let names = document.instances.keys().chain(document.pending.keys()).chain(wanted.keys());
        let names = names.cloned().collect();
        let rows = rows(&names, Some(document), &desired, &Observation { sightings, halt: None });
        rows.into_iter().map(|row| (row.name.to_string(), row.standing)).collect()
    }

    fn runs(running: bool) -> Spec {
        Spec { running, ..Spec::default() }
    }

    #[test]
    fn who_needs_a_person_comes_first_and_then_the_name_decides() {
        let mut document = document(&[("a", true), ("b", true), ("c", true), ("d", true), ("e", true)]);
        let pending = Pending { call: Call::Create, since: Timestamp::UNIX_EPOCH, reason: None };
        document.pending.insert(name("z"), pending);
        let sightings = [
            ("a", seen("WORKING", None)),
            ("b", seen("SCAN_QR_CODE", None)),
            ("c", seen("SCAN_QR_CODE", None)),
            ("d", seen("FAILED", None)),
            ("e", Sighting::Gone),
        ];
        let order: Vec<String> = told(&document, &[], &sightings).into_iter().map(|(name, _)| name).collect();
        assert_eq!(order, ["z", "e", "d", "b", "c", "a"]);
    }

    #[test]
    fn whether_it_should_run_is_what_the_manifest_says_and_else_what_is_recorded() {
        let one = |recorded: bool, wanted: Option<bool>, word: &str| {
            let document = document(&[("a", recorded)]);
            let wanted: Vec<_> = wanted.map(|running| ("a", runs(running))).into_iter().collect();
            told(&document, &wanted, &[("a", seen(word, None))]).remove(0).1
        };
        assert_eq!(one(true, Some(true), "STOPPED"), Standing::Strayed { recorded: false });
        assert_eq!(one(false, Some(true), "STOPPED"), Standing::Strayed { recorded: true });
        assert_eq!(one(true, Some(false), "WORKING"), Standing::Strayed { recorded: true });
        assert_eq!(one(false, Some(false), "SCAN_QR_CODE"), Standing::Strayed { recorded: false });
        assert_eq!(one(false, Some(false), "STOPPED"), Standing::Fine);
        assert_eq!(one(false, None, "STOPPED"), Standing::Fine);
        assert_eq!(one(true, None, "STOPPED"), Standing::Strayed { recorded: false });
        assert_eq!(one(true, None, "STARTING"), Standing::Starting);
        assert_eq!(one(true, None, "PAUSED"), Standing::Odd);
    }

    #[test]
    fn another_phone_than_expected_is_noticed() {
        let document = document(&[("a", true)]);
        let expects = |number: &str| ("a", Spec { expect_number: Some(number.into()), ..Spec::default() });
        let standing =
            |wanted, paired| told(&document, &[wanted], &[("a", seen("WORKING", paired))]).remove(0).1;
        assert_eq!(standing(expects("2010"), Some("2010@c.us")), Standing::Fine);
        assert_eq!(standing(expects("2010"), Some("2010:7@c.us")), Standing::Fine);
        let other = Standing::OtherPhone { expected: "2010".into() };
        assert_eq!(standing(expects("2010"), Some("2011@c.us")), other);
        assert_eq!(standing(expects("2010"), None), Standing::Fine, "the API may leave it out");
    }

    #[test]
    fn the_labels_are_those_that_are_recorded_and_else_those_that_are_desired() {
        let labelled = |value: &str| Labels::from([("team".to_owned(), value.to_owned())]);
        let mut document = document(&[("a", true), ("b", true)]);
        document.instances.get_mut(&name("a")).unwrap().labels = labelled("recorded");
        let (a, new) = (name("a"), name("new"));
        let spec = Spec { labels: labelled("desired"), ..Spec::default() };
        let desired = BTreeMap::from([(&a, &spec), (&new, &spec)]);
        let names = [name("a"), name("b"), name("new")].into();
        let rows = rows(&names, Some(&document), &desired, &Observation::default());
        let of = |name: &str| rows.iter().find(|row| row.name.as_str() == name).unwrap().labels.clone();
        assert_eq!(["a", "b", "new"].map(of), [labelled("recorded"), Labels::new(), labelled("desired")]);
    }

    #[test]
    fn what_was_not_looked_at_is_unclear_and_what_is_only_desired_is_absent() {
        let document = document(&[("a", true)]);
        let told = told(&document, &[("b", runs(true))], &[]);
        assert_eq!(told[0].1, Standing::Unclear { why: "it was not looked at".into() });
        assert_eq!(told[1], ("b".into(), Standing::Absent));
    }

    #[test]
    fn when_everything_is_gone_the_token_is_suspected_first() {
        let gone = |names: &[&'static str]| {
            let document = document(&names.iter().map(|name| (*name, true)).collect::<Vec<_>>());
            let sightings: Vec<_> = names.iter().map(|name| (*name, Sighting::Gone)).collect();
            told(&document, &[], &sightings).remove(0).1
        };
        assert_eq!(gone(&["a", "b"]), Standing::Gone { suspicious: false });
        assert_eq!(gone(&["a", "b", "c"]), Standing::Gone { suspicious: true });
    }
}
