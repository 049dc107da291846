//! Things with a name of their own: addresses, hosts, paths, accounts, dates, secrets.
//!
//! An entity is found in text and brought into one form, so that `HTTPS://Paste.Example:443/a/` in a
//! call and `paste.example/a` in a ticket are the same place. Hosts know where the registrable
//! domain begins (public suffix list). A secret keeps its kind and a hash, never itself.

use crate::record::column_enum::column_enum;
use crate::record::secrets;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

column_enum! {
    /// What kind of thing an entity is.
    EntityKind {
        /// A web or other address with a scheme.
        Url = "url",
        /// A mail address.
        Email = "email",
        /// A repository by its ssh name.
        Repository = "repository",
        /// A name in the DNS.
        Host = "host",
        /// An IP address.
        Ip = "ip",
        /// A bank account number.
        Iban = "iban",
        /// A telephone number in international form.
        Phone = "phone",
        /// A file or folder.
        Path = "path",
        /// A day.
        Date = "date",
        /// An amount of money.
        Amount = "amount",
        /// A credential; the value holds its kind only.
        Secret = "secret",
        /// Anything else that an argument names.
        Value = "value",
    }
}

/// A thing found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entity {
    pub(crate) kind: EntityKind,
    /// Where it stands.
    pub(crate) range: Range<usize>,
    /// The one form all spellings share.
    pub(crate) canonical: String,
    /// Its host, if it has one.
    pub(crate) host: Option<String>,
}

/// Entities taken from one text, at most.
const MAX_ENTITIES: usize = 64;
/// Longest text that is searched.
const MAX_BYTES: usize = 128 << 10;

