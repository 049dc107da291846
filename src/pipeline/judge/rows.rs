//! Judgements as rows of the lake's tables.

use crate::detect::session::{ActionRow, ClaimRow, Edge, Habits, Judgement, TargetRow};
use crate::pipeline::ledger;
use crate::pipeline::rows::{Built, binary, findings, lists, text, times};
use crate::record::Finding;
use crate::record::columns::RunStamp;
use crate::record::schema::Table;
use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch};
use arrow::error::ArrowError;
use std::sync::Arc;

/// Name in the ledger.
const SET: &str = "session";

/// All rows of some judgements; with the batches that were seen, the ledger's too.
pub(super) fn of(
    judgements: &[Judgement],
    reused: &[Finding],
    run: &RunStamp,
    seq: i64,
    version: &str,
    seen: Option<&[String]>,
) -> Result<Vec<(Table, RecordBatch)>, ArrowError> {
    let stamp = Stamp { run, seq };
    let mut found: Vec<Finding> =
        judgements.iter().flat_map(|judgement| judgement.findings.clone()).collect();
    found.extend(reused.iter().cloned());
    Ok(vec![
        (Table::Findings, findings(&found, run)?),
        (Table::SessionScores, scores(judgements, &stamp, version)?),
        (Table::Actions, actions(judgements, &stamp)?),
        (Table::Provenance, provenance(judgements, &stamp)?),
        (Table::Claims, claims(judgements, &stamp)?),
        (Table::SessionGraph, graph(judgements, &stamp)?),
        (Table::Scans, ledger::scans(SET, version, seen.unwrap_or_default(), run)?),
    ])
}

/// How many rows a judgement is.
pub(super) fn count_of(judgement: &Judgement) -> usize {
    let targets: usize = judgement.actions.iter().map(|action| action.targets.len()).sum();
    1 + judgement.actions.len() + targets + judgement.claims.len() + judgement.edges.len()
}

struct Stamp<'r> {
    run: &'r RunStamp,
    seq: i64,
}

impl Stamp<'_> {
    fn add(&self, rows: usize, columns: &mut Vec<ArrayRef>) {
        let batch = std::iter::repeat_n(Some(self.run.batch_id.as_str()), rows);
        columns.push(text(batch));
        columns.push(Arc::new(Int64Array::from(vec![self.seq; rows])));
        columns.push(times(std::iter::repeat_n(Some(self.run.ingest_micros), rows)));
    }
}

fn double(values: impl Iterator<Item = f64>) -> ArrayRef {
    doubles(values.map(Some))
}

fn doubles(values: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    // Equal on every machine, and short: no digit that means nothing.
    let short = |value: f64| (value * 1e6).round() / 1e6;
    Arc::new(values.map(|value| value.map(short)).collect::<Float64Array>())
}

fn count(values: impl Iterator<Item = usize>) -> ArrayRef {
    Arc::new(values.map(|value| i64::try_from(value).ok()).collect::<Int64Array>())
}

fn longs(values: impl Iterator<Item = Option<u64>>) -> ArrayRef {
    let whole = |value: u64| i64::try_from(value).ok();
    Arc::new(values.map(|value| value.and_then(whole)).collect::<Int64Array>())
}

