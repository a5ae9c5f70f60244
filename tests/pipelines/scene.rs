//! Where a story is told: a bare remote, a sandbox, GitHub, and a person with a clone.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use serde_json::json;
use tempfile::TempDir;
use wawpform::sandbox::{Options, Running, Sandbox};

use super::expression::Names;
use super::github::{GitHub, SERVERS, TOKEN};
use super::runner::{Between, Job, Outcome, run_to_end};

pub struct Scene {
    pub root: TempDir,
    pub sandbox: Running,
    pub github: GitHub,
    /// What time the program believes it is.
    pub clock: RefCell<&'static str>,
    /// The entry process of the step that runs.
    pub pid: AtomicU32,
}

impl Scene {
    /// A repository whose main has the pipelines and a manifest of no instance.
    pub fn new() -> Self {
        let clock = Arc::new(|| "2026-11-22T10:00:00Z".parse().unwrap());
        let options = Options { seed: 7, ..Options::new(clock) };
        let sandbox = SERVERS.block_on(Sandbox::start(options)).unwrap();
        let clock = RefCell::new("2026-11-22T10:00:00Z");
        let scene = Self {
            root: TempDir::new().unwrap(),
            sandbox,
            github: GitHub::start(),
            clock,
            pid: AtomicU32::new(0),
        };
        let bin = scene.path("bin");
        fs::create_dir_all(&bin).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_wawpform"), bin.join("wawpform")).unwrap();
        fs::create_dir_all(scene.path("home")).unwrap();
        scene.shell(
            ".",
            "git config --global user.name someone; git config --global user.email someone@example.com
             git config --global init.defaultBranch main; git config --global advice.detachedHead false
             git init -q --bare remote.git; git clone -q remote.git clone 2>/dev/null
             git -C clone checkout -q -b main",
        );
        let from = super::files::ci().join("github");
        scene.shell("clone", &format!("mkdir -p .github state; cp -r '{}'/. .github/", from.display()));
        let ignore = Path::new(env!("CARGO_MANIFEST_DIR")).join("state/.gitignore");
        fs::copy(ignore, scene.path("clone/state/.gitignore")).unwrap();
        scene.manifest("{}");
        scene.shell("clone", "git add -A; git commit -qm begin; git push -q -u origin main");
        scene
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.root.path().join(below)
    }

    pub fn artifact(&self, name: &str) -> PathBuf {
        self.path("artifacts").join(name)
    }

