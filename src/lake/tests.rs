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
    // An index that did not fit its memory lies in a folder of its own.
    let split = lake.dir(Table::Events).join(names::split_of(Table::Events, &orphan.path).unwrap());
    let spill = split.with_extension("spill");
    std::fs::create_dir_all(spill.join("1")).unwrap();
    std::fs::write(spill.join("1").join("piece"), b"x").unwrap();
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
    assert!(!spill.exists());
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

async fn commit_one(lake: &mut Lake, n: u8) -> String {
    let mut batch = Batch::begin(lake).await.unwrap();
    let file = write(lake, &mut batch, Table::Events, &[n]);
    let path = file.path.clone();
    batch.commit(lake, vec![file]).await.unwrap();
    path
}

fn rewritten(lake: &Lake, rewrite: &Rewrite, numbers: &[u8]) -> NewFile {
    let dir = lake.dir(Table::Events);
    let mut writer = FileWriter::create(&dir, rewrite.id(), Table::Events, 0, 10).unwrap();
    let events: Vec<Event> = numbers.iter().map(|n| event(*n)).collect();
    writer.write(&batch_of(&events, &RunStamp::default()).unwrap()).unwrap();
    writer.finish().unwrap()
}

#[tokio::test]
async fn of_two_rewrites_of_the_same_files_one_counts() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = Lake::open_or_create(dir.path()).await.unwrap();
    let old = vec![commit_one(&mut first, 1).await, commit_one(&mut first, 2).await];
    let mut second = Lake::open(dir.path()).await.unwrap();
    let (one, two) = (Rewrite::begin(&first).unwrap(), Rewrite::begin(&second).unwrap());
    let (new, other) = (rewritten(&first, &one, &[1, 2]), rewritten(&second, &two, &[1, 2]));
    // A sweep commits in between: that is no reason to fail.
    let mut sweeper = Lake::open(dir.path()).await.unwrap();
    commit_one(&mut sweeper, 3).await;
    let loser = second.dir(Table::Events).join(&other.path);
    assert!(one.commit(&mut first, Table::Events, &old, vec![new]).await.unwrap());
    assert!(!two.commit(&mut second, Table::Events, &old, vec![other]).await.unwrap());
    assert!(!loser.exists());
    second.refresh().await.unwrap();
    let snapshot = second.snapshot().await.unwrap();
    assert_eq!((snapshot.files(Table::Events).len(), snapshot.rows(Table::Events)), (2, 3));
    assert!(batch::pending(dir.path()).unwrap().is_empty());
}

#[tokio::test]
async fn a_stale_change_that_only_rearranges_rows_is_refused_by_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = Lake::open_or_create(dir.path()).await.unwrap();
    let old = commit_one(&mut first, 1).await;
    let mut second = Lake::open(dir.path()).await.unwrap();
    for (lake, wanted) in [(&mut first, true), (&mut second, false)] {
        let rewrite = Rewrite::begin(lake).unwrap();
        let add = vec![rewritten(lake, &rewrite, &[1])];
        let changes =
            store::Changes { add, remove: vec![old.clone()], ..store::Changes::default() };
        let result = lake.stores.get_mut(&Table::Events).unwrap().commit(changes).await;
        assert_eq!(result.is_ok(), wanted, "{result:?}");
    }
}

#[tokio::test]
async fn vacuum_leaves_files_of_live_writers_alone() {
    let dir = tempfile::tempdir().unwrap();
    let mut lake = Lake::open_or_create(dir.path()).await.unwrap();
    let mut batch = Batch::begin(&lake).await.unwrap();
    let file = write(&lake, &mut batch, Table::Events, &[1]);
    let rewrite = Rewrite::begin(&lake).unwrap();
    rewritten(&lake, &rewrite, &[1]);
    let found = lake.vacuum(std::time::Duration::ZERO, false).await.unwrap();
    assert_eq!((found.unused.len(), found.kept, found.recovered), (0, 2, 0));
    batch.commit(&mut lake, vec![file]).await.unwrap();
    drop(rewrite); // what a kill does: the lock goes, the marker stays
    lake.recover().await.unwrap();
    assert_eq!(std::fs::read_dir(lake.dir(Table::Events)).unwrap().count(), 2);
    assert_eq!(lake.snapshot().await.unwrap().rows(Table::Events), 1);
}
