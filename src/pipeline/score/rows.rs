//! Scores as rows of the table `scores`.

use super::Read;
use crate::detect::classifier::{Classifier, Scored, Unread};
use crate::pipeline::rows::{Built, binary, lists, text, times};
use crate::record::Verdict;
use crate::record::columns::RunStamp;
use crate::record::schema::{Table, double_list, long_list};
use arrow::array::{
    ArrayBuilder, ArrayRef, BooleanArray, Float64Builder, Int64Array, Int64Builder, ListBuilder,
    RecordBatch,
};
use arrow::datatypes::{DataType, Field};
use std::sync::Arc;

pub(super) fn scores(read: &[Read], classifier: &Classifier, seq: i64, run: &RunStamp) -> Built {
    let manifest = &classifier.model.manifest;
    let all = || read.iter();
    let labels: Vec<&str> = manifest.labels.iter().map(String::as_str).collect();
    let verdict = |r: &Read| match classifier.is_evaluated(&r.scored) {
        true => Some("scored"),
        false => Some(Verdict::NotEvaluated.as_str()),
    };
    let (runtime, device) = classifier.place();
    let reason = |r: &Read| r.scored.unread.map(Unread::as_str);
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
        lists_of(read, &double_list("scores"), Float64Builder::new(), |scored, label, values| {
            values.append_value((f64::from(scored.scores[label]) * 1e6).round() / 1e6);
        }),
        lists_of(read, &long_list("starts"), Int64Builder::new(), |scored, label, values| {
            values.append_value(scored.windows[label].start as i64);
        }),
        lists_of(read, &long_list("ends"), Int64Builder::new(), |scored, label, values| {
            values.append_value(scored.windows[label].end as i64);
        }),
        Arc::new(all().map(|r| Some(r.scored.window_count as i64)).collect::<Int64Array>()),
        Arc::new(all().map(|r| Some(r.scored.is_cut())).collect::<BooleanArray>()),
        Arc::new(all().map(|r| Some(r.scored.skipped as i64)).collect::<Int64Array>()),
        Arc::new(all().map(|r| Some(r.scored.second_left as i64)).collect::<Int64Array>()),
        text(all().map(|_| Some(runtime))),
        text(all().map(|_| Some(device))),
        text(all().map(|_| Some(run.batch_id.as_str()))),
        Arc::new(Int64Array::from(vec![seq; read.len()])),
        times(all().map(|_| Some(run.ingest_micros))),
    ];
    RecordBatch::try_new(Table::Scores.schema(), columns)
}

/// A list per thought with a value per label, in their order; null where nothing was read.
fn lists_of<B: ArrayBuilder>(
    read: &[Read],
    field: &Field,
    values: B,
    append: impl Fn(&Scored, usize, &mut B),
) -> ArrayRef {
    let DataType::List(element) = field.data_type().clone() else {
        return arrow::array::new_empty_array(&DataType::Null);
    };
    let mut builder = ListBuilder::new(values).with_field(element);
    for one in read {
        for label in 0..one.scored.scores.len() {
            append(&one.scored, label, builder.values());
        }
        builder.append(one.scored.window_count > 0);
    }
    Arc::new(builder.finish())
}
