//! What the calls of a session have had to do with, and when first: one pass over all calls, so that each question
//! about a target is one look-up.
//!
//! A call says something about what it was given only if it was answered.

use super::super::act::{Act, Value};
use super::super::class::Class;
use super::super::entity::EntityKind;
use super::super::parts::{Call, Ending, Part};
use super::super::tools::{Role, normal};
use super::super::weigh::names_one;
use ahash::AHashMap as HashMap;

/// Bytes of a result that says something, whatever it is.
const ANSWER: usize = 20;
/// Numbers of a call that are looked for in its result, and the longest result for that.
const MAX_NUMBERS: usize = 32;
const MAX_RESULT: usize = 64 << 10;

/// Classes that give something to what they are given.
const GIVES: [Class; 3] = [Class::Send, Class::Grant, Class::Pay];

/// Parts of the first calls that had to do with something.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Hosts that were only looked at, and answered.
    looked_at: HashMap<String, usize>,
    /// Hosts that answered once, and those that did twice.
    answered: HashMap<String, usize>,
    worked_with: HashMap<String, usize>,
    /// Hosts by the name of their argument, in calls that give nothing away.
    subjects: HashMap<(String, String), usize>,
    /// Paths, in the same way.
    paths: HashMap<(String, String), usize>,
    /// Hosts that something was taken from.
    sources: HashMap<String, usize>,
    /// Names that were given to what a call made.
    made: HashMap<String, usize>,
    /// The same by what was made: words of the name of the call's tool.
    made_as: HashMap<(String, String), usize>,
    /// Numbers that were looked up and found.
    found: HashMap<String, usize>,
}

