//! Where a code is shown: on a screen of its own, line by line, or in a file.
//!
//! Invariant: on a screen only the latest code is seen, and nothing of it after the screen is closed, however it ends;
//! a file is only ever a whole picture, and only its owner's.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;

use super::QrArgs;
use crate::cli::App;
use crate::cli::exit::Fault;
use crate::cli::screen::{CLOSE, OPEN, PATIENCE, over};
use crate::instance::Name;
use crate::render::qr::{Drawing, Ink};

/// Where WhatsApp has it.
const WHERE: &str = "WhatsApp > Settings > Linked devices > Link a device";
/// The lines below the code.
const LINES_BELOW: usize = 3;

/// Where it is shown.
enum Place {
    /// A terminal; what was drawn on it last, at which size.
    Screen { drawn: Option<(Option<(usize, usize)>, String)> },
    /// One after the other.
    Lines,
    /// A picture.
    File { path: PathBuf, is_ours: bool },
}

/// Shows codes.
pub(super) struct View<'a> {
    app: &'a App,
    place: Place,
    once: bool,
    ink: Ink,
    /// What is shown, and the lines below it.
    shown: Option<(Drawing, String)>,
    /// The last text of the code, so that the same is not shown again.
    last: String,
    said: String,
}

impl<'a> View<'a> {
    /// Decides where to show codes.
    ///
    /// # Errors
    /// When a file is in the way.
    pub(super) fn new(app: &'a App, args: &QrArgs) -> anyhow::Result<Self> {
        let QrArgs { name: _, png, force, watch, once, invert, waiting: _ } = args;
        let has_screen = app.out.has_screen();
        let once = *once || !(*watch || has_screen);
        let place = match png {
            Some(path) => {
                if !force && path.symlink_metadata().is_ok() {
                    return Err(taken(path));
                }
                Place::File { path: path.clone(), is_ours: *force }
            }
            None if has_screen && !once => Place::Screen { drawn: None },
            None => Place::Lines,
        };
        let ink = match (app.out.paint().colour, invert) {
            (true, _) => Ink::Painted,
            (false, false) => Ink::LightOnDark,
            (false, true) => Ink::DarkOnLight,
        };
        Ok(Self { app, place, once, ink, shown: None, last: String::new(), said: String::new() })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.app.env.now()
    }

    /// Whether one code is all that is asked for.
    pub(super) const fn is_for_one(&self) -> bool {
        self.once
    }

    /// Whether what was asked for is shown.
    pub(super) const fn is_done(&self) -> bool {
        self.once && self.shown.is_some()
    }

    /// Whether words stand where the code was.
    pub(super) const fn hides(&self) -> bool {
        matches!(self.place, Place::Screen { .. }) && !self.said.is_empty()
    }

    /// How long it may be left alone.
    pub(super) const fn patience(&self) -> Duration {
        match self.place {
            Place::Screen { .. } => PATIENCE,
            Place::Lines | Place::File { .. } => Duration::MAX,
        }
    }

