//! One rule: from the text of a file to something that can be evaluated, or to diagnostics.
//!
//! What Sigma has and this program has not is an error, never ignored.

use super::cases::{self, Case};
use super::diagnose::{Code, Report, nearest};
use super::file::Source;
use super::literals;
use super::model::{self, Field};
use super::needs::Need;
use super::regexes::Memo;
use crate::record::{FindingKind, Id16, Severity};
use rsigma_eval::CompiledRule;
use rsigma_parser::{ConditionExpr, Detection, DetectionItem, LogSource, Modifier, SigmaRule};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How far a rule is trusted; its `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Alerts.
    Stable,
    /// Hunts.
    Test,
    /// Hunts.
    Experimental,
}

impl Status {
    /// The word in the file, which is also the lane of the rule's findings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Test => "test",
            Self::Experimental => "experimental",
        }
    }
}

/// A rule that is ready to be evaluated.
pub struct Rule {
    /// Its name: `name` in the file, else `id`.
    pub id: String,
    /// The UUID in the file, if the rule has a `name` as well.
    pub uuid: Option<String>,
    /// One line for people.
    pub title: String,
    /// What it finds and what to do about it.
    pub description: String,
    /// Its level.
    pub level: Severity,
    /// Its status.
    pub status: Status,
    /// What it finds, in our taxonomy.
    pub kind: FindingKind,
    /// ATLAS and OWASP tags.
    pub tags: Vec<String>,
    /// What else it may be, for the analyst.
    pub falsepositives: Vec<String>,
    /// The file it was read from.
    pub file: String,
    /// Whether it belongs to the shipped pack.
    pub shipped: bool,
    /// Changes when the rule does.
    pub version: String,
    /// False if every event of its types pays for it.
    pub has_literals: bool,
    /// Format it is restricted to, if any.
    pub(super) service: Option<String>,
    pub(super) cases: Vec<Case>,
    pub(super) compiled: CompiledRule,
    /// What an event needs for it to match, by kind; the prefilter takes it.
    pub(super) needs: Vec<Arc<Need>>,
}

/// A shipped rule has at least so many cases of each sort.
const MIN_CASES: usize = 3;

/// Reads all rules of a file.
pub(super) fn read(source: &Source, report: &mut Report<'_>, memo: &Memo) -> Vec<Rule> {
    let collection = match rsigma_parser::parse_sigma_yaml(&source.text) {
        Ok(collection) => collection,
        Err(error) => {
            report.add(Code::Syntax, "", error.to_string(), "");
            return Vec::new();
        }
    };
    for error in &collection.errors {
        report.add(Code::Syntax, "", error.clone(), "rules/README.md shows a whole rule");
    }
    if !collection.correlations.is_empty() {
        let what = "correlation rules are not supported yet".to_owned();
        report.add(Code::Unsupported, "correlation:", what, "");
    }
    if !collection.filters.is_empty() {
        let what = "filters are not supported yet".to_owned();
        report.add(Code::Unsupported, "filter:", what, "exclude in the rule's own condition");
    }
    collection.rules.iter().filter_map(|rule| one(rule, source, report, memo)).collect()
}

fn one(sigma: &SigmaRule, source: &Source, report: &mut Report<'_>, memo: &Memo) -> Option<Rule> {
    check_source(&sigma.logsource, report);
    check_detection(sigma, report);
    let status = status(sigma, report);
    let kind = reveille_block(sigma, report);
    let level = level(sigma, report);
    let compiled = match rsigma_eval::compile_rule(&split_patterns(sigma)) {
        Ok(compiled) => compiled,
        Err(error) => {
            if !report.is_fatal() {
                // Else it is most likely the same thing again.
                report.add(Code::Pattern, "detection:", error.to_string(), "");
            }
            return None;
        }
    };
    let needs = literals::needs(&compiled, memo);
    let cases = cases::read(&compiled, &needs, report);
    if source.shipped {
        check_shipped(sigma, &cases, source, report);
    }
    let id = sigma.name.as_ref().or(sigma.id.as_ref());
    if id.is_none() {
        let what = "the rule has neither a name nor an id".to_owned();
        report.add(Code::Attribute, "title:", what, "add `name:` (and an `id:` for other tools)");
    }
    // Findings of these are shown only while their judgement is the newest, and a rule makes none.
    if let Some(id) =
        id.filter(|id| *id == "session" || id.starts_with("session.") || id.starts_with("model."))
    {
        let what = format!("`{id}` is a name of other detectors");
        report.add(
            Code::Attribute,
            "name:",
            what,
            "`session`, `session.…` and `model.…` are taken; choose another",
        );
    }
    if report.is_fatal() {
        return None;
    }
    let version = version(sigma, source);
    Some(Rule {
        id: id?.clone(),
        uuid: sigma.id.clone(),
        title: sigma.title.clone(),
        description: sigma.description.clone().unwrap_or_default().trim().to_owned(),
        level: level?,
        status: status?,
        kind: kind?,
        tags: sigma.tags.clone(),
        falsepositives: sigma.falsepositives.clone(),
        file: source.name.clone(),
        shipped: source.shipped,
        version,
        has_literals: true, // decided with the prefilter
        service: sigma.logsource.service.clone(),
        cases,
        compiled,
        needs,
    })
}

/// The same rule with each pattern of a list on its own, which the evaluator would else melt
/// into one: it is then known which one matched, and each is only tried near its literals.
fn split_patterns(sigma: &SigmaRule) -> SigmaRule {
    let mut rule = sigma.clone();
    for detection in rule.detection.named.values_mut() {
        split(detection);
    }
    rule
}

fn split(detection: &mut Detection) {
    match detection {
        Detection::AnyOf(parts) | Detection::And(parts) => parts.iter_mut().for_each(split),
        Detection::AllOf(items) => {
            let is_list = |item: &DetectionItem| {
                let plain = !item.field.has_modifier(Modifier::All);
                let plain = plain && !item.field.has_modifier(Modifier::Neq);
                plain && item.field.has_modifier(Modifier::Re) && item.values.len() > 1
            };
            let (lists, plain): (Vec<_>, Vec<_>) = items.drain(..).partition(is_list);
            let mut parts: Vec<Detection> = lists.into_iter().map(alternatives).collect();
            if !plain.is_empty() {
                parts.insert(0, Detection::AllOf(plain));
            }
            *detection = match parts.len() {
                1 => parts.remove(0),
                _ => Detection::And(parts),
            };
        }
        _ => {}
    }
}

fn alternatives(item: DetectionItem) -> Detection {
    let field = item.field;
    let one = |value| DetectionItem { field: field.clone(), values: vec![value] };
    Detection::AnyOf(item.values.into_iter().map(|v| Detection::AllOf(vec![one(v)])).collect())
}

/// A file with several rules gives each its own version, hence the title.
fn version(sigma: &SigmaRule, source: &Source) -> String {
    Id16::of("rule-1", &[source.text.as_bytes(), sigma.title.as_bytes()]).to_string()
}

fn check_source(logsource: &LogSource, report: &mut Report<'_>) {
    let product = logsource.product.as_deref();
    if product != Some("ai_agent") {
        let what = format!("log source product is {}, not ai_agent", product.unwrap_or("missing"));
        report.add(Code::Unsupported, "logsource:", what, "use `product: ai_agent`");
    }
    match logsource.category.as_deref() {
        Some("agent_events") => {}
        Some("agent_session") => {
            let what = "rules over whole sessions are not supported yet".to_owned();
            report.add(Code::Unsupported, "agent_session", what, "");
        }
        other => {
            let what = format!("log source category is {}", other.unwrap_or("missing"));
            report.add(Code::Unsupported, "logsource:", what, "use `category: agent_events`");
        }
    }
}

fn level(sigma: &SigmaRule, report: &mut Report<'_>) -> Option<Severity> {
    let level = sigma.level.and_then(|level| Severity::parse(level.as_str()));
    if level.is_none() {
        let hint = "one of informational, low, medium, high, critical";
        report.add(Code::Attribute, "level:", "the rule has no level".to_owned(), hint);
    }
    level
}

fn status(sigma: &SigmaRule, report: &mut Report<'_>) -> Option<Status> {
    use rsigma_parser::Status as S;
    match sigma.status {
        Some(S::Stable) => return Some(Status::Stable),
        Some(S::Test) => return Some(Status::Test),
        Some(S::Experimental) => return Some(Status::Experimental),
        Some(S::Deprecated | S::Unsupported) => {
            let what = "the rule is deprecated or unsupported".to_owned();
            report.add(Code::Attribute, "status:", what, "remove it from the folder");
        }
        None => {
            let hint = "stable alerts; test and experimental hunt";
            report.add(Code::Attribute, "status:", "the rule has no status".to_owned(), hint);
        }
    }
    None
}

/// Reads `reveille: {kind: R03, channel: raw}`.
fn reveille_block(sigma: &SigmaRule, report: &mut Report<'_>) -> Option<FindingKind> {
    let Some(block) = sigma.custom_attributes.get("reveille") else {
        return Some(FindingKind::Custom);
    };
    if let Some(channel) = block.get("channel").and_then(|value| value.as_str())
        && channel != "raw"
    {
        let what = format!("channel {channel} is not supported yet");
        report.add(Code::Unsupported, "channel:", what, "use `channel: raw`");
    }
    let Some(code) = block.get("kind").and_then(|value| value.as_str()) else {
        return Some(FindingKind::Custom);
    };
    let kind = FindingKind::from_code(code).or_else(|| FindingKind::parse(code));
    if kind.is_none() {
        let what = format!("{code} is no kind of finding");
        report.add(Code::Attribute, "kind:", what, "a code from R01 to R20");
    }
    kind
}

fn check_shipped(sigma: &SigmaRule, cases: &[Case], source: &Source, report: &mut Report<'_>) {
    let hits = cases.iter().filter(|case| case.must_hit).count();
    let misses = cases.len() - hits;
    if hits < MIN_CASES || misses < MIN_CASES {
        let what =
            format!("a shipped rule needs {MIN_CASES} cases of each; {hits} hit, {misses} miss");
        report.add(Code::Cases, "cases:", what, "add hard negatives to `miss`");
    }
    let name = sigma.name.as_deref().unwrap_or_default();
    if !source.name.ends_with(&format!("/{name}.yml")) {
        let what = format!("a shipped rule's file is named after it, not {}", source.name);
        report.add(Code::Attribute, "name:", what, "");
    }
    let complete = sigma.description.is_some() && !sigma.falsepositives.is_empty();
    if !complete || sigma.id.is_none() || sigma.tags.is_empty() {
        let what = "a shipped rule has id, description, falsepositives and tags".to_owned();
        report.add(Code::Attribute, "title:", what, "");
    }
}

fn check_detection(sigma: &SigmaRule, report: &mut Report<'_>) {
    if sigma.detection.timeframe.is_some() {
        let what = "timeframe is not supported".to_owned();
        report.add(Code::Unsupported, "timeframe:", what, "");
    }
    let mut named: Vec<(&String, &Detection)> = sigma.detection.named.iter().collect();
    named.sort_by_key(|(name, _)| *name);
    for (_, detection) in &named {
        check_fields(detection, report);
    }
    let mut used = BTreeSet::new();
    for condition in &sigma.detection.conditions {
        uses(condition, &named, &mut used, report);
    }
    for (name, _) in named.iter().filter(|(name, _)| !used.contains(name.as_str())) {
        let what = format!("selection {name} is never used in the condition");
        report.add(Code::Selection, &format!("{name}:"), what, "use it or remove it");
    }
}

/// Notes the selections a condition uses; an unknown one is an error.
fn uses<'n>(
    expr: &ConditionExpr,
    named: &[(&'n String, &Detection)],
    used: &mut BTreeSet<&'n str>,
    report: &mut Report<'_>,
) {
    match expr {
        ConditionExpr::And(parts) | ConditionExpr::Or(parts) => {
            for part in parts {
                uses(part, named, used, report);
            }
        }
        ConditionExpr::Not(inner) => uses(inner, named, used, report),
        ConditionExpr::Identifier(wanted) => match named.iter().find(|(name, _)| *name == wanted) {
            Some((name, _)) => _ = used.insert(name.as_str()),
            None => {
                let near = nearest(wanted, named.iter().map(|(name, _)| name.as_str()));
                let what = format!("the condition names {wanted}, which is no selection");
                report.add(Code::Selection, "condition:", what, near.join(", "));
            }
        },
        ConditionExpr::Selector { pattern, .. } => {
            let matching = named.iter().filter(|(name, _)| pattern.matches_detection_name(name));
            let before = used.len();
            let count = matching.map(|(name, _)| used.insert(name.as_str())).count();
            if count == 0 && used.len() == before {
                let what = format!("no selection matches {pattern}");
                report.add(Code::Selection, "condition:", what, "");
            }
        }
    }
}

fn check_fields(detection: &Detection, report: &mut Report<'_>) {
    match detection {
        Detection::AllOf(items) => {
            for item in items {
                let Some(name) = item.field.name.as_deref() else { continue };
                check_field(name, report);
                if item.field.has_modifier(Modifier::Expand) {
                    let what = format!("placeholders cannot be expanded in {name}");
                    report.add(Code::Unsupported, name, what, "write the values out");
                }
            }
        }
        Detection::AnyOf(parts) | Detection::And(parts) => {
            for part in parts {
                check_fields(part, report);
            }
        }
        Detection::Keywords(_) => {}
        Detection::ArrayMatch { field, .. } => {
            let what = format!("{field} is no list of objects");
            report.add(Code::Unsupported, field, what, "events have plain values only");
        }
        Detection::Conditional { .. } => {
            let what = "nested conditions are not supported".to_owned();
            report.add(Code::Unsupported, "detection:", what, "");
        }
    }
}

fn check_field(name: &str, report: &mut Report<'_>) {
    if Field::of(name).is_some() {
        return;
    }
    let near = nearest(name, model::names());
    let hint = match near.as_slice() {
        [] => "rules/README.md lists the fields".to_owned(),
        near => format!("did you mean {}?", near.join(" or ")),
    };
    report.add(Code::UnknownField, name, format!("events have no field {name}"), hint);
}