impl Seen {
    pub(crate) fn of(calls: &[Call], parts: &[Part<'_>]) -> Self {
        let mut seen = Self::default();
        for call in calls.iter().filter(|call| call.ending == Ending::Ok) {
            let result = call.result.map(|at| parts[at].text.as_ref()).unwrap_or_default();
            for act in &call.acts {
                seen.add_made(act, call.part);
                if says_something(result) {
                    seen.add_found(act, call.part, result);
                    seen.add(act, call.part);
                }
            }
            if says_something(result) {
                seen.add_hosts(call);
            }
        }
        seen
    }

    fn add_made(&mut self, act: &Act, part: usize) {
        if act.class != Class::Write {
            return;
        }
        let is_name = |value: &&Value| value.role == Role::Object && value.name.ends_with("name");
        for value in act.values.iter().filter(is_name) {
            self.made.entry(value.canonical()).or_insert(part);
            for word in normal(&act.verb).split('_') {
                let key = (word.to_owned(), value.canonical());
                self.made_as.entry(key).or_insert(part);
            }
        }
    }

    fn add_found(&mut self, act: &Act, part: usize, result: &str) {
        let looks = act.class == Class::Read || act.confidence <= 0.1;
        if !looks || result.len() > MAX_RESULT {
            return;
        }
        for value in act.values.iter().filter(|value| names_one(value)).take(MAX_NUMBERS) {
            // "No such account" hardly says the number again.
            if result.contains(value.text.trim()) {
                self.found.entry(value.canonical()).or_insert(part);
            }
        }
    }

    fn add(&mut self, act: &Act, part: usize) {
        for value in &act.values {
            if let Some(host) = value.host().filter(|_| value.role == Role::Source) {
                self.sources.entry(host.to_owned()).or_insert(part);
            }
            if GIVES.contains(&act.class) {
                continue;
            }
            if let Some(host) = value.host() {
                self.subjects.entry((value.name.clone(), host.to_owned())).or_insert(part);
            }
            if let Some(path) = path(value) {
                self.paths.entry((value.name.clone(), path.to_owned())).or_insert(part);
            }
        }
    }

    fn add_hosts(&mut self, call: &Call) {
        let mut own: Vec<&str> = Vec::new();
        for act in &call.acts {
            let looks = matches!(act.class, Class::Read | Class::Network) && act.sources.is_empty();
            for host in act.values.iter().filter_map(Value::host) {
                own.push(host);
                if looks {
                    self.looked_at.entry(host.to_owned()).or_insert(call.part);
                }
            }
        }
        own.sort_unstable();
        own.dedup();
        for host in own {
            if self.answered.contains_key(host) {
                self.worked_with.entry(host.to_owned()).or_insert(call.part);
            }
            self.answered.entry(host.to_owned()).or_insert(call.part);
        }
    }

    /// Whether calls before a part only looked something up at a host, or two worked with it.
    pub(crate) fn uses(&self, host: &str, part: usize) -> bool {
        is_before(self.looked_at.get(host), part) || is_before(self.worked_with.get(host), part)
    }

    /// Whether a host was given to a call before a part under the same name.
    pub(crate) fn is_subject(&self, value: &Value, part: usize) -> bool {
        let key = value.host().map(|host| (value.name.clone(), host.to_owned()));
        key.is_some_and(|key| is_before(self.subjects.get(&key), part))
    }

    /// Whether this path, or a folder it lies in, was given to a call before a part under the same name.
    pub(crate) fn is_below(&self, value: &Value, part: usize) -> bool {
        let Some(path) = path(value) else { return false };
        let ends = path.char_indices().skip(1).filter(|(_, c)| *c == '/').map(|(at, _)| at);
        ends.take(MAX_DEPTH).chain([path.len()]).any(|end| {
            is_before(self.paths.get(&(value.name.clone(), path[..end].to_owned())), part)
        })
    }

    /// Whether something was taken from a host before a part.
    pub(crate) fn is_source(&self, host: &str, part: usize) -> bool {
        is_before(self.sources.get(host), part)
    }

    /// Whether a call before a part gave this name to what it made.
    pub(crate) fn is_made(&self, value: &Value, part: usize) -> bool {
        is_before(self.made.get(&value.canonical()), part)
    }

    /// Whether a call before a part gave this name to a thing of the kind that the argument holds: `zone_create` made
    /// the `zones` of another call.
    pub(crate) fn is_made_as_named(&self, value: &Value, part: usize) -> bool {
        let name = normal(&value.name);
        let kind = name.rsplit(['_', '.']).next().unwrap_or_default().trim_end_matches('s');
        is_before(self.made_as.get(&(kind.to_owned(), value.canonical())), part)
    }

    /// Whether a call before a part looked this number up and found it.
    pub(crate) fn is_found(&self, value: &Value, part: usize) -> bool {
        is_before(self.found.get(&value.canonical()), part)
    }
}

/// Whether a result says something. Whoever could look up anything in vain could make anything familiar.
fn says_something(result: &str) -> bool {
    let result = result.trim();
    let says = result.len() >= ANSWER || has_members(result) || counts(result);
    says && !(result.len() <= SHORT && is_in_vain(result))
}

/// Bytes of a result that may say nothing but that nothing was found.
const SHORT: usize = 400;
/// How results say so.
const IN_VAIN: [&str; 26] = [
    "not found",
    "notfound",
    "no such",
    "not exist",
    "could not",
    "couldn't",
    "cannot",
    "can't",
    "unable",
    "unknown",
    "error",
    "failed",
    "failure",
    "denied",
    "refused",
    "forbidden",
    "unauthorized",
    "invalid",
    "timed out",
    "timeout",
    "no result",
    "no match",
    "nothing found",
    "unreachable",
    "false",
    "none found",
];

fn is_in_vain(result: &str) -> bool {
    let lower = result.to_lowercase();
    let is_status = |word: &str| word.len() == 3 && matches!(word.parse(), Ok(400..=599));
    let head: Vec<&str> = lower.split_whitespace().take(2).collect();
    IN_VAIN.iter().any(|words| lower.contains(words))
        || lower.starts_with("0 ")
        || (lower.starts_with("http/") && head.get(1).is_some_and(|word| is_status(word)))
}

/// `{"rows": 12}` and `["eur"]`, and not `[]` or `{"rows": []}`.
fn has_members(result: &str) -> bool {
    let is_list = result.starts_with('[') && result.ends_with(']');
    let is_record = result.starts_with('{') && result.ends_with('}');
    let has = |of: fn(&char) -> bool| result.chars().any(|c| of(&c));
    (is_list && has(|c| c.is_alphanumeric())) || (is_record && has(char::is_ascii_digit))
}

/// `54 objects`, and not `404 Not Found`.
fn counts(result: &str) -> bool {
    let mut words = result.split_whitespace();
    let number = words.next().and_then(|word| word.parse::<u32>().ok());
    number.is_some_and(|number| !(400..600).contains(&number)) && words.next().is_some()
}

fn is_before(at: Option<&usize>, part: usize) -> bool {
    at.is_some_and(|at| *at < part)
}

/// Folders of a path that are looked for.
const MAX_DEPTH: usize = 32;

/// A path from the root, without what is asked of it.
fn path(value: &Value) -> Option<&str> {
    let is_path = value.kind() == EntityKind::Path && value.text.starts_with('/');
    let path = value.text.split('?').next().unwrap_or_default().trim_end_matches('/');
    // `..` leads elsewhere.
    let is_straight = path.split('/').all(|part| part != "..");
    (is_path && is_straight && !path.is_empty()).then_some(path)
}
