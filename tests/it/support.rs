//! What the tests of whole sweeps share.

use reveille::pipeline::sweep::Control;
use reveille::pipeline::{self, Summary};
use reveille::query::print::{Format, PrintOptions, print};
use reveille::query::{QueryOptions, QuerySession};
use reveille::record::columns::COLUMNS;
use reveille::record::schema::{RUN_COLUMNS, Table};
use std::path::{Path, PathBuf};

/// Options of a sweep without rules.
pub(crate) fn options(paths: &[&Path], lake: &Path) -> pipeline::Options {
    pipeline::Options {
        paths: paths.iter().map(|path| path.to_path_buf()).collect(),
        lake: lake.to_owned(),
        source: reveille::ingest::source::Options::default(),
        rules: None,
        index: true,
        threads: 2,
        memory: 256 << 20,
        commit_bytes: 64 << 20,
    }
}

/// Runs a sweep.
pub(crate) fn sweep(paths: &[&Path], lake: &Path) -> Summary {
    pipeline::sweep(&options(paths, lake), &Control::default()).unwrap()
}

/// Runs a query and gives its rows as JSON lines.
pub(crate) fn query(lake: &Path, sql: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let lake = reveille::lake::Lake::open(lake).await.unwrap();
        let snapshot = lake.snapshot().await.unwrap();
        let session = QuerySession::new(&snapshot, &QueryOptions::default()).await.unwrap();
        let results = session.sql(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let options = PrintOptions::new(Format::Ndjson, |text| text.into());
        let mut out = Vec::new();
        print(results, &mut out, &options).await.unwrap();
        String::from_utf8(out).unwrap()
    })
}

/// All events without the columns of the run, in a fixed order.
pub(crate) fn events(lake: &Path) -> String {
    let columns: Vec<&str> = COLUMNS
        .iter()
        .map(|column| column.name)
        .filter(|name| !RUN_COLUMNS.contains(name))
        .collect();
    let sql = format!(
        "select {} from events order by stream_id, seq, message_index, part_index, event_id",
        columns.join(", ")
    );
    query(lake, &sql)
}

/// All findings without the columns of the run, in a fixed order.
pub(crate) fn findings(lake: &Path) -> String {
    let schema = Table::Findings.schema();
    let names = schema.fields().iter().map(|field| field.name().as_str());
    let columns: Vec<&str> = names.filter(|name| !RUN_COLUMNS.contains(name)).collect();
    query(lake, &format!("select {} from findings order by finding_id", columns.join(", ")))
}

/// The checkout that is being tested. Asked for when the tests run: checkouts may share what they build.
pub(crate) fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| ".".into(), PathBuf::from)
}

/// The demo corpus.
pub(crate) fn demo() -> PathBuf {
    root().join("corpora/demo")
}

/// All files below a folder, sorted.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let walk = reveille::ingest::walk::walk(&[folder.to_owned()], None, |_| None);
    walk.files.into_iter().map(|found| found.path).collect()
}
