//! The rules between names: who is in the fleet, who was called otherwise, who is adopted, who is let go.
//!
//! Invariant: a name means one instance; what it was called before, and the live instance it binds, are claimed
//! by nobody else.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::attributes::{self, Attributes};
use super::finding::{At, Finding, On, Spot, Step};
use super::variable::Rules;
use crate::instance::{InstanceId, Name, NameError};
use crate::manifest::decode::{Instance, Instances};
use crate::manifest::desired::Wanted;
use crate::manifest::problem::shortened;
use crate::manifest::schema::nearest;

/// The names of a fleet while its sources are read, in order.
#[derive(Default)]
pub(super) struct Roster {
    /// With the source of each. As they come; once settled by name, each once.
    instances: Vec<(Name, usize, Wanted)>,
    claims: BTreeMap<Name, Vec<Spot>>,
    adopted: BTreeMap<InstanceId, Vec<Spot>>,
    released: BTreeMap<Name, Spot>,
}

/// A name, or why the text here is none.
pub(super) fn name(
    text: &str,
    what: &str,
    wrong: impl FnOnce(String) -> Finding,
) -> Result<Name, Box<Finding>> {
    Name::new(text).map_err(|error: NameError| {
        let finding = wrong(format!("`{}` cannot be the name of {what}", shortened(text)));
        let finding = finding.label(error.to_string());
        Box::new(match Name::suggest(text) {
            Some(near) => finding.hint(format!("`{near}` can be one")),
            None => finding.hint("use lower-case letters, digits and `-`"),
        })
    })
}

