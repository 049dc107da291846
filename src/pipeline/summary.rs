//! What a sweep did, in numbers; `report` turns it into words.

use super::worker::Origin;
use crate::ingest::chunk::{Chunk, Counts};
use crate::record::{Event, Finding, Id16, Kind, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// How many distinct sessions are counted exactly; beyond, the number is a lower bound.
const MAX_SESSIONS: usize = 4_000_000;

/// Numbers of one sweep.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Files that were found.
    pub files_found: usize,
    /// Files that had not changed.
    pub files_unchanged: usize,
    /// Files read for the first time.
    pub files_new: usize,
    /// Files read on from where they had ended.
    pub files_grown: usize,
    /// Files whose content was known under another name.
    pub files_copied: usize,
    /// Files with nothing new in them though they looked changed.
    pub copies: usize,
    /// Paths that could not be read, with the reason.
    pub unreadable: Vec<(String, String)>,
    /// What was left out because of what it is, with the reason.
    pub skipped: Vec<(String, String)>,
    /// Files to read whose events of another reading stay in the lake, by the name of that.
    pub otherwise: BTreeMap<String, u64>,
    /// Counters over what was read in this sweep.
    pub counts: Counts,
    /// Events that were known already.
    pub duplicates: u64,
    /// Rejected ranges by reason code.
    pub rejected: BTreeMap<String, u64>,
    /// The first rejected place, for the hint.
    pub first_rejected: Option<String>,
    /// Events by kind.
    pub kinds: BTreeMap<&'static str, u64>,
    /// Model outputs by reasoning state; `none` where a turn had no reasoning part at all.
    pub reasoning: BTreeMap<&'static str, u64>,
    /// Events by format.
    pub formats: BTreeMap<&'static str, u64>,
    /// Model outputs by model.
    pub models: BTreeMap<String, u64>,
    /// Distinct streams.
    pub sessions: BTreeSet<Id16>,
    /// Streams in which some reasoning could be read.
    pub sessions_with_reasoning: BTreeSet<Id16>,
    /// Alerting findings by severity.
    pub severities: BTreeMap<Severity, u64>,
    /// Findings of hunting rules.
    pub hunting: u64,
    /// Alerting findings by kind code and name.
    pub finding_kinds: BTreeMap<(&'static str, &'static str), u64>,
    /// Alerting findings by rule.
    pub rules: BTreeMap<String, u64>,
    /// Alerting findings by day (days since the epoch).
    pub finding_days: BTreeMap<i64, u64>,
    /// Commits made.
    pub commits: u64,
    /// Unfinished batches of dead writers that were removed first.
    pub recovered: usize,
    /// Seconds the sweep took.
    pub seconds: f64,
    /// Rules that were run; zero if none.
    pub rules_run: usize,
}

fn is_conversation(kind: Kind) -> bool {
    !matches!(kind, Kind::Lifecycle | Kind::Usage | Kind::Label | Kind::Permission | Kind::Unknown)
}

impl Summary {
    /// Adds a chunk and what was found in it.
    pub(super) fn chunk(
        &mut self,
        chunk: &Chunk,
        findings: &[Finding],
        dropped: u64,
        origin: Option<Origin>,
    ) {
        match origin {
            Some(Origin::New) => self.files_new += 1,
            Some(Origin::Grown) => self.files_grown += 1,
            Some(Origin::Copy) => self.files_copied += 1,
            None => {}
        }
        self.duplicates += dropped;
        self.counts.events += chunk.events.len() as u64;
        self.counts.records += chunk.raw.len() as u64;
        self.counts.record_bytes += chunk.raw.iter().map(|raw| raw.place.len).sum::<u64>();
        self.counts.quarantined += chunk.rejected.len() as u64;
        for rejected in &chunk.rejected {
            *self.rejected.entry(rejected.reason.code().to_owned()).or_default() += 1;
            self.counts.quarantined_bytes += rejected.place.len;
            if self.first_rejected.is_none() {
                self.first_rejected = Some(format!("{}: {}", rejected.place, rejected.reason));
            }
        }
        if chunk.progress.status != "partial" {
            self.counts.pending_bytes += chunk.progress.counts.pending_bytes;
        }
        for event in &chunk.events {
            self.event(event);
        }
        for finding in findings {
            self.finding(finding);
        }
    }

