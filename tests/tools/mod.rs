//! Tools that are not Rust's. `.ci/run` installs them, those from PyPI in the folder that it names in
//! `WAWPFORM_CI_TOOLS`; a machine without one says so, but CI may not go without.

use std::path::PathBuf;
use std::process::Command;

/// A tool: from the folder that `.ci/run` made, or from the path.
#[allow(clippy::print_stdout, reason = "what could not be tried on this machine is worth knowing")]
pub(crate) fn tool(name: &str, module: Option<&str>) -> Option<Command> {
    let folder = std::env::var_os("WAWPFORM_CI_TOOLS").map(PathBuf::from);
    let installed = folder.as_ref().map(|folder| folder.join("bin").join(name)).filter(|path| path.exists());
    let (mut command, is_there) = match (&folder, module, installed) {
        (Some(folder), Some(module), _) => {
            let mut python = Command::new("python3");
            python.args(["-m", module]).env("PYTHONPATH", folder);
            (python, folder.join(module).exists())
        }
        (_, None, Some(path)) => (Command::new(path), true),
        (None, Some(_), _) | (_, None, None) => {
            let mut found = Command::new("sh");
            let found = found.args(["-c", &format!("command -v {name}")]).output();
            (Command::new(name), found.is_ok_and(|it| it.status.success()))
        }
    };
    if is_there {
        command.env("LC_ALL", "C.UTF-8");
        return Some(command);
    }
    assert!(folder.is_none() && std::env::var_os("CI").is_none(), "{name} is missing; .ci/run installs it");
    println!("skipped: there is no {name} on this machine");
    None
}
