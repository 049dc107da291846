//! Rows of the companion tables.

use crate::formats::{Change, Update};
use crate::ingest::chunk::{Progress, RawRecord, Rejected};
use crate::lake::{Batch, FileWriter, Lake, NewFile};
use crate::record::columns::RunStamp;
use crate::record::schema::{Table, text_list};
use crate::record::{Finding, Id16};
use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Float64Array, Int64Array, LargeBinaryBuilder,
    LargeStringArray, ListBuilder, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondArray,
};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use std::collections::HashSet;
use std::sync::Arc;

pub(super) type Built = Result<RecordBatch, ArrowError>;

pub(super) fn text<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn long(values: impl Iterator<Item = Option<u64>>) -> ArrayRef {
    let values = values.map(|v| v.map(|v| i64::try_from(v).unwrap_or(i64::MAX)));
    Arc::new(values.collect::<Int64Array>())
}

pub(super) fn binary<'a>(values: impl Iterator<Item = Option<&'a [u8]>>) -> ArrayRef {
    Arc::new(values.collect::<BinaryArray>())
}

pub(super) fn times(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

pub(super) fn lists<'a>(name: &str, rows: impl Iterator<Item = Vec<&'a str>>) -> ArrayRef {
    let DataType::List(element) = text_list(name).data_type().clone() else {
        return arrow::array::new_empty_array(&DataType::Null);
    };
    let mut builder = ListBuilder::new(StringBuilder::new()).with_field(element);
    for row in rows {
        for value in row {
            builder.values().append_value(value);
        }
        builder.append(true);
    }
    Arc::new(builder.finish())
}

/// Writes rows of several tables as files of a batch; a table without rows gets no file.
pub(super) fn write_tables(
    lake: &Lake,
    batch: &mut Batch,
    tables: impl IntoIterator<Item = (Table, RecordBatch)>,
) -> crate::lake::Result<Vec<NewFile>> {
    let mut files = Vec::new();
    for (table, rows) in tables {
        if rows.num_rows() == 0 {
            continue;
        }
        let number = batch.next_number(table);
        let dir = lake.dir(table);
        let mut writer =
            FileWriter::create(&dir, batch.id(), table, number, rows.num_rows() as u64)?;
        writer.write(&rows)?;
        files.push(writer.finish()?);
    }
    Ok(files)
}

/// Run columns; the batch id is filled in when the batch is known.
fn stamp(rows: usize, run: &RunStamp) -> (ArrayRef, ArrayRef) {
    let batch = std::iter::repeat_n(Some(run.batch_id.as_str()), rows);
    let time = std::iter::repeat_n(Some(run.ingest_micros), rows);
    (text(batch), times(time))
}

pub(super) fn raw_records(file_id: Id16, raw: &[RawRecord], run: &RunStamp) -> Built {
    let (batch, time) = stamp(raw.len(), run);
    let bytes = raw.iter().map(|r| r.bytes.len()).sum();
    let mut content = LargeBinaryBuilder::with_capacity(raw.len(), bytes);
    for record in raw {
        let kept = !record.bytes.is_empty() || record.place.len == 0;
        content.append_option(kept.then_some(&record.bytes));
    }
    let columns = vec![
        binary(raw.iter().map(|r| Some(r.sha256.as_bytes()))),
        binary(raw.iter().map(|_| Some(file_id.as_bytes()))),
        text(raw.iter().map(|r| r.place.container_path.as_deref())),
        long(raw.iter().map(|r| r.place.line)),
        long(raw.iter().map(|r| Some(r.place.offset))),
        long(raw.iter().map(|r| Some(r.place.len))),
        Arc::new(content.finish()) as ArrayRef,
        batch,
        time,
    ];
    RecordBatch::try_new(Table::RawRecords.schema(), columns)
}