    fn event(&mut self, event: &Event) {
        let Some(kind) = event.kind else { return };
        *self.kinds.entry(kind.as_str()).or_default() += 1;
        *self.formats.entry(event.source_format).or_default() += 1;
        // Files may begin with notes of the harness that name no session.
        if is_conversation(kind) && self.sessions.len() < MAX_SESSIONS {
            self.sessions.insert(event.stream_id);
        }
        if let Some(state) = event.reasoning_state {
            *self.reasoning.entry(state.as_str()).or_default() += 1;
        }
        if event.reasoning.is_some() && self.sessions_with_reasoning.len() < MAX_SESSIONS {
            self.sessions_with_reasoning.insert(event.stream_id);
        }
        let output = matches!(kind, Kind::AssistantText | Kind::ToolCall | Kind::Reasoning);
        let model = event.response_model.as_ref().or(event.request_model.as_ref());
        if let (true, Some(model)) = (output, model) {
            match self.models.get_mut(model) {
                Some(count) => *count += 1,
                None => _ = self.models.insert(model.clone(), 1),
            }
        }
    }

    fn finding(&mut self, finding: &Finding) {
        if finding.lane != "stable" {
            self.hunting += 1;
            return;
        }
        *self.severities.entry(finding.severity).or_default() += 1;
        let kind = (finding.kind.code(), finding.kind.as_str());
        *self.finding_kinds.entry(kind).or_default() += 1;
        *self.rules.entry(finding.detector_id.clone()).or_default() += 1;
        if let Some(micros) = finding.event_ts.micros {
            *self.finding_days.entry(micros.div_euclid(86_400_000_000)).or_default() += 1;
        }
    }

    /// Adds what an earlier attempt of the same sweep had committed before it had to plan again.
    pub(super) fn merge(&mut self, earlier: Self) {
        self.files_new += earlier.files_new;
        self.files_grown += earlier.files_grown;
        self.files_copied += earlier.files_copied;
        self.copies += earlier.copies;
        self.counts.add(&earlier.counts);
        self.duplicates += earlier.duplicates;
        self.hunting += earlier.hunting;
        self.commits += earlier.commits;
        self.recovered += earlier.recovered;
        self.first_rejected = earlier.first_rejected.or(self.first_rejected.take());
        self.sessions.extend(earlier.sessions);
        self.sessions_with_reasoning.extend(earlier.sessions_with_reasoning);
        for (reading, count) in earlier.otherwise {
            // Planned again, the same files are counted again.
            let now = self.otherwise.entry(reading).or_default();
            *now = count.max(*now);
        }
        sum(&mut self.rejected, earlier.rejected);
        sum(&mut self.kinds, earlier.kinds);
        sum(&mut self.reasoning, earlier.reasoning);
        sum(&mut self.formats, earlier.formats);
        sum(&mut self.models, earlier.models);
        sum(&mut self.severities, earlier.severities);
        sum(&mut self.finding_kinds, earlier.finding_kinds);
        sum(&mut self.rules, earlier.rules);
        sum(&mut self.finding_days, earlier.finding_days);
    }

    /// Alerting findings at or above a severity.
    #[must_use]
    pub fn at_least(&self, severity: Severity) -> u64 {
        self.severities.range(severity..).map(|(_, count)| count).sum()
    }

    /// Whether any input was rejected, could not be read or was left out.
    #[must_use]
    pub fn has_rejects(&self) -> bool {
        self.counts.quarantined > 0 || !self.unreadable.is_empty() || !self.skipped.is_empty()
    }
}

fn sum<K: Ord>(into: &mut BTreeMap<K, u64>, from: BTreeMap<K, u64>) {
    for (key, count) in from {
        *into.entry(key).or_default() += count;
    }
}
