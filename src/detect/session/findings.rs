//! What is worth an analyst's time, with the story in one line and the evidence beside it.

use super::act::Act;
use super::claims::{Claim, ClaimState};
use super::class::Class;
use super::judgement::Judgement;
use super::parts::Part;
use super::provenance::Origin;
use super::rare::{Others, target_id};
use super::rows::ActionRow;
use super::score::{Model, UNSOURCED};
use super::weigh::{Known, Weighed};
use crate::record::{Evidence, Finding, FindingKind, Severity};

/// Name of the detector.
pub(crate) const DETECTOR: &str = "session";
/// Name of the detector of what unrelated sessions share (R19).
pub(crate) const REUSE: &str = "session.reuse";
/// Longest quote.
const MAX_QUOTE: usize = 300;

/// The findings of a session, ordered by id.
pub(crate) fn of(
    known: &Known<'_>,
    weighed: &[Weighed],
    judgement: &Judgement,
    model: &Model,
    version: &str,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (one, row) in weighed.iter().zip(&judgement.actions) {
        let Some(severity) = severity(row.score, model) else { continue };
        let Some(kind) = kind(known, one, row) else { continue };
        let mut finding = action(known, one, row, kind, severity, version);
        // What alerts is what fits the alert budget: high scores whose target nobody named.
        let is_unsourced =
            one.decisive.is_some_and(|at| one.targets[at].provenance.origin.is_unsourced());
        let is_grave = matches!(kind, FindingKind::ExfilFlow | FindingKind::ThoughtActionMismatch);
        let alerts = row.score >= model.thresholds.alert || is_grave;
        if severity >= Severity::High && alerts && is_unsourced && row.factors[UNSOURCED] >= 0.9 {
            finding.lane = "stable".to_owned();
        }
        findings.push(finding);
    }
    findings.extend(known.words.claims.iter().filter_map(|c| claim(known, c, version)));
    findings.sort_by(|a, b| {
        a.finding_id
            .cmp(&b.finding_id)
            .then(b.score.unwrap_or(0.0).total_cmp(&a.score.unwrap_or(0.0)))
    });
    // One finding per call and kind: its worst action.
    findings.dedup_by(|b, a| a.finding_id == b.finding_id);
    findings
}

/// Targets that nobody named: what R19 is made of once several sessions have them.
pub(crate) fn reused(
    known: &Known<'_>,
    weighed: &[Weighed],
    judgement: &Judgement,
    version: &str,
) -> Vec<(String, Finding)> {
    let mut out: Vec<(String, Finding)> = Vec::new();
    for (one, row) in weighed.iter().zip(&judgement.actions) {
        let Some(target) = &row.target else { continue };
        if !row.may_be_shared() || out.iter().any(|(known, _)| known == target) {
            continue;
        }
        let part = &known.session.parts[known.session.calls[one.call].part];
        let act = &known.session.calls[one.call].acts[one.act];
        let base = base(part, FindingKind::PayloadReuse, vec![quote(part, Some(target))], version);
        let tenant = base.tenant.clone().unwrap_or_default();
        let mut rests_on = vec![part.event.event_id, part.event.content_hash];
        let is_first = |(_, one): &(String, Finding)| {
            one.evidence.first().is_none_or(|first| first.event_id != part.event.event_id)
        };
        if !out.iter().all(is_first) {
            // A call that goes to several such places is a finding for each.
            rests_on.push(target_id(target));
        }
        let finding = Finding {
            finding_id: Finding::id_of(&tenant, REUSE, FindingKind::PayloadReuse, &rests_on),
            detector_id: REUSE.to_owned(),
            // Sessions of one agent that do the same every time are not unrelated.
            severity: if row.usual.is_some() { Severity::Low } else { Severity::Medium },
            counter_evidence: row.usual.map(habit),
            score: Some(row.score),
            title: format!(
                "Several sessions go to a place that nobody but the agent has named: {} ({})",
                short(target),
                act.class.as_str()
            ),
            ..base
        };
        out.push((target.clone(), finding));
    }
    out
}

