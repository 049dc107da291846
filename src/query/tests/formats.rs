//! Output in every format.

use super::{Lake, event};
use crate::query::QuerySession;
use crate::query::print::{Format, PrintOptions, print};
use crate::query::repl::interruptible;
use crate::record::Kind;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::borrow::Cow;

fn plain(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

fn careful(text: &str) -> Cow<'_, str> {
    Cow::Owned(text.replace('\u{1b}', "\\e"))
}

/// The lake goes with the session, because its folder goes with it.
async fn session() -> (Lake, QuerySession) {
    let mut first = event(0, Kind::AssistantText, "=1+1, \"quoted\"\nsecond line \u{1b}[31m");
    first.flags = vec!["lossy_utf8"];
    first.attrs = vec![("a".to_owned(), "1".to_owned())];
    let lake = Lake::of(&[vec![first, event(1, Kind::Reasoning, "hm")]]);
    let session = lake.session().await;
    (lake, session)
}

async fn written(query: &str, options: &PrintOptions) -> Vec<u8> {
    let mut out = Vec::new();
    let (_lake, session) = session().await;
    let results = session.sql(query).await.unwrap();
    print(results, &mut out, options).await.unwrap();
    out
}

async fn text(query: &str, format: Format) -> String {
    String::from_utf8(written(query, &PrintOptions::new(format, plain)).await).unwrap()
}

const QUERY: &str = "select seq, ts, text, event_id, flags, attrs from events order by seq";

#[tokio::test(flavor = "multi_thread")]
async fn json_has_hex_rfc_3339_and_nested_values() {
    let lines = text(QUERY, Format::Ndjson).await;
    let rows: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows[0]["seq"], 0);
    assert_eq!(rows[0]["ts"], "2023-11-14T22:13:20Z");
    assert_eq!(rows[0]["event_id"], event(0, Kind::Usage, "").event_id.to_string());
    assert_eq!(rows[0]["flags"][0], "lossy_utf8");
    assert_eq!(rows[0]["attrs"]["a"], "1");
    assert!(rows[1]["text"].is_null() && rows[1].get("text").is_some());
    let array: serde_json::Value = serde_json::from_str(&text(QUERY, Format::Json).await).unwrap();
    assert_eq!(array, serde_json::Value::Array(rows));
    assert_eq!(text("select 1 as x where false", Format::Json).await, "[]\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_quotes_and_keeps_formulas_from_running() {
    let csv = text("select seq, text, flags from events order by seq", Format::Csv).await;
    assert_eq!(
        csv,
        "seq,text,flags\n0,\"'=1+1, \"\"quoted\"\"\nsecond line \u{1b}[31m\",\"[\"\"lossy_utf8\"\"]\"\n1,,[]\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_fit_the_terminal_and_escape_what_they_show() {
    let mut options = PrintOptions::new(Format::Table, careful);
    options.width = Some(40);
    let query = "select seq, kind, text from events order by seq";
    let table = String::from_utf8(written(query, &options).await).unwrap();
    assert!(!table.contains('\u{1b}'), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 40), "{table}");
    assert!(table.ends_with("(2 rows)\n"), "{table}");
    assert!(table.contains('…'), "{table}");
    options.expanded = true;
    let table = String::from_utf8(written(query, &options).await).unwrap();
    assert!(table.contains("     │ second line \\e[31m"), "{table}");
    options.expanded = false;
    let wide = String::from_utf8(written("select * from events limit 1", &options).await).unwrap();
    assert!(wide.starts_with("─[ row 1 ]─\nevent_id "), "{wide}");
    let plan = text("explain select seq from events", Format::Table).await;
    assert!(plan.contains("LakeScanExec"), "{plan}");
    let empty = text("select 1 as x where false", Format::Table).await;
    assert_eq!(empty, " x\n───\n(0 rows)\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn parquet_reads_back_with_its_types() {
    let bytes = written(QUERY, &PrintOptions::new(Format::Parquet, plain)).await;
    let file = bytes::Bytes::from(bytes);
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 2);
    let events = crate::record::columns::event_schema();
    let field = events.field_with_name("attrs").unwrap();
    assert_eq!(
        batches[0].schema().field_with_name("attrs").unwrap().data_type(),
        field.data_type()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_of_the_same_name_are_told_apart() {
    let query = "select a.seq, b.seq from events a join events b on a.event_id = b.event_id order by 1 limit 1";
    assert_eq!(text(query, Format::Ndjson).await, "{\"seq\":0,\"seq_2\":0}\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_is_dropped_stops() {
    let (_lake, session) = session().await;
    let mut out = Vec::new();
    let endless =
        "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b";
    let results = session.sql(endless).await.unwrap();
    let options = PrintOptions::new(Format::Table, plain);
    let limit = std::time::Duration::from_millis(200);
    let stopped =
        tokio::time::timeout(limit, interruptible(print(results, &mut out, &options))).await;
    assert!(stopped.is_err(), "it was still running");
}
