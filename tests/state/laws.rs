//! Laws that hold for whatever happens to a fleet.

use proptest::collection::vec;
use proptest::prelude::*;
use wawpform::instance::{InstanceId, Labels, Name, Retries};
use wawpform::state::document::Book;
use wawpform::state::journal::{encode_batch, replay};
use wawpform::state::{AccountMark, Call, Document, HmacMark, Hook, Part, Record, Recorded};

use crate::contract::given::empty;

fn any_name() -> impl Strategy<Value = Name> {
    prop::sample::select(vec!["a", "b", "c", "d-1"]).prop_map(|text| Name::new(text).unwrap())
}

fn any_call() -> impl Strategy<Value = Call> {
    prop::sample::select(vec![Call::Create, Call::Create, Call::Delete, Call::Start, Call::Stop])
}

fn any_time() -> impl Strategy<Value = jiff::Timestamp> {
    (any::<i32>(), 0..1_000_000_000_i32)
        .prop_map(|(second, nano)| jiff::Timestamp::new(i64::from(second).abs() * 8, nano).unwrap())
}

fn any_labels() -> impl Strategy<Value = Labels> {
    prop::collection::btree_map(".{0,4}", ".{0,8}", 0..3)
}

fn any_recorded() -> impl Strategy<Value = Recorded> {
    let id = prop::sample::select(vec!["ID1", "ID2", "ID3", "ID4", "ID5"]);
    let text = || prop::option::of(".{0,6}");
    let parts = (
        text(),
        prop::collection::btree_map(any_url(), any_hook(), 0..3),
        prop::collection::btree_set(any_part(), 0..3),
    );
    (id, text(), text(), any_time(), any::<bool>(), any_labels(), any::<bool>(), parts).prop_map(
        |(id, session_name, server_name, created_at, protect, labels, running, parts)| {
            let (rate_limit, webhooks, doubtful) = parts;
            let instance_id = InstanceId::new(id).unwrap();
            Recorded {
                instance_id,
                session_name,
                server_name,
                created_at,
                protect,
                labels,
                running,
                rate_limit,
                webhooks,
                doubtful,
            }
        },
    )
}

fn any_url() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["https://a.example/", "https://b.example/x?y=z", "é"]).prop_map(str::to_owned)
}

fn any_hook() -> impl Strategy<Value = Hook> {
    let events = prop::collection::vec("[a-z.]{1,9}", 0..3);
    let hmac = prop::option::of("[0-9a-f]{6}".prop_map(HmacMark));
    (events, any::<u32>(), any::<u32>(), hmac).prop_map(|(events, delay, attempts, hmac)| Hook {
        events,
        retries: Retries { delay, attempts },
        hmac,
    })
}

fn any_part() -> impl Strategy<Value = Part> {
    prop_oneof![Just(Part::RateLimit), Just(Part::Running), any_url().prop_map(Part::Webhook)]
}

fn any_record() -> impl Strategy<Value = Record> {
    prop_oneof![
        1 => ".{0,6}".prop_map(|text| Record::Account { account: AccountMark(text) }),
        3 => (any_name(), any_call(), any_time()).prop_map(|(name, call, at)| Record::Intent { name, call, at }),
        1 => (any_name(), any_call()).prop_map(|(name, call)| Record::Rejected { name, call }),
        2 => (any_name(), any_call(), ".{0,9}")
            .prop_map(|(name, call, reason)| Record::Unknown { name, call, reason }),
        4 => (any_name(), any_recorded()).prop_map(|(name, recorded)| Record::Bound { name, recorded }),
        1 => any_name().prop_map(|name| Record::Deleted { name }),
        1 => (any_name(), any::<bool>()).prop_map(|(name, running)| Record::Running { name, running }),
        1 => (any_name(), any_labels(), any::<bool>())
            .prop_map(|(name, labels, protect)| Record::Described { name, labels, protect }),
        1 => (any_name(), any_name()).prop_map(|(from, to)| Record::Renamed { from, to }),
        1 => any_name().prop_map(|name| Record::Forgotten { name }),
        1 => (any_name(), any_part()).prop_map(|(name, part)| Record::Setting { name, part }),
        1 => (any_name(), any_part()).prop_map(|(name, part)| Record::NotSet { name, part }),
        1 => (any_name(), prop::option::of(".{0,6}"))
            .prop_map(|(name, rate_limit)| Record::RateLimit { name, rate_limit }),
        1 => (any_name(), any_url(), prop::option::of(any_hook()))
            .prop_map(|(name, url, hook)| Record::Webhook { name, url, hook }),
    ]
}

