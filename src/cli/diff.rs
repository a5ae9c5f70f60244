//! `diff`: two manifests compared, for pull requests whose job has neither state nor token.
//!
//! Invariant: reads manifests and nothing else; the comparison is that of a plan, and says that it is none.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use super::App;
use super::completions::{formats, revisions};
use super::exit::{Exit, Fault};
use super::fail_on::{self, FailOn};
use super::forms::{self, Form};
use super::git::Repository;
use super::writes::{self, Output};
use super::{github, plan, sources};
use crate::instance::visible;
use crate::manifest::{Desired, Loaded, Severity, Source};
use crate::plan::{Lifted, check, compare};
use crate::render::terraform::Asked;

/// Compare two manifests: what plan would show if the state were exactly the old one.
///
/// Needs neither state nor token and calls nothing. A side is a file, a directory, or git:REV[:PATH], a revision of the
/// repository around (PATH counts from the folder that the command stands in; by default it is that of NEW, or -f).
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wawpform diff git:origin/main -f tenants/ --detailed-exitcode")]
pub(super) struct DiffArgs {
    /// The manifest as it was. Where git:REV is there and has nothing at the path of NEW, everything is new.
    #[arg(value_name = "OLD", add = revisions())]
    old: Side,
    /// The manifest as it is to be [default: what -f names].
    #[arg(value_name = "NEW", add = revisions())]
    new: Option<Side>,
    /// Exit with 2 when there are changes.
    #[arg(long)]
    detailed_exitcode: bool,
    /// Write the comparison as well: FORMAT=PATH, as `plan --write` does. Repeatable.
    #[arg(long, value_name = "FORMAT=PATH", add = formats::<Form>(false))]
    write: Vec<Output<Form>>,
    /// Exit with 3 when there is any of these: delete, change. Repeatable, or separated by commas.
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',', hide_possible_values = true)]
    fail_on: Vec<FailOn>,
    /// Let up to N deletes pass `guards.max_deletes`.
    #[arg(long, value_name = "N")]
    allow_deletes: Option<usize>,
    /// Let a manifest without any instance delete everything.
    #[arg(long)]
    allow_empty: bool,
    #[command(flatten)]
    pub(super) github: github::Asked,
}

/// Where one of the manifests is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Side {
    /// A file, a directory, or - for standard input.
    Path(PathBuf),
    /// A revision, and perhaps a path in it.
    Git(String, Option<PathBuf>),
}

