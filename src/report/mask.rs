//! Secrets hidden in everything that prints or exports; the raw evidence stays whole.
//!
//! A masked secret keeps its kind and its first characters, so that an analyst can tell two
//! apart: `AKIA…[aws key masked]`.

use regex::Regex;
use std::borrow::Cow;
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

static COMPILED: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    PATTERNS.iter().filter_map(|(name, pattern)| Some((*name, Regex::new(pattern).ok()?))).collect()
});

/// The text with secrets masked.
#[must_use]
pub fn mask(text: &str) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(text);
    for (name, pattern) in COMPILED.iter() {
        if pattern.is_match(&masked) {
            let with = format!("${{1}}…[{name} masked]");
            masked = Cow::Owned(pattern.replace_all(&masked, with.as_str()).into_owned());
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(COMPILED.len(), PATTERNS.len());
    }

    #[test]
    fn secrets_are_masked_and_prose_is_not() {
        for secret in [
            "key AKIAIOSFODNN7EXAMPLE here",
            "token ghp_0123456789abcdefghij0123456789abcdef",
            "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "Authorization: Bearer abcdefghijklmnop",
            "postgres://app:hunter2hunter@db.example.com/x",
            r#"{"api_key": "abcd1234abcd1234"}"#,
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
        ] {
            let out = mask(secret);
            assert!(out.contains("masked]"), "{out}");
        }
        let query = mask("k=AKIAIOSFODNN7EXAMPLE&s=wJalrXUtnFEMI%2FK7MDENG%2FbPxRfiCYEXAMPLEKEY");
        assert!(!query.contains("wJalr") && !query.contains("IOSFODNN7"), "{query}");
        assert!(!mask("postgres://app:hunter2hunter@db.example.com/x").contains("hunter2"));
        for prose in [
            "the token is rotated every week",
            "password: required",
            "max_tokens: 4096, key: value",
            "git rev-parse 3f2a9c0d1e",
        ] {
            assert_eq!(mask(prose), prose);
        }
    }
}