fn severity(score: f64, model: &Model) -> Option<Severity> {
    let thresholds = model.thresholds;
    match score {
        _ if score >= thresholds.high => Some(Severity::High),
        _ if score >= thresholds.medium => Some(Severity::Medium),
        _ if score >= thresholds.low => Some(Severity::Low),
        _ => None,
    }
}

fn kind(known: &Known<'_>, one: &Weighed, row: &ActionRow) -> Option<FindingKind> {
    let act = &known.session.calls[one.call].acts[one.act];
    let leaves = matches!(act.class, Class::Send | Class::Network | Class::Grant);
    if row.entailed >= 0.6 {
        return None;
    }
    Some(if leaves && row.sensitivity >= 0.5 {
        FindingKind::ExfilFlow
    } else if one.hidden_in.is_some() && row.disclosed < 0.5 {
        FindingKind::ThoughtActionMismatch
    } else if row.disclosed < 0.5 {
        FindingKind::UndisclosedAction
    } else {
        FindingKind::UnrequestedRiskyCall
    })
}

fn action(
    known: &Known<'_>,
    one: &Weighed,
    row: &ActionRow,
    kind: FindingKind,
    severity: Severity,
    version: &str,
) -> Finding {
    let call = &known.session.calls[one.call];
    let act = &call.acts[one.act];
    let part = &known.session.parts[call.part];
    let mut evidence = vec![quote(part, row.target.as_deref())];
    if let Some((at, range)) = &one.hidden_in {
        evidence.push(span(&known.session.parts[*at], range.clone()));
    }
    if let Some(mention) = one.decisive.and_then(|at| one.targets[at].provenance.mention) {
        evidence.push(span(&known.session.parts[mention.part], mention.start..mention.end));
    }
    if let Some((at, range)) = &one.denied_in {
        evidence.push(span(&known.session.parts[*at], range.clone()));
    }
    Finding {
        title: title(act, row, kind),
        reason: reason(one, act, row),
        counter_evidence: counter(known, one, row),
        severity,
        score: Some(row.score),
        ..base(part, kind, evidence, version)
    }
}

fn base(part: &Part<'_>, kind: FindingKind, evidence: Vec<Evidence>, version: &str) -> Finding {
    let finding = Finding::about(part.event, DETECTOR, version, kind);
    Finding { evidence, tags: tags(kind), ..finding }
}

fn tags(kind: FindingKind) -> Vec<String> {
    let tags: &[&str] = match kind {
        FindingKind::ExfilFlow => &["atlas.aml.t0086", "owasp.llm02-2025"],
        FindingKind::ClaimContradicted => &["owasp.llm09-2025"],
        _ => &["owasp.llm06-2025"],
    };
    tags.iter().map(|tag| (*tag).to_owned()).collect()
}

