//! A mapping: which targets are filled from where.
//!
//! It prints as it is read, targets in a fixed order, so that what it says has one spelling and
//! one name, however a person wrote it. Knows nothing of events.

use super::path::{Found, Path, Step, quoted};
use super::target::Target;
use crate::formats::Json;
use crate::record::{Id16, MAX_NAME};
use std::collections::BTreeMap;
use std::fmt;

/// What a mapping's name begins with.
pub const PREFIX: &str = "mapped:";
/// Hex digits of its hash that stand in its name.
const NAME_DIGITS: usize = 12;

/// What `--map` says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapping {
    pub(super) entries: BTreeMap<Target, Source>,
}

/// Where a target is found: the first of these that has something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source(pub(super) Vec<Alternative>);

/// One place where a target may be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Alternative {
    /// In the record.
    Path(Path),
    /// A constant.
    Text(String),
}

/// What a record says of all its messages: for each target, what each alternative finds there.
#[derive(Debug)]
pub(super) struct Around(BTreeMap<Target, Vec<Option<String>>>);

/// What paths begin at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'v> {
    /// The record.
    pub(super) record: &'v Json<'v>,
    /// The message, or the record where there are none.
    pub(super) here: &'v Json<'v>,
    /// JSON pointer of the message.
    pub(super) at: &'v str,
}

impl<'v> Scope<'v> {
    /// A record without messages.
    pub(super) fn record(record: &'v Json<'v>) -> Self {
        Self { record, here: record, at: "" }
    }
}

/// Whether there is something: neither absent, `null`, blank nor an empty list.
pub(super) fn is_present(value: &Json<'_>) -> bool {
    match value {
        Json::Null => false,
        Json::String(text) => !text.trim().is_empty(),
        Json::Array(items) => !items.is_empty(),
        _ => true,
    }
}

impl Alternative {
    fn visit(&self, scope: Scope<'_>, found: &mut Found<'_>) {
        match self {
            Self::Path(path) if path.from_record => path.visit(scope.record, "", found),
            Self::Path(path) => path.visit(scope.here, scope.at, found),
            Self::Text(text) => found(&Json::String(text.as_str().into()), ""),
        }
    }

    /// Whether any of what is there is like this.
    fn has(&self, scope: Scope<'_>, wanted: fn(&Json<'_>) -> bool) -> bool {
        let mut any = false;
        self.visit(scope, &mut |value, _| any |= wanted(value));
        any
    }

    /// Whether this is the same for all messages of a record.
    fn is_of_record(&self) -> bool {
        match self {
            Self::Path(path) => path.from_record,
            Self::Text(_) => true,
        }
    }

    /// The first thing there, as text: a name, of which no more is kept than of any.
    fn first(&self, scope: Scope<'_>) -> Option<String> {
        let mut first = None;
        self.visit(scope, &mut |value, _| {
            if first.is_none() && is_present(value) {
                first = value.display().map(cut);
            }
        });
        first
    }
}

/// Names are copied to every row of a record, so they are cut before and not after.
fn cut(mut name: String) -> String {
    name.truncate(name.floor_char_boundary(MAX_NAME));
    name
}

impl Source {
    /// Hands over the values of the first alternative that has any.
    pub(super) fn visit(&self, scope: Scope<'_>, found: &mut Found<'_>) {
        if let Some(first) = self.0.iter().find(|one| one.has(scope, is_present)) {
            first.visit(scope, found);
        }
    }

    /// The same; where there is nothing else, an empty text will do.
    pub(super) fn visit_empty_too(&self, scope: Scope<'_>, found: &mut Found<'_>) {
        let with = |wanted| self.0.iter().find(|one| one.has(scope, wanted));
        let is_text: fn(&Json<'_>) -> bool = |value| value.str().is_some();
        if let Some(first) = with(is_present).or_else(|| with(is_text)) {
            first.visit(scope, found);
        }
    }

    /// The paths among the alternatives.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().filter_map(|alternative| match alternative {
            Alternative::Path(path) => Some(path),
            Alternative::Text(_) => None,
        })
    }
}

impl Mapping {
    /// Its name: the same for mappings that say the same. The column `source_format` has it, and
    /// what was read under one name says nothing of what another would read.
    #[must_use]
    pub fn name(&self) -> String {
        let hash = Id16::of("mapping", &[self.to_string().as_bytes()]).to_string();
        format!("{PREFIX}{}", hash.get(..NAME_DIGITS).unwrap_or_default())
    }

