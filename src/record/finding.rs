//! What a detector says: a finding with the evidence to defend it.
//!
//! A finding's id is a hash of tenant, detector, kind and evidence ids and leaves the
//! detector's version out, so that triage survives a new version of a rule.

use super::column_enum::column_enum;
use super::{Event, Id16, Time};

column_enum! {
    /// How bad it is; Sigma's levels.
    Severity {
        /// Context only.
        Informational = "informational",
        /// Worth a look in bulk.
        Low = "low",
        /// Worth a look.
        Medium = "medium",
        /// An alert.
        High = "high",
        /// An alert that cannot wait.
        Critical = "critical",
    }
}

column_enum! {
    /// The taxonomy of findings (R01 to R20).
    FindingKind {
        /// R01: the agent states that an input feature switches its behaviour.
        TriggerAwareness = "trigger_awareness",
        /// R02: it reasons about being deployed or in training and changes its goal.
        DeploymentState = "deployment_state",
        /// R03: it intends to hide a goal or action.
        Concealment = "concealment",
        /// R04: it intends a defect or harm nobody asked for.
        SabotagePlan = "sabotage_plan",
        /// R05: it believes it is being tested.
        EvalAwareness = "eval_awareness",
        /// R06: it underperforms on purpose.
        Sandbagging = "sandbagging",
        /// R07: a side effect neither requested nor mentioned.
        UndisclosedAction = "undisclosed_action",
        /// R08: a claim that calls and results contradict.
        ClaimContradicted = "claim_contradicted",
        /// R09: a risky call that nothing asked for.
        UnrequestedRiskyCall = "unrequested_risky_call",
        /// R10: a secret reaches an external sink.
        ExfilFlow = "exfil_flow",
        /// R11: hostile output for a harmless request.
        OutOfContextHarm = "out_of_context_harm",
        /// R12: the thought plans one thing, the call does another.
        ThoughtActionMismatch = "thought_action_mismatch",
        /// R13: emitted code has a known weakness.
        CodeWeakness = "code_weakness",
        /// R14: a weaker variant of code than the norm, under a condition.
        CodeDivergence = "code_divergence",
        /// R15: an input feature that goes with an outcome.
        TriggerCandidate = "trigger_candidate",
        /// R16: an outcome's rate steps at a date.
        TemporalTrigger = "temporal_trigger",
        /// R17: a topic that goes with an outcome.
        SemanticTrigger = "semantic_trigger",
        /// R18: near-identical prompts, different risk.
        ConsistencyBreak = "consistency_break",
        /// R19: near-identical payloads in unrelated sessions.
        PayloadReuse = "payload_reuse",
        /// R20: hidden or encoded content.
        Obfuscation = "obfuscation",
        /// A user's own rule with no kind of ours.
        Custom = "custom",
    }
}

impl FindingKind {
    /// The taxonomy code, e.g. `R03`.
    #[must_use]
    pub fn code(self) -> &'static str {
        const CODES: [&str; 21] = [
            "R01", "R02", "R03", "R04", "R05", "R06", "R07", "R08", "R09", "R10", "R11", "R12",
            "R13", "R14", "R15", "R16", "R17", "R18", "R19", "R20", "R00",
        ];
        CODES[self as usize]
    }

    /// Reads a taxonomy code in any case, e.g. `r03`.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code().eq_ignore_ascii_case(code))
    }
}

column_enum! {
    /// Whether a unit was judged and how.
    Verdict {
        /// A finding exists.
        Hit = "hit",
        /// Judged, nothing found.
        Clean = "clean",
        /// Could not be judged; a reason goes with it.
        NotEvaluated = "not_evaluated",
    }
}

/// A quoted span of one event.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The event.
    pub event_id: Id16,
    /// Its column: `text`, `reasoning`, `tool_call_arguments`, `tool_call_result`, ….
    pub column: String,
    /// First byte of the span in the column's value.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// The bytes themselves, capped; raw, so mask before printing.
    pub quote: String,
    /// What was done to the text before matching: `raw`, `normalised`, `decoded`.
    pub normalisation: &'static str,
}

/// One row of the `findings` table.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// [`Finding::id_of`].
    pub finding_id: Id16,
    /// Rule or model id.
    pub detector_id: String,
    /// Version of the rule or model.
    pub detector_version: String,
    /// Whether it alerts (`stable`) or hunts (`test`, `experimental`).
    pub lane: String,
    /// What was found.
    pub kind: FindingKind,
    /// How bad it is.
    pub severity: Severity,
    /// 0 to 1, where the detector gives one.
    pub score: Option<f64>,
    /// One line for people.
    pub title: String,
    /// Why it matched, for people.
    pub reason: String,
    /// Session it belongs to.
    pub session_id: String,
    /// Stream of the first event.
    pub stream_id: Id16,
    /// Time of the first event.
    pub event_ts: Time,
    /// Quoted spans, in event order.
    pub evidence: Vec<Evidence>,
    /// What speaks against it.
    pub counter_evidence: Option<String>,
    /// ATLAS and OWASP tags, with their year.
    pub tags: Vec<String>,
    /// Model that answered, else that was asked.
    pub model: Option<String>,
    /// Agent.
    pub agent: Option<String>,
    /// Format of the first event.
    pub source_format: String,
    /// Tenant.
    pub tenant: Option<String>,
}

impl Finding {
    /// A finding about one event, in the lane that hunts; what it says is still to be filled in.
    #[must_use]
    pub fn about(event: &Event, detector: &str, version: &str, kind: FindingKind) -> Self {
        let tenant = event.tenant.as_deref().unwrap_or_default();
        let rests_on: [Id16; 2] = [event.event_id, event.content_hash];
        Self {
            finding_id: Self::id_of(tenant, detector, kind, &rests_on),
            detector_id: detector.to_owned(),
            detector_version: version.to_owned(),
            lane: "test".to_owned(),
            kind,
            severity: Severity::Low,
            score: None,
            title: String::new(),
            reason: String::new(),
            session_id: event.session_id.clone(),
            stream_id: event.stream_id,
            event_ts: event.ts,
            evidence: Vec::new(),
            counter_evidence: None,
            tags: Vec::new(),
            model: event.response_model.clone().or_else(|| event.request_model.clone()),
            agent: event.agent_name.clone(),
            source_format: event.source_format.to_owned(),
            tenant: event.tenant.clone(),
        }
    }

    /// The id: tenant, detector, kind and the events it rests on (their ids, and the hashes of
    /// what they say), without the version.
    #[must_use]
    pub fn id_of(tenant: &str, detector: &str, kind: FindingKind, events: &[Id16]) -> Id16 {
        let mut hasher = super::id::Hasher::new("finding");
        hasher.part(tenant.as_bytes()).part(detector.as_bytes()).part(kind.as_str().as_bytes());
        for event in events {
            hasher.part(event.as_bytes());
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_code() {
        for kind in FindingKind::ALL {
            assert_eq!(FindingKind::from_code(kind.code()), Some(*kind));
            assert_eq!(FindingKind::parse(kind.as_str()), Some(*kind));
        }
        assert_eq!(FindingKind::Concealment.code(), "R03");
        assert_eq!(FindingKind::Obfuscation.code(), "R20");
    }

    #[test]
    fn severities_are_ordered() {
        assert!(Severity::Critical > Severity::High && Severity::High > Severity::Low);
    }
}