pub(super) fn quarantine(file_id: Id16, rejected: &[Rejected], run: &RunStamp) -> Built {
    let (batch, time) = stamp(rejected.len(), run);
    let messages: Vec<String> = rejected.iter().map(|r| r.reason.to_string()).collect();
    let mut content = LargeBinaryBuilder::new();
    for range in rejected {
        content.append_value(&range.bytes);
    }
    let columns = vec![
        binary(rejected.iter().map(|_| Some(file_id.as_bytes()))),
        text(rejected.iter().map(|r| Some(r.place.path.as_str()))),
        text(rejected.iter().map(|r| r.place.container_path.as_deref())),
        long(rejected.iter().map(|r| r.place.line)),
        long(rejected.iter().map(|r| Some(r.place.offset))),
        long(rejected.iter().map(|r| Some(r.place.len))),
        text(rejected.iter().map(|r| Some(r.reason.code()))),
        text(messages.iter().map(|m| Some(m.as_str()))),
        Arc::new(content.finish()) as ArrayRef,
        Arc::new(rejected.iter().map(|r| Some(r.salvaged)).collect::<BooleanArray>()),
        batch,
        time,
    ];
    RecordBatch::try_new(Table::Quarantine.schema(), columns)
}

/// Of several updates of one column of an event the last; they come in order.
fn newest(updates: &[Update]) -> Vec<&Update> {
    let column = |update: &Update| std::mem::discriminant(&update.change);
    let mut seen = HashSet::new();
    let mut newest: Vec<&Update> =
        updates.iter().rev().filter(|u| seen.insert((u.event_id, column(u)))).collect();
    newest.reverse();
    newest
}

pub(super) fn event_state(updates: &[Update], batch_seq: i64, run: &RunStamp) -> Built {
    let updates = newest(updates);
    let (batch, time) = stamp(updates.len(), run);
    let branch = |u: &&Update| match &u.change {
        Change::Branch(state) => Some(state.as_str()),
        _ => None,
    };
    let moved = |u: &&Update| matches!(u.change, Change::UsageMoved).then_some(true);
    let joined = |u: &&Update| match &u.change {
        Change::Joined(join, _) => Some(join.as_str()),
        _ => None,
    };
    let call = |u: &&Update| match &u.change {
        Change::Joined(_, call) => *call,
        _ => None,
    };
    let calls: Vec<Option<Id16>> = updates.iter().map(call).collect();
    let columns = vec![
        binary(updates.iter().map(|u| Some(u.event_id.as_bytes()))),
        text(updates.iter().map(branch)),
        Arc::new(updates.iter().map(moved).collect::<BooleanArray>()),
        text(updates.iter().map(joined)),
        binary(calls.iter().map(|c| c.as_ref().map(Id16::as_bytes))),
        batch,
        Arc::new(Int64Array::from(vec![batch_seq; updates.len()])),
        time,
    ];
    RecordBatch::try_new(Table::EventState.schema(), columns)
}

pub(super) fn files(progress: &[(Progress, u64)], batch_seq: i64, run: &RunStamp) -> Built {
    let (batch, time) = stamp(progress.len(), run);
    let rows = || progress.iter().map(|(p, _)| p);
    let columns = vec![
        binary(rows().map(|p| Some(p.file_id.as_bytes()))),
        text(rows().map(|p| Some(p.path.as_str()))),
        text(rows().map(|_| None)),
        long(rows().map(|p| Some(p.size))),
        times(rows().map(|p| Some(p.mtime_micros))),
        text(rows().map(|p| Some(p.compression))),
        text(rows().map(|p| p.format.as_deref())),
        text(rows().map(|p| Some(p.status))),
        long(rows().map(|p| Some(p.last_offset))),
        binary(rows().map(|p| Some(p.content_hash.as_bytes()))),
        long(rows().map(|p| Some(p.head_len))),
        binary(rows().map(|p| Some(p.head_hash.as_bytes()))),
        long(rows().map(|p| Some(p.counts.records))),
        long(rows().map(|p| Some(p.counts.events))),
        long(progress.iter().map(|(_, duplicates)| Some(*duplicates))),
        long(rows().map(|p| Some(p.counts.quarantined))),
        long(rows().map(|p| Some(p.counts.record_bytes))),
        long(rows().map(|p| Some(p.counts.quarantined_bytes))),
        long(rows().map(|p| Some(p.counts.salvaged_bytes))),
        long(rows().map(|p| Some(p.counts.blank_bytes))),
        long(rows().map(|p| Some(p.counts.pending_bytes))),
        Arc::new(rows().map(|p| p.state.as_deref()).collect::<LargeStringArray>()),
        batch,
        Arc::new(Int64Array::from(vec![batch_seq; progress.len()])),
        time,
    ];
    RecordBatch::try_new(Table::Files.schema(), columns)
}

