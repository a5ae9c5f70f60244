//! Manifests of another revision, read out of git's own store.
//!
//! Invariant: git is asked for names and bytes and runs nothing that the repository names: no checkout, no hook, filter,
//! pager or fetch. What comes from outside stands where git cannot take it for a flag, and links are not followed.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::Context;

use super::App;
use super::exit::Fault;
use crate::instance::visible;
use crate::manifest::{LARGEST, Source};

/// What git needs of the environment: itself, and the settings that say whose repositories it may read.
const PASSED_ON: [&str; 7] = [
    "PATH",
    "HOME",
    "XDG_CONFIG_HOME",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CEILING_DIRECTORIES",
];

/// What is said of what is no file, by the mode of its entry.
const LINK: &str = "120000";

/// The repository that the command stands in.
pub(super) struct Repository {
    environment: Vec<(&'static str, String)>,
    /// Its folder, links followed.
    top: PathBuf,
    /// The folder that the command stands in, links followed.
    folder: PathBuf,
}

/// An entry of a tree.
struct Entry {
    mode: String,
    /// `blob`, `tree` or `commit`.
    kind: String,
    id: String,
    /// In bytes; 0 of what is no file.
    size: usize,
    name: Vec<u8>,
}

impl Repository {
    /// Finds it.
    ///
    /// # Errors
    /// When there is no git, or no repository that it may read.
    pub(super) fn around(app: &App) -> anyhow::Result<Self> {
        let environment = PASSED_ON.iter().filter_map(|name| Some((*name, app.env.var(name)?))).collect();
        let folder = app.env.folder().context("the folder that the command stands in is gone")?;
        let mut here = Self { environment, top: PathBuf::new(), folder };
        let output = here.ask(&["rev-parse", "--show-toplevel"])?;
        let top = String::from_utf8(output.stdout).ok().filter(|_| output.status.success());
        let Some(top) = top.as_deref().map(|top| top.trim_end_matches('\n')).filter(|top| !top.is_empty())
        else {
            let hint = format!("git says: {}", said(&output.stderr));
            return Err(Fault::error("git:REV names a revision, and this is no git work tree", hint).into());
        };
        here.top = std::fs::canonicalize(top).context("the repository's folder cannot be read")?;
        here.folder = std::fs::canonicalize(&here.folder).context("this folder cannot be read")?;
        Ok(here)
    }

