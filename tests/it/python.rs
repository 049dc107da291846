//! A lake is plain Delta: Python's `deltalake` and `polars` read the same rows, and what they
//! write is no stranger to us. Skipped, with a word, where they are not installed.

use crate::small::{snapshot, sweep_in_small_commits, told, write_chats};
use crate::support::{demo, events, query, sweep};
use reveille::record::schema::Table;
use std::path::Path;
use std::process::Command;

/// Runs a Python script; `None` if Python or a module it names first is missing.
fn python(modules: &[&str], script: &str, lake: &Path) -> Option<String> {
    let imports: String = modules.iter().map(|module| format!("import {module}\n")).collect();
    let run = |script: &str| {
        Command::new("python3")
            .args(["-c", script])
            .arg(lake)
            .env("POLARS_MAX_THREADS", "2")
            .output()
    };
    if !run(&imports).is_ok_and(|output| output.status.success()) {
        println!("skipped: python3 with {} is not there", modules.join(", "));
        return None;
    }
    let output = run(&format!("{imports}import json, sys\nlake = sys.argv[1]\n{script}")).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

fn make(dir: &Path) -> std::path::PathBuf {
    let lake = dir.join("lake");
    write_chats(&dir.join("chats"), 0..6);
    sweep_in_small_commits(&dir.join("chats"), &lake, true);
    lake
}

fn kinds(lake: &Path) -> String {
    query(lake, "select kind, count(*) as n from events group by kind order by kind")
        .trim()
        .to_owned()
}

#[test]
fn deltalake_counts_the_same_rows() {
    let dir = tempfile::tempdir().unwrap();
    let lake = make(dir.path());
    let script = "
from deltalake import DeltaTable, QueryBuilder
query = QueryBuilder().register('events', DeltaTable(lake + '/events'))
sql = 'select kind, count(*) as n from events group by kind order by kind'
for batch in query.execute(sql):
    kinds, counts = batch.column(0).to_pylist(), batch.column(1).to_pylist()
    for kind, n in zip(kinds, counts):
        print(json.dumps({'kind': str(kind), 'n': int(n)}, separators=(',', ':')))
";
    if let Some(counted) = python(&["deltalake"], script, &lake) {
        assert_eq!(counted, kinds(&lake));
    }
}

/// Counts by kind, model and day over a lake that has several of each.
const GROUPS: &str = "select kind, coalesce(request_model, '-') as model, \
     coalesce(cast(event_date as varchar), '-') as day, count(*) as n \
     from events group by 1, 2, 3 order by 1, 2, 3";

#[test]
fn duckdb_and_polars_count_the_demo_by_kind_model_and_day_as_we_do() {
    let dir = tempfile::tempdir().unwrap();
    let lake = dir.path().join("lake");
    sweep(&[&demo()], &lake);
    let ours = query(&lake, GROUPS);
    assert!(ours.lines().count() > 100, "{ours}");
    let show = "
def show(rows):
    for kind, model, day, n in sorted(rows):
        row = {'kind': kind, 'model': model, 'day': day, 'n': int(n)}
        print(json.dumps(row, separators=(',', ':')))
";
    let script = format!(
        "{show}
dates = (polars.read_delta(lake + '/events')
    .with_columns(polars.col('request_model').fill_null('-'),
                  polars.col('event_date').cast(polars.String).fill_null('-'))
    .group_by('kind', 'request_model', 'event_date').len())
show(dates.rows())"
    );
    if let Some(counted) = python(&["deltalake", "polars"], &script, &lake) {
        assert_eq!(counted, ours.trim());
    }
    // No batch is open and nothing was rewritten, so the files are the table.
    let script = format!(
        "{show}
show(duckdb.sql(\"\"\"{}\"\"\".replace('from events', f\"from '{{lake}}/events/*.parquet'\")).fetchall())",
        GROUPS
    );
    if let Some(counted) = python(&["duckdb"], &script, &lake) {
        assert_eq!(counted, ours.trim());
    }
}

#[test]
fn polars_reads_the_same_rows_of_every_table() {
    let dir = tempfile::tempdir().unwrap();
    let lake = make(dir.path());
    let script = "
import os
events = polars.read_delta(lake + '/events')
for kind, n in sorted(events.group_by('kind').len().rows()):
    print(json.dumps({'kind': kind, 'n': n}, separators=(',', ':')))
for table in ['raw_records', 'files', 'quarantine', 'findings']:
    print(table, polars.read_delta(lake + '/' + table).height)
print(sorted(events['text'].drop_nulls().to_list())[0])
print(events['ts'].min().isoformat())
";
    let Some(counted) = python(&["deltalake", "polars"], script, &lake) else { return };
    let mut wanted = kinds(&lake);
    let snapshot = snapshot(&lake);
    for table in [Table::RawRecords, Table::Files, Table::Quarantine, Table::Findings] {
        wanted.push_str(&format!("\n{} {}", table.name(), snapshot.rows(table)));
    }
    wanted.push_str("\nanswer number0 in line 0\n2026-01-01T00:00:00+00:00");
    assert_eq!(counted, wanted);
}

#[test]
fn files_of_another_tool_are_read_indexed_and_merged_with_ours() {
    let dir = tempfile::tempdir().unwrap();
    let lake = make(dir.path());
    let rows = events(&lake);
    let script = "deltalake.DeltaTable(lake + '/events').optimize.compact()";
    if python(&["deltalake"], script, &lake).is_none() {
        return;
    }
    let foreign = snapshot(&lake);
    assert_eq!(foreign.files(Table::Events).len(), 1);
    assert_eq!(foreign.files(Table::Events)[0].batch, None);
    assert!(events(&lake) == rows, "rows differ after another tool's compaction");
    let (code, said) = told(&["lake", "index", "--repair"], &lake);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = told(&["lake", "verify"], &lake);
    assert_eq!(code, Some(0), "{said}");
    let hits = query(&lake, "select text from events where search('number3')");
    assert_eq!(hits.lines().count(), 3);
    write_chats(&dir.path().join("chats"), 6..8);
    sweep_in_small_commits(&dir.path().join("chats"), &lake, true);
    let rows = events(&lake);
    let (code, said) = told(&["lake", "compact"], &lake);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(snapshot(&lake).files(Table::Events).len(), 1, "{said}");
    assert!(events(&lake) == rows, "rows differ after our compaction");
    assert_eq!(told(&["lake", "verify"], &lake).0, Some(0));
}
