//! The second reading of all sources: slower, with marks, and complete.
//!
//! Invariant: it never makes an error disappear. What the fast reading refused and this one would accept is
//! refused with the fast reading's own words.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::check::{Checked, Finding, On, Spot, Stranger, check};
use super::decode::{File, Root};
use super::diagnostic::{Diagnostic, Place, Region, Related, in_order};
use super::fast::Refusal;
use super::grow::grow;
use super::hands::Hands;
use super::locate::locate;
use super::problem::{Problem, Sheet, Whereabouts};
use super::shape::{Kept, shape};
use super::source::{Source, readable};
use super::tree::Tree;
use super::variables::Variables;
use super::{Loaded, secret};

/// One source, read a second time.
struct Reading<'t> {
    sheet: Sheet<'t>,
    tree: Option<Tree<'t>>,
    kept: Kept,
    file: File,
    wrong: bool,
}

/// Reads all sources with marks. `refusal` is what the fast reading said, if it was asked.
pub(super) fn reread(
    sources: &[Source],
    refusal: Refusal,
    variables: &Variables,
    hands: &impl Hands,
) -> Result<Loaded, Vec<Diagnostic>> {
    let mut all = Vec::new();
    let mut readings: Vec<Reading<'_>> =
        sources.iter().enumerate().map(|(index, source)| read(index, source, &mut all)).collect();
    let files: Vec<File> = readings.iter_mut().map(|reading| std::mem::take(&mut reading.file)).collect();
    let Checked { desired, findings, warnings, strangers, has_fleet } = check(files, variables, hands);
    all.extend(findings.iter().flat_map(|finding| diagnostics(&readings, finding)));
    for Stranger { name, finding } in &strangers {
        if !readings.iter().any(|reading| reading.may_have_instance(name.as_str())) {
            all.extend(diagnostics(&readings, finding));
        }
    }
    if !has_fleet && !readings.iter().any(Reading::may_have_fleet) {
        all.extend(readings.first().map(|reading| reading.sheet.diagnostic(no_fleet())));
    }
    for (index, error) in refusal.errors {
        if let Some(reading) = readings.get(index).filter(|reading| !reading.wrong) {
            all.push(reading.sheet.diagnostic(error));
        }
    }
    if all.is_empty() {
        all.extend(refusal.findings.iter().flat_map(|finding| diagnostics(&readings, finding)));
    }
    let failed = !all.is_empty();
    all.extend(warnings.iter().flat_map(|warning| diagnostics(&readings, warning)));
    let all = in_order(all);
    match desired {
        Some(desired) if !failed => Ok(Loaded { desired, warnings: all }),
        _ => Err(all),
    }
}

/// The warnings about a manifest that the fast reading found right. Only the sources that they are about are read
/// again, for the marks.
pub(super) fn warnings(sources: &[Source], found: &[Finding]) -> Vec<Diagnostic> {
    if found.is_empty() {
        return Vec::new();
    }
    let concerned: BTreeSet<usize> = found.iter().map(|finding| finding.spot.source).collect();
    let readings: Vec<Reading<'_>> = sources
        .iter()
        .enumerate()
        .map(|(index, source)| Reading::of_right(index, source, concerned.contains(&index)))
        .collect();
    in_order(found.iter().flat_map(|finding| diagnostics(&readings, finding)).collect())
}

/// What the fast reading says of sources of which one is too large to be read with marks: as far as it goes without
/// them, at the beginning of the source, with the keys that lead there.
pub(super) fn without_marks(sources: &[Source], refusal: &Refusal) -> Vec<Diagnostic> {
    let sheets: Vec<Sheet<'_>> =
        sources.iter().enumerate().map(|(index, source)| Sheet::new(index, &source.name, "")).collect();
    let mut all = Vec::new();
    for (index, error) in &refusal.errors {
        all.extend(sheets.get(*index).map(|sheet| sheet.diagnostic(error.clone())));
    }
    for Finding { severity: _, spot, message, label, hint, related: _, again: _, conceal: _ } in
        &refusal.findings
    {
        let path: Vec<String> = spot.path.iter().map(ToString::to_string).collect();
        let message = format!("{message} (in `{}`)", path.join("`, `"));
        let mut problem = Problem::error(Whereabouts::Whole, message).label(label.clone());
        problem.hint.clone_from(hint);
        all.extend(sheets.get(spot.source).map(|sheet| sheet.diagnostic(problem)));
    }
    if all.is_empty() {
        // The one thing that may be missing without a finding.
        all.extend(sheets.first().map(|sheet| sheet.diagnostic(no_fleet())));
    }
    in_order(all)
}

