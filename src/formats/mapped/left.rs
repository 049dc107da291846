//! What no path reaches, so that it is kept.
//!
//! A value and the paths that are read in it -> what remains, as JSON: what is read is left out of
//! objects and is `null` in arrays, so that the others keep their places. JSON that is held as text is
//! looked into where a path goes on into it.
//!
//! What remains is never longer than what was there. Knows nothing of targets and events.

use super::path::{Step, opened, place};
use crate::formats::Json;
use crate::formats::json::write_string;

/// What remains of each entry of an object, by its key, or of anything else, by the name of the record.
pub(super) fn left(value: &Json<'_>, paths: &[&[Step]]) -> Vec<(String, String)> {
    let Json::Object(entries) = value else {
        return remains(value, paths).map(|rest| ("$".to_owned(), rest)).into_iter().collect();
    };
    if paths.iter().any(|path| path.is_empty()) {
        return Vec::new();
    }
    let inner = below(value, paths);
    let rest = entries.iter().zip(&inner).filter_map(|((key, value), paths)| {
        remains(value, paths).map(|rest| (key.clone().into_owned(), rest))
    });
    rest.collect()
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
        left.iter().map(|(name, rest)| format!("{name}={rest}")).collect::<Vec<_>>().join(" ")
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
}