impl Roster {
    /// Takes in the instances of one source, or a part of them.
    pub(super) fn instances(
        &mut self,
        source: usize,
        instances: Instances,
        (defaults, rules): (&Attributes, &Rules<'_>),
        findings: &mut Vec<Finding>,
    ) {
        let root = At::source(source);
        let list = root.key("instances");
        for (key, instance) in instances {
            let at = list.key(&key);
            let Instance { shared, previously, adopt } = instance;
            let attributes = attributes::read(shared, &at, rules, findings);
            let name = name(&key, "an instance", |message| at.wrong_key(message));
            let previously = previously.and_then(|text| self.previously(&text, &key, &at, findings));
            let together = previously.is_some() && adopt.is_some();
            let adopt = adopt.and_then(|text| self.adopt(&text, &at, findings));
            if together {
                findings.push(
                    at.key("adopt")
                        .wrong_key("`adopt` and `previously` cannot stand in one instance")
                        .related(at.key("previously").spot(On::Key), "the other one")
                        .hint(
                            "`previously` keeps the instance that is recorded under another name, `adopt` binds \
                             one that is not recorded: remove one of them",
                        ),
                );
            }
            match name {
                Err(finding) => findings.push(*finding),
                Ok(name) => {
                    let spec = attributes.over(defaults);
                    self.instances.push((name, source, Wanted { spec, previously, adopt }));
                }
            }
        }
    }

    /// Takes in what comes behind.
    pub(super) fn append(&mut self, mut part: Self) {
        self.instances.append(&mut part.instances);
        for (name, mut spots) in part.claims {
            self.claims.entry(name).or_default().append(&mut spots);
        }
        for (id, mut spots) in part.adopted {
            self.adopted.entry(id).or_default().append(&mut spots);
        }
        self.released.append(&mut part.released);
    }

    /// Brings the instances in order, when all of them are in, and keeps the first of each name.
    pub(super) fn settle(&mut self, findings: &mut Vec<Finding>) {
        if self.instances.is_sorted_by(|(a, ..), (b, ..)| a < b) {
            return;
        }
        self.instances.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        self.instances.dedup_by(|(name, source, _), (kept, first, _)| {
            let is_twice = name == kept;
            if is_twice {
                findings.push(
                    Finding::at(
                        instance_key(*source, name.as_str()),
                        format!("the instance `{name}` is there twice"),
                    )
                    .label("the second time")
                    .related(instance_key(*first, name.as_str()), "first defined here")
                    .hint("a name is unique over all files: rename or remove one of them"),
                );
            }
            is_twice
        });
    }

    fn previously(
        &mut self,
        text: &str,
        key: &str,
        at: &At<'_>,
        findings: &mut Vec<Finding>,
    ) -> Option<Name> {
        let at = at.key("previously");
        match name(text, "an instance", |message| at.wrong(message)) {
            Err(finding) => {
                findings.push(*finding);
                None
            }
            Ok(_) if text == key => {
                findings.push(
                    at.wrong(format!("`{key}` was previously called the same"))
                        .hint("write the name it had before, or remove the line"),
                );
                None
            }
            Ok(previous) => {
                self.claims.entry(previous.clone()).or_default().push(at.spot(On::Value));
                Some(previous)
            }
        }
    }

    fn adopt(&mut self, text: &str, at: &At<'_>, findings: &mut Vec<Finding>) -> Option<InstanceId> {
        let at = at.key("adopt");
        let id = match InstanceId::new(text) {
            Ok(id) => id,
            Err(error) => {
                findings.push(
                    at.wrong(error.to_string())
                        .hint("copy the instance_id from the Wawp dashboard, such as `3EB0BCB2E3D4`"),
                );
                return None;
            }
        };
        // A fact about the ids seen so far, and no promise (wawp-api.md §1.6).
        if !id.is_usual() {
            findings.push(
                at.wrong(format!("`{}` does not look like an instance_id", shortened(text)))
                    .label("usually it is 12 letters and digits")
                    .hint("compare it with the Wawp dashboard; if it stands there like this, it is right")
                    .warning(),
            );
        }
        self.adopted.entry(id.clone()).or_default().push(at.spot(On::Value));
        Some(id)
    }

    /// Takes in the released names of one source.
    pub(super) fn released(&mut self, source: usize, released: Vec<String>, findings: &mut Vec<Finding>) {
        let root = At::source(source);
        let list = root.key("released");
        for (index, text) in released.into_iter().enumerate() {
            let at = list.index(index);
            match name(&text, "an instance", |message| at.wrong(message)) {
                Err(finding) => findings.push(*finding),
                Ok(name) => match self.released.entry(name) {
                    Entry::Vacant(free) => {
                        free.insert(at.spot(On::Value));
                    }
                    Entry::Occupied(first) => findings.push(
                        at.wrong(format!("`{text}` is released twice"))
                            .label("the second time")
                            .related(first.get().clone(), "first released here")
                            .hint("remove one of them"),
                    ),
                },
            }
        }
    }

    /// Whether an instance has this name.
    pub(super) fn has(&self, name: &Name) -> bool {
        find(&self.instances, name).is_some()
    }

    /// Where this name is released.
    pub(super) fn released_at(&self, name: &Name) -> Option<&Spot> {
        self.released.get(name)
    }

    /// What to write instead of a name that no instance has: that of the one that was called so before, or the
    /// nearest. `left` is how many more names may be compared.
    pub(super) fn hint_for_unknown(&self, name: &Name, left: &mut usize) -> Option<String> {
        *left = left.checked_sub(self.instances.len())?;
        let renamed = self.instances.iter().find(|(_, _, wanted)| wanted.previously.as_ref() == Some(name));
        if let Some((now, ..)) = renamed {
            return Some(format!("it is called `{now}` now: write that name"));
        }
        let known: Vec<&str> = self.instances.iter().map(|(name, ..)| name.as_str()).collect();
        nearest(name.as_str(), &known).map(|near| format!("did you mean `{near}`?"))
    }

    /// Holds the names against each other, when all sources are in.
    pub(super) fn finish(self, findings: &mut Vec<Finding>) -> (BTreeMap<Name, Wanted>, BTreeSet<Name>) {
        let Self { instances, claims, adopted, released } = self;
        for (id, spots) in adopted {
            let hint = "one live instance can have one name only";
            findings.extend(twice(spots, format!("`{id}` is adopted twice"), hint));
        }
        for (previous, spots) in claims {
            let wrong = |spot: &Spot, message: String| Finding::at(spot.clone(), message);
            for spot in &spots {
                if let Some(source) = find(&instances, &previous) {
                    findings.push(
                        wrong(
                            spot,
                            format!("`{previous}` is still in `instances`, so nothing can have been called so before"),
                        )
                        .related(instance_key(source, previous.as_str()), "it is here")
                        .hint("a rename removes the old block: remove it, or remove `previously`"),
                    );
                }
                if let Some(release) = released.get(&previous) {
                    findings.push(
                        wrong(spot, format!("`{previous}` is renamed here and released elsewhere"))
                            .related(release.clone(), "released here")
                            .hint("remove one of them: a released instance has no new name"),
                    );
                }
            }
            let hint = "one instance can have one new name only";
            findings.extend(twice(spots, format!("`{previous}` is claimed twice"), hint));
        }
        for (name, spot) in &released {
            if let Some(source) = find(&instances, name) {
                findings.push(
                    Finding::at(spot.clone(), format!("`{name}` is released and still in `instances`"))
                        .related(instance_key(source, name.as_str()), "it is here")
                        .hint("remove its block to let it go, or remove it from `released` to keep it"),
                );
            }
        }
        let instances = instances.into_iter().map(|(name, _, wanted)| (name, wanted)).collect();
        (instances, released.into_keys().collect())
    }
}

/// The finding for what is said at more than one spot.
pub(super) fn twice(spots: Vec<Spot>, message: String, hint: &str) -> Option<Finding> {
    let mut spots = spots.into_iter();
    let first = spots.next()?;
    let again: Vec<Spot> = spots.collect();
    let finding = || Finding::at(first, message).label("the second time").hint(hint).again(again.clone());
    (!again.is_empty()).then(finding)
}

/// The source that has an instance of this name; the instances are settled.
fn find(instances: &[(Name, usize, Wanted)], name: &Name) -> Option<usize> {
    let at = instances.binary_search_by(|(other, ..)| other.cmp(name)).ok()?;
    instances.get(at).map(|(_, source, _)| *source)
}

fn instance_key(source: usize, name: &str) -> Spot {
    let path = vec![Step::Key("instances".to_owned()), Step::Key(name.to_owned())];
    Spot { source, path, on: On::Key }
}
