//! Whole records inside a broken line: two processes wrote into each other.

use crate::formats::json::{self, Json};

/// Bounds the search, so that a hostile line costs no more than a few times its length.
const MAX_TRIES: usize = 64;

/// Calls `found` with offset, length and value of every object in `text` that is complete and
/// that `wanted` recognises. Objects inside a found one are not looked at.
pub(super) fn embedded(
    text: &str,
    wanted: impl Fn(&Json<'_>) -> bool,
    mut found: impl FnMut(usize, usize, &Json<'_>, json::Notes),
) {
    let mut from = 1;
    for _ in 0..MAX_TRIES {
        let Some(at) = text.get(from..).and_then(|rest| rest.find("{\"")) else { return };
        let at = from + at;
        let Some(rest) = text.get(at..) else { return };
        match json::parse_prefix(rest) {
            Ok((value, used, notes)) if wanted(&value) => {
                found(at, used, &value, notes);
                from = at + used;
            }
            _ => from = at + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complete_object_is_found_and_a_nested_one_is_not() {
        let line = r#"{"uuid":"a","te{"uuid":"b","m":{"uuid":"c"}}xt":"#;
        let mut seen = Vec::new();
        embedded(
            line,
            |v| v.has("uuid"),
            |at, len, v, _| {
                seen.push((at, len, v.text("uuid").map(str::to_owned)));
            },
        );
        assert_eq!(seen, [(15, 29, Some("b".to_owned()))]);
    }
}
