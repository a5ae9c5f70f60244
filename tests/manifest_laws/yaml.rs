//! YAML before it is written: a tree that can turn its maps, repeat a key, and write itself in several ways.

/// YAML before it is written.
#[derive(Debug, Clone)]
pub(crate) enum Y {
    Null,
    Bool(bool),
    Number(usize),
    Text(String),
    List(Vec<Y>),
    Map(Vec<Entry>),
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    key: String,
    value: Y,
    repeated: bool,
}

impl Y {
    pub(crate) fn map(entries: Vec<(String, Y)>) -> Self {
        let entries = entries.into_iter().map(|(key, value)| Entry { key, value, repeated: false });
        Self::Map(entries.collect())
    }

    /// The same with the entries of every map in another order.
    pub(crate) fn turned(&self, by: usize) -> Self {
        match self {
            Self::Map(entries) => {
                let mut entries: Vec<Entry> = entries
                    .iter()
                    .map(|entry| Entry { value: entry.value.turned(by), ..entry.clone() })
                    .collect();
                let middle = by.checked_rem(entries.len()).unwrap_or(0);
                entries.rotate_left(middle);
                if by % 2 == 1 {
                    entries.reverse();
                }
                Self::Map(entries)
            }
            Self::List(items) => Self::List(items.iter().map(|item| item.turned(by)).collect()),
            other => other.clone(),
        }
    }

    /// How many keys there are.
    pub(crate) fn keys(&self) -> usize {
        match self {
            Self::Map(entries) => entries.iter().map(|entry| 1 + entry.value.keys()).sum(),
            Self::List(items) => items.iter().map(Self::keys).sum(),
            _ => 0,
        }
    }

    /// Writes one key a second time, at the end of its map.
    pub(crate) fn repeat(&mut self, which: usize) {
        let mut left = which;
        self.repeat_counted(&mut left);
    }

    fn repeat_counted(&mut self, left: &mut usize) -> bool {
        match self {
            Self::Map(entries) => {
                for at in 0..entries.len() {
                    if *left == 0 {
                        entries.push(Entry { repeated: true, ..entries[at].clone() });
                        return true;
                    }
                    *left -= 1;
                    if entries[at].value.repeat_counted(left) {
                        return true;
                    }
                }
                false
            }
            Self::List(items) => items.iter_mut().any(|item| item.repeat_counted(left)),
            _ => false,
        }
    }

    fn value(&self) -> serde_yaml::Value {
        use serde_yaml::Value;
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Number(number) => Value::Number((*number).into()),
            Self::Text(text) => Value::String(text.clone()),
            Self::List(items) => Value::Sequence(items.iter().map(Self::value).collect()),
            Self::Map(entries) => Value::Mapping(
                entries.iter().map(|entry| (Value::String(entry.key.clone()), entry.value.value())).collect(),
            ),
        }
    }

    /// As serde_yaml writes it: blocks, and quotes only where they are needed.
    pub(crate) fn block_yaml(&self) -> String {
        serde_yaml::to_string(&self.value()).unwrap()
    }

    /// As JSON, which is YAML too.
    pub(crate) fn json(&self) -> String {
        match self {
            Self::Map(entries) => {
                let entry = |entry: &Entry| format!("{}: {}", quoted(&entry.key), entry.value.json());
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
            Self::List(items) => format!("[{}]", items.iter().map(Self::json).collect::<Vec<_>>().join(", ")),
            Self::Null => "null".into(),
            Self::Bool(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => quoted(text),
        }
    }

    /// Blocks, with every key and every text in single quotes, and CRLF.
    pub(crate) fn quoted_yaml(&self) -> String {
        fn write(out: &mut String, node: &Y, indent: usize) {
            let single = |text: &str| format!("'{}'", text.replace('\'', "''"));
            match node {
                Y::Map(entries) if !entries.is_empty() => {
                    for entry in entries {
                        out.push_str(&format!("\r\n{}{}:", " ".repeat(indent), single(&entry.key)));
                        write(out, &entry.value, indent + 3);
                    }
                }
                Y::List(items) if !items.is_empty() => {
                    for item in items {
                        out.push_str(&format!("\r\n{}-", " ".repeat(indent)));
                        write(out, item, indent + 3);
                    }
                }
                Y::Text(text) => out.push_str(&format!(" {}  # a comment: {{x", single(text))),
                other => out.push_str(&format!(" {}", other.json())),
            }
        }
        let mut out = String::from("# a comment");
        write(&mut out, self, 0);
        out + "\r\n"
    }

    /// Braces with one key a line; and the place of the repeated key.
    pub(crate) fn lines(&self) -> (String, Option<(usize, usize)>) {
        fn write(out: &mut String, node: &Y, place: &mut Option<(usize, usize)>) {
            match node {
                Y::Map(entries) => {
                    out.push('{');
                    for entry in entries {
                        out.push_str("\n   ");
                        if entry.repeated {
                            *place = Some((out.matches('\n').count() + 1, 4));
                        }
                        out.push_str(&quoted(&entry.key));
                        out.push_str(": ");
                        write(out, &entry.value, place);
                        out.push(',');
                    }
                    out.push('}');
                }
                Y::List(items) => {
                    out.push('[');
                    for item in items {
                        write(out, item, place);
                        out.push_str(", ");
                    }
                    out.push(']');
                }
                other => out.push_str(&other.json()),
            }
        }
        let (mut out, mut place) = (String::new(), None);
        write(&mut out, self, &mut place);
        (out + "\n", place)
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}
