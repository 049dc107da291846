//! Records that a log collector has wrapped: `{"message": "{\"type\": …}", "host": …}`.
//!
//! Only asked for objects that are of no known format. What the collector adds (host, time,
//! stream names) belongs to it and not to the transcript, so it is kept apart, bounded.

use crate::formats::Collector;
use crate::formats::json::{self, Json, Notes};

/// Where collectors put what they collect, most specific first.
const PAYLOADS: [&str; 10] = [
    "message",
    "log",
    "MESSAGE",
    "textPayload",
    "jsonPayload",
    "body",
    "_raw",
    "event",
    "line",
    "logEvents",
];
const HOSTS: [&str; 5] = ["host", "hostname", "_HOSTNAME", "HOSTNAME", "host_name"];
const TIMES: [&str; 10] = [
    "@timestamp",
    "timestamp",
    "time",
    "_time",
    "ts",
    "date",
    "ingestionTime",
    "receiveTimestamp",
    "__REALTIME_TIMESTAMP",
    "_SOURCE_REALTIME_TIMESTAMP",
];
/// Wrappers inside wrappers (journald in Docker in CloudWatch).
const MAX_WRAPPERS: usize = 4;
const MAX_RECORDS: usize = 4096;
const MAX_ATTRS: usize = 48;
const MAX_ATTR_BYTES: usize = 1024;
const MAX_ATTR_DEPTH: usize = 4;

/// A record found inside a wrapper.
pub(super) struct Inner<'a> {
    pub(super) value: &'a Json<'a>,
    /// Its text; of an object that was not wrapped as text, a compact spelling.
    pub(super) text: &'a str,
    pub(super) notes: Notes,
    pub(super) collector: &'a Collector,
}

/// Looks for records in wrappers.
pub(super) struct Search<'s> {
    /// Whether a value is of a known format.
    pub(super) wanted: &'s dyn Fn(&Json<'_>) -> bool,
    /// Takes each record.
    pub(super) found: &'s mut dyn FnMut(&Inner<'_>),
    /// Texts beside records that are none.
    pub(super) rejected: usize,
    /// How many may still be found.
    left: usize,
}

impl<'s> Search<'s> {
    /// A search for values that are `wanted`.
    pub(super) fn new(
        wanted: &'s dyn Fn(&Json<'_>) -> bool,
        found: &'s mut dyn FnMut(&Inner<'_>),
    ) -> Self {
        Self { wanted, found, rejected: 0, left: MAX_RECORDS }
    }

    /// Looks into a wrapper.
    pub(super) fn open(&mut self, outer: &Json<'_>) {
        self.wrapper(outer, &Collector::default(), 0);
    }

    fn wrapper(&mut self, outer: &Json<'_>, around: &Collector, depth: usize) {
        if depth >= MAX_WRAPPERS || !outer.is_object() {
            return;
        }
        let Some(payload) = PAYLOADS.into_iter().find(|key| is_payload(outer.at(key))) else {
            return;
        };
        let collector = collector(outer, payload, around);
        self.payload(outer.at(payload), &collector, depth);
    }

    fn payload(&mut self, payload: &Json<'_>, collector: &Collector, depth: usize) {
        match payload {
            Json::String(text) => self.texts(text, collector, depth),
            // CloudWatch: each element is a wrapper again.
            Json::Array(items) => {
                items.iter().for_each(|item| self.wrapper(item, collector, depth + 1));
            }
            value => {
                let text = value.compact();
                self.value(value, &text, Notes::default(), collector, depth);
            }
        }
    }

    /// One or more values written after each other.
    fn texts(&mut self, text: &str, collector: &Collector, depth: usize) {
        let mut rest = text.trim();
        while !rest.is_empty() {
            match json::parse_prefix(rest) {
                Ok((value, used, notes)) if value.is_object() || value.is_array() => {
                    let own = rest.get(..used).unwrap_or(rest);
                    self.value(&value, own, notes, collector, depth);
                    rest = rest.get(used..).unwrap_or_default().trim_start();
                }
                _ => {
                    self.rejected += 1;
                    rest = rest.split_once('\n').map_or("", |(_, rest)| rest.trim_start());
                }
            }
        }
    }

    fn value(
        &mut self,
        value: &Json<'_>,
        text: &str,
        notes: Notes,
        collector: &Collector,
        depth: usize,
    ) {
        if !(self.wanted)(value) {
            return self.wrapper(value, collector, depth + 1);
        }
        if self.left == 0 {
            self.rejected += 1;
            return;
        }
        self.left -= 1;
        (self.found)(&Inner { value, text, notes, collector });
    }
}

