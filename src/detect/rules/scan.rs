//! Events to findings.

use super::explain::{self, Leaf};
use super::model::Row;
use super::prefilter::Scratch;
use super::{Rule, RuleSet, finding_id};
use crate::record::{Event, Evidence, Finding};
use std::fmt::Write as _;

/// At most so many spans are quoted per finding.
const MAX_EVIDENCE: usize = 8;
/// Quotes inside the reason are cut to this many characters.
const MAX_REASON_QUOTE: usize = 100;

impl RuleSet {
    /// The findings of all rules on `events`, ordered by event and then by rule id. Each event
    /// is judged by itself, so any split into batches gives the same findings.
    #[must_use]
    pub fn scan(&self, events: &[Event]) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut scratch = Scratch::default();
        for event in events {
            let row = Row::new(event);
            self.prefilter.candidates(&row, &mut scratch);
            for rule in scratch.candidates.iter().filter_map(|number| self.rules.get(*number)) {
                if matches(rule, &row) {
                    findings.push(finding(rule, &row));
                }
            }
        }
        findings
    }
}

/// Whether a rule matches, prefilter aside.
pub(super) fn matches(rule: &Rule, row: &Row<'_>) -> bool {
    let format = row.event.source_format;
    if rule.service.as_deref().is_some_and(|service| service != format) {
        return false;
    }
    rsigma_eval::evaluate_rule(&rule.compiled, row).is_some()
}

fn finding(rule: &Rule, row: &Row<'_>) -> Finding {
    let event = row.event;
    let tree = explain::explain(&rule.compiled, row);
    let reasons = tree.reasons();
    let mut evidence: Vec<Evidence> =
        reasons.iter().filter_map(|(_, leaf)| leaf.evidence.clone()).collect();
    evidence.sort_by(|a, b| (&a.column, a.start, a.end).cmp(&(&b.column, b.start, b.end)));
    evidence.dedup();
    evidence.truncate(MAX_EVIDENCE);
    let own = |text: &Option<String>| text.clone();
    Finding {
        finding_id: finding_id(rule, event),
        detector_id: rule.id.clone(),
        detector_version: rule.version.clone(),
        lane: rule.status.as_str().to_owned(),
        kind: rule.kind,
        severity: rule.level,
        score: None,
        title: rule.title.clone(),
        reason: reason(&reasons),
        session_id: event.session_id.clone(),
        stream_id: event.stream_id,
        event_ts: event.ts,
        evidence,
        counter_evidence: None,
        tags: rule.tags.clone(),
        model: own(&event.response_model).or_else(|| own(&event.request_model)),
        agent: own(&event.agent_name).or_else(|| own(&event.agent_id)),
        source_format: event.source_format.to_owned(),
        tenant: own(&event.tenant),
    }
}

/// Which selection matched which field, and with what.
fn reason(reasons: &[(&str, &Leaf)]) -> String {
    let mut out = String::new();
    for (selection, leaf) in reasons {
        let field = leaf.field.as_deref().unwrap_or("any text");
        let value = match (&leaf.evidence, &leaf.value) {
            (Some(evidence), _) => &evidence.quote,
            (None, Some(value)) => value,
            (None, None) => continue,
        };
        let cut: String = value.chars().take(MAX_REASON_QUOTE).collect();
        let more = if cut.len() < value.len() { "…" } else { "" };
        let separator = if out.is_empty() { "" } else { "; " };
        _ = write!(out, "{separator}{selection}: {field} has {:?}", format!("{cut}{more}"));
    }
    out
}