/// Batches in which every record fits, and the documents after each of them.
fn fitting(batches: Vec<Vec<Record>>) -> (Vec<Vec<Record>>, Vec<Document>) {
    let mut document = empty();
    let mut after = Vec::new();
    let fitting = batches
        .into_iter()
        .map(|batch| {
            let batch = batch.into_iter().filter(|record| document.fold(record).is_ok()).collect();
            after.push(document.clone());
            batch
        })
        .collect();
    (fitting, after)
}

proptest! {
    #[test]
    fn whatever_was_folded_holds_together_and_survives_its_encoding(records in vec(any_record(), 0..40)) {
        let mut document = empty();
        for record in &records {
            let before = document.clone();
            match document.fold(record) {
                Ok(()) => prop_assert_eq!(document.serial, before.serial + 1),
                Err(_) => prop_assert_eq!(&document, &before),
            }
            let bytes = document.encode();
            let decoded = Document::decode(&bytes);
            prop_assert_eq!(decoded.as_ref(), Ok(&document));
            prop_assert_eq!(decoded.unwrap().encode(), bytes);
        }
    }

    #[test]
    fn a_book_folds_as_its_document_does_all_or_none(groups in vec(vec(any_record(), 0..6), 0..12)) {
        let mut document = empty();
        let mut book = Book::new(document.clone());
        for group in &groups {
            let mut alone = document.clone();
            let expected = group.iter().try_for_each(|record| alone.fold(record));
            prop_assert_eq!(book.fold_all(group), expected.clone());
            if expected.is_ok() {
                document = alone;
            }
            prop_assert_eq!(book.document(), &document);
        }
    }

    #[test]
    fn a_prefix_of_a_journal_folds_to_the_document_at_that_time(
        batches in vec(vec(any_record(), 1..5), 1..8),
        torn in any::<prop::sample::Index>(),
    ) {
        let base = empty();
        let (batches, after) = fitting(batches);
        let mut journal = Vec::new();
        for (number, (records, after)) in (1..).zip(batches.iter().zip(&after)) {
            let line = encode_batch(&base.lineage, base.serial, number, records);
            // Cut off anywhere in this line: the document before it, and a notice.
            let cut = 1 + torn.index(line.len() - 1);
            let part = replay(base.clone(), &[&journal[..], &line[..cut]].concat()).unwrap();
            prop_assert_eq!(part.batches, number - 1);
            prop_assert_eq!(part.notices.len(), 1);
            journal.extend(line);
            let whole = replay(base.clone(), &journal).unwrap();
            prop_assert_eq!(&whole.document, after);
            prop_assert_eq!((whole.batches, whole.notices.len()), (number, 0));
            // The document that the checkpoint would write contains the journal.
            let checkpoint = Document::decode(&whole.document.encode()).unwrap();
            prop_assert_eq!(&replay(checkpoint, &journal).unwrap().document, after);
        }
    }

    #[test]
    fn no_bytes_bring_the_readers_down(bytes in vec(any::<u8>(), 0..200), text in "[{}\\[\\]\",:a-z0-9\n]{0,200}") {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            let _ = Document::decode(bytes);
            let _ = replay(empty(), bytes);
        }
    }
}
