//! Sigma rules over events: the only folder that knows `rsigma`.
//!
//!   file.rs        rule files of the shipped pack and of the user
//!   rule.rs        text -> checked and compiled rule, or diagnostics (diagnose.rs)
//!   model.rs       the log source: which field is which part of an event
//!   arguments.rs   the arguments of a call, readable
//!   literals.rs    what an event needs for a rule to match (needs.rs, regexes.rs, fold.rs)
//!   prefilter.rs   one search over each text for the needs of all rules (table.rs)
//!   scan.rs        events -> candidates -> findings
//!   explain.rs     why a rule matched, with spans.rs for the place
//!   cases.rs       the cases a rule carries
//!
//! A rule is evaluated on a few events in ten thousand; the rest is the prefilter's. It may
//! let too much through but never too little, which `tests.rs` holds against evaluating
//! everything.

mod arguments;
mod cases;
mod diagnose;
mod explain;
mod file;
mod fold;
mod literals;
mod model;
mod needs;
mod prefilter;
mod regexes;
mod rule;
mod scan;
mod spans;
mod table;
#[cfg(test)]
mod tests;

pub use cases::CaseResult;
pub use diagnose::{Code, Diagnostic};
pub use explain::{Leaf, Node};
pub use rule::{Rule, Status};

use crate::record::{Event, Finding, Id16, id::Hasher};
use diagnose::Report;
use file::Source;
use prefilter::Prefilter;
use regexes::Memo;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A set of rules, ready to scan.
pub struct RuleSet {
    /// Ordered by id.
    rules: Vec<Rule>,
    prefilter: Prefilter,
    version: String,
    warnings: Vec<Diagnostic>,
}

impl RuleSet {
    /// The shipped pack. A file of it that does not load is left out and told of in
    /// [`Self::warnings`]; the tests do not let such a file be shipped.
    #[must_use]
    pub fn embedded() -> Self {
        let mut builder = Builder::default();
        builder.add(&file::shipped());
        let mut found = std::mem::take(&mut builder.found);
        // Without rules there is nothing that could fail.
        let mut set = builder.finish().unwrap_or_else(|_| Self::empty());
        found.append(&mut set.warnings);
        set.warnings = found;
        set
    }

    /// The shipped pack with the rules below `paths` added; a rule with the id of a shipped
    /// one replaces it.
    ///
    /// # Errors
    /// Everything that is wrong with any of the files; no rule is left out silently.
    pub fn load(paths: &[PathBuf]) -> Result<Self, Vec<Diagnostic>> {
        let own = file::read(paths)?;
        let mut builder = Builder::default();
        builder.add(&file::shipped());
        builder.add(&own);
        builder.finish()
    }

    /// Only the rules below `paths`, without the shipped pack.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_only(paths: &[PathBuf]) -> Result<Self, Vec<Diagnostic>> {
        let mut builder = Builder::default();
        builder.add(&file::read(paths)?);
        builder.finish()
    }

    /// The rules of one text, e.g. one that is being written.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn from_text(name: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let source = Source { name: name.to_owned(), text: text.to_owned(), shipped: false };
        let mut builder = Builder::default();
        builder.add(&[source]);
        builder.finish()
    }

    fn empty() -> Self {
        let prefilter = Prefilter::empty();
        Self { rules: Vec::new(), prefilter, version: String::new(), warnings: Vec::new() }
    }

    /// All rules, ordered by id.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// The rule with this id, name or UUID.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id || rule.uuid.as_deref() == Some(id))
    }

    /// What is odd but no error, e.g. rules that every event pays for.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Changes when any rule of the set does.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Version of one rule.
    #[must_use]
    pub fn rule_version(&self, id: &str) -> Option<&str> {
        self.rule(id).map(|rule| rule.version.as_str())
    }

    /// Why a rule matches an event or does not; `None` if there is no such rule.
    #[must_use]
    pub fn explain(&self, id: &str, event: &Event) -> Option<Node> {
        let rule = self.rule(id)?;
        Some(explain::explain(&rule.compiled, &model::Row::new(event)))
    }

    /// Runs the cases of all rules, through the prefilter like any event.
    #[must_use]
    pub fn run_cases(&self) -> Vec<CaseResult> {
        let mut out = Vec::new();
        for rule in &self.rules {
            for case in &rule.cases {
                let found = self.scan(std::slice::from_ref(&case.event));
                out.push(CaseResult {
                    rule: rule.id.clone(),
                    must_hit: case.must_hit,
                    hit: found.iter().any(|finding| finding.detector_id == rule.id),
                    text: case.text.clone(),
                });
            }
        }
        out
    }
}

