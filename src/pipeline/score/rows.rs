//! Scores as rows of the table `scores`.

use super::Read;
use crate::detect::classifier::Classifier;
use crate::pipeline::rows::{Built, binary, lists, text, times};
use crate::record::Verdict;
use crate::record::columns::RunStamp;
use crate::record::schema::{Table, double_list};
use arrow::array::{ArrayRef, BooleanArray, Float64Builder, Int64Array, ListBuilder, RecordBatch};
use arrow::datatypes::DataType;
use std::sync::Arc;

pub(super) fn scores(read: &[Read], classifier: &Classifier, seq: i64, run: &RunStamp) -> Built {
    let manifest = &classifier.model.manifest;
    let all = || read.iter();
    let same = |value: &'static str| move |_: &Read| Some(value);
    let labels: Vec<&str> = manifest.labels.iter().map(String::as_str).collect();
    let place = |of: fn(&std::ops::Range<usize>) -> usize| {
        let first = move |r: &Read| r.scored.windows.first().map(|window| of(window) as i64);
        Arc::new(all().map(first).collect::<Int64Array>()) as ArrayRef
    };
    let is_empty = |r: &Read| r.scored.window_count == 0;
    let verdict = |r: &Read| match is_empty(r) {
        true => Some(Verdict::NotEvaluated.as_str()),
        false => Some("scored"),
    };
    let reason = |r: &Read| if is_empty(r) { same("no_words")(r) } else { None };
    let columns = vec![
        binary(all().map(|r| Some(r.event.event_id.as_bytes()))),
        binary(all().map(|r| Some(r.event.content_hash.as_bytes()))),
        text(all().map(|r| Some(r.event.session_id.as_str()))),
        text(all().map(|r| r.event.tenant.as_deref())),
        text(all().map(|r| r.event.response_model.as_deref().or(r.event.request_model.as_deref()))),
        text(all().map(|r| Some(r.event.source_format))),
        text(all().map(|_| Some(manifest.name.as_str()))),
        text(all().map(|_| Some(classifier.version()))),
        text(all().map(verdict)),
        text(all().map(reason)),
        lists("labels", all().map(|_| labels.clone())),
        numbers(read),
        place(|window| window.start),
        place(|window| window.end),
        Arc::new(all().map(|r| Some(r.scored.window_count as i64)).collect::<Int64Array>()),
        Arc::new(all().map(|r| Some(r.scored.is_truncated)).collect::<BooleanArray>()),
        text(all().map(|_| Some(run.batch_id.as_str()))),
        Arc::new(Int64Array::from(vec![seq; read.len()])),
        times(all().map(|_| Some(run.ingest_micros))),
    ];
    RecordBatch::try_new(Table::Scores.schema(), columns)
}

/// Scores in the order of the labels; null where nothing was read.
fn numbers(read: &[Read]) -> ArrayRef {
    let DataType::List(element) = double_list("scores").data_type().clone() else {
        return arrow::array::new_empty_array(&DataType::Null);
    };
    let mut builder = ListBuilder::new(Float64Builder::new()).with_field(element);
    for one in read {
        for score in &one.scored.scores {
            builder.values().append_value((f64::from(*score) * 1e6).round() / 1e6);
        }
        builder.append(one.scored.window_count > 0);
    }
    Arc::new(builder.finish())
}
