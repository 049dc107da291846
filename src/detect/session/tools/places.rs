//! What everybody knows and what must stay inside: `known-places.yml`, `sensitive.yml`.

use super::glob::{Pieces, matches};
use crate::detect::session::class::Class;
use serde::Deserialize;

/// A place any agent may know without being told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    #[serde(rename = "match")]
    pub(super) pattern: String,
    pub(super) kind: String,
    /// The tenants whose agents may know it; all, if none is named.
    #[serde(default)]
    tenants: Option<Vec<String>>,
    #[serde(default)]
    uses: Vec<Class>,
    /// Why it is here.
    pub(crate) reason: String,
}

impl Known {
    /// What is wrong with it, if anyone may write it.
    pub(super) fn fault(&self) -> Option<String> {
        let what = if self.tenants.as_ref().is_some_and(Vec::is_empty) {
            "`tenants` is empty; name some, or leave it out for all"
        } else if self.kind == "host" && self.pattern.contains(['/', ':', '@', ' ']) {
            "is no name of a host; expected one like `intake.partner.example` or `*.partner.example`"
        } else if self.kind == "host"
            && !self.pattern.trim_start_matches("*.").contains('.')
            && self.pattern.contains('*')
        {
            "stands for a whole top-level domain; expected a name below it"
        } else {
            return None;
        };
        Some(format!("places, {}: {what}", self.pattern))
    }
}

/// Something that holds secrets or personal data.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sensitive {
    #[serde(rename = "match")]
    pub(super) pattern: String,
    /// The same for what lies below any folder.
    #[serde(skip)]
    below: String,
    pub(super) kind: String,
    /// What it holds.
    pub(crate) what: String,
    /// 0 to 1.
    pub(crate) sensitivity: f64,
}

/// Both lists.
#[derive(Debug)]
pub(crate) struct Places {
    known: Vec<Known>,
    sensitive: Vec<Sensitive>,
    /// Of the sensitive ones.
    pieces: Pieces,
}

/// A list at the top of a file, whatever its key is called.
fn list<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<Vec<T>, String> {
    let file: std::collections::BTreeMap<String, Vec<T>> =
        yaml_serde::from_str(text).map_err(|error| format!("{name}: {error}"))?;
    Ok(file.into_values().flatten().collect())
}

/// The most exact pattern knows best.
fn most_exact_first(mut list: Vec<Sensitive>) -> Vec<Sensitive> {
    for entry in &mut list {
        entry.pattern = entry.pattern.to_lowercase();
        entry.below = format!("*/{}", entry.pattern);
    }
    list.sort_by(|a, b| {
        b.pattern.len().cmp(&a.pattern.len()).then(b.sensitivity.total_cmp(&a.sensitivity))
    });
    list
}

fn pieces(sensitive: &[Sensitive]) -> Result<Pieces, String> {
    Pieces::of(sensitive.iter().map(|entry| entry.pattern.as_str()))
        .map_err(|error| format!("the lists of sensitive sources: {error}"))
}

impl Places {
    pub(crate) fn load(known: &str, sensitive: &str) -> Result<Self, String> {
        let sensitive = most_exact_first(list("sensitive.yml", sensitive)?);
        let pieces = pieces(&sensitive)?;
        Ok(Self { known: list("known-places.yml", known)?, sensitive, pieces })
    }

    /// With lists of one's own, which go before these.
    ///
    /// # Errors
    /// If there are too many.
    pub(crate) fn with(
        mut self,
        known: Vec<Known>,
        sensitive: Vec<Sensitive>,
    ) -> Result<Self, String> {
        let lower = |mut place: Known| {
            if place.kind == "host" || place.kind == "email" {
                place.pattern = place.pattern.to_lowercase();
            }
            place
        };
        self.known.splice(0..0, known.into_iter().map(lower));
        self.sensitive.splice(0..0, most_exact_first(sensitive));
        self.pieces = pieces(&self.sensitive)?;
        Ok(self)
    }

    /// Why a host, path or address needs no source for an action of this class of a tenant's agent.
    pub(crate) fn known(
        &self,
        kind: &str,
        value: &str,
        class: Class,
        tenant: &str,
    ) -> Option<&Known> {
        self.known.iter().find(|known| {
            known.kind == kind
                && known
                    .tenants
                    .as_ref()
                    .is_none_or(|names| names.iter().any(|name| name == tenant))
                && (known.uses.is_empty() || known.uses.contains(&class))
                && (matches(&known.pattern, value)
                    // A bare name is a host of one's own, and no domain.
                    || (kind == "host"
                        && known.pattern.contains('.')
                        && matches(&format!("*.{}", known.pattern), value)))
        })
    }

    /// What a path, variable, table or tool name stands for, if that is sensitive.
    pub(crate) fn sensitive(&self, kind: &str, value: &str) -> Option<&Sensitive> {
        let lower = value.to_lowercase();
        let file = lower.rsplit(['/', '\\']).next().unwrap_or(&lower);
        let fits = |at: &usize| {
            let entry = &self.sensitive[*at];
            let pattern = entry.pattern.as_str();
            entry.kind == kind
                && (matches(pattern, &lower)
                    || (kind == "path"
                        && (matches(pattern, file) || matches(&entry.below, &lower))))
        };
        self.pieces.within(&lower).find(fits).map(|first| &self.sensitive[first])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static PLACES: LazyLock<Places> = LazyLock::new(|| {
        let known = include_str!("../../../../rules/actions/known-places.yml");
        Places::load(known, include_str!("../../../../rules/actions/sensitive.yml")).unwrap()
    });

    /// By every pattern, as the lists are meant.
    fn slowly<'p>(kind: &str, value: &str) -> Option<&'p Sensitive> {
        let lower = value.to_lowercase();
        let file = lower.rsplit(['/', '\\']).next().unwrap();
        let below = |pattern: &str| {
            lower.match_indices('/').any(|(at, _)| matches(pattern, &lower[at + 1..]))
        };
        PLACES.sensitive.iter().find(|entry| {
            let fits = |text: &str| matches(&entry.pattern, text);
            entry.kind == kind
                && (fits(&lower) || kind == "path" && (fits(file) || below(&entry.pattern)))
        })
    }

    proptest! {
        #[test]
        fn what_is_sensitive_is_what_every_pattern_alone_says(
            value in r"([/\\.*a-z ]|/\.(ssh|aws|env)/?|id_rsa|credentials|\.sql|dump|customer|/environ|secret|TOKEN){0,8}",
        ) {
            for kind in ["path", "variable", "table", "tool"] {
                let of = |entry: Option<&Sensitive>| entry.map(|entry| entry.pattern.clone());
                prop_assert_eq!(of(PLACES.sensitive(kind, &value)), of(slowly(kind, &value)));
            }
        }
    }

    #[test]
    fn a_long_value_full_of_what_patterns_look_for_is_read_once() {
        let value = "/.sql".repeat(1 << 16) + "/.ssh/id_rsa";
        assert!(PLACES.sensitive("path", &value).is_some());
    }
}