fn scores(judgements: &[Judgement], stamp: &Stamp<'_>, version: &str) -> Built {
    let all = || judgements.iter();
    let mut columns = vec![
        text(all().map(|j| Some(j.session_id.as_str()))),
        text(all().map(|j| j.tenant.as_deref())),
        text(all().map(|j| j.model.as_deref())),
        text(all().map(|j| Some(j.source_format.as_str()))),
        text(all().map(|j| Some(j.verdict.as_str()))),
        text(all().map(|j| j.reason)),
        double(all().map(|j| j.score)),
        double(all().map(|j| j.action_score)),
        double(all().map(|j| j.reasoning_score)),
        double(all().map(|j| j.claim_score)),
    ];
    columns.extend((0..5).map(|at| count(all().map(|j| j.counts[at]))));
    columns.extend([
        count(all().map(|j| j.actions.len())),
        count(all().map(|j| j.claims.len())),
        count(all().map(|j| j.findings.len())),
        count(all().map(|j| j.text_bytes)),
        text(all().map(|_| Some(version))),
        doubles(all().map(|j| j.heads.omits)),
        doubles(all().map(|j| j.heads.harms)),
        doubles(all().map(|j| j.heads.fails)),
        doubles(all().map(|j| j.heads.combined)),
        lists(
            "head_evidence",
            all().map(|j| j.heads.evidence.iter().map(String::as_str).collect()),
        ),
        lists("tools", all().map(|j| j.habits.tools.iter().map(String::as_str).collect())),
        lists("unnamed_tools", all().map(|j| unnamed(&j.habits))),
    ]);
    stamp.add(judgements.len(), &mut columns);
    RecordBatch::try_new(Table::SessionScores.schema(), columns)
}

/// The tool of each target that nobody names.
fn unnamed(habits: &Habits) -> Vec<&str> {
    let mut tools = Vec::new();
    for (tool, count) in &habits.unnamed {
        let count = usize::try_from(*count).unwrap_or_default();
        tools.extend(std::iter::repeat_n(tool.as_str(), count));
    }
    tools
}

fn actions(judgements: &[Judgement], stamp: &Stamp<'_>) -> Built {
    let rows: Vec<(&Judgement, &ActionRow)> =
        judgements.iter().flat_map(|j| j.actions.iter().map(move |action| (j, action))).collect();
    let all = || rows.iter().map(|(_, action)| *action);
    let of_role = |action: &'_ ActionRow, role: &str| -> Vec<String> {
        action.targets.iter().filter(|t| t.role == role).map(|t| t.value.clone()).collect()
    };
    let list = |name: &str, role: &str| {
        let values: Vec<Vec<String>> = all().map(|action| of_role(action, role)).collect();
        lists(name, values.iter().map(|row| row.iter().map(String::as_str).collect()))
    };
    let mut columns = vec![
        text(rows.iter().map(|(j, _)| Some(j.session_id.as_str()))),
        binary(all().map(|a| Some(a.event_id.as_bytes()))),
        count(all().map(|a| a.index)),
        text(rows.iter().map(|(j, _)| j.model.as_deref())),
        text(rows.iter().map(|(j, _)| j.tenant.as_deref())),
        text(all().map(|a| a.tool_name.as_deref())),
        text(all().map(|a| Some(a.verb.as_str()))),
        text(all().map(|a| Some(a.origin))),
        text(all().map(|a| Some(a.class.as_str()))),
        text(all().map(|a| Some(a.reversible))),
        double(all().map(|a| a.confidence)),
        text(all().map(|a| Some(a.ending))),
        list("sinks", "sink"),
        list("objects", "object"),
        lists("sources", all().map(|a| a.sources.iter().map(String::as_str).collect())),
        double(all().map(|a| a.sensitivity)),
        double(all().map(|a| a.risk)),
        double(all().map(|a| a.entailed)),
        double(all().map(|a| a.disclosed)),
        double(all().map(|a| a.rarity)),
        double(all().map(|a| a.instructed)),
        double(all().map(|a| a.factors[5])),
        double(all().map(|a| a.factors[7])),
        double(all().map(|a| a.score)),
        text(all().map(|a| a.target.as_deref())),
        text(all().map(|a| a.target_origin)),
        binary(all().map(|a| a.ask_event_id.as_ref().map(|id| id.as_bytes()))),
        binary(all().map(|a| a.told_event_id.as_ref().map(|id| id.as_bytes()))),
        longs(all().map(|a| a.usual.map(|(sessions, _)| sessions))),
        longs(all().map(|a| a.usual.map(|(_, alike)| alike))),
    ];
    stamp.add(rows.len(), &mut columns);
    RecordBatch::try_new(Table::Actions.schema(), columns)
}