impl super::Detector for RuleSet {
    fn id(&self) -> &'static str {
        "rules"
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn detect(&self, events: &[Event]) -> Vec<Finding> {
        self.scan(events)
    }
}

/// Collects rules and what is wrong with them.
#[derive(Default)]
struct Builder {
    rules: BTreeMap<String, Rule>,
    found: Vec<Diagnostic>,
    memo: Memo,
}

impl Builder {
    fn add(&mut self, sources: &[Source]) {
        for (source, (rules, mut found)) in sources.iter().zip(read_all(sources, &self.memo)) {
            let mut report = Report::new(&source.name, &source.text);
            for rule in rules {
                let twin = self.rules.get(&rule.id).filter(|twin| twin.shipped == source.shipped);
                if let Some(twin) = twin {
                    let what = format!("rule {} is already in {}", rule.id, twin.file);
                    report.add(Code::Duplicate, &rule.id, what, "give one of them another name");
                    continue;
                }
                self.rules.insert(rule.id.clone(), rule);
            }
            self.found.append(&mut found);
            self.found.append(&mut report.found);
        }
    }

    fn finish(self) -> Result<RuleSet, Vec<Diagnostic>> {
        let Self { rules, mut found, memo: _ } = self;
        if found.iter().any(|diagnostic| !diagnostic.code.is_warning()) {
            found.sort();
            return Err(found);
        }
        let mut rules: Vec<Rule> = rules.into_values().collect();
        let needs: Vec<_> = rules.iter_mut().map(|rule| std::mem::take(&mut rule.needs)).collect();
        let prefilter = Prefilter::new(&needs).map_err(|error| {
            let what = format!("the rules are too many to search for at once: {error}");
            let (file, hint) = (String::new(), String::new());
            vec![Diagnostic { file, line: None, code: Code::Pattern, what, hint }]
        })?;
        for (number, rule) in rules.iter_mut().enumerate() {
            rule.has_literals = !prefilter.is_always(number);
            if !rule.has_literals {
                found.push(no_literal(rule));
            }
        }
        let mut hasher = Hasher::new("rules-1");
        for rule in &rules {
            hasher.part(rule.id.as_bytes()).part(rule.version.as_bytes());
        }
        let version = hasher.finish().to_string();
        Ok(RuleSet { rules, prefilter, version, warnings: found })
    }
}

/// Reads all sources, in their order. Compiling patterns takes most of the time there is
/// between a command and its first result, so all cores share it.
fn read_all(sources: &[Source], memo: &Memo) -> Vec<(Vec<Rule>, Vec<Diagnostic>)> {
    let one = |source: &Source| {
        let mut report = Report::new(&source.name, &source.text);
        let rules = rule::read(source, &mut report, memo);
        (rules, report.found)
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = sources.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = sources
            .chunks(share)
            .map(|chunk| (chunk, scope.spawn(move || chunk.iter().map(one).collect::<Vec<_>>())))
            .collect();
        let mut out = Vec::with_capacity(sources.len());
        for (chunk, worker) in workers {
            // A worker that died is done over here, where its panic is the caller's.
            out.extend(worker.join().unwrap_or_else(|_| chunk.iter().map(one).collect()));
        }
        out
    })
}

fn no_literal(rule: &Rule) -> Diagnostic {
    Diagnostic {
        file: rule.file.clone(),
        line: None,
        code: Code::NoLiteral,
        what: format!("rule {} has nothing to search for; every event pays for it", rule.id),
        hint: "require an event_type, and a literal in a text field".to_owned(),
    }
}

/// The id of the finding of one rule on one event. What the event says is part of it: a forged
/// event with a known id must not take the place of the evidence.
fn finding_id(rule: &Rule, event: &Event) -> Id16 {
    let tenant = event.tenant.as_deref().unwrap_or_default();
    Finding::id_of(tenant, &rule.id, rule.kind, &[event.event_id, event.content_hash])
}
