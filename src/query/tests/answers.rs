//! Errors that lead to the mistake, limits, and refusals.

use super::{Lake, ask, haystack, one};
use crate::query::{QueryError, QueryOptions, QuerySession};

async fn error(query: &str) -> String {
    let lake = Lake::of(&haystack(1, 5));
    let session = lake.session().await;
    match session.sql(query).await {
        Ok(results) => results.collect().await.unwrap_err().to_string(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misspelt_column_is_shown_with_the_nearest_one() {
    let shown = error("select seq,\n  reqest_model from events").await;
    assert_eq!(
        shown,
        "there is no column `reqest_model`\n  |\n2 |   reqest_model from events\n  |   ^^^^^^^^^^^^\nhint: did you mean `request_model`?"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn other_mistakes_are_shown_where_they_stand() {
    let shown = error("select * from evnts").await;
    assert!(shown.contains("there is no table `evnts`") && shown.contains("^^^^^"), "{shown}");
    assert!(shown.contains("did you mean `events`?"), "{shown}");
    let shown = error("select * form events").await;
    assert!(shown.contains("1 | select * form events") && shown.contains('^'), "{shown}");
    let shown = error("select nosuch(1)").await;
    assert!(shown.contains("there is no function `nosuch`"), "{shown}");
    let shown = error("select session_id from events e, sessions s").await;
    assert!(shown.contains("several tables"), "{shown}");
    let shown = error("select count(*) from events where search('a \"b')").await;
    assert!(shown.contains("never closed"), "{shown}");
    let shown = error("select count(*) from events where search(kind)").await;
    assert!(shown.contains("quoted query"), "{shown}");
    let shown = error("select count(*) from sessions where search('x')").await;
    assert!(shown.contains("event_id in (select event_id from search("), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_only_read() {
    let lake = Lake::of(&haystack(1, 5));
    let session = lake.session().await;
    let folder = lake.folder.path().display();
    for query in [
        "create table t as select 1".to_owned(),
        "drop table events".to_owned(),
        "insert into events select * from events".to_owned(),
        format!("copy (select 1) to '{folder}/out.parquet'"),
        format!("create external table t stored as parquet location '{folder}'"),
    ] {
        let refused = session.sql(&query).await;
        assert!(matches!(refused, Err(QueryError::ReadOnly(_))), "{query}: {refused:?}");
    }
    assert!(!lake.folder.path().join("out.parquet").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sort_larger_than_memory_spills() {
    let lake = Lake::of(&haystack(4, 3000));
    let spill = lake.folder.path().join("spill");
    std::fs::create_dir_all(&spill).unwrap();
    let options = QueryOptions { memory_bytes: 16 << 20, threads: 2, spill_dir: Some(spill) };
    let session = QuerySession::new(&lake.snapshot, &options).await.unwrap();
    let query = "select count(*) from (select repeat(coalesce(text, 'x'), 100) as long, seq from events order by long, seq limit 11000)";
    assert_eq!(one(&session, query).await, "11000");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_snapshot_shows_new_rows_in_the_same_session() {
    let mut lake = Lake::of(&haystack(1, 40));
    let mut session = lake.session().await;
    assert_eq!(one(&session, "select count(*) from search('needle')").await, "3");
    let more = haystack(2, 40).remove(1);
    lake.events(&more);
    session.refresh(&lake.snapshot).await.unwrap();
    assert_eq!(one(&session, "select count(*) from events").await, "80");
    assert_eq!(one(&session, "select count(*) from search('needle')").await, "5");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_left_out_by_what_their_commits_say() {
    let mut lake = Lake::of(&haystack(3, 50));
    let files = lake.snapshot.tables.get_mut(&crate::record::schema::Table::Events).unwrap();
    for (index, file) in files.files.iter_mut().enumerate() {
        let time = |second: usize| {
            let micros = 1_700_000_000_000_000 + second as i64 * 1_000_000;
            chrono::DateTime::from_timestamp_micros(micros)
                .unwrap()
                .to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
        };
        let stats = serde_json::json!({
            "numRecords": 50,
            "minValues": {"ts": time(index * 50)},
            "maxValues": {"ts": time(index * 50 + 49)},
            "nullCount": {"ts": 0},
        });
        file.stats = Some(stats.to_string());
    }
    let session = lake.session().await;
    let query = "select count(*) from events where ts >= '2023-11-14T22:15:00Z'";
    assert_eq!(one(&session, query).await, "50");
    let plan = ask(&session, &format!("explain {query}")).await.join("\n");
    assert!(plan.contains("file2.parquet") && !plan.contains("file0.parquet"), "{plan}");
    assert_eq!(
        one(&session, "select min(ts), max(ts) from events").await,
        "2023-11-14T22:13:20Z|2023-11-14T22:15:49Z"
    );
    let found = one(&session, "select min(ts) from events where search('number77')").await;
    assert_eq!(found, "2023-11-14T22:14:37Z");
}
