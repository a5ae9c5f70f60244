//! Telling a transcript: its commands run in one shell, in an empty folder, with nothing of this machine's
//! environment, a fixed clock, a fixed seed and one worker.

mod scene;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

pub(crate) use scene::Scene;
use similar::TextDiff;

/// A file that holds commands and what they print.
pub(crate) struct Transcript {
    path: PathBuf,
    parts: Vec<Part>,
}

/// A piece of a transcript, in order.
enum Part {
    /// Lines that are kept as they are.
    Prose(String),
    /// A command and what stands behind it.
    Command { text: String, printed: String },
}

impl Transcript {
    /// Reads a transcript file.
    pub(crate) fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let mut reader = Reader::default();
        text.lines().for_each(|line| reader.line(line));
        Self { path: path.to_owned(), parts: reader.parts }
    }

    /// Reads the `console` blocks of a Markdown file; the rest is prose.
    pub(crate) fn of_markdown(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let mut reader = Reader::default();
        let mut inside = false;
        for line in text.lines() {
            match line {
                "```console" => inside = true,
                "```" => inside = false,
                _ if inside => {
                    reader.line(line);
                    continue;
                }
                _ => {}
            }
            reader.prose(line);
        }
        Self { path: path.to_owned(), parts: reader.parts }
    }

    /// How many commands it has.
    pub(crate) fn commands(&self) -> usize {
        self.parts.iter().filter(|part| matches!(part, Part::Command { .. })).count()
    }

    /// Runs the commands, and returns the file as it would be if what they print now stood in it.
    pub(crate) fn tell(&self, scene: &Scene) -> String {
        let commands = self.parts.iter().filter_map(|part| match part {
            Part::Command { text, .. } => Some(text.as_str()),
            Part::Prose(_) => None,
        });
        let mut printed = scene.run(&commands.collect::<Vec<_>>()).into_iter();
        self.written(|_| printed.next().expect("every command printed something or nothing"))
    }

    /// What differs between the file and what was told; `None` when nothing does, or when it was accepted.
    pub(crate) fn compare(&self, told: &str, bless: bool) -> Option<String> {
        let written = self.written(str::to_owned);
        if written == told {
            return None;
        }
        if bless {
            std::fs::write(&self.path, told).unwrap();
            return None;
        }
        let diff = TextDiff::from_lines(written.as_str(), told);
        let name = self.path.display().to_string();
        Some(diff.unified_diff().header(&name, "as it is printed now").to_string())
    }

    fn written(&self, mut printed_by: impl FnMut(&str) -> String) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Prose(line) => {
                    let _ = writeln!(out, "{line}");
                }
                Part::Command { text, printed } => {
                    for (index, line) in text.lines().enumerate() {
                        let _ = writeln!(out, "{} {line}", if index == 0 { "$" } else { ">" });
                    }
                    out += &printed_by(printed);
                }
            }
        }
        out
    }
}

#[derive(Default)]
struct Reader {
    parts: Vec<Part>,
}

impl Reader {
    fn line(&mut self, line: &str) {
        if let Some(command) = line.strip_prefix("$ ") {
            self.parts.push(Part::Command { text: command.to_owned(), printed: String::new() });
            return;
        }
        match self.parts.last_mut() {
            Some(Part::Command { text, printed }) if !line.starts_with("##") => {
                match line.strip_prefix('>').map(|rest| rest.strip_prefix(' ').unwrap_or(rest)) {
                    Some(more) if printed.is_empty() => {
                        text.push('\n');
                        text.push_str(more);
                    }
                    _ => {
                        let _ = writeln!(printed, "{line}");
                    }
                }
            }
            // The blank line above a `##` belongs to the story, not to what was printed.
            Some(Part::Command { printed, .. }) if printed.ends_with("\n\n") || printed == "\n" => {
                printed.pop();
                self.prose("");
                self.prose(line);
            }
            _ => self.prose(line),
        }
    }

    fn prose(&mut self, line: &str) {
        self.parts.push(Part::Prose(line.to_owned()));
    }
}
