//! What must hold right after a kill, and what when the work is done.

use std::collections::{BTreeMap, BTreeSet};

use wawpform::instance::Name;
use wawpform::sandbox::Phase;
use wawpform::state::{Call, Document};

use super::Tally;
use super::wish::key;
use super::world::World;

impl World {
    /// Every live session is recorded or its name is pending; what is recorded is live or its delete is pending.
    pub fn check_after_kill(&self, what: &str) -> Tally {
        let live = self.live();
        let Some(document) = self.document() else {
            assert!(live.is_empty(), "{what}: {} sessions and no state", live.len());
            return Tally::default();
        };
        let recorded = ids(&document);
        let orphans = self.orphans(&document).len();
        let pending = |call| names_pending(&document, call);
        let (creates, deletes) = (pending(Call::Create), pending(Call::Delete));
        assert!(
            orphans <= creates.len(),
            "{what}: {orphans} sessions that no name has, and only these are pending: {creates:?}"
        );
        for (name, recorded) in &document.instances {
            let is_there = live.contains_key(recorded.instance_id.as_str());
            assert!(
                is_there || deletes.contains(name),
                "{what}: {name} is recorded and gone, and not pending"
            );
        }
        // Every create made one session for one name, so a name that was created twice would make one too many.
        let made = self.creates();
        let known = made.iter().filter(|it| recorded.contains(it.instance_id.as_deref().unwrap())).count();
        assert_eq!(made.len(), known + orphans, "{what}: creates, and what is known of them");
        assert!(made.len() <= self.wish.creates, "{what}: {} creates for {}", made.len(), self.wish.creates);
        Tally {
            live: live.len(),
            recorded: recorded.len(),
            pending_creates: creates.len(),
            pending_deletes: deletes.len(),
            ..Tally::default()
        }
    }

    /// The next run ends the work, but for the creates that a person settles; then nothing is left to do.
    pub fn go_on(&self, apply: &[&str], before: Option<&Document>, what: &str) -> Tally {
        let left = self.document().map(|document| names_pending(&document, Call::Create)).unwrap_or_default();
        let (code, said) = self.program.run(apply);
        assert_eq!(code, if left.is_empty() { 0 } else { 4 }, "{what}: {said}");
        let document = self.document().expect("a state");
        let pending: BTreeSet<Name> = document.pending.keys().cloned().collect();
        assert_eq!(pending, left, "{what}: only what the kill left open is open");
        let mut tally = self.settle(&document, what);
        if !left.is_empty() {
            let (code, said) = self.program.run(apply);
            assert_eq!(code, 0, "{what}: {said}");
        }
        let (code, said) = self.program.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(code, 0, "{what}: {said}");
        self.check_at_the_end(before, what);
        tally.creates = self.creates().len();
        tally
    }

    /// As a person would: a session that no name has belongs to one of the names that are pending.
    fn settle(&self, document: &Document, what: &str) -> Tally {
        let orphans = self.orphans(document);
        let mut tally = Tally { orphans: orphans.len(), ..Tally::default() };
        let mut orphans = orphans.into_iter();
        for name in document.pending.keys() {
            let (code, said) = match orphans.next() {
                Some(id) => {
                    tally.imported += 1;
                    self.program.run(&["import", name.as_str(), &id])
                }
                None => {
                    tally.forgotten += 1;
                    self.program.run(&["forget", name.as_str()])
                }
            };
            assert_eq!(code, 0, "{what}: {said}");
        }
        assert_eq!(orphans.next(), None, "{what}: a session that no name can have");
        tally
    }

    fn check_at_the_end(&self, before: Option<&Document>, what: &str) {
        let (document, live) = (self.document().unwrap(), self.live());
        let names: Vec<&str> = document.instances.keys().map(Name::as_str).collect();
        assert_eq!(names, self.wish.instances.keys().collect::<Vec<_>>(), "{what}");
        assert_eq!(document.pending.len(), 0, "{what}");
        assert_eq!(self.orphans(&document), Vec::<String>::new(), "{what}");
        assert_eq!(live.len(), document.instances.len() + self.let_go.len(), "{what}");
        assert_eq!(self.creates().len(), self.wish.creates, "{what}: one create for every new name");
        for (name, wanted) in &self.wish.instances {
            let recorded = &document.instances[&key(name)];
            let phase = live[recorded.instance_id.as_str()];
            assert_eq!(phase != Phase::Stopped, wanted.running, "{what}: {name} is {phase:?}");
            assert_eq!(recorded.labels["value"], wanted.label.to_string(), "{what}: {name}");
            let held = wanted.previously.as_ref().unwrap_or(name);
            if let Some(was) = before.and_then(|before| before.instances.get(&key(held))) {
                assert_eq!(was.instance_id, recorded.instance_id, "{what}: {name} was {held}");
            }
        }
    }

    fn live(&self) -> BTreeMap<String, Phase> {
        self.sandbox.instances().into_iter().map(|it| (it.instance_id, it.phase)).collect()
    }

    /// Live sessions that no name has, and that were not let go.
    fn orphans(&self, document: &Document) -> Vec<String> {
        let held = ids(document);
        self.live().into_keys().filter(|id| !held.contains(id) && !self.let_go.contains(id)).collect()
    }
}

fn ids(document: &Document) -> BTreeSet<String> {
    document.instances.values().map(|it| it.instance_id.to_string()).collect()
}

fn names_pending(document: &Document, call: Call) -> BTreeSet<Name> {
    document.pending.iter().filter(|(_, it)| it.call == call).map(|(name, _)| name.clone()).collect()
}
