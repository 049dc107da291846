//! Where a statement ends: at a semicolon that is not inside a string, a quoted name or a
//! comment.

/// Statements of a text, without their semicolons; comments stay, empty ones are left out.
#[must_use]
pub fn split_statements(text: &str) -> Vec<&str> {
    let mut statements = Vec::new();
    let mut start = 0;
    for end in semicolons(text).ends {
        statements.extend(text.get(start..end));
        start = end + 1;
    }
    statements.extend(text.get(start..));
    statements.iter().map(|statement| statement.trim()).filter(|s| !s.is_empty()).collect()
}

/// Whether the text ends with a finished statement.
#[must_use]
pub fn is_complete(text: &str) -> bool {
    let found = semicolons(text);
    let rest = found.ends.last().and_then(|end| text.get(end + 1..));
    !found.open && rest.is_some_and(|rest| rest.trim().is_empty())
}

struct Found {
    ends: Vec<usize>,
    /// Whether a string, name or comment is not closed.
    open: bool,
}

fn semicolons(text: &str) -> Found {
    let bytes = text.as_bytes();
    let mut ends = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let skipped = match (byte, bytes.get(at + 1)) {
            (b'\'' | b'"', _) => after(bytes, at + 1, &[*byte]),
            (b'-', Some(b'-')) => Some(after(bytes, at, b"\n").unwrap_or(bytes.len())),
            (b'/', Some(b'*')) => after(bytes, at + 2, b"*/"),
            (b';', _) => {
                ends.push(at);
                Some(at + 1)
            }
            _ => Some(at + 1),
        };
        match skipped {
            Some(next) => at = next,
            None => return Found { ends, open: true },
        }
    }
    Found { ends, open: false }
}

/// The place after the next `end`.
fn after(bytes: &[u8], from: usize, end: &[u8]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let at = rest.windows(end.len()).position(|window| window == end)?;
    Some(from + at + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_in_strings_names_and_comments_do_not_count() {
        let text = "select ';', \"a;b\" -- ;\n, 'it''s;' /* ; */; select 2;";
        let statements = split_statements(text);
        assert_eq!(statements.len(), 2, "{statements:?}");
        assert_eq!(statements[1], "select 2");
        assert!(is_complete(text));
    }

    #[test]
    fn an_open_string_is_not_complete() {
        assert!(!is_complete("select 'a;"));
        assert!(!is_complete("select 1"));
        assert!(!is_complete("select 1; select"));
        assert!(!is_complete("select 1 /* ;"));
        assert!(is_complete("select 1;  "));
    }
}
