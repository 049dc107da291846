//! Names in one form, and patterns over them.

use ahash::AHashMap as HashMap;
use aho_corasick::AhoCorasick;

/// The normal form of a tool or argument name: words in lower case, joined by `_`.
/// `mcp__slack__postMessage` → `mcp_slack_post_message`.
pub(crate) fn normal(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut last = ' ';
    let mut chars = name.chars().take(256).peekable();
    while let Some(c) = chars.next() {
        if !c.is_alphanumeric() {
            push_gap(&mut out);
        } else {
            let next_lower = chars.peek().is_some_and(|next| next.is_lowercase());
            let starts = c.is_uppercase()
                && (last.is_lowercase()
                    || last.is_numeric()
                    || (last.is_uppercase() && next_lower));
            if starts {
                push_gap(&mut out);
            }
            out.extend(c.to_lowercase());
        }
        last = c;
    }
    while out.ends_with('_') {
        out.pop();
    }
    out
}

fn push_gap(out: &mut String) {
    if !out.is_empty() && !out.ends_with('_') {
        out.push('_');
    }
}

/// Whether `text` is what `pattern` describes; `*` stands for anything, also nothing.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return false };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// The longest piece of each of some patterns without `*`, in one automaton: only patterns whose piece is in a name are
/// worth trying.
#[derive(Debug)]
pub(super) struct Pieces(AhoCorasick);

impl Pieces {
    /// # Errors
    /// If there are too many patterns for one automaton.
    pub(super) fn of<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<Self, String> {
        let longest =
            |pattern: &'p str| pattern.split('*').max_by_key(|piece| piece.len()).unwrap_or("");
        let pieces = patterns.into_iter().map(longest);
        Ok(Self(AhoCorasick::new(pieces).map_err(|error| error.to_string())?))
    }

    /// Numbers of the patterns worth trying, in order.
    pub(super) fn within(&self, name: &str) -> impl Iterator<Item = usize> {
        let mut is_there = vec![false; self.0.patterns_len()];
        for found in self.0.find_overlapping_iter(name) {
            is_there[found.pattern().as_usize()] = true;
        }
        is_there.into_iter().enumerate().filter_map(|(at, is_there)| is_there.then_some(at))
    }
}

/// Patterns with a value each; the most specific one that matches wins.
#[derive(Debug)]
pub(crate) struct Patterns<V> {
    exact: HashMap<String, V>,
    /// Longest first; ties in the order of the text.
    globs: Vec<(String, V)>,
    pieces: Pieces,
}

impl<V: Clone> Patterns<V> {
    /// # Errors
    /// If there are too many patterns for one automaton.
    pub(crate) fn new(entries: impl IntoIterator<Item = (String, V)>) -> Result<Self, String> {
        let mut exact = HashMap::new();
        let mut globs = Vec::new();
        for (pattern, value) in entries {
            if pattern.contains('*') {
                globs.push((pattern, value));
            } else {
                exact.entry(pattern).or_insert(value);
            }
        }
        let key = |pattern: &str| (std::cmp::Reverse(pattern.len()), pattern.to_owned());
        globs.sort_by_key(|(pattern, _)| key(pattern));
        let pieces = Pieces::of(globs.iter().map(|(pattern, _)| pattern.as_str()))?;
        Ok(Self { exact, globs, pieces })
    }

    /// The value of a pattern without `*`.
    pub(crate) fn exact(&self, name: &str) -> Option<&V> {
        self.exact.get(name)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&V> {
        if let Some(value) = self.exact.get(name) {
            return Some(value);
        }
        let first = self.pieces.within(name).find(|at| matches(&self.globs[*at].0, name))?;
        Some(&self.globs[first].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_form() {
        for (name, form) in [
            ("mcp__slack__postMessage", "mcp_slack_post_message"),
            ("Gmail.Users.Messages.Send", "gmail_users_messages_send"),
            ("HTTPRequest", "http_request"),
            ("Bash", "bash"),
            ("-x-", "x"),
        ] {
            assert_eq!(normal(name), form);
        }
    }

    #[test]
    fn the_most_specific_pattern_wins() {
        let patterns = Patterns::new([
            ("*send*".into(), 1),
            ("send_mail".into(), 2),
            ("*_send_*".into(), 3),
            ("*".into(), 4),
        ])
        .unwrap();
        assert_eq!(patterns.get("send_mail"), Some(&2));
        assert_eq!(patterns.get("a_send_b"), Some(&3));
        assert_eq!(patterns.get("resend"), Some(&1));
        assert_eq!(patterns.get("read"), Some(&4));
        assert_eq!(patterns.get(""), Some(&4));
        assert!(matches("a*b*c", "axxbyyc") && !matches("a*b", "abc") && matches("*", ""));
    }
}
