//! `import --from FILE`: all instances of a table, or none.
//!
//! Invariant: whatever it leaves in the state and not in the manifest is protected, so that a block which nobody
//! pastes makes the next apply refuse instead of deleting a session.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use jiff::Timestamp;

use super::table::{self, Problem, Row};
use super::{explained, way_out};
use crate::apply::{Binding, Claim, Claims, bound, cautions};
use crate::cli::exit::{Exit, Fault};
use crate::cli::looking::Looking;
use crate::cli::{App, fleet, phone, place, signals, sources};
use crate::instance::{InstanceId, Name, Spec, visible};
use crate::manifest::{Desired, Diagnostic, Severity, Source};
use crate::observe::{Look, Observation, Sighting, suspicious};
use crate::render::blocks::{Block, block};
use crate::render::plural;
use crate::state::{AccountMark, Document, Opened, Record, Recorded};
use crate::wawp::Observed;

/// Binds all instances of a table.
///
/// # Errors
/// When anything in the table cannot be done; then nothing is.
pub(super) async fn run(app: &App, path: &Path, looking: &Looking) -> anyhow::Result<Exit> {
    let stop = signals::listen()?;
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the table {}", path.display()))?;
    let sources = sources::read(app)?;
    let desired = sources::checked(app, &sources)?;
    let (rows, mut problems) = table::read(&bytes);
    let api = place::api(app)?;
    let Opened { ledger, document, notices: _ } = fleet::open(app, &desired.fleet, "import", &stop).await?;
    let flags = app.global.naming_flags();
    let mut intake = Intake { desired: &desired, document: &document, flags, rows: BTreeMap::new() };
    intake.claim(rows, &mut problems);
    intake.describe(app, &sources, &mut problems)?;

    let whom = intake.to_be_seen();
    let (mut observation, mut account) = (Observation::default(), None);
    if !whom.is_empty() {
        let ready = phone::token(app, &api, &desired.token_env)
            .and_then(|token| Ok((phone::account(&document, &token, false)?, token)));
        let seen = match ready {
            Ok((mark, token)) => {
                account = mark;
                looking.at((app, &desired), whom, (api, token), &stop).await
            }
            Err(error) => Err(error),
        };
        match seen {
            Ok(seen) => observation = seen,
            Err(error) => {
                // What is known to be wrong need not wait until the API can be asked.
                tell(app, &mut problems, path);
                return Err(error);
            }
        }
    }
    intake.confirm(&observation, &mut problems);
    if !problems.is_empty() {
        tell(app, &mut problems, path);
        let hint = match suspicious(&observation) {
            true => "not one instance was found: is the token that of their account?",
            false => "all rows are imported or none: mend these and run it again",
        };
        let message =
            format!("nothing is imported: {} has {}", path.display(), plural(problems.len(), "problem"));
        return Err(Fault::error(message, hint).into());
    }
    let now = app.env.now();
    let (records, blocks) = (intake.records(&observation, account, now), intake.blocks(&observation)?);
    if !records.is_empty() {
        ledger
            .record_all(records)
            .await
            .map_err(|error| explained(error.into(), &app.global.naming_flags()))?;
    }
    fleet::close(app, ledger).await?;
    app.out.data(&blocks);
    intake.report(app, &observation);
    Ok(Exit::Done)
}

fn tell(app: &App, problems: &mut [Problem], path: &Path) {
    problems.sort_by_key(|problem| problem.line);
    app.out.urgent(&table::told(problems, &path.display().to_string()));
}

/// A row that may be imported, as far as is known.
struct Entrant {
    row: Row,
    claim: Claim,
    /// What is desired of it: what its block says, in the manifest or as it will be printed.
    spec: Spec,
    /// Whether the manifest has its block.
    has_block: bool,
}

impl Entrant {
    /// The phone that should be paired; what the manifest says of it counts.
    fn expecting(&self) -> Option<&str> {
        self.spec.expect_number.as_deref().or(self.row.expect_number.as_deref())
    }