fn is_payload(value: &Json<'_>) -> bool {
    match value {
        Json::String(text) => text.trim_start().starts_with(['{', '[']),
        Json::Array(items) => items.first().is_some_and(Json::is_object),
        value => value.is_object(),
    }
}

/// What the wrapper says about itself.
fn collector(outer: &Json<'_>, payload: &str, around: &Collector) -> Collector {
    let mut collector = around.clone();
    let host = outer.any_of(&HOSTS);
    let host = host.str().or_else(|| host.text("name")).filter(|host| !host.is_empty());
    collector.host = host.map(str::to_owned).or(collector.host);
    let time = outer.any_of(&TIMES).time();
    collector.observed = time.micros.or(collector.observed);
    attrs(&mut collector, "collector_", outer, payload, 0);
    collector
}

fn attrs(to: &mut Collector, prefix: &str, from: &Json<'_>, skip: &str, depth: usize) {
    for (key, value) in from.entries() {
        if to.attrs.len() >= MAX_ATTRS {
            return;
        }
        if (depth == 0 && key == skip) || value.is_null() {
            continue;
        }
        let name = format!("{prefix}{key}");
        if value.is_object() && depth < MAX_ATTR_DEPTH {
            attrs(to, &format!("{name}."), value, "", depth + 1);
            continue;
        }
        let text = value.compact();
        let short = text.len() <= MAX_ATTR_BYTES && name.len() <= MAX_ATTR_BYTES;
        if short && !to.attrs.iter().any(|(known, _)| *known == name) {
            to.attrs.push((name, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values with `"t"` are wanted; returns their `t` and the host.
    fn find(text: &str) -> (Vec<(String, Option<String>)>, usize) {
        let (outer, _) = json::parse(text).unwrap();
        let mut seen = Vec::new();
        let mut found = |inner: &Inner<'_>| {
            seen.push((inner.value.string("t").unwrap(), inner.collector.host.clone()));
        };
        let wanted = |value: &Json<'_>| value.has("t");
        let mut search = Search::new(&wanted, &mut found);
        search.open(&outer);
        let rejected = search.rejected;
        (seen, rejected)
    }

    fn seen(names: &[&str], host: Option<&str>) -> Vec<(String, Option<String>)> {
        names.iter().map(|name| ((*name).to_owned(), host.map(str::to_owned))).collect()
    }

    #[test]
    fn records_are_found_in_strings_objects_and_lists() {
        let text = r#"{"log":"{\"t\":\"a\"}\n{\"t\":\"b\"}\n","host":"h"}"#;
        assert_eq!(find(text), (seen(&["a", "b"], Some("h")), 0));
        let object = r#"{"jsonPayload":{"t":"a"},"_HOSTNAME":"x"}"#;
        assert_eq!(find(object), (seen(&["a"], Some("x")), 0));
        let list = r#"{"logGroup":"g","logEvents":[{"id":"1","message":"{\"t\":\"a\"}"}]}"#;
        assert_eq!(find(list), (seen(&["a"], None), 0));
    }

    #[test]
    fn wrappers_nest_but_not_without_bound() {
        let mut text = r#"{"t":"a"}"#.to_owned();
        for _ in 0..MAX_WRAPPERS {
            text = format!("{{\"message\":{}}}", serde_json::to_string(&text).unwrap());
        }
        assert_eq!(find(&text).0.len(), 1);
        let deeper = format!("{{\"message\":{}}}", serde_json::to_string(&text).unwrap());
        assert!(find(&deeper).0.is_empty());
    }

    #[test]
    fn text_beside_records_is_counted_and_text_alone_is_nothing() {
        assert_eq!(find(r#"{"log":"{\"t\":\"a\"}\nplain\n"}"#), (seen(&["a"], None), 1));
        assert_eq!(find(r#"{"log":"plain"}"#), (Vec::new(), 0));
    }

    #[test]
    fn what_the_collector_says_is_kept_apart() {
        let text = r#"{"message":"{\"t\":\"a\"}","@timestamp":"2026-11-20T10:00:00Z","k":{"pod":"p"},"n":null}"#;
        let (outer, _) = json::parse(text).unwrap();
        let collector = collector(&outer, "message", &Collector::default());
        assert_eq!(collector.observed, Some(1_795_168_800_000_000));
        let names: Vec<&str> = collector.attrs.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["collector_@timestamp", "collector_k.pod"]);
    }
}