    /// A program with nothing of this machine's environment but what every job has.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let system = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        command.env_clear().env("PATH", format!("{}:{system}", self.path("bin").display()));
        command.env("HOME", self.path("home")).env("CI", "true").env("GITHUB_ACTIONS", "true");
        // All happens in one second, so what git makes twice with the same words is the same commit.
        for date in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
            command.env(date, "2026-11-22T10:00:00Z");
        }
        command.env("GITHUB_API_URL", &self.github.url).env("GITHUB_SERVER_URL", "https://github.com");
        command.env("WAWP_API_URL", self.sandbox.base_url()).env("WAWPFORM_TEST_CLOCK", *self.clock.borrow());
        command
    }

    /// A person's commands in a folder; they must go well.
    #[track_caller]
    pub fn shell(&self, folder: &str, script: &str) -> String {
        let mut command = self.command("bash");
        command.args(["--noprofile", "--norc", "-euo", "pipefail", "-c", script]);
        let (code, said) = run_to_end(command.current_dir(self.path(folder)), &AtomicU32::new(0));
        assert_eq!(code, 0, "{script}: {said}");
        said.trim_end().to_owned()
    }

    /// Writes the manifest of the clone.
    pub fn manifest(&self, instances: &str) {
        fs::write(self.path("clone/wawpform.yaml"), format!("fleet: acme\ninstances: {instances}\n"))
            .unwrap();
    }

    /// What `actions/checkout` does: the commit, or the tip of the branch that is named, and no history.
    pub fn checkout(&self, workspace: &Path, branch: Option<&str>, sha: &str) {
        let what = branch.unwrap_or(sha);
        let script = format!(
            "git init -q .; git remote add origin 'file://{}'; git fetch -q --depth 1 origin '{what}'; git checkout -q FETCH_HEAD",
            self.path("remote.git").display()
        );
        self.shell("remote.git", "git config uploadpack.allowAnySHA1InWant true");
        self.shell(workspace.strip_prefix(self.root.path()).unwrap().to_str().unwrap(), &script);
    }

    /// Opens a pull request of a branch, or tells GitHub of a push to it.
    pub fn pull(&self, number: u64, instances: &str, from: &str) -> Names {
        let branch = format!("pull-{number}");
        self.shell("clone", &format!("git checkout -q main; git pull -q; git checkout -q -B {branch}"));
        self.manifest(instances);
        self.shell("clone", &format!("git commit -qam 'pull {number}'; git push -qf origin {branch}"));
        let sha = self.shell("clone", "git rev-parse HEAD");
        let pull = json!({
            "number": number, "state": "open", "merged_at": null, "merge_commit_sha": null,
            "head": {"sha": sha, "repo": {"full_name": from}},
            "base": {"ref": "main", "repo": {"full_name": "acme/fleet"}},
        });
        let mut world = self.github.world.lock().unwrap();
        world.pulls.retain(|it| it["number"] != number);
        world.pulls.push(pull);
        self.names(&[
            ("github.sha", &sha),
            ("github.event.pull_request.number", &number.to_string()),
            ("github.event.pull_request.head.repo.full_name", from),
        ])
    }

    /// Merges it; what the push to main is told.
    pub fn merge(&self, number: u64) -> Names {
        let script = format!(
            "git checkout -q main; git pull -q; git merge -q --no-ff -m 'Merge {number}' pull-{number}"
        );
        self.shell("clone", &format!("{script}; git push -q origin main"));
        let sha = self.shell("clone", "git rev-parse HEAD");
        let mut world = self.github.world.lock().unwrap();
        let pull = world.pulls.iter_mut().find(|it| it["number"] == number).unwrap();
        (pull["state"], pull["merged_at"]) = (json!("closed"), json!("2026-11-22T11:00:00Z"));
        pull["merge_commit_sha"] = json!(sha);
        world.commits.push((sha.clone(), number));
        self.names(&[("github.sha", &sha)])
    }

    /// A push to main without a pull request.
    pub fn push(&self, script: &str) -> Names {
        self.shell("clone", &format!("git checkout -q main; git pull -q; {script}; git push -q origin main"));
        self.names(&[("github.sha", &self.shell("clone", "git rev-parse HEAD"))])
    }

    /// What every event of main is told, and more.
    pub fn names(&self, more: &[(&str, &str)]) -> Names {
        let always = [
            ("github.repository", "acme/fleet"),
            ("github.event.repository.default_branch", "main"),
            ("github.ref", "refs/heads/main"),
            ("github.ref_name", "main"),
            ("github.run_id", "42"),
            ("github.run_attempt", "1"),
            ("github.token", TOKEN),
            ("secrets.WAWP_ACCESS_TOKEN", "tok-7f3a91"),
        ];
        always.iter().chain(more).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    pub fn job(&self, file: &str, job: &str, names: &Names) -> Outcome {
        Job { scene: self, file, job, names: names.clone(), between: None }.run()
    }

    /// Both jobs of an apply, one after the other; the first one's outcome where the second does not begin.
    pub fn apply(&self, file: &str, names: &Names, between: Option<Between<'_>>) -> Outcome {
        let plan = self.job(file, "plan", names);
        if plan.failed || !plan.began {
            return plan;
        }
        let mut names = names.clone();
        names.extend(
            plan.outputs.iter().map(|(key, value)| (format!("needs.plan.outputs.{key}"), value.clone())),
        );
        let apply = Job { scene: self, file, job: "apply", names, between }.run();
        if apply.began { apply } else { plan }
    }

    /// How many creates the server executed.
    pub fn creates(&self) -> usize {
        self.sandbox.log().iter().filter(|it| it.executed && it.path.ends_with("/create")).count()
    }
}
