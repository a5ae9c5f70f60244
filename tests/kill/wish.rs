//! What the fleet is wished to be: 200 instances, and every round a change of every kind.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use wawpform::instance::Name;

/// How many instances every wish has.
pub const SIZE: usize = 200;

/// One instance of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub running: bool,
    pub label: u32,
    pub previously: Option<String>,
}

/// A wish, and how it follows from the one before.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    pub instances: BTreeMap<String, Wanted>,
    pub released: BTreeSet<String>,
    /// How many names are new.
    pub creates: usize,
    /// About how many calls it takes to get there.
    pub calls: usize,
    next_name: usize,
}

impl Wish {
    /// The next one: some go, some are let go, some are renamed, some change, and new ones fill up to 200.
    pub fn next(&self, random: &mut fastrand::Rng) -> Self {
        let mut next = Self { next_name: self.next_name, ..Self::default() };
        for (name, wanted) in &self.instances {
            let mut wanted = Wanted { previously: None, ..wanted.clone() };
            let mut name = name.clone();
            match random.u32(..100) {
                0..30 => {
                    next.calls += 2;
                    continue;
                }
                30..33 => {
                    next.released.insert(name);
                    continue;
                }
                33..43 => {
                    wanted.previously = Some(std::mem::replace(&mut name, next.name()));
                }
                43..63 => {
                    wanted.running = !wanted.running;
                    next.calls += 2;
                }
                63..70 => wanted.label += 1,
                _ => {}
            }
            next.instances.insert(name, wanted);
        }
        while next.instances.len() < SIZE {
            let wanted = Wanted { running: random.bool(), label: 0, previously: None };
            next.creates += 1;
            next.calls += if wanted.running { 3 } else { 1 };
            let name = next.name();
            next.instances.insert(name, wanted);
        }
        next
    }

    /// Never used before, and anywhere among the others in order.
    fn name(&mut self) -> String {
        self.next_name += 1;
        format!("i{:03}-{}", (self.next_name * 617) % 1000, self.next_name)
    }

    pub fn manifest(&self) -> String {
        let mut text = "fleet: acme\nguards: {max_deletes: 100%}\ninstances:\n".to_owned();
        for (name, Wanted { running, label, previously }) in &self.instances {
            let previously =
                previously.as_ref().map(|old| format!(", previously: {old}")).unwrap_or_default();
            writeln!(text, "  {name}: {{running: {running}, labels: {{value: '{label}'}}{previously}}}")
                .unwrap();
        }
        let released: Vec<&str> = self.released.iter().map(String::as_str).collect();
        writeln!(text, "released: [{}]", released.join(", ")).unwrap();
        text
    }
}

/// The name of an instance, as the state has it.
pub fn key(name: &str) -> Name {
    Name::new(name).unwrap()
}
