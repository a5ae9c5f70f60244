//! On which line of a text each key and each value stands.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser};

/// The lines of the values of a text and of their keys, by the path to them. An item has no key, and its own line twice.
pub(crate) type Lines = BTreeMap<Vec<String>, [usize; 2]>;

/// An open list or map.
enum Open {
    List(usize),
    /// With the key whose value comes next.
    Map(Option<(String, usize)>),
}

/// The lines of a text without aliases.
pub(crate) fn lines(text: &str) -> Lines {
    let mut lines = Lines::new();
    let mut open: Vec<Open> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    for step in Parser::new_from_str(text) {
        let (event, span) = step.unwrap();
        let line = span.start.line();
        let is_value =
            matches!(event, Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..));
        if is_value {
            match (open.last_mut(), &event) {
                (Some(Open::Map(key @ None)), Event::Scalar(text, ..)) => {
                    *key = Some((text.to_string(), line));
                    continue;
                }
                (Some(Open::Map(key)), _) => {
                    let (key, key_line) = key.take().unwrap();
                    path.push(key);
                    // The first line of a map is that of its first key.
                    let is_map = matches!(event, Event::MappingStart(..));
                    lines.insert(path.clone(), [key_line, if is_map { key_line } else { line }]);
                }
                (Some(Open::List(next)), _) => {
                    path.push(next.to_string());
                    *next += 1;
                    lines.insert(path.clone(), [line, line]);
                }
                (None, _) => drop(lines.insert(Vec::new(), [line, line])),
            }
        }
        match event {
            Event::SequenceStart(..) => open.push(Open::List(0)),
            Event::MappingStart(..) => open.push(Open::Map(None)),
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop();
                path.pop();
            }
            Event::Scalar(..) => drop(path.pop()),
            _ => {}
        }
    }
    lines
}
