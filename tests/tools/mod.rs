//! Tools that are not Rust's. `.ci/run` installs them, those from PyPI in the folder that it names in
//! `WAWPFORM_CI_TOOLS`; a machine without one says so, but CI may not go without.

use std::path::PathBuf;
use std::process::Command;

/// A tool: from the folder that `.ci/run` made, or from the path.
#[allow(clippy::print_stdout, reason = "what could not be tried on this machine is worth knowing")]
pub(crate) fn tool(name: &str, module: Option<&str>) -> Option<Command> {
    let folder = std::env::var_os("WAWPFORM_CI_TOOLS").map(PathBuf::from);
    let installed = folder.as_ref().map(|folder| folder.join("bin").join(name)).filter(|path| path.exists());
    let mut command = match (&folder, module, installed) {
        (Some(_), Some(module), _) => {
            let mut python = Command::new("python3");
            python.args(["-m", module]);
            python
        }
        (_, None, Some(path)) => Command::new(path),
        (None, Some(_), _) | (_, None, None) => Command::new(name),
    };
    if let Some(folder) = &folder {
        command.env("PYTHONPATH", folder);
    }
    let mut probe = Command::new(command.get_program());
    probe.args(command.get_args()).arg("--version");
    if let Some(folder) = &folder {
        probe.env("PYTHONPATH", folder);
    }
    if probe.output().is_ok_and(|it| it.status.success()) {
        return Some(command);
    }
    assert!(folder.is_none() && std::env::var_os("CI").is_none(), "{name} is missing; .ci/run installs it");
    println!("skipped: there is no {name} on this machine");
    None
}