    /// The commit that a revision names.
    ///
    /// # Errors
    /// When it names none.
    pub(super) fn commit(&self, rev: &str) -> anyhow::Result<String> {
        let wanted = format!("{rev}^{{commit}}");
        let output = self.ask(&["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted])?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        // Older gits print the separator as well.
        let id = text.lines().last().unwrap_or_default();
        if output.status.success() && is_id(id) {
            return Ok(id.to_owned());
        }
        let hint = "a shallow clone has only its own commit: `git fetch --depth=1 origin BRANCH` brings another \
                    (then it is FETCH_HEAD); `fetch-depth: 0` of actions/checkout brings all";
        Err(Fault::error(format!("there is no commit {} in this repository", visible(rev)), hint).into())
    }

    /// The manifests at a path: the file itself, or those of a directory, sorted by name. None when nothing is there.
    ///
    /// # Errors
    /// When it leads out of the repository or is a link, and when git cannot read it.
    pub(super) fn manifests(&self, commit: &str, rev: &str, path: &Path) -> anyhow::Result<Vec<Source>> {
        let shown = path.display().to_string();
        let named = |name: &str| format!("git:{rev}:{name}");
        let inner = self.within(path)?;
        let (tree, is_root) = (format!("{commit}^{{tree}}"), inner.is_empty());
        let entry = if is_root { None } else { self.tree(&tree, Some(&inner))?.into_iter().next() };
        let folder = match &entry {
            None if is_root => tree,
            None => return Ok(Vec::new()),
            Some(Entry { kind, id, .. }) if kind == "tree" => id.clone(),
            Some(entry) => {
                let entry = self.file(entry, &named(&shown))?;
                return self.read(vec![(named(&shown), entry)]);
            }
        };
        let mut files = Vec::new();
        for entry in self.tree(&folder, None)? {
            let name = String::from_utf8_lossy(&entry.name).into_owned();
            let is_manifest = name.ends_with(".yaml") || name.ends_with(".yml");
            if !is_manifest || name.starts_with('.') || entry.kind != "blob" {
                continue;
            }
            let full = named(&path.join(&name).display().to_string());
            files.push((full.clone(), self.file(&entry, &full)?));
        }
        files.sort();
        self.read(files)
    }

    /// The id and size of an entry that is a file.
    fn file(&self, entry: &Entry, name: &str) -> anyhow::Result<(String, usize)> {
        let Entry { mode, kind, id, size, name: _ } = entry;
        if kind == "blob" && mode != LINK {
            return Ok((id.clone(), *size));
        }
        let what = if mode == LINK { "a link" } else { "no file" };
        let hint = "name the file itself: links are not followed in another revision";
        Err(Fault::error(format!("{} is {what}", visible(name)), hint).into())
    }

    /// A path as git counts it, from the top; empty is the top itself.
    fn within(&self, path: &Path) -> anyhow::Result<String> {
        let mut full = PathBuf::new();
        for part in self.folder.join(path).components() {
            match part {
                Component::ParentDir => drop(full.pop()),
                Component::CurDir => {}
                part => full.push(part),
            }
        }
        let inner =
            full.strip_prefix(&self.top).ok().and_then(Path::to_str).filter(|_| path.as_os_str() != "-");
        inner.map(str::to_owned).ok_or_else(|| {
            let message = format!(
                "{} is not a path in the repository {}",
                visible(&path.display().to_string()),
                visible(&self.top.display().to_string())
            );
            Fault::error(message, "name one as git:REV:PATH").into()
        })
    }

    /// The entries of a tree, or the one at a path in it.
    fn tree(&self, tree: &str, path: Option<&str>) -> anyhow::Result<Vec<Entry>> {
        let mut args = vec!["ls-tree", "-z", "-l", "--full-tree", tree];
        args.extend(path.iter().flat_map(|path| ["--", *path]));
        let output = self.ask(&args)?;
        if !output.status.success() {
            anyhow::bail!("git cannot read the revision: {}", said(&output.stderr));
        }
        let lines = output.stdout.split(|byte| *byte == 0).filter(|line| !line.is_empty());
        lines.map(|line| entry(line).context("git lists a tree in a way that is not known")).collect()
    }

    /// The bytes of files, no more of them than a manifest may have.
    fn read(&self, files: Vec<(String, (String, usize))>) -> anyhow::Result<Vec<Source>> {
        let mut child = self
            .command(&["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("git cannot be run")?;
        let (Some(mut asked), Some(answered)) = (child.stdin.take(), child.stdout.take()) else {
            anyhow::bail!("git cannot be talked to");
        };
        let mut answered = BufReader::new(answered);
        // One byte more than is allowed tells that there is too much; it is diagnosed by who checks it.
        let mut room = LARGEST.saturating_add(1);
        let mut sources = Vec::new();
        for (name, (id, size)) in files {
            if size >= room {
                sources.push(Source::new(name, vec![b' '; room]));
                break;
            }
            room = room.saturating_sub(size);
            let failed = || format!("git cannot read {}", visible(&name));
            asked.write_all(format!("{id}\n").as_bytes()).with_context(failed)?;
            let mut head = String::new();
            (&mut answered).take(1024).read_line(&mut head).with_context(failed)?;
            if head.trim_end() != format!("{id} blob {size}") {
                let hint = "a partial clone does not have every file: fetch it whole";
                return Err(Fault::error(failed(), hint).into());
            }
            // The line break behind it.
            let mut bytes = vec![0; size.saturating_add(1)];
            answered.read_exact(&mut bytes).with_context(failed)?;
            bytes.truncate(size);
            sources.push(Source::new(name, bytes));
        }
        drop(asked);
        drop(answered);
        child.wait().context("git cannot be waited for")?;
        Ok(sources)
    }

    fn ask(&self, args: &[&str]) -> anyhow::Result<Output> {
        self.command(args).stdin(Stdio::null()).output().map_err(|error| {
            let hint = "git:REV needs the program `git` on the path";
            Fault::error(format!("git cannot be run: {error}"), hint).into()
        })
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut git = Command::new("git");
        git.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        git.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").env("GIT_OPTIONAL_LOCKS", "0");
        // A partial clone would fetch what it lacks, by a program that its settings name.
        git.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "none");
        git.args(["--no-pager", "--no-replace-objects", "--literal-pathspecs"]);
        git.args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]);
        git.current_dir(&self.folder).args(args);
        git
    }
}

/// `MODE KIND ID SIZE<tab>NAME`; the size of what is no file is `-`.
fn entry(line: &[u8]) -> Option<Entry> {
    let tab = line.iter().position(|byte| *byte == b'\t')?;
    let (facts, name) = line.split_at_checked(tab)?;
    let mut words = std::str::from_utf8(facts).ok()?.split_ascii_whitespace();
    let (mode, kind, id, size) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let size = if size == "-" { 0 } else { size.parse().ok()? };
    let name = name.get(1..)?.to_owned();
    is_id(id).then(|| Entry { mode: mode.into(), kind: kind.into(), id: id.into(), size, name })
}

/// Of SHA-1 or SHA-256.
fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What git said, on one line.
fn said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let text: String = text.trim().chars().take(300).collect();
    visible(&text).into_owned()
}
