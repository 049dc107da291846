//! Merged rows are the same rows in the promised order.

use super::*;
use crate::lake::FileWriter;
use crate::record::columns::{RunStamp, batch_of, events_of};
use crate::record::{Event, Id16, Kind, Role};
use arrow::array::{Array, AsArray};
use arrow::compute::concat_batches;
use arrow::datatypes::DataType;
use std::sync::Arc;

const JANUARY: i64 = 1_767_225_600_000_000;
const MONTH: i64 = 31 * 86_400_000_000;

fn event(stream: u8, seq: i64, month: i64) -> Event {
    let mut event = Event::new(Kind::UserText, Role::User);
    event.stream_id = Id16::of("stream", &[&[stream]]);
    event.event_id = Id16::of("event", &[&[stream], &seq.to_le_bytes()]);
    event.seq = seq;
    event.text = Some(format!("{stream}/{seq} {}", "x".repeat(usize::from(stream) * 40)));
    event.ts = crate::record::Time::exact(JANUARY + month * MONTH + seq);
    event.attr("n", seq.to_string());
    event
}

fn sorted(mut events: Vec<Event>) -> Vec<Event> {
    events.sort_by_key(|event| (event.stream_id, event.seq));
    events
}

fn write(dir: &Path, number: usize, events: &[Event]) -> PathBuf {
    let mut writer = FileWriter::create(dir, "test", Table::Events, number, 10).unwrap();
    writer.write(&batch_of(events, &RunStamp::default()).unwrap()).unwrap();
    dir.join(writer.finish().unwrap().path)
}

fn lines(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| format!("{event:?}")).collect()
}

fn merged(paths: &[PathBuf]) -> Vec<Event> {
    let merge = Merge::open(paths).unwrap().unwrap();
    let rows = merge.rows();
    let batches: Vec<RecordBatch> = merge.map(|batch| batch.unwrap()).collect();
    assert_eq!(batches.iter().map(|b| b.num_rows() as u64).sum::<u64>(), rows);
    let whole = concat_batches(&Table::Events.schema(), &batches).unwrap();
    events_of(&whole).unwrap()
}

#[test]
fn files_are_merged_by_month_stream_and_sequence() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    let mut paths = Vec::new();
    for file in 0..5u8 {
        let rows = (0..900i64).map(|n| event((n % 7) as u8, n * 5 + i64::from(file), n % 3));
        let rows = sorted(rows.collect());
        paths.push(write(dir.path(), usize::from(file), &rows));
        all.extend(rows);
    }
    all.sort_by_key(|event| {
        let month = (event.ts.micros.unwrap() - JANUARY) / MONTH;
        (month, event.stream_id, event.seq)
    });
    assert_eq!(lines(&merged(&paths)), lines(&all));
}

#[test]
fn a_file_in_another_order_is_merged_by_chains_or_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let some = sorted((0..100).map(|n| event(1, n, 0)).collect());
    let halves = [&some[20..], &some[..20]].concat();
    let path = write(dir.path(), 0, &halves);
    assert_eq!(lines(&merged(&[path])), lines(&some));
    let reversed: Vec<Event> = some.into_iter().rev().collect();
    let path = write(dir.path(), 1, &reversed);
    assert!(Merge::open(&[path]).unwrap().is_none());
}

#[test]
fn types_of_other_tools_become_ours_and_foreign_columns_are_not_lost() {
    let rows = [event(1, 1, 0), event(1, 2, 0)];
    let batch = batch_of(&rows, &RunStamp::default()).unwrap();
    let text = arrow::compute::cast(&batch["text"], &DataType::Utf8).unwrap();
    let ids = arrow::compute::cast(&batch["event_id"], &DataType::LargeBinary).unwrap();
    let foreign = RecordBatch::try_from_iter([("event_id", ids), ("text", text.clone())]).unwrap();
    let conform = Conform::new(Table::Events.schema(), &foreign.schema()).unwrap();
    let ours = conform.apply(&foreign).unwrap();
    assert_eq!(ours.schema(), Table::Events.schema());
    assert_eq!(ours["event_id"].as_binary::<i32>(), batch["event_id"].as_binary::<i32>());
    assert_eq!(ours["kind"].null_count(), 2);
    let more = RecordBatch::try_from_iter([("text", text.clone()), ("mine", text)]).unwrap();
    assert!(Conform::new(Table::Events.schema(), &more.schema()).is_none());
    let wrong = Arc::new(arrow::array::new_null_array(&DataType::Float64, 1));
    let wrong = RecordBatch::try_from_iter([("attrs", wrong.as_ref().clone())]).unwrap();
    assert!(Conform::new(Table::Events.schema(), &wrong.schema()).is_none());
}

#[test]
fn concatenation_keeps_order_and_rows() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (vec![event(2, 1, 0)], vec![event(1, 1, 0), event(1, 2, 0)]);
    let paths = [write(dir.path(), 0, &one), write(dir.path(), 1, &two)];
    let concat = Concat::open(Table::Events, &paths).unwrap().unwrap();
    assert_eq!(concat.rows(), 3);
    let batches: Vec<RecordBatch> = concat.map(|batch| batch.unwrap()).collect();
    let whole = concat_batches(&Table::Events.schema(), &batches).unwrap();
    assert_eq!(lines(&events_of(&whole).unwrap()), lines(&[one, two].concat()));
}
