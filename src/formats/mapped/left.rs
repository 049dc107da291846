//! What no path reaches, so that it is kept.
//!
//! A value and the paths that are read in it -> what remains, as JSON: what is read is left out of
//! objects and is `null` in arrays, so that the others keep their places. JSON that is held as text is
//! looked into where a path goes on into it.
//!
//! What remains may be longer than what was there, for control characters are escaped and `null` keeps
//! places, but no more than some six times; keys may be many. So there are bounds on what a row keeps of it: what is longer is
//! cut, what is beyond is counted in the attribute `attrs_left_out`, and the row is flagged `long_attrs`. The record
//! itself is among the raw records. Knows nothing of targets.

use super::path::{Step, opened, place};
use crate::formats::Json;
use crate::formats::json::write_string;
use crate::record::{Event, MAX_NAME};

/// Attributes that a row keeps of what remains.
const MAX_ATTRS: usize = 1000;
/// Their bytes.
const MAX_BYTES: usize = 4 << 20;
/// Bytes of one of them that are kept; written as a text again they may be twice as many.
const MAX_VALUE: usize = 1 << 20;

/// What remains, as attributes within bounds.
#[derive(Debug, Default)]
pub(super) struct Left {
    entries: Vec<(String, String)>,
    bytes: usize,
    /// How many there was no room for.
    out: u64,
    is_cut: bool,
}

impl Left {
    /// Whether nothing remains.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.out == 0
    }

    /// Adds an attribute, as long as there is room.
    fn push(&mut self, mut name: String, mut value: String) {
        if name.len() > MAX_NAME {
            name.truncate(name.floor_char_boundary(MAX_NAME));
            self.is_cut = true;
        }
        if value.len() > MAX_VALUE {
            // Its beginning is no JSON any more, and what is an attribute is.
            value.truncate(value.floor_char_boundary(MAX_VALUE));
            value = Json::String(value.into()).compact();
            self.is_cut = true;
        }
        let bytes = self.bytes + name.len() + value.len();
        if self.entries.len() == MAX_ATTRS || bytes > MAX_BYTES {
            self.out += 1;
            return;
        }
        self.bytes = bytes;
        self.entries.push((name, value));
    }

    /// Adds attributes, as long as there is room.
    pub(super) fn extend(&mut self, entries: impl IntoIterator<Item = (String, String)>) {
        entries.into_iter().for_each(|(name, value)| self.push(name, value));
    }

    /// Adds what remains elsewhere, as long as there is room.
    pub(super) fn append(&mut self, other: Self) {
        self.extend(other.entries);
        self.out += other.out;
        self.is_cut |= other.is_cut;
    }

    /// Gives a row all of it.
    pub(super) fn keep(mut self, event: &mut Event) {
        event.attrs.append(&mut self.entries);
        if self.out > 0 {
            event.attr("attrs_left_out", self.out.to_string());
        }
        if self.is_cut || self.out > 0 {
            event.flag("long_attrs");
        }
    }
}

/// What remains of each entry of an object, by its key, or of anything else, by the name of the record.
pub(super) fn left(value: &Json<'_>, paths: &[&[Step]]) -> Left {
    let mut left = Left::default();
    let Json::Object(entries) = value else {
        left.extend(remains(value, paths).map(|rest| ("$".to_owned(), rest)));
        return left;
    };
    if paths.iter().any(|path| path.is_empty()) {
        return left;
    }
    let inner = below(value, paths);
    // One by one: all of them may be far more than what is kept.
    left.extend(entries.iter().zip(&inner).filter_map(|((key, value), paths)| {
        remains(value, paths).map(|rest| (key.clone().into_owned(), rest))
    }));
    left
}

/// What remains of a value as JSON, if anything does.
fn remains(value: &Json<'_>, paths: &[&[Step]]) -> Option<String> {
    let mut out = String::new();
    write(value, paths, &mut out).then_some(out)
}

/// Writes what remains; tells whether there is anything.
fn write(value: &Json<'_>, paths: &[&[Step]], out: &mut String) -> bool {
    if paths.iter().any(|path| path.is_empty()) || is_nothing(value) {
        return false;
    }
    match value {
        _ if paths.is_empty() => out.push_str(&value.compact()),
        Json::Object(entries) => return write_object(entries, &below(value, paths), out),
        Json::Array(items) => return write_array(items, &below(value, paths), out),
        Json::String(text) => match opened(text) {
            Some(inner) => return write(&inner, paths, out),
            None => write_string(out, text),
        },
        other => out.push_str(&other.compact()),
    }
    true
}

fn is_nothing(value: &Json<'_>) -> bool {
    match value {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        Json::Object(entries) => entries.is_empty(),
        _ => false,
    }
}

type Entry<'a> = (std::borrow::Cow<'a, str>, Json<'a>);

