//! What is missing or damaged costs time, never rows.

use super::{Lake, ask, haystack, one};
use crate::query::scan::LakeScanExec;
use crate::record::schema::Table;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::ParquetRowSelection;
use datafusion::datasource::physical_plan::{FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::parquet::arrow::arrow_reader::{RowSelection, RowSelector};
use datafusion::physical_plan::ExecutionPlan;
use std::collections::BTreeSet;
use std::sync::Arc;

const QUERY: &str =
    "select seq from events where search('needle') and not search('fork') order by seq";

async fn expected() -> Vec<String> {
    ask(&Lake::of(&haystack(3, 150)).session().await, QUERY).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_a_split_is_scanned() {
    let mut lake = Lake::of(&haystack(3, 150));
    lake.snapshot.tables.get_mut(&Table::Events).unwrap().files[1].split = None;
    assert_eq!(ask(&lake.session().await, QUERY).await, expected().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_that_is_gone_or_damaged_is_replaced_by_a_scan() {
    let lake = Lake::of(&haystack(3, 150));
    let files = &lake.snapshot.tables[&Table::Events];
    std::fs::remove_file(files.absolute_split(&files.files[0]).unwrap()).unwrap();
    let damaged = files.absolute_split(&files.files[1]).unwrap();
    let mut bytes = std::fs::read(&damaged).unwrap();
    let middle = bytes.len() / 2;
    bytes.truncate(middle);
    std::fs::write(&damaged, bytes).unwrap();
    let noise = files.absolute_split(&files.files[2]).unwrap();
    std::fs::write(noise, b"not a split at all").unwrap();
    assert_eq!(ask(&lake.session().await, QUERY).await, expected().await);
    assert_eq!(
        one(&lake.session().await, "select count(*) from search('needle')").await,
        one(&Lake::of(&haystack(3, 150)).session().await, "select count(*) from search('needle')")
            .await,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_of_another_file_is_not_believed() {
    let mut lake = Lake::of(&haystack(2, 150));
    // Another tool rewrote the file: one row fewer, same name.
    let shorter: Vec<_> = haystack(2, 150)[1][1..].to_vec();
    let other = Lake::of(&[shorter]);
    let from = other.snapshot.tables[&Table::Events].dir.join("file0.parquet");
    let files = lake.snapshot.tables.get_mut(&Table::Events).unwrap();
    let to = files.dir.join("file1.parquet");
    std::fs::copy(from, &to).unwrap();
    files.files[1].size = std::fs::metadata(&to).unwrap().len();
    files.files[1].rows = Some(149);
    let session = lake.session().await;
    let found = ask(&session, "select seq from search('needle') order by seq").await;
    let like = "select seq from events where coalesce(text, reasoning, tool_call_arguments) like '%needle%' order by seq";
    assert_eq!(found, ask(&session, like).await);
}

fn scan(selection: Option<RowSelection>, required: bool) -> LakeScanExec {
    let schema = Arc::new(Schema::new(vec![Field::new("a", DataType::Int64, true)]));
    let mut file = PartitionedFile::new("lake/a.parquet", 1000);
    if let Some(selection) = selection {
        file = file.with_extension(ParquetRowSelection::new(selection));
    }
    let selected = if required {
        BTreeSet::from([file.object_meta.location.clone()])
    } else {
        BTreeSet::new()
    };
    let url = ObjectStoreUrl::local_filesystem();
    let source = Arc::new(ParquetSource::new(schema));
    let config = FileScanConfigBuilder::new(url, source).with_file(file).build();
    LakeScanExec::new("events", DataSourceExec::from_data_source(config), selected)
}

#[tokio::test]
async fn a_required_selection_is_never_dropped_silently() {
    let context = datafusion::prelude::SessionContext::new();
    let select = || RowSelection::from(vec![RowSelector::select(1)]);
    assert!(scan(Some(select()), true).execute(0, context.task_ctx()).is_ok());
    assert!(scan(None, false).execute(0, context.task_ctx()).is_ok());
    let Err(error) = scan(None, true).execute(0, context.task_ctx()) else {
        panic!("a scan without its selection ran");
    };
    assert!(error.to_string().contains("refusing to return all rows"), "{error}");
    // What rewrites the plan keeps the requirement.
    let limited = scan(None, true).with_fetch(Some(3)).unwrap();
    assert!(limited.execute(0, context.task_ctx()).is_err());
    let config = datafusion::common::config::ConfigOptions::default();
    if let Some(split) = scan(None, true).repartitioned(4, &config).unwrap() {
        assert!(split.execute(0, context.task_ctx()).is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_file_that_is_gone_is_an_error() {
    let lake = Lake::of(&haystack(2, 50));
    std::fs::remove_file(lake.dir(Table::Events).join("file1.parquet")).unwrap();
    let session = lake.session().await;
    let results = session.sql("select sum(seq) from events").await.unwrap();
    assert!(results.collect().await.is_err());
}