pub(super) fn findings(findings: &[Finding], run: &RunStamp) -> Built {
    let (batch, time) = stamp(findings.len(), run);
    let ids: Vec<String> = findings.iter().map(|f| f.finding_id.to_string()).collect();
    let events: Vec<Vec<String>> = findings
        .iter()
        .map(|f| f.evidence.iter().map(|e| e.event_id.to_string()).collect())
        .collect();
    let evidence: Vec<String> = findings.iter().map(evidence_json).collect();
    let score: Float64Array = findings.iter().map(|f| f.score).collect();
    let columns = vec![
        text(ids.iter().map(|id| Some(id.as_str()))),
        text(findings.iter().map(|f| Some(f.detector_id.as_str()))),
        text(findings.iter().map(|f| Some(f.detector_version.as_str()))),
        text(findings.iter().map(|f| Some(f.lane.as_str()))),
        text(findings.iter().map(|f| Some(f.kind.as_str()))),
        text(findings.iter().map(|f| Some(f.kind.code()))),
        text(findings.iter().map(|f| Some(f.severity.as_str()))),
        Arc::new(score) as ArrayRef,
        text(findings.iter().map(|f| Some(f.title.as_str()))),
        text(findings.iter().map(|f| Some(f.reason.as_str()))),
        text(findings.iter().map(|f| Some(f.session_id.as_str()))),
        binary(findings.iter().map(|f| Some(f.stream_id.as_bytes()))),
        times(findings.iter().map(|f| f.event_ts.micros)),
        binary(findings.iter().map(|f| f.evidence.first().map(|e| e.event_id.as_bytes()))),
        lists("evidence_event_ids", events.iter().map(|e| e.iter().map(String::as_str).collect())),
        text(evidence.iter().map(|e| Some(e.as_str()))),
        text(findings.iter().map(|f| f.counter_evidence.as_deref())),
        lists("tags", findings.iter().map(|f| f.tags.iter().map(String::as_str).collect())),
        text(findings.iter().map(|f| f.model.as_deref())),
        text(findings.iter().map(|f| f.agent.as_deref())),
        text(findings.iter().map(|f| Some(f.source_format.as_str()))),
        text(findings.iter().map(|f| f.tenant.as_deref())),
        batch,
        time,
    ];
    RecordBatch::try_new(Table::Findings.schema(), columns)
}

/// The quoted spans as JSON: event, column, byte range, quote, normalisation.
fn evidence_json(finding: &Finding) -> String {
    let spans: Vec<serde_json::Value> = finding
        .evidence
        .iter()
        .map(|e| {
            serde_json::json!({
                "event_id": e.event_id.to_string(),
                "column": e.column,
                "start": e.start,
                "end": e.end,
                "quote": e.quote,
                "normalisation": e.normalisation,
            })
        })
        .collect();
    serde_json::Value::Array(spans).to_string()
}

/// Rows of `labels` and `triage` share this shape: strings, with an optional score.
pub(super) fn text_rows(table: Table, rows: &[Vec<Option<String>>], run: &RunStamp) -> Built {
    let schema = table.schema();
    let (batch, time) = stamp(rows.len(), run);
    let columns = schema
        .fields()
        .iter()
        .enumerate()
        .map(|(at, field)| match field.name().as_str() {
            "batch_id" => batch.clone(),
            "created_ts" => time.clone(),
            _ if field.data_type() == &DataType::Float64 => {
                let number = |row: &Vec<Option<String>>| row[at].as_ref()?.parse::<f64>().ok();
                Arc::new(rows.iter().map(number).collect::<Float64Array>()) as ArrayRef
            }
            _ => text(rows.iter().map(|row| row[at].as_deref())),
        })
        .collect();
    RecordBatch::try_new(schema, columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builder_fits_its_schema() {
        let run = RunStamp::default();
        assert!(raw_records(Id16::default(), &[], &run).is_ok());
        assert!(quarantine(Id16::default(), &[], &run).is_ok());
        assert!(event_state(&[], 0, &run).is_ok());
        assert!(files(&[], 0, &run).is_ok());
        assert!(findings(&[], &run).is_ok());
        assert!(text_rows(Table::Labels, &[], &run).is_ok());
        assert!(text_rows(Table::Triage, &[], &run).is_ok());
        assert_eq!(lists("tags", std::iter::once(vec!["a"])).len(), 1);
    }
}