fn write_object(entries: &[Entry<'_>], paths: &[Vec<&[Step]>], out: &mut String) -> bool {
    let start = out.len();
    for ((key, value), paths) in entries.iter().zip(paths) {
        let before = out.len();
        out.push(if before == start { '{' } else { ',' });
        write_string(out, key);
        out.push(':');
        if !write(value, paths, out) {
            out.truncate(before);
        }
    }
    let any = out.len() > start;
    out.push_str(if any { "}" } else { "" });
    any
}

fn write_array(items: &[Json<'_>], paths: &[Vec<&[Step]>], out: &mut String) -> bool {
    let start = out.len();
    // Behind the last that remains there is nothing to keep a place for.
    let mut end = start;
    for (item, paths) in items.iter().zip(paths) {
        out.push(if out.len() == start { '[' } else { ',' });
        match write(item, paths, out) {
            true => end = out.len(),
            false => out.push_str("null"),
        }
    }
    out.truncate(end);
    let any = end > start;
    out.push_str(if any { "]" } else { "" });
    any
}

/// For each value inside of this one, how the paths go on there.
fn below<'p>(value: &Json<'_>, paths: &[&'p [Step]]) -> Vec<Vec<&'p [Step]>> {
    let (items, entries) = (value.items(), value.entries());
    let mut inner = vec![Vec::new(); items.len().max(entries.len())];
    for path in paths {
        let Some((step, rest)) = path.split_first() else { continue };
        let at = match step {
            // Of equal keys the last is the one that is read.
            Step::Key(key) => entries.iter().rposition(|(name, _)| name == key),
            Step::Index(index) => place(*index, items.len()),
            Step::Each => {
                inner.iter_mut().for_each(|paths| paths.push(rest));
                continue;
            }
        };
        if let Some(paths) = at.and_then(|at| inner.get_mut(at)) {
            paths.push(rest);
        }
    }
    inner
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::json::parse;
    use crate::formats::mapped::Mapping;

    fn of(map: &str, json: &str) -> String {
        let mapping: Mapping = map.parse().unwrap();
        let paths: Vec<&[Step]> = mapping
            .entries
            .values()
            .flat_map(|source| source.paths().map(|path| path.steps.as_slice()))
            .collect();
        let left = left(&parse(json).unwrap().0, &paths);
        left.entries
            .iter()
            .map(|(name, rest)| format!("{name}={rest}"))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn what_is_read_is_left_out_and_all_else_is_kept() {
        let json =
            r#"{"a":{"b":1,"c":{"d":[2]}},"e":[{"f":3,"g":4},{"f":5}],"h":null,"i":{},"j":""}"#;
        assert_eq!(of("user=.a.b", json), r#"a={"c":{"d":[2]}} e=[{"f":3,"g":4},{"f":5}] j="""#);
        assert_eq!(of("user=.a,agent=.e[].f", json), r#"e=[{"g":4}] j="""#);
        assert_eq!(of("user=.e[-1].f,agent=.a[]", json), r#"e=[{"f":3,"g":4}] j="""#);
        assert_eq!(of("user=.e[0],agent=.a", json), r#"e=[null,{"f":5}] j="""#);
        assert_eq!(of("user=.", json), "");
    }

    #[test]
    fn texts_are_looked_into_where_a_path_does() {
        let json = r#"{"a":"{\"b\":1,\"c\":2}","d":"{\"e\":1}","f":"plain","k":1,"k":2}"#;
        let left = of("user=.a.b,agent=.f.g,host=.k", json);
        assert_eq!(left, r#"a={"c":2} d="{\"e\":1}" f="plain" k=1"#);
        assert_eq!(of("user=.[0].b", r#"[{"b":1,"c":2},3]"#), r#"$=[{"c":2},3]"#);
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for_and_that_is_said() {
        let kept = |json: &str| {
            let mut event = Event::default();
            left(&parse(json).unwrap().0, &[]).keep(&mut event);
            event
        };
        let keys: Vec<String> = (0..3000).map(|n| format!("\"k{n}\":{n}")).collect();
        let event = kept(&format!("{{{}}}", keys.join(",")));
        assert_eq!(event.attrs.len(), MAX_ATTRS + 1);
        assert_eq!(event.attrs.last(), Some(&("attrs_left_out".to_owned(), "2000".to_owned())));
        assert_eq!(event.flags, ["long_attrs"]);
        // A control character takes six bytes where it took one.
        let long = "\u{1}".repeat(1 << 20);
        let event = kept(&format!("{{\"{}\":1,\"v\":\"{long}\"}}", "k".repeat(MAX_NAME + 1)));
        assert_eq!(event.attrs[0].0.len(), MAX_NAME);
        let value = &event.attrs[1].1;
        assert!(value.len() <= 2 * MAX_VALUE + 2 && parse(value).is_ok(), "{}", value.len());
        assert_eq!((event.attrs.len(), &event.flags[..]), (2, &["long_attrs"][..]));
        let many: Vec<String> = (0..8).map(|n| format!("\"v{n}\":\"{long}\"")).collect();
        let event = kept(&format!("{{{}}}", many.join(",")));
        assert!(event.heap_len() < MAX_BYTES + 100, "{}", event.heap_len());
        assert!(event.attrs.iter().any(|(name, _)| name == "attrs_left_out"));
    }
}