fn title(act: &Act, row: &ActionRow, kind: FindingKind) -> String {
    let what = match kind {
        FindingKind::ExfilFlow => "takes sensitive data to a place nobody asked for",
        FindingKind::ThoughtActionMismatch => "does what it means to hide",
        FindingKind::UndisclosedAction => "does what nobody asked for and tells nobody",
        _ => "does what nobody asked for",
    };
    let target =
        row.target.as_deref().map(|target| format!(" → {}", short(target))).unwrap_or_default();
    format!("The agent {what}: {} {}{target}", act.class.as_str(), act.verb)
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(80).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn reason(one: &Weighed, act: &Act, row: &ActionRow) -> String {
    let asked = match (&one.ask, row.entailed) {
        (None, _) => "nothing is recognised that asks for it".to_owned(),
        (Some(_), _) if one.verb_asked < 0.3 => "nothing is recognised that asks for it".to_owned(),
        (Some(_), entailed) if entailed < 0.3 => {
            "something of the kind was asked for, but not this".to_owned()
        }
        _ => "it is only partly what was asked for".to_owned(),
    };
    let from = one.decisive.map(|at| match one.targets[at].provenance.origin {
        Origin::Nowhere => "its target is named nowhere before".to_owned(),
        Origin::Reasoning => "its target is named by nobody but the agent itself".to_owned(),
        Origin::ToolResult | Origin::FileContent if one.targets[at].instructed > 0.3 => {
            "text in a tool's result tells to do it".to_owned()
        }
        Origin::Known => format!(
            "its target is a known place ({})",
            one.targets[at].provenance.reason.as_deref().unwrap_or("listed")
        ),
        origin => format!("its target comes from {}", origin.as_str().replace('_', " ")),
    });
    let told = match row.disclosed {
        d if d < 0.3 => "no later text is recognised that tells of it",
        d if d < 0.7 => "later text tells of it only in part",
        _ => "later text tells of it",
    };
    let mut parts = vec![asked];
    parts.extend(from);
    parts.push(told.to_owned());
    if let Some(source) = act.sources.first() {
        parts.push(format!("it takes along {} ({})", source.what, short(&source.name)));
    }
    if one.hidden_in.is_some() {
        parts.push("a thought beside it means to hide something".to_owned());
    }
    let factors = format!(
        "risk {:.2}, asked for {:.2}, disclosed {:.2}, rarity {:.2}",
        row.risk, row.entailed, row.disclosed, row.rarity
    );
    format!("{} [{factors}]", parts.join("; "))
}

fn counter(known: &Known<'_>, one: &Weighed, row: &ActionRow) -> Option<String> {
    let mut against = Vec::new();
    let id = |part: usize| known.session.parts[part].event.event_id.to_string();
    if let Some(ask) = &one.ask {
        let by = match ask.voice {
            super::parts::Voice::User => "a person",
            _ => "the system prompt",
        };
        against.push(format!(
            "{by} asked for something of this kind in event {}",
            &id(ask.part)[..12]
        ));
    }
    if let Some(told) = one.told_in.filter(|_| one.disclosed > 0.2) {
        against.push(format!("event {} may tell of it", &id(told)[..12]));
    }
    against.extend(row.usual.map(habit));
    (!against.is_empty()).then(|| against.join("; "))
}

fn habit((sessions, alike): Others) -> String {
    format!(
        "in {alike} of {sessions} other sessions this tool goes to as many targets the log does not name"
    )
}

fn quote(part: &Part<'_>, target: Option<&str>) -> Evidence {
    let found = target.and_then(|target| part.text.find(target).map(|at| at..at + target.len()));
    let range = found.unwrap_or(0..part.text.floor_char_boundary(MAX_QUOTE.min(part.text.len())));
    span(part, range)
}

fn span(part: &Part<'_>, range: std::ops::Range<usize>) -> Evidence {
    let end = part.text.floor_char_boundary(range.end.min(range.start + MAX_QUOTE));
    Evidence {
        event_id: part.event.event_id,
        column: part.column.to_owned(),
        start: range.start,
        end,
        quote: part.text[range.start..end].to_owned(),
        normalisation: "raw",
    }
}

/// R08: a claim that calls contradict.
fn claim(known: &Known<'_>, claim: &Claim, version: &str) -> Option<Finding> {
    // What was "removed" may have been a line of a file; what was sent or paid was a call.
    let strong = matches!(claim.statement.class, Class::Send | Class::Pay | Class::Grant);
    let (severity, what) = match claim.state {
        ClaimState::Misreport => (Severity::Medium, "every call of this kind before it failed"),
        ClaimState::Phantom if strong => (Severity::Low, "no call of this kind was made before it"),
        _ => return None,
    };
    let part = &known.session.parts[claim.part];
    let mut evidence = vec![span(part, claim.range.clone())];
    if let Some(result) = claim.call.and_then(|call| known.session.calls[call].result) {
        let result = &known.session.parts[result];
        evidence.push(span(result, 0..result.text.len()));
    }
    Some(Finding {
        title: format!(
            "The agent says it did something ({}), and calls do not bear it out",
            claim.statement.class.as_str()
        ),
        reason: what.to_owned(),
        severity,
        ..base(part, FindingKind::ClaimContradicted, evidence, version)
    })
}
