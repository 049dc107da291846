//! What everybody knows and what must stay inside: `known-places.yml`, `sensitive.yml`.

use super::glob::matches;
use crate::detect::session::class::Class;
use serde::Deserialize;

/// A place any agent may know without being told.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Known {
    #[serde(rename = "match")]
    pattern: String,
    kind: String,
    #[serde(default)]
    uses: Vec<Class>,
    /// Why it is here.
    pub(crate) reason: String,
}

/// Something that holds secrets or personal data.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Sensitive {
    #[serde(rename = "match")]
    pattern: String,
    kind: String,
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
}

/// A list at the top of a file, whatever its key is called.
fn list<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<Vec<T>, String> {
    let file: std::collections::BTreeMap<String, Vec<T>> =
        yaml_serde::from_str(text).map_err(|error| format!("{name}: {error}"))?;
    Ok(file.into_values().flatten().collect())
}

/// Whether a path ends with what a pattern describes, at a folder.
fn below(pattern: &str, path: &str) -> bool {
    path.match_indices('/').any(|(at, _)| matches(pattern, &path[at + 1..]))
}

impl Places {
    pub(crate) fn load(known: &str, sensitive: &str) -> Result<Self, String> {
        let mut sensitive: Vec<Sensitive> = list("sensitive.yml", sensitive)?;
        for entry in &mut sensitive {
            entry.pattern = entry.pattern.to_lowercase();
        }
        // The most exact pattern knows best, and comes first.
        sensitive.sort_by(|a, b| {
            b.pattern.len().cmp(&a.pattern.len()).then(b.sensitivity.total_cmp(&a.sensitivity))
        });
        Ok(Self { known: list("known-places.yml", known)?, sensitive })
    }

    /// Why a host, path or address needs no source for an action of this class.
    pub(crate) fn known(&self, kind: &str, value: &str, class: Class) -> Option<&Known> {
        self.known.iter().find(|known| {
            known.kind == kind
                && (known.uses.is_empty() || known.uses.contains(&class))
                && (matches(&known.pattern, value)
                    || (kind == "host" && matches(&format!("*.{}", known.pattern), value)))
        })
    }

    /// What a path, variable, table or tool name stands for, if that is sensitive.
    pub(crate) fn sensitive(&self, kind: &str, value: &str) -> Option<&Sensitive> {
        let lower = value.to_lowercase();
        let file = lower.rsplit(['/', '\\']).next().unwrap_or(&lower);
        self.sensitive.iter().find(|entry| {
            let pattern = entry.pattern.as_str();
            entry.kind == kind
                && (matches(pattern, &lower)
                    || (kind == "path" && (matches(pattern, file) || below(pattern, &lower))))
        })
    }
}
