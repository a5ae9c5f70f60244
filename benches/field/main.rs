//! The field: the same number of things planned, made, and planned again with nothing to do, by wawpform, by Terraform
//! (`terraform_data`, a local state) and by octoDNS (records from YAML to YAML). None of the others speaks this API, so what is
//! compared is what they have in common: reading what is desired, comparing it with what is recorded, and keeping the result.
//!
//! `cargo bench --bench field -- 1000 3000` names the numbers; a program that is not on the path is left out.
//! `OCTODNS_SYNC` may name that of octoDNS.

#[path = "../plan/process.rs"]
mod process;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use process::Process;

/// One of them: what it is called, and its three commands.
struct Tool {
    name: &'static str,
    before: Option<Process>,
    plan: Process,
    apply: Process,
}

fn main() -> anyhow::Result<()> {
    let counts: Vec<usize> = std::env::args().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    let counts = if counts.is_empty() { vec![1_000] } else { counts };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{:<12} {:>8} {:>12} {:>12} {:>12}", "", "things", "plan", "apply", "no-op plan")?;
    for count in counts {
        let mut ours: Option<[Duration; 3]> = None;
        for make in [wawpform, octodns, terraform] {
            let folder = tempfile::tempdir()?;
            let Some(tool) = make(folder.path(), count)? else { continue };
            if let Some(before) = &tool.before {
                before.time()?;
            }
            let times = [tool.plan.time()?, tool.apply.time()?, tool.plan.time()?];
            let ours = ours.get_or_insert(times);
            let told = |time: Duration, our: Duration| {
                let (time, our) = (time.as_secs_f64(), our.as_secs_f64());
                if tool.name == "wawpform" {
                    format!("{time:.2} s")
                } else {
                    format!("{time:.1} s {:.0}x", time / our)
                }
            };
            let [plan, apply, again] = times;
            let [our_plan, our_apply, our_again] = *ours;
            writeln!(
                out,
                "{:<12} {count:>8} {:>12} {:>12} {:>12}",
                tool.name,
                told(plan, our_plan),
                told(apply, our_apply),
                told(again, our_again)
            )?;
            out.flush()?;
        }
    }
    Ok(())
}

/// A program on the path.
fn found(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|it| it.join(program).is_file()))
}

fn wawpform(folder: &Path, count: usize) -> anyhow::Result<Option<Tool>> {
    let mut text = String::from("fleet: big\ninstances:\n");
    for index in 0..count {
        let _ =
            writeln!(text, "  tenant-{index:05}: {{running: false, labels: {{crm_account: \"{index}\"}}}}");
    }
    fs::write(folder.join("wawpform.yaml"), text)?;
    Ok(Some(Tool {
        name: "wawpform",
        before: None,
        plan: Process::wawpform(&["plan", "--sandbox"], folder),
        apply: Process::wawpform(&["apply", "--sandbox", "--auto-approve", "--concurrency", "32"], folder),
    }))
}

fn terraform(folder: &Path, count: usize) -> anyhow::Result<Option<Tool>> {
    if !found("terraform") {
        return Ok(None);
    }
    let mut text = String::from("instances:\n");
    for index in 0..count {
        let _ =
            writeln!(text, "  tenant-{index:05}: {{running: false, labels: {{crm_account: \"{index}\"}}}}");
    }
    fs::write(folder.join("fleet.yaml"), text)?;
    fs::write(
        folder.join("main.tf"),
        "resource \"terraform_data\" \"this\" {\n  for_each = yamldecode(file(\"fleet.yaml\")).instances\n  input    = each.value\n}\n",
    )?;
    let run = |args: &[&str]| Process::new("terraform", args, folder).with_path();
    Ok(Some(Tool {
        name: "terraform",
        before: Some(run(&["init", "-input=false", "-no-color"])),
        plan: run(&["plan", "-input=false", "-no-color"]),
        apply: run(&["apply", "-input=false", "-no-color", "-auto-approve"]),
    }))
}

fn octodns(folder: &Path, count: usize) -> anyhow::Result<Option<Tool>> {
    let program = std::env::var("OCTODNS_SYNC").unwrap_or_else(|_| "octodns-sync".into());
    if !Path::new(&program).is_file() && !found(&program) {
        return Ok(None);
    }
    let mut text = String::from("---\n");
    for index in 0..count {
        let _ =
            writeln!(text, "tenant-{index:05}:\n  type: A\n  value: 10.0.{}.{}", index / 250, index % 250);
    }
    fs::create_dir(folder.join("desired"))?;
    fs::create_dir(folder.join("recorded"))?;
    fs::write(folder.join("desired/example.com.yaml"), text)?;
    fs::write(folder.join("recorded/example.com.yaml"), "---\n{}\n")?;
    fs::write(
        folder.join("config.yaml"),
        "providers:\n  desired: {class: octodns.provider.yaml.YamlProvider, directory: ./desired, default_ttl: 300}\n  \
         recorded: {class: octodns.provider.yaml.YamlProvider, directory: ./recorded, default_ttl: 300}\nzones:\n  \
         example.com.: {sources: [desired], targets: [recorded]}\n",
    )?;
    let run = |args: &[&str]| Process::new(&program, args, folder).with_path();
    Ok(Some(Tool {
        name: "octodns",
        before: None,
        plan: run(&["--config-file", "config.yaml"]),
        apply: run(&["--config-file", "config.yaml", "--doit"]),
    }))
}