static PATTERNS: LazyLock<Vec<(EntityKind, Regex)>> = LazyLock::new(|| {
    let of = |kind, pattern: &str| Regex::new(pattern).ok().map(|regex| (kind, regex));
    [
        of(EntityKind::Url, r#"(?i)\b[a-z][a-z0-9+.-]{1,15}://[^\s"'<>\\`|)\]}]+"#),
        of(EntityKind::Repository, r"\bgit@[\w.-]+:[\w./-]+"),
        of(EntityKind::Email, r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
        of(EntityKind::Phone, r"\+[0-9][0-9 ()./-]{6,18}[0-9]"),
        of(EntityKind::Ip, r"\b(?:\d{1,3}\.){3}\d{1,3}\b"),
        of(EntityKind::Iban, r"\b[A-Z]{2}\d{2} ?(?:[A-Z0-9]{4} ?){2,7}[A-Z0-9]{1,4}\b"),
        of(
            EntityKind::Path,
            r#"(?:[A-Za-z]:\\[\w.\\ -]+|(?:~|\.{1,2})?/+[\w.@%+~-]+(?:/+[\w.@%+~-]+)*/?)"#,
        ),
        of(EntityKind::Date, r"\b\d{4}-\d{2}-\d{2}\b"),
        of(
            EntityKind::Amount,
            r"(?:[$€£¥]\s?\d[\d.,]*|\b\d[\d.,]*\s?(?:EUR|USD|GBP|CHF|JPY|CNY|RUB)\b)",
        ),
        of(EntityKind::Host, r"(?i)\b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]{1,24}\b"),
    ]
    .into_iter()
    .flatten()
    .collect()
});

/// Endings of file names that are also country codes or new domains.
const FILE_ENDINGS: &[&str] = &[
    "py", "rs", "sh", "md", "pl", "cc", "ts", "js", "go", "java", "zip", "mov", "app", "json",
    "yml", "yaml", "toml", "txt", "csv", "html", "xml", "sql", "log", "lock", "cfg", "ini", "conf",
    "env", "pdf", "docx", "xlsx", "png", "jpg", "tsx", "jsx", "css", "vue", "php", "rb", "cs",
    "ps", "so", "mk", "am", "in", "st", "data", "db", "bak", "name", "id", "py3", "tar", "gz",
];
/// Names that stand for hosts although no registry has them.
const RESERVED: &[&str] = &[
    "example",
    "test",
    "invalid",
    "local",
    "internal",
    "lan",
    "corp",
    "home",
    "localhost",
    "onion",
];

/// The entities in a text, in order of place; what lies inside another is left out.
pub(crate) fn find(text: &str) -> Vec<Entity> {
    let text = &text[..text.floor_char_boundary(MAX_BYTES)];
    let mut found: Vec<Entity> = secrets::find(text)
        .take(MAX_ENTITIES)
        .map(|(kind, range)| secret(text, kind, range))
        .collect();
    let bytes = Bytes::of(text);
    for (kind, pattern) in PATTERNS.iter().filter(|(kind, _)| bytes.may_have(*kind)) {
        for matched in pattern.find_iter(text).take(MAX_ENTITIES) {
            let range = trimmed(text, matched.range());
            let inside =
                |other: &Entity| other.kind != EntityKind::Secret && overlaps(&other.range, &range);
            if !range.is_empty() && !found.iter().any(inside) {
                found.extend(entity(*kind, text, range));
            }
        }
    }
    found.sort_by_key(|entity| (entity.range.start, entity.range.end));
    found.truncate(MAX_ENTITIES);
    found
}

/// Which bytes a text has: most texts lack what most kinds cannot be without.
struct Bytes([bool; 256]);

impl Bytes {
    fn of(text: &str) -> Self {
        let mut has = [false; 256];
        text.bytes().for_each(|byte| has[usize::from(byte)] = true);
        Self(has)
    }

    fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }

    /// Whether there may be a digit: other scripts have theirs.
    fn has_digit(&self) -> bool {
        self.0[usize::from(b'0')..=usize::from(b'9')].contains(&true)
            || self.0[0x80..].contains(&true)
    }

    fn may_have(&self, kind: EntityKind) -> bool {
        match kind {
            EntityKind::Url => self.has(b':') && self.has(b'/'),
            EntityKind::Email | EntityKind::Repository => self.has(b'@'),
            EntityKind::Host | EntityKind::Ip => self.has(b'.'),
            EntityKind::Path => self.has(b'/') || self.has(b'\\'),
            EntityKind::Phone => self.has(b'+'),
            EntityKind::Iban | EntityKind::Date | EntityKind::Amount => self.has_digit(),
            EntityKind::Secret | EntityKind::Value => true,
        }
    }
}

fn overlaps(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Without the punctuation of the sentence around it.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let kept =
        text[range.clone()].trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_', '-', '/']);
    // A single slash or a name that ends with one keeps its meaning.
    if kept.is_empty() { range } else { range.start..range.start + kept.len() }
}

fn secret(text: &str, kind: &str, range: Range<usize>) -> Entity {
    let hash = blake3::hash(text[range.clone()].as_bytes()).to_hex();
    Entity {
        kind: EntityKind::Secret,
        range,
        canonical: format!("{kind} {}", &hash[..8]),
        host: None,
    }
}

fn entity(kind: EntityKind, text: &str, range: Range<usize>) -> Option<Entity> {
    let raw = &text[range.clone()];
    let (canonical, host) = match kind {
        EntityKind::Url => {
            let url = url::Url::parse(raw).ok()?;
            let host = url.host_str().map(|host| host.trim_start_matches("www.").to_lowercase());
            (canonical_url(&url), host)
        }
        EntityKind::Email => {
            let lower = raw.to_lowercase();
            let host = lower.split_once('@').map(|(_, host)| host.to_owned());
            (lower, host)
        }
        EntityKind::Repository => {
            let host = raw.strip_prefix("git@")?.split(':').next()?.to_lowercase();
            (raw.trim_end_matches(".git").to_lowercase(), Some(host))
        }
        EntityKind::Ip => {
            let ip: std::net::Ipv4Addr = raw.parse().ok()?;
            (ip.to_string(), Some(ip.to_string()))
        }
        EntityKind::Iban => (raw.replace(' ', ""), None),
        EntityKind::Phone => {
            (raw.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect(), None)
        }
        EntityKind::Host => {
            let host = raw.trim_start_matches("www.").to_lowercase();
            is_host(&host, raw.len() != host.len()).then_some(())?;
            (host.clone(), Some(host))
        }
        EntityKind::Path => (canonical_path(raw), None),
        _ => (raw.to_lowercase(), None),
    };
    Some(Entity { kind, range, canonical, host })
}

fn canonical_url(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default().trim_start_matches("www.").to_lowercase();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{host}{port}{}{query}", url.path().trim_end_matches('/'))
}

/// A path without `./`, doubled and trailing slashes.
pub(crate) fn canonical_path(path: &str) -> String {
    let rooted = path.starts_with('/');
    let parts: Vec<&str> =
        path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let joined = parts.join("/");
    if rooted { format!("/{joined}") } else { joined }
}

fn is_host(host: &str, certain: bool) -> bool {
    let Some(last) = host.rsplit('.').next() else { return false };
    if RESERVED.contains(&last) || certain {
        return true;
    }
    if FILE_ENDINGS.contains(&last) {
        return false;
    }
    psl::suffix(host.as_bytes()).is_some_and(|suffix| suffix.is_known())
}

/// The part of a host that somebody registered: `a.b.example.co.uk` → `example.co.uk`.
pub(crate) fn registrable(host: &str) -> &str {
    let domain = psl::domain_str(host).unwrap_or(host);
    // Names for documentation: everybody's, so the label before them is what somebody chose.
    if matches!(domain, "example.com" | "example.net" | "example.org") && host.len() > domain.len()
    {
        let head = &host[..host.len() - domain.len() - 1];
        let from = head.rfind('.').map_or(0, |at| at + 1);
        return &host[from..];
    }
    domain
}

/// The entity a whole value is, if it is one.
pub(crate) fn whole(value: &str) -> Option<Entity> {
    let value = value.trim();
    if value.len() > 2048 {
        return None;
    }
    find(value).into_iter().find(|entity| {
        entity.range.start == 0
            && entity.range.end + 1 >= value.len()
            && entity.kind != EntityKind::Secret
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_bytes_rule_out_no_pattern_finds(
            text in r#"([a-z0-9٣:/@.+$€ -]|https?://|git@|\.example|DE89|3704|0044|USD|C:\\a|~/b|2026-11-22|\+49 30){0,14}"#,
        ) {
            let bytes = Bytes::of(&text);
            for (kind, pattern) in PATTERNS.iter() {
                prop_assert!(bytes.may_have(*kind) || !pattern.is_match(&text), "{kind:?} in {text}");
            }
        }
    }

    fn one(text: &str) -> (EntityKind, String, Option<String>) {
        let mut found = find(text);
        assert_eq!(found.len(), 1, "{found:?}");
        let entity = found.remove(0);
        (entity.kind, entity.canonical, entity.host)
    }

    #[test]
    fn spellings_of_one_place_are_one() {
        let host = || Some("paste.example".to_owned());
        assert_eq!(
            one("to HTTPS://Paste.Example:443/a/."),
            (EntityKind::Url, "paste.example/a".into(), host())
        );
        assert_eq!(one("(www.Paste.example)"), (EntityKind::Host, "paste.example".into(), host()));
        assert_eq!(one("Bob.K@Paste.example,").1, "bob.k@paste.example");
        assert_eq!(one("git@git.example:a/b.git").2.as_deref(), Some("git.example"));
        assert_eq!(one("DE89 3704 0044 0532 0130 00").1, "DE89370400440532013000");
        assert_eq!(one("~/.ssh//id_rsa").1, "~/.ssh/id_rsa");
    }

    #[test]
    fn file_names_and_prose_are_no_hosts() {
        assert!(find("edit main.py and README.md, e.g. this").is_empty());
        assert_eq!(find("see docs.rust-lang.org").len(), 1);
    }

    #[test]
    fn secrets_keep_only_their_kind() {
        let found = find("AKIAIOSFODNN7EXAMPLE");
        assert_eq!(found[0].kind, EntityKind::Secret);
        assert!(!found[0].canonical.contains("AKIA"));
    }

    #[test]
    fn registrable_domains_know_public_suffixes() {
        assert_eq!(registrable("a.b.example.co.uk"), "example.co.uk");
        assert_eq!(registrable("localhost"), "localhost");
    }
}
