//! What a run did, in numbers.

use crate::detect::session::Judgement;
use crate::record::{Severity, Verdict};
use std::collections::BTreeMap;

/// What a run did, in numbers.
#[derive(Debug, Clone, Default)]
pub struct JudgeSummary {
    /// Sessions of the lake.
    pub sessions: usize,
    /// Sessions that were judged now.
    pub judged: usize,
    /// Events of these.
    pub events: usize,
    /// Sessions with findings.
    pub hits: usize,
    /// Sessions that could not be judged, by reason.
    pub not_evaluated: BTreeMap<&'static str, usize>,
    /// Findings that alert, by severity.
    pub severities: BTreeMap<Severity, u64>,
    /// Findings for hunting.
    pub hunting: u64,
    /// Seconds the run took.
    pub seconds: f64,
}

/// What a judgement adds to the summary.
pub(super) struct Counted {
    verdict: Verdict,
    reason: Option<&'static str>,
    events: usize,
    /// Of the findings that alert.
    severities: Vec<Severity>,
    hunting: u64,
}

impl Counted {
    pub(super) fn of(judgement: &Judgement) -> Self {
        let alerts = || judgement.findings.iter().filter(|finding| finding.lane == "stable");
        Self {
            verdict: judgement.verdict,
            reason: judgement.reason,
            events: judgement.counts[0],
            severities: alerts().map(|finding| finding.severity).collect(),
            hunting: (judgement.findings.len() - alerts().count()) as u64,
        }
    }
}

/// Reason of a session on which the judge failed.
pub(super) const FAILED: &str = "judge_failed";

impl JudgeSummary {
    pub(super) fn add(&mut self, counted: &Counted) {
        self.judged += 1;
        self.events += counted.events;
        match counted.verdict {
            Verdict::Hit => self.hits += 1,
            Verdict::NotEvaluated => {
                *self.not_evaluated.entry(counted.reason.unwrap_or("unknown")).or_default() += 1;
            }
            Verdict::Clean => {}
        }
        for severity in &counted.severities {
            *self.severities.entry(*severity).or_default() += 1;
        }
        self.hunting += counted.hunting;
    }

    /// Sessions on which the judge failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.not_evaluated.get(FAILED).copied().unwrap_or_default()
    }
}
