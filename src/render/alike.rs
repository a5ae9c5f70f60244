//! What is said of many in the same words is said once.
//!
//! Invariant: only texts that are the same but for one name are taken together, in the order of the first of each.

use std::collections::BTreeMap;

/// What stands for a name that is left open.
pub(super) const OPEN: &str = "NAME";

/// The text with the one known name in it left open, and that name; `None` when there is no such name, or more than one.
pub(super) fn opened(text: &str, is_name: impl Fn(&str) -> bool) -> Option<(String, &str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let (mut out, mut found, mut rest) = (String::with_capacity(text.len()), None, text);
    while !rest.is_empty() {
        let (between, behind) = rest.split_at(rest.find(is_part).unwrap_or(rest.len()));
        let (word, behind) = behind.split_at(behind.find(|c| !is_part(c)).unwrap_or(behind.len()));
        out += between;
        if is_name(word) {
            if found.is_some_and(|other| other != word) {
                return None;
            }
            found = Some(word);
            out += OPEN;
        } else {
            out += word;
        }
        rest = behind;
    }
    found.map(|name| (out, name))
}

/// Those of which the same is said, together.
pub(super) fn alike<T, K: Ord + Clone>(
    all: impl IntoIterator<Item = T>,
    said: impl Fn(&T) -> K,
) -> Vec<(K, Vec<T>)> {
    let mut groups: Vec<(K, Vec<T>)> = Vec::new();
    let mut place: BTreeMap<K, usize> = BTreeMap::new();
    for one in all {
        let key = said(&one);
        let at = *place.entry(key.clone()).or_insert(groups.len());
        match groups.get_mut(at) {
            Some((_, group)) => group.push(one),
            None => groups.push((key, vec![one])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_name_in_a_text_is_left_open() {
        let is_name = |word: &str| ["a", "shop-1", "shop-2"].contains(&word);
        let told = |text| opened(text, is_name).map(|(open, name)| format!("{open}|{name}"));
        assert_eq!(
            told("shop-1: `wawpform forget shop-1`.").unwrap(),
            "NAME: `wawpform forget NAME`.|shop-1"
        );
        assert_eq!(told("shop-1 and shop-2 are one"), None);
        assert_eq!(told("shop-11 is no name of ours, nor is á"), None);
        assert_eq!(told(""), None);
    }

    #[test]
    fn groups_stand_where_their_first_stood() {
        let groups = alike([3, 10, 5, 12, 4], |number| number % 2);
        assert_eq!(groups, [(1, vec![3, 5]), (0, vec![10, 12, 4])]);
    }
}
