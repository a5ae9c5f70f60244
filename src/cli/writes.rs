//! `--write`: one thing in any number of forms, each to a file or to standard output.
//!
//! Invariant: a file is there whole or as it was before, and what is no file, such as a pipe, is written into and
//! never replaced.

use std::fs::{OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;

use super::App;
use super::exit::{Exit, Fault};
use super::mistyped::{Mistyped, formats};
use crate::instance::visible;
use crate::render::Paint;

/// What the umask takes from: usually 0644 is left.
const FOR_ALL: u32 = 0o666;

/// Where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Stdout,
    File(PathBuf),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(path: &str) -> Result<Self, String> {
        match path {
            "" => Err("name a file, or - for standard output".into()),
            "-" => Ok(Self::Stdout),
            path => Ok(Self::File(path.into())),
        }
    }
}

impl Place {
    /// As people are told of it.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Stdout => "standard output".into(),
            Self::File(path) => shown(path),
        }
    }

    /// Whether it is a pipe, to which somebody has to listen.
    pub(super) fn is_pipe(&self) -> bool {
        use std::os::unix::fs::FileTypeExt;
        let Self::File(path) = self else { return false };
        std::fs::metadata(path).is_ok_and(|it| it.file_type().is_fifo())
    }
}

/// One output: `FORMAT=PATH`, in one of the formats `F`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Output<F> {
    format: F,
    place: Place,
}

impl<F: ValueEnum> FromStr for Output<F> {
    type Err = Mistyped;

    fn from_str(text: &str) -> Result<Self, Mistyped> {
        let Some((word, path)) = text.split_once('=') else {
            let formats = formats::<F>().join(", ");
            return Err(
                format!("write FORMAT=PATH, such as json=plan.json; the formats are {formats}").into()
            );
        };
        let format =
            F::from_str(word, false).map_err(|_| Mistyped::format::<F>(word, &format!("={path}")))?;
        Ok(Self { format, place: path.parse()? })
    }
}

impl<F> Output<F> {
    /// Where it is written.
    pub(super) const fn place(&self) -> &Place {
        &self.place
    }
}

/// Whether one of them takes standard output, which then holds nothing else.
pub(super) fn take_stdout<F>(outputs: &[Output<F>]) -> bool {
    outputs.iter().any(|output| output.place == Place::Stdout)
}

/// Refuses what cannot all be written, before anything is read. `what` is written in several forms.
///
/// # Errors
/// When two outputs have one place.
pub(super) fn checked<F>(what: &str, outputs: &[Output<F>]) -> anyhow::Result<()> {
    for (at, output) in outputs.iter().enumerate() {
        if outputs.iter().take(at).any(|earlier| earlier.place == output.place) {
            let (place, hint) = match &output.place {
                Place::Stdout => ("standard output".into(), "give --write FORMAT=- once"),
                Place::File(path) => (shown(path), "give each --write a file of its own"),
            };
            let message = format!("{place} cannot hold two forms of {what}");
            return Err(Fault::error(message, hint).with(Exit::Usage).into());
        }
    }
    Ok(())
}

/// Writes every output, in the form that `formed` gives it; what could not be written, in words.
pub(super) fn write<F: Copy>(
    app: &App,
    what: &str,
    outputs: &[Output<F>],
    formed: impl Fn(F, Paint) -> String,
) -> Vec<String> {
    let mut unwritten = Vec::new();
    for Output { format, place } in outputs {
        match place {
            Place::Stdout => app.out.data(&formed(*format, app.out.paint())),
            Place::File(path) => {
                let text = formed(*format, Paint { colour: false });
                if let Err(error) = put(path, text.as_bytes()) {
                    unwritten.push(format!("{what} could not be written to {}: {error}", shown(path)));
                }
            }
        }
    }
    unwritten
}

/// Writes a whole file: beside its place first, then moved there.
pub(super) fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if is_special(path) {
        return OpenOptions::new().append(true).open(path)?.write_all(bytes);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Told in the system's own words; what tempfile says names its own file, which says nothing to a person.
    std::fs::metadata(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".wawpform.")
        .suffix(".tmp")
        .permissions(Permissions::from_mode(FOR_ALL))
        .tempfile_in(folder)
        .map_err(|error| io::Error::from(error.kind()))?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Whether it is written into and never replaced: `/dev/stdout` may lead to a regular file, and stays what it is.
pub(super) fn is_special(path: &Path) -> bool {
    let is_no_file = std::fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir());
    is_no_file || ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder))
}

pub(super) fn shown(path: &Path) -> String {
    visible(&path.display().to_string()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
    enum Format {
        Human,
        Json,
    }

    #[test]
    fn an_output_is_a_format_and_a_place() {
        let read = |text: &str| text.parse::<Output<Format>>();
        let file = |format, path: &str| Ok(Output { format, place: Place::File(path.into()) });
        assert_eq!(read("json=a=b.json"), file(Format::Json, "a=b.json"));
        assert_eq!(read("human=-"), Ok(Output { format: Format::Human, place: Place::Stdout }));
        for bad in ["", "json", "json=", "xml=a", "=a", "Json=a"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