fn read<'t>(index: usize, source: &'t Source, all: &mut Vec<Diagnostic>) -> Reading<'t> {
    let failed = |sheet: Sheet<'t>, problem: Problem, all: &mut Vec<Diagnostic>| {
        all.push(sheet.diagnostic(problem));
        Reading { sheet, tree: None, kept: Kept::new(), file: File::default(), wrong: true }
    };
    let text = match readable(&source.bytes) {
        Ok(text) => text,
        Err(problem) => return failed(Sheet::new(index, &source.name, ""), *problem, all),
    };
    let sheet = Sheet::new(index, &source.name, text);
    let mut tree = match grow(text) {
        Ok(tree) => tree,
        Err(problem) => return failed(sheet, *problem, all),
    };
    let mut problems = std::mem::take(&mut tree.problems);
    problems.extend(secret::find(&tree));
    let shaped = shape(&tree, &mut problems);
    let file = match Root::deserialize(shaped.value) {
        Ok(Root(file)) => file,
        Err(error) => {
            problems.push(Problem::error(Whereabouts::Whole, format!("this cannot be read: {error}")));
            File::default()
        }
    };
    let wrong = !problems.is_empty();
    all.extend(problems.into_iter().map(|problem| sheet.diagnostic(problem)));
    Reading { sheet, tree: Some(tree), kept: shaped.kept, file, wrong }
}

impl<'t> Reading<'t> {
    /// Of a source that the fast reading found right: its marks, if they are wanted, and nothing else.
    fn of_right(index: usize, source: &'t Source, wanted: bool) -> Self {
        let text = readable(&source.bytes).ok().filter(|_| wanted).unwrap_or_default();
        Self {
            sheet: Sheet::new(index, &source.name, text),
            tree: if wanted { grow(text).ok() } else { None },
            kept: Kept::new(),
            file: File::default(),
            wrong: false,
        }
    }

    /// Whether this source has a fleet, or may get one when it is mended: it is empty, or could not be read.
    fn may_have_fleet(&self) -> bool {
        let Some(tree) = &self.tree else { return true };
        match tree.root.filter(|root| !tree.is_nothing(*root)) {
            None => true,
            Some(root) => tree.map(root).is_some_and(|map| tree.entry(map, "fleet").is_some()),
        }
    }

    /// Whether this source has an instance of this name that was left out, or may get one when it is mended.
    fn may_have_instance(&self, name: &str) -> bool {
        let Some(tree) = &self.tree else { return true };
        let Some(root) = tree.root.and_then(|root| tree.map(root)) else { return true };
        match tree.entry(root, "instances").map(|entry| entry.value) {
            // Its key may be what is wrong.
            None => self.wrong,
            Some(value) if tree.is_nothing(value) => false,
            Some(value) => tree.map(value).is_none_or(|instances| tree.entry(instances, name).is_some()),
        }
    }
}

fn no_fleet() -> Problem {
    Problem::error(Whereabouts::Whole, "the manifest does not say which fleet it is")
        .hint("write `fleet: NAME` at the top of one file; the name chooses the state")
}

fn diagnostics(readings: &[Reading<'_>], finding: &Finding) -> Vec<Diagnostic> {
    let Finding { severity, spot, message, label, hint, related, again, conceal } = finding;
    let related: Vec<Related> = related
        .iter()
        .map(|(spot, label)| Related { place: place(readings, spot), label: (*label).to_owned() })
        .collect();
    let value = Spot { on: On::Value, ..spot.clone() };
    let at = |place: Place, related: Vec<Related>| Diagnostic {
        severity: *severity,
        message: message.clone(),
        place,
        label: label.clone(),
        related,
        hint: hint.clone(),
        concealed: if *conceal { region(readings, &value) } else { None },
    };
    let first = place(readings, spot);
    if again.is_empty() {
        return vec![at(first, related)];
    }
    let mut places: Vec<Place> = again.iter().map(|spot| place(readings, spot)).chain([first]).collect();
    places.sort();
    let mut places = places.into_iter();
    let Some(first) = places.next() else { return Vec::new() };
    let first = Related { place: first, label: "first said here".to_owned() };
    places.map(|place| at(place, vec![first.clone()])).collect()
}

fn region(readings: &[Reading<'_>], spot: &Spot) -> Option<Region> {
    let reading = readings.get(spot.source)?;
    locate(reading.tree.as_ref()?, &reading.kept, spot)
}

fn place(readings: &[Reading<'_>], spot: &Spot) -> Place {
    let at = region(readings, spot).map_or(Whereabouts::Whole, Whereabouts::Stretch);
    match readings.get(spot.source) {
        Some(reading) => reading.sheet.place(at),
        None => Place { source: spot.source, file: "".into(), line: 1, column: 1, length: 0 },
    }
}
