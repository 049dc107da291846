//! Secrets hidden in everything that prints or exports; the raw evidence stays whole.
//!
//! A masked secret keeps its kind and its first characters, so that an analyst can tell two
//! apart: `AKIA…[aws key masked]`.

use crate::record::secrets;
use std::borrow::Cow;

/// The text with secrets masked.
#[must_use]
pub fn mask(text: &str) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(text);
    for (name, pattern) in secrets::patterns() {
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
