//! Lists of one's own beside the shipped ones: in-house tools and programs, places that partners and mirrors have,
//! sources that hold secrets here. What stands in them goes before what is shipped.
//!
//! A file is read by what is in it, not by its name: any of `tools`, `commands`, `functions`, `places` and `sources`, each
//! as in the shipped file of that kind. A word that no list knows is an error, with its line: a misspelt `sink`
//! would make a tool look harmless.

use super::commands::Command;
use super::glob::normal;
use super::places::{Known, Sensitive};
use super::taxonomy::Tool;
use serde::Deserialize;

/// A file of lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFile {
    /// Name for errors.
    pub name: String,
    /// YAML.
    pub text: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    #[expect(dead_code, reason = "for people who read the file")]
    family: Option<String>,
    #[serde(default)]
    tools: Vec<Tool>,
    #[serde(default)]
    commands: Vec<Command>,
    #[serde(default)]
    functions: Vec<Command>,
    #[serde(default)]
    places: Vec<Known>,
    #[serde(default)]
    sources: Vec<Sensitive>,
}

/// All lists of one's own.
#[derive(Debug, Default)]
pub(super) struct Own {
    pub(super) tools: Vec<Tool>,
    pub(super) commands: Vec<Command>,
    pub(super) functions: Vec<Command>,
    pub(super) places: Vec<Known>,
    pub(super) sources: Vec<Sensitive>,
}

impl Own {
    /// Reads files; all that is wrong with them, if anything is.
    pub(super) fn load(files: &[ListFile]) -> Result<Self, String> {
        let mut own = Self::default();
        let mut wrong = Vec::new();
        for file in files {
            match yaml_serde::from_str::<File>(&file.text) {
                Ok(found) => {
                    wrong.extend(
                        faults(&found).into_iter().map(|what| format!("{}: {what}", file.name)),
                    );
                    own.tools.extend(found.tools);
                    own.commands.extend(found.commands);
                    own.functions.extend(found.functions);
                    own.places.extend(found.places);
                    own.sources.extend(found.sources);
                }
                Err(error) => wrong.push(format!("{}: {error}", file.name)),
            }
        }
        for tool in &mut own.tools {
            tool.names
                .iter_mut()
                .filter(|name| !name.contains('*'))
                .for_each(|name| *name = normal(name));
        }
        if wrong.is_empty() { Ok(own) } else { Err(wrong.join("\n")) }
    }
}

/// What is wrong with the entries of a file.
fn faults(file: &File) -> Vec<String> {
    let mut wrong = Vec::new();
    if file.tools.len()
        + file.commands.len()
        + file.functions.len()
        + file.places.len()
        + file.sources.len()
        == 0
    {
        wrong.push(
            "lists nothing; expected `tools`, `commands`, `functions`, `places` or `sources`"
                .to_owned(),
        );
    }
    for tool in &file.tools {
        names(&tool.names, "tools", &mut wrong);
        share(&tool.names, "risk", tool.risk, &mut wrong);
        share(&tool.names, "confidence", tool.confidence, &mut wrong);
        for name in tool.names.iter().filter(|name| name.contains('*')) {
            let plain =
                name.chars().all(|c| c == '*' || c == '_' || c.is_lowercase() || c.is_numeric());
            if !plain {
                wrong.push(format!(
                    "tools, {name}: a pattern is compared with names in normal form, lower case and joined by `_`; \
                     expected something like `mcp_ledger_*`"
                ));
            }
        }
    }
    for (list, commands) in [("commands", &file.commands), ("functions", &file.functions)] {
        for command in commands {
            names(&command.names, list, &mut wrong);
            share(&command.names, "risk", command.risk.unwrap_or(0.0), &mut wrong);
            if command.class.is_none()
                && command.variants.is_empty()
                && command.subcommands.is_empty()
            {
                wrong.push(format!("{list}, {}: has no class", command.names.join(", ")));
            }
        }
    }
    for place in &file.places {
        let pattern = [place.pattern.clone()];
        names(&pattern, "places", &mut wrong);
        kind(&pattern, "places", &place.kind, &["host", "ip", "email", "path"], &mut wrong);
        wrong.extend(place.fault());
    }
    for source in &file.sources {
        let pattern = [source.pattern.clone()];
        names(&pattern, "sources", &mut wrong);
        kind(
            &pattern,
            "sources",
            &source.kind,
            &["path", "environment", "variable", "sql", "tool"],
            &mut wrong,
        );
        share(&pattern, "sensitivity", source.sensitivity, &mut wrong);
    }
    wrong
}

/// Names are there and say something: `*` alone would stand for everything there is.
fn names(names: &[String], list: &str, wrong: &mut Vec<String>) {
    if names.is_empty() {
        wrong.push(format!("{list}: an entry without `match`"));
    }
    for name in names.iter().filter(|name| !name.contains(char::is_alphanumeric)) {
        wrong.push(format!(
            "{list}, `{name}`: stands for everything; expected a name with letters or digits"
        ));
    }
}

fn share(names: &[String], what: &str, value: f64, wrong: &mut Vec<String>) {
    if !(0.0..=1.0).contains(&value) {
        wrong.push(format!("{}: {what} is {value}; expected 0 to 1", names.join(", ")));
    }
}

fn kind(names: &[String], list: &str, kind: &str, known: &[&str], wrong: &mut Vec<String>) {
    if !known.contains(&kind) {
        wrong.push(format!(
            "{list}, {}: kind is `{kind}`; expected one of {}",
            names.join(", "),
            known.join(", ")
        ));
    }
}
