//! The arguments of a call as a flat list: where each value stands and what it says.

use super::tools::normal;
use serde_json::Value as Json;

/// One value of the arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Argument {
    /// Its path in normal form, parts joined by `.`; empty for arguments that are no object.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Values taken from one call.
const MAX_VALUES: usize = 256;
const MAX_DEPTH: usize = 24;

/// The values of `arguments`; the whole text as one value if it is no JSON.
pub(crate) fn flatten(arguments: &str) -> Vec<Argument> {
    let mut out = Vec::new();
    match serde_json::from_str::<Json>(arguments) {
        Ok(json) => walk(&json, "", 0, &mut out),
        Err(_) if arguments.trim().is_empty() => {}
        Err(_) => out.push(Argument { path: "input".to_owned(), text: arguments.to_owned() }),
    }
    out
}

fn walk(json: &Json, path: &str, depth: usize, out: &mut Vec<Argument>) {
    if out.len() >= MAX_VALUES || depth > MAX_DEPTH {
        return;
    }
    let mut push = |text: String| out.push(Argument { path: path.to_owned(), text });
    match json {
        Json::Null => {}
        Json::Bool(value) => push(value.to_string()),
        Json::Number(value) => push(value.to_string()),
        Json::String(text) => match nested(text) {
            Some(inside) => walk(&inside, path, depth + 1, out),
            None if !text.is_empty() => push(text.clone()),
            None => {}
        },
        // A command as a list of words, and a list of names, are read as they are.
        Json::Array(items) => items.iter().for_each(|item| walk(item, path, depth + 1, out)),
        Json::Object(fields) => {
            for (name, value) in fields {
                if is_address(name) {
                    // `{"a@b.example": "read"}`: who is named as a key is named.
                    out.push(Argument { path: path.to_owned(), text: name.clone() });
                }
                let name = normal(name);
                let path = if path.is_empty() { name } else { format!("{path}.{name}") };
                walk(value, &path, depth + 1, out);
            }
        }
    }
}

/// Whether the name of a field is an address.
fn is_address(name: &str) -> bool {
    use super::entity::EntityKind::{Email, Phone, Repository, Url};
    if !name.contains(['@', ':', '+']) {
        return false;
    }
    let kind = super::entity::whole(name).map(|entity| entity.kind);
    matches!(kind, Some(Email | Phone | Repository | Url))
}

/// Arguments that are JSON written into a string.
fn nested(text: &str) -> Option<Json> {
    let trimmed = text.trim_start();
    (trimmed.starts_with('{') && trimmed.len() < 64 << 10)
        .then(|| serde_json::from_str(trimmed).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_path() {
        let found = flatten(
            r#"{"toAddress": ["a@b.example", "c"], "opts": {"n": 3, "x": null}, "raw": "{\"k\": true}"}"#,
        );
        let brief: Vec<String> = found.iter().map(|a| format!("{}={}", a.path, a.text)).collect();
        assert_eq!(brief, ["to_address=a@b.example", "to_address=c", "opts.n=3", "raw.k=true"]);
        assert_eq!(flatten("{broken")[0].path, "input");
        assert!(flatten("").is_empty());
        let bomb = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        assert!(flatten(&bomb).len() <= 1);
    }
}
