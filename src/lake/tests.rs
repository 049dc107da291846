//! Commits, crashes and conflicts, on real folders.

use super::*;
use crate::record::columns::{RunStamp, batch_of};
use crate::record::{Event, Id16, Kind, Role};

fn event(n: u8) -> Event {
    let mut event = Event::new(Kind::UserText, Role::User);
    event.event_id = Id16::of("test", &[&[n]]);
    event.stream_id = Id16::of("stream", &[&[n % 2]]);
    event.content_hash = Id16::of("content", &[&[n]]);
    event.ts = crate::record::Time::exact(1_795_262_400_000_000 + i64::from(n));
    event.text = Some(format!("text {n}"));
    event
}

fn write(lake: &Lake, batch: &mut Batch, table: Table, numbers: &[u8]) -> NewFile {
    let number = batch.next_number(table);
    let mut writer = FileWriter::create(&lake.dir(table), batch.id(), table, number, 10).unwrap();
    if table == Table::Events {
        let events: Vec<Event> = numbers.iter().map(|n| event(*n)).collect();
        let stamp = RunStamp { batch_id: batch.id().to_owned(), ingest_micros: 1 };
        writer.write(&batch_of(&events, &stamp).unwrap()).unwrap();
    } else {
        let schema = table.schema();
        let rows = numbers.len();
        let arrays = schema
            .fields()
            .iter()
            .map(|field| arrow::array::new_null_array(field.data_type(), rows))
            .collect();
        writer.write(&arrow::array::RecordBatch::try_new(schema, arrays).unwrap()).unwrap();
    }
    writer.finish().unwrap()
}

#[tokio::test]
async fn a_committed_batch_is_visible_and_its_ids_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_or_create(dir.path()).await.unwrap();
    let mut batch = Batch::begin(&lake).await.unwrap();
    let files = vec![
        write(&lake, &mut batch, Table::Events, &[1, 2, 3]),
        write(&lake, &mut batch, Table::Quarantine, &[0]),
    ];
    batch.commit(&mut lake, files).await.unwrap();
    let lake = Lake::open(dir.path()).await.unwrap();
    let snapshot = lake.snapshot().await.unwrap();
    assert_eq!(snapshot.rows(Table::Events), 3);
    assert_eq!(snapshot.rows(Table::Quarantine), 1);
    let mut ids = EventIds::new(&snapshot);
    let known = ids.of_stream(event(1).stream_id).unwrap();
    assert_eq!(known.len(), 2);
    assert!(known.contains(&(event(3).event_id, event(3).content_hash)));
    assert!(ids.of_stream(Id16::default()).unwrap().is_empty());
}

#[tokio::test]
async fn a_batch_without_its_events_commit_is_invisible_and_removed() {
    let dir = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_or_create(dir.path()).await.unwrap();
    let mut batch = Batch::begin(&lake).await.unwrap();
    let file = write(&lake, &mut batch, Table::Quarantine, &[0, 1]);
    let orphan = write(&lake, &mut batch, Table::Events, &[1]);
    let changes =
        store::Changes { add: vec![file], data_change: true, ..store::Changes::default() };
    lake.stores.get_mut(&Table::Quarantine).unwrap().commit(changes).await.unwrap();
    // While the writer lives, its batch is hidden but not touched.
    assert_eq!(lake.snapshot().await.unwrap().rows(Table::Quarantine), 0);
    assert_eq!(lake.recover().await.unwrap(), 0);
    drop(batch); // what a kill does: the lock goes, the marker stays
    assert_eq!(lake.recover().await.unwrap(), 1);
    lake.refresh().await.unwrap();
    assert_eq!(lake.snapshot().await.unwrap().rows(Table::Quarantine), 0);
    assert!(!lake.dir(Table::Events).join(orphan.path).exists());
    assert_eq!(lake.recover().await.unwrap(), 0);
}

#[tokio::test]
async fn the_slower_of_two_sweeps_is_told_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = Lake::open_or_create(dir.path()).await.unwrap();
    let mut second = Lake::open(dir.path()).await.unwrap();
    let mut one = Batch::begin(&first).await.unwrap();
    let mut two = Batch::begin(&second).await.unwrap();
    let file = write(&first, &mut one, Table::Events, &[1]);
    one.commit(&mut first, vec![file]).await.unwrap();
    let file = write(&second, &mut two, Table::Events, &[1]);
    let error = two.commit(&mut second, vec![file]).await.unwrap_err();
    assert!(matches!(error, LakeError::Conflict), "{error}");
    second.refresh().await.unwrap();
    assert_eq!(second.snapshot().await.unwrap().rows(Table::Events), 1);
    let mut again = Batch::begin(&second).await.unwrap();
    let file = write(&second, &mut again, Table::Events, &[2]);
    again.commit(&mut second, vec![file]).await.unwrap();
    assert_eq!(second.snapshot().await.unwrap().rows(Table::Events), 2);
}