impl FromStr for Side {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix("git:") else {
            return if text.is_empty() { Err("name a file".into()) } else { Ok(Self::Path(text.into())) };
        };
        let (rev, path) = rest.split_once(':').map_or((rest, None), |(rev, path)| (rev, Some(path)));
        if rev.is_empty() || rev.starts_with('-') || rev.contains(|c: char| c.is_control() || c == ' ') {
            return Err("write git:REV or git:REV:PATH, where REV is a branch, a tag or a commit".into());
        }
        match path {
            Some("") => Err("name a path behind the second colon, or leave the colon out".into()),
            path => Ok(Self::Git(rev.to_owned(), path.map(PathBuf::from))),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.write_str(&visible(&path.display().to_string())),
            Self::Git(rev, None) => write!(f, "git:{}", visible(rev)),
            Self::Git(rev, Some(path)) => {
                write!(f, "git:{}:{}", visible(rev), visible(&path.display().to_string()))
            }
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When a manifest cannot be read or has errors, or they are of different fleets.
pub(super) fn run(app: &App, args: &DiffArgs) -> anyhow::Result<Exit> {
    writes::checked("the plan", &args.write)?;
    if args.fail_on.contains(&FailOn::Drift) {
        let hint = "`wawpform plan --refresh --fail-on drift` looks at what is live";
        return Err(Fault::error("manifests do not drift", hint).with(Exit::Usage).into());
    }
    let new = read(app, args.new.as_ref())?;
    let old = read_old(app, args)?;
    let new_name = args.new.as_ref().map_or_else(|| of_flag(app), Side::to_string);
    // Both are told in one run.
    let (old, new) =
        (checked(app, &old, ("OLD", &args.old.to_string())), checked(app, &new, ("NEW", &new_name)));
    let (old, Some(new)) = (old?, new?) else {
        let hint = "a revision without the manifest can only be the old one";
        return Err(Fault::error(format!("{new_name} has no manifest"), hint).into());
    };
    if let Some(old) = old.as_ref().filter(|old| old.fleet != new.fleet) {
        let message =
            format!("{} is a manifest of the fleet {}, and {new_name} of {}", args.old, old.fleet, new.fleet);
        let hint =
            "compare manifests of one fleet; a fleet cannot be renamed, its name says which state is its own";
        return Err(Fault::error(message, hint).into());
    }
    if old.is_none() {
        let message = format!("{} has no manifest there: everything counts as new", args.old);
        app.out.warning(&message);
        github::remark(app, Severity::Warning, &message, "");
    }
    let plan = compare(old.as_ref(), &new);
    let lifted = Lifted {
        max_deletes: new.max_deletes,
        max_instances: new.max_instances,
        allow_deletes: args.allow_deletes,
        allow_empty: args.allow_empty,
        allow_paired_deletes: false,
        destroy: false,
    };
    let refusals = check(&plan, &lifted);
    let is_written = forms::write(
        app,
        &plan,
        &Asked { refusals: &refusals, targeted: false, warnings: &[], policy_input: &[] },
        &args.write,
    );
    github::plan(app, &plan, (&refusals, &[]), 1);
    let is_let_through = plan::tell(app, &plan, &refusals);
    let passes = fail_on::passes(app, &plan, &args.fail_on);
    Ok(match () {
        () if !is_written => Exit::Error,
        () if !is_let_through || !passes => Exit::Refused,
        () if args.detailed_exitcode && !plan.is_converged() => Exit::Changes,
        () => Exit::Done,
    })
}

/// The sources of the old side. Where neither side names a path, or only the new one does, both have the same one: that it
/// was read there shows that it is no mistake, and where the old revision lacks it, everything is new.
fn read_old(app: &App, args: &DiffArgs) -> anyhow::Result<Option<Vec<Source>>> {
    let Side::Git(rev, None) = &args.old else { return read(app, Some(&args.old)) };
    match &args.new {
        // What comes through a pipe has no path.
        Some(Side::Path(path)) if path.as_os_str() == "-" => revision(app, rev, &app.global.file, true),
        Some(Side::Path(path) | Side::Git(_, Some(path))) => {
            revision(app, rev, std::slice::from_ref(path), false)
        }
        Some(Side::Git(_, None)) | None => revision(app, rev, &app.global.file, false),
    }
}

/// The sources of a side; `None` where a revision has nothing at the path of `-f`.
fn read(app: &App, side: Option<&Side>) -> anyhow::Result<Option<Vec<Source>>> {
    match side {
        None => sources::read(app).map(Some),
        Some(Side::Path(path)) => sources::named(app, std::slice::from_ref(path)).map(Some),
        Some(Side::Git(rev, Some(path))) => revision(app, rev, std::slice::from_ref(path), true),
        Some(Side::Git(rev, None)) => revision(app, rev, &app.global.file, false),
    }
}

/// The sources at paths of a revision; `None` where nothing is there, unless something must be.
fn revision(app: &App, rev: &str, paths: &[PathBuf], must_be: bool) -> anyhow::Result<Option<Vec<Source>>> {
    let repository = Repository::around(app)?;
    let commit = repository.commit(rev)?;
    let mut found = Vec::new();
    for path in paths {
        let sources = repository.manifests(&commit, rev, path)?;
        if sources.is_empty() && must_be {
            let message =
                format!("there is no manifest {} in {}", visible(&path.display().to_string()), visible(rev));
            let hint = "the path counts from the folder that the command stands in; without one it is that of the new \
                        manifest, and where the old revision has nothing there, everything is new";
            return Err(Fault::error(message, hint).into());
        }
        found.extend(sources);
    }
    Ok(Some(found).filter(|found| !found.is_empty()))
}

/// A side that was checked; what is wrong with it is told under its name.
fn checked(
    app: &App,
    sources: &Option<Vec<Source>>,
    (side, name): (&str, &str),
) -> anyhow::Result<Option<Desired>> {
    let Some(sources) = sources else { return Ok(None) };
    let Loaded { desired, warnings } = sources::sound(app, sources)
        .inspect_err(|_| app.out.error(&format!("{side}, {name}, is not a manifest to be compared")))?;
    // What was there before is nobody's business now.
    if side == "NEW" && !warnings.is_empty() {
        sources::tell(app, &warnings, sources);
    }
    Ok(Some(desired))
}

fn of_flag(app: &App) -> String {
    let paths: Vec<_> = app.global.file.iter().map(|path| path.display().to_string()).collect();
    visible(&paths.join(", ")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_a_path_or_a_revision_with_or_without_one() {
        let git = |rev: &str, path: Option<&str>| Ok(Side::Git(rev.into(), path.map(PathBuf::from)));
        assert_eq!("git:main".parse(), git("main", None));
        assert_eq!("git:v1^:a:b.yaml".parse(), git("v1^", Some("a:b.yaml")));
        assert_eq!("./git:main".parse(), Ok(Side::Path("./git:main".into())));
        for bad in ["", "git:", "git::a", "git:main:", "git:--output=x", "git:-p:a", "git:a\nb", "git:a b"] {
            assert!(bad.parse::<Side>().is_err(), "{bad:?}");
        }
    }
}