fn provenance(judgements: &[Judgement], stamp: &Stamp<'_>) -> Built {
    let rows: Vec<(&Judgement, &ActionRow, &TargetRow)> = judgements
        .iter()
        .flat_map(|j| j.actions.iter().flat_map(move |a| a.targets.iter().map(move |t| (j, a, t))))
        .collect();
    let all = || rows.iter().map(|(_, _, target)| *target);
    let bound = |at: usize| {
        let value = move |t: &TargetRow| t.origin_span.map(|span| [span.0, span.1][at] as i64);
        Arc::new(all().map(value).collect::<Int64Array>()) as ArrayRef
    };
    let mut columns = vec![
        text(rows.iter().map(|(j, _, _)| Some(j.session_id.as_str()))),
        binary(rows.iter().map(|(_, a, _)| Some(a.event_id.as_bytes()))),
        count(rows.iter().map(|(_, a, _)| a.index)),
        text(all().map(|t| Some(t.argument.as_str()))),
        text(all().map(|t| Some(t.role))),
        text(all().map(|t| Some(t.kind))),
        text(all().map(|t| Some(t.value.as_str()))),
        text(all().map(|t| t.host.as_deref())),
        text(all().map(|t| Some(t.origin))),
        binary(all().map(|t| t.origin_event_id.as_ref().map(|id| id.as_bytes()))),
        bound(0),
        bound(1),
        text(all().map(|t| t.form)),
        text(all().map(|t| t.reason.as_deref())),
        double(all().map(|t| t.weight)),
        double(all().map(|t| t.grounding)),
        double(all().map(|t| t.instructed)),
        double(all().map(|t| t.told)),
    ];
    stamp.add(rows.len(), &mut columns);
    RecordBatch::try_new(Table::Provenance.schema(), columns)
}

fn claims(judgements: &[Judgement], stamp: &Stamp<'_>) -> Built {
    let rows: Vec<(&Judgement, &ClaimRow)> =
        judgements.iter().flat_map(|j| j.claims.iter().map(move |claim| (j, claim))).collect();
    let all = || rows.iter().map(|(_, claim)| *claim);
    let mut columns = vec![
        text(rows.iter().map(|(j, _)| Some(j.session_id.as_str()))),
        binary(all().map(|c| Some(c.event_id.as_bytes()))),
        count(all().map(|c| c.span.0)),
        count(all().map(|c| c.span.1)),
        text(all().map(|c| Some(c.text.as_str()))),
        text(all().map(|c| Some(c.class.as_str()))),
        text(all().map(|c| Some(c.mood))),
        text(all().map(|c| Some(c.subject))),
        Arc::new(all().map(|c| Some(c.positive)).collect::<BooleanArray>()) as ArrayRef,
        Arc::new(all().map(|c| Some(c.quoted)).collect::<BooleanArray>()),
        text(all().map(|c| Some(c.state))),
        binary(all().map(|c| c.call_event_id.as_ref().map(|id| id.as_bytes()))),
    ];
    stamp.add(rows.len(), &mut columns);
    RecordBatch::try_new(Table::Claims.schema(), columns)
}

fn graph(judgements: &[Judgement], stamp: &Stamp<'_>) -> Built {
    let rows: Vec<(&Judgement, &Edge)> =
        judgements.iter().flat_map(|j| j.edges.iter().map(move |edge| (j, edge))).collect();
    let all = || rows.iter().map(|(_, edge)| *edge);
    let mut columns = vec![
        text(rows.iter().map(|(j, _)| Some(j.session_id.as_str()))),
        binary(all().map(|e| Some(e.from.as_bytes()))),
        binary(all().map(|e| Some(e.to.as_bytes()))),
        text(all().map(|e| Some(e.kind.as_str()))),
        text(all().map(|e| (!e.detail.is_empty()).then_some(e.detail.as_str()))),
    ];
    stamp.add(rows.len(), &mut columns);
    RecordBatch::try_new(Table::SessionGraph.schema(), columns)
}