    /// Where a target is found.
    pub(super) fn source(&self, target: Target) -> Option<&Source> {
        self.entries.get(&target)
    }

    /// What a record says of all its messages. Looked up once, for a path may have to open all of
    /// a text each time.
    pub(super) fn around(&self, record: &Json<'_>) -> Around {
        let scope = Scope::record(record);
        let of = |target: Target, one: &Alternative| {
            (target.describes() || one.is_of_record()).then(|| one.first(scope)).flatten()
        };
        let described = self.entries.iter().filter(|(target, _)| target.may_be_of_record());
        let texts = described.map(|(target, source)| {
            (*target, source.0.iter().map(|one| of(*target, one)).collect())
        });
        Around(texts.collect())
    }

    /// What describes a message, or else its record.
    pub(super) fn described(
        &self,
        target: Target,
        scope: Scope<'_>,
        around: &Around,
    ) -> Option<String> {
        let own = |one: &Alternative| (!one.is_of_record()).then(|| one.first(scope)).flatten();
        let mut pairs = self.source(target)?.0.iter().zip(around.0.get(&target)?);
        pairs.find_map(|(one, of_record)| own(one).or_else(|| of_record.clone()))
    }

    /// The same, if the message says it itself.
    pub(super) fn own(&self, target: Target, scope: Scope<'_>) -> Option<String> {
        let mut alternatives = self.source(target)?.0.iter();
        alternatives.find_map(|one| (!one.is_of_record()).then(|| one.first(scope)).flatten())
    }

    /// Whether a target stands once in a record and not in each of its messages.
    pub(super) fn is_of_record(&self, target: Target) -> bool {
        let from_record = |source: &Source| source.paths().any(|path| path.from_record);
        target == Target::System || self.source(target).is_some_and(from_record)
    }

    /// A target that is said both in messages and in their record: what stands in the record would have to
    /// be said once, and what stands in the messages in each.
    pub(super) fn mixed(&self) -> Option<Target> {
        let is_mixed = |source: &Source| {
            source.paths().any(|path| path.from_record)
                && source.paths().any(|path| !path.from_record)
        };
        let has_messages = self.entries.contains_key(&Target::Messages);
        let said =
            self.entries.iter().filter(|(target, _)| has_messages && !target.may_be_of_record());
        said.filter(|(_, source)| is_mixed(source)).map(|(target, _)| *target).next()
    }

    /// Whether a record that is an array is meant as one.
    pub(super) fn opens_arrays(&self) -> bool {
        let begins = |path: &Path| !path.steps.is_empty() && path.first_key().is_none();
        self.entries.values().flat_map(Source::paths).any(begins)
    }

    /// The paths that are read in a record, or in one of its messages. Of alternatives that have something
    /// only the first is.
    pub(super) fn read_in(&self, scope: Scope<'_>, of_record: bool) -> Vec<&[Step]> {
        let mut paths = Vec::new();
        for (target, source) in &self.entries {
            let mut is_found = false;
            for one in &source.0 {
                let Alternative::Path(path) = one else { continue };
                if !self.reads(*target, path, of_record) {
                    continue;
                }
                let has = source.0.len() > 1 && one.has(scope, is_present);
                if !(has && is_found) {
                    paths.push(path.steps.as_slice());
                }
                is_found |= has;
            }
        }
        paths
    }

    fn reads(&self, target: Target, path: &Path, of_record: bool) -> bool {
        let split = self.entries.contains_key(&Target::Messages);
        let once = split && matches!(target, Target::Messages | Target::System);
        match of_record {
            true => !split || once || path.from_record || target.describes(),
            false => !once && !path.from_record,
        }
    }

    /// What a record must have at least one of, in words.
    pub(super) fn wanted(&self) -> String {
        let said = self.entries.iter().filter(|(target, _)| target.says());
        let said: Vec<String> =
            said.map(|(target, source)| format!("{source} ({})", target.name())).collect();
        match self.source(Target::Messages) {
            Some(messages) => format!("{} in {messages} (messages)", said.join(", ")),
            None => said.join(", "),
        }
    }
}

impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (target, source)) in self.entries.iter().enumerate() {
            let comma = if number == 0 { "" } else { "," };
            write!(f, "{comma}{}={source}", target.name())?;
        }
        Ok(())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, alternative) in self.0.iter().enumerate() {
            f.write_str(if number == 0 { "" } else { "//" })?;
            match alternative {
                Alternative::Path(path) => write!(f, "{path}")?,
                Alternative::Text(text) => f.write_str(&quoted(text))?,
            }
        }
        Ok(())
    }
}
