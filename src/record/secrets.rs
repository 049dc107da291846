//! What secrets look like: the known kinds, for those who hide them and those who look for them.
//!
//! Precise patterns only. A secret of an unknown kind is not recognised, and ordinary prose is not
//! taken for one.

use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// (what it is, pattern). The first group, if there is one, is kept in front of the mask.
const PATTERNS: &[(&str, &str)] = &[
    (
        "private key",
        r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]{1,8192}?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
    ),
    (
        "aws secret",
        r#"\b((?:AKIA|ASIA)[A-Z0-9]{16}[^A-Za-z0-9]{1,4}(?:[A-Za-z_]{1,24}[=:\s"']{1,4})?)(?:[A-Za-z0-9/+]|%2[BbFf]){40}(?:[^A-Za-z0-9/+%]|$)"#,
    ),
    ("aws key", r"\b((?:AKIA|ASIA|AGPA|AIDA|AROA))[A-Z0-9]{16}\b"),
    ("github token", r"\b(gh[pousr]_)[A-Za-z0-9]{20,255}\b"),
    ("github token", r"\b(github_pat_)[A-Za-z0-9_]{22,255}\b"),
    ("gitlab token", r"\b(glpat-)[A-Za-z0-9_\-]{20,}\b"),
    ("slack token", r"\b(xox[abeoprs]-)[A-Za-z0-9\-]{10,}"),
    ("api key", r"\b(sk-(?:ant-|proj-|live-|test-|or-)?)[A-Za-z0-9_\-]{16,}"),
    ("stripe key", r"\b([rs]k_(?:live|test)_)[A-Za-z0-9]{10,}\b"),
    ("google key", r"\b(AIza)[A-Za-z0-9_\-]{35}\b"),
    ("json web token", r"\b(eyJ)[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*"),
    ("password in url", r"([a-z][a-z0-9+.\-]{1,20}://[^\s:/@]{1,64}:)[^\s:/@]{3,128}(?:@)"),
    (
        "credential",
        r"(?i)((?:authorization|proxy-authorization)\s*[:=]\s*(?:bearer|basic|token)\s+)[A-Za-z0-9+/=_.\-]{12,}",
    ),
    (
        "secret",
        r#"(?i)((?:api[_-]?key|secret(?:[_-]?access)?[_-]?key|access[_-]?token|auth[_-]?token|client[_-]?secret|passw(?:or)?d|pwd|private[_-]?token|(?:[a-z0-9]+[_-])+(?:token|secret|key|password))["']?\s*[:=]\s*["']?)[A-Za-z0-9+/_.\-]{12,512}={0,2}"#,
    ),
];

/// A kind of secret and how it looks.
pub type Pattern = (&'static str, Regex);

static COMPILED: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    PATTERNS.iter().filter_map(|(name, pattern)| Some((*name, Regex::new(pattern).ok()?))).collect()
});

/// All kinds. The first group of a pattern, if there is one, is in front of the secret itself.
#[must_use]
pub fn patterns() -> &'static [Pattern] {
    &COMPILED
}

/// The secrets in a text: kind and place, in order of kind and place.
pub fn find(text: &str) -> impl Iterator<Item = (&'static str, Range<usize>)> {
    COMPILED.iter().flat_map(move |(name, pattern)| {
        pattern.captures_iter(text).filter_map(move |found| {
            let whole = found.get(0)?;
            let start = found.get(1).map_or(whole.start(), |group| {
                // The first characters tell the kind and are part of the secret, unless they are a name.
                if group.as_str().ends_with([':', '=', ' ', '"', '\'']) {
                    group.end()
                } else {
                    group.start()
                }
            });
            Some((*name, start..whole.end()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(COMPILED.len(), PATTERNS.len());
    }

    #[test]
    fn secrets_are_found_with_their_kind() {
        let text = "a AKIAIOSFODNN7EXAMPLE, password=abcdefgh12345";
        let found: Vec<_> = find(text).map(|(kind, range)| (kind, &text[range])).collect();
        assert_eq!(found, [("aws key", "AKIAIOSFODNN7EXAMPLE"), ("secret", "abcdefgh12345")]);
        assert_eq!(find("the password is long, the token short").count(), 0);
    }
}