    fn block(&self) -> Block {
        let Row { labels, expect_number, .. } = &self.row;
        let (labels, expect_number) = (labels.clone(), expect_number.clone());
        Block { labels, running: None, protect: true, expect_number }
    }
}

/// The rows on their way into the state.
struct Intake<'a> {
    desired: &'a Desired,
    document: &'a Document,
    /// Those that name this fleet on the command line.
    flags: String,
    rows: BTreeMap<Name, Entrant>,
}

impl Intake<'_> {
    /// Takes in the rows that neither the state nor the manifest stands against.
    fn claim(&mut self, rows: Vec<Row>, problems: &mut Vec<Problem>) {
        let claims = Claims::new(self.desired, self.document);
        for row in rows {
            let wanted = self.desired.instances.get(&row.name);
            match claims.check(&row.name, &row.id) {
                Ok(claim) => {
                    let spec = wanted.map(|wanted| wanted.spec.clone()).unwrap_or_default();
                    let has_block = wanted.is_some();
                    self.rows.insert(row.name.clone(), Entrant { row, claim, spec, has_block });
                }
                Err(claimed) => {
                    problems.push(Problem::new(
                        row.line,
                        claimed.to_string(),
                        way_out(&claimed, &self.flags),
                    ));
                }
            }
        }
    }

    /// Reads the blocks that are to be printed as a part of the manifest: what is wrong with them is wrong with
    /// their rows, and what is recorded is what they will say there.
    fn describe(&mut self, app: &App, sources: &[Source], problems: &mut Vec<Problem>) -> anyhow::Result<()> {
        let mut text = String::from("instances:\n");
        // By the line on which its block begins.
        let (mut begins, mut next) = (BTreeMap::new(), 2);
        for (name, entrant) in self.rows.iter().filter(|(_, entrant)| !entrant.has_block) {
            let block = block(name, &entrant.block())?;
            begins.insert(next, (name.clone(), entrant.row.line));
            next += block.lines().count();
            text += &block;
        }
        if begins.is_empty() {
            return Ok(());
        }
        let mut all = sources.to_vec();
        all.push(Source::new("the blocks to paste", text));
        match sources::load(app, &all)? {
            Ok(loaded) => {
                for (name, wanted) in loaded.desired.instances {
                    if let Some(entrant) = self.rows.get_mut(&name) {
                        entrant.spec = wanted.spec;
                    }
                }
            }
            Err(wrong) => {
                for Diagnostic { severity, message, place, related, hint, .. } in wrong {
                    if severity != Severity::Error {
                        continue;
                    }
                    let mut places = std::iter::once(&place).chain(related.iter().map(|it| &it.place));
                    let ours = places.find(|place| place.source == sources.len());
                    let row = ours.and_then(|it| Some(begins.range(..=it.line).next_back()?.1));
                    let line = row.map_or(1, |(name, line)| {
                        // A row that cannot have a block is not looked at.
                        self.rows.remove(name);
                        *line
                    });
                    problems.push(Problem { line, message, hint });
                }
            }
        }
        Ok(())
    }

    fn to_be_seen(&self) -> Vec<(Name, InstanceId)> {
        let free = self.rows.values().filter(|entrant| entrant.claim == Claim::Free);
        free.map(|entrant| (entrant.row.name.clone(), entrant.row.id.clone())).collect()
    }

    /// Holds what was seen against the rows.
    fn confirm(&self, observation: &Observation, problems: &mut Vec<Problem>) {
        for entrant in self.rows.values().filter(|entrant| entrant.claim == Claim::Free) {
            let Row { line, name, id, .. } = &entrant.row;
            let hint = "check the instance_id in the Wawp dashboard, and the token";
            let message = match observation.sightings.get(name) {
                Some(Sighting::Seen(_)) => continue,
                Some(Sighting::Gone) => format!("info does not know the instance {id}"),
                Some(Sighting::Unclear { why }) => format!("info does not confirm the instance {id}: {why}"),
                None => format!("the instance {id} was not looked at"),
            };
            problems.push(Problem::new(*line, message, hint));
        }
    }

    fn records(
        &self,
        observation: &Observation,
        account: Option<AccountMark>,
        now: Timestamp,
    ) -> Vec<Record> {
        let binding = |(entrant, observed): (&Entrant, &Observed)| {
            let Entrant { row: Row { name, id, server_name, .. }, spec, .. } = entrant;
            let server_name = observed.server_name.clone().or_else(|| server_name.clone());
            let observed = Observed { server_name, ..observed.clone() };
            Binding { name: name.clone(), id: id.clone(), spec: spec.clone(), observed }
        };
        let bindings: Vec<Binding> = self.seen(observation).map(binding).collect();
        let account = account.filter(|_| !bindings.is_empty());
        let mut records = bound(bindings, self.document, account, now);
        // Recorded before, and neither in the manifest nor protected: the next apply would delete it.
        for (entrant, recorded) in self.known().filter(|(entrant, _)| !entrant.has_block) {
            if !recorded.protect {
                let (name, labels) = (entrant.row.name.clone(), recorded.labels.clone());
                records.push(Record::Described { name, labels, protect: true });
            }
        }
        records
    }

    /// What the manifest does not have yet, with the run state that it has.
    fn blocks(&self, observation: &Observation) -> anyhow::Result<String> {
        let mut text = String::new();
        for (name, entrant) in self.rows.iter().filter(|(_, entrant)| !entrant.has_block) {
            let seen = observation.sightings.get(name).and_then(Sighting::seen);
            let running = match (seen, self.document.instances.get(name)) {
                (Some(Look { info, .. }), _) => Some(info.status.is_running()),
                (None, recorded) => recorded.map(|recorded| recorded.running),
            };
            let running = running.filter(|running| *running != entrant.spec.running);
            text += &block(name, &Block { running, ..entrant.block() })?;
        }
        Ok(text)
    }

    fn report(&self, app: &App, observation: &Observation) {
        for (entrant, observed) in self.seen(observation) {
            for caution in cautions(&entrant.row.id, entrant.expecting(), observed) {
                app.out.warning(&format!("{}: {}", entrant.row.name, visible(&caution)));
            }
        }
        for entrant in self.rows.values().filter(|entrant| entrant.has_block) {
            let Entrant { row: Row { name, labels, .. }, spec, .. } = entrant;
            if labels.iter().any(|(key, value)| spec.labels.get(key) != Some(value)) {
                app.out
                    .warning(&format!("{name}: the table has other labels than the manifest, which counts"));
            }
        }
        let (new, known) = (self.seen(observation).count(), self.known().count());
        let already = match known {
            0 => String::new(),
            known => format!(
                "; {} already recorded, and nothing was called for {}",
                known,
                if known == 1 { "it" } else { "them" }
            ),
        };
        app.out.talk(&format!("{} imported{already}.", plural(new, "instance")));
        let bare = self.rows.values().filter(|entrant| !entrant.has_block).count();
        if bare > 0 {
            app.out.talk(&format!(
                "{} not in the manifest: put the printed {} under `instances:`.\nUntil then {} recorded with \
                 `protect: true`, and an apply that would delete is refused.",
                if bare == 1 { "1 of them is".into() } else { format!("{bare} of them are") },
                if bare == 1 { "block" } else { "blocks" },
                if bare == 1 { "it is" } else { "they are" },
            ));
        }
    }

    /// What info has confirmed.
    fn seen<'b>(&'b self, observation: &'b Observation) -> impl Iterator<Item = (&'b Entrant, &'b Observed)> {
        self.rows.values().filter_map(|entrant| {
            let Look { info, .. } = observation.sightings.get(&entrant.row.name)?.seen()?;
            Some((entrant, info))
        })
    }

    /// What was imported before.
    fn known(&self) -> impl Iterator<Item = (&Entrant, &Recorded)> {
        let already = self.rows.values().filter(|entrant| entrant.claim == Claim::Already);
        already.filter_map(|entrant| Some((entrant, self.document.instances.get(&entrant.row.name)?)))
    }
}