    /// Shows a code, if it is another than the last.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn show(
        &mut self,
        name: &Name,
        drawing: Drawing,
        expected: Option<&str>,
    ) -> anyhow::Result<()> {
        self.said.clear();
        let text = drawing.text(self.ink);
        if text == self.last {
            self.draw(true);
            return Ok(());
        }
        let is_first = self.last.is_empty();
        let phone = expected.map(|number| format!(" with the phone {number}")).unwrap_or_default();
        let how = format!("{name}: scan it{phone}:\n{WHERE}");
        match &mut self.place {
            Place::Screen { .. } => {}
            Place::Lines => {
                if !is_first {
                    self.app.out.data("\n");
                }
                self.app.out.data(&text);
                let new = "That is a new code; the one before it is void.";
                self.app.out.talk(if is_first { &how } else { new });
            }
            Place::File { path, is_ours } => {
                write(path, &drawing.png().context("the picture cannot be made")?, *is_ours)?;
                *is_ours = true;
                let word = if is_first { "The code is in" } else { "A new code is in" };
                self.app.out.talk(&format!("{word} {}.", path.display()));
                if is_first {
                    self.app.out.talk(&how);
                }
            }
        }
        self.last = text;
        self.shown = Some((drawing, how));
        self.draw(true);
        Ok(())
    }

    /// Says what is going on instead; a code that was shown is void.
    pub(super) fn say(&mut self, text: &str) {
        if self.said != text {
            text.clone_into(&mut self.said);
            if !matches!(self.place, Place::Screen { .. }) {
                self.app.out.talk(text);
            }
        }
        self.draw(true);
    }

    /// Draws the screen again if it has another size now.
    pub(super) fn fit(&mut self) {
        self.draw(false);
    }

    /// Draws the screen, if there is one; `anyway` also when the same is there, because talk may have come over it.
    fn draw(&mut self, anyway: bool) {
        let Place::Screen { drawn } = &mut self.place else { return };
        let size = self.app.out.screen_size();
        let text = match &self.shown {
            _ if !self.said.is_empty() => format!("{}\n", self.said),
            None => return,
            Some((drawing, below)) => {
                let (columns, rows) = drawing.size();
                let rows = rows + LINES_BELOW;
                match size {
                    Some((wide, high)) if wide < columns || high < rows => format!(
                        "The code needs {columns} columns and {rows} rows; this terminal has {wide} and {high}.\nEnlarge the \
                         window, or make its letters smaller (often Ctrl and -): it is drawn as soon as it fits.\nOr end this \
                         with Ctrl-C and use --png FILE, `wawpform link` or `wawpform pair`.\n"
                    ),
                    _ => format!(
                        "{}{below}\nIt is renewed as it expires. Ctrl-C ends.\n",
                        drawing.text(self.ink)
                    ),
                }
            }
        };
        let now = Some((size, text));
        if *drawn == now && !anyway {
            return;
        }
        let open = if drawn.is_none() { OPEN } else { "" };
        *drawn = now;
        let Some((_, text)) = drawn else { return };
        let text = over(text.trim_end_matches('\n'));
        // Talk that comes over words begins a line; below a code there may be no line left.
        let end = if self.said.is_empty() { "" } else { "\r\n" };
        self.app.out.data(&format!("{open}{text}{end}"));
    }

    /// Takes away what is void. What was asked for once stays.
    pub(super) fn close(&mut self, keeps: bool) {
        match &mut self.place {
            Place::Screen { drawn } => {
                if drawn.take().is_some() {
                    self.app.out.data(CLOSE);
                }
            }
            Place::File { path, .. } if self.shown.is_some() && !keeps => {
                if std::fs::remove_file(&*path).is_ok() {
                    self.app
                        .out
                        .talk(&format!("{} held a code that is void, and was removed.", path.display()));
                }
            }
            Place::Lines if self.shown.is_some() && !keeps => {
                self.app.out.talk("Every code above is void.");
            }
            Place::Lines | Place::File { .. } => {}
        }
        self.shown = None;
    }
}

impl Drop for View<'_> {
    fn drop(&mut self) {
        if let Place::Screen { .. } = self.place {
            self.close(true);
        }
    }
}

/// Writes a whole picture that only its owner can read: beside its place first, then moved there.
fn write(path: &Path, picture: &[u8], is_ours: bool) -> anyhow::Result<()> {
    let failed = || format!("the picture {} cannot be written", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A temporary file is made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
    file.write_all(picture).with_context(failed)?;
    if is_ours {
        file.persist(path).with_context(failed)?;
        return Ok(());
    }
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Err(taken(path)),
        Err(error) => Err(error).with_context(failed),
    }
}

fn taken(path: &Path) -> anyhow::Error {
    Fault::error(format!("{} exists already", path.display()), "name another file, or use --force").into()
}
