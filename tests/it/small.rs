//! A small lake of many small commits, and all its rows as text.

use crate::support::options;
use arrow::json::LineDelimitedWriter;
use reveille::lake::{Lake, Snapshot, read_file};
use reveille::pipeline::sweep::Control;
use reveille::record::schema::Table;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};

/// Writes chats of two messages each, spread over months; what they say tells them apart.
pub(crate) fn write_chats(folder: &Path, numbers: std::ops::Range<u32>) {
    std::fs::create_dir_all(folder).unwrap();
    for n in numbers {
        let mut text = String::new();
        for line in 0..3 {
            let created = 1_767_225_600 + i64::from(n % 4) * 2_700_000 + i64::from(line);
            let _ = writeln!(
                text,
                "{{\"id\":\"chatcmpl-{n}-{line}\",\"object\":\"chat.completion\",\
                 \"created\":{created},\"model\":\"model-{}\",\"choices\":[{{\"index\":0,\
                 \"message\":{{\"role\":\"assistant\",\"reasoning_content\":\"thought {n} of \
                 {line}\",\"content\":\"answer number{n} in line {line}\"}},\
                 \"finish_reason\":\"stop\"}}]}}",
                n % 3
            );
        }
        std::fs::write(folder.join(format!("chat-{n:03}.jsonl")), text).unwrap();
    }
}

/// Sweeps a folder, one commit per file.
pub(crate) fn sweep_in_small_commits(folder: &Path, lake: &Path, index: bool) {
    let options =
        reveille::pipeline::Options { commit_bytes: 1, index, ..options(&[folder], lake) };
    reveille::pipeline::sweep(&options, &Control::default()).unwrap();
}

/// Runs something asynchronous to its end.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(future)
}

/// The committed state of a lake.
pub(crate) fn snapshot(lake: &Path) -> Snapshot {
    wait(async { Lake::open(lake).await.unwrap().snapshot().await.unwrap() })
}

/// All rows of all tables as JSON lines, table by table, sorted, read from the Parquet files.
pub(crate) fn all_rows(lake: &Path) -> Vec<String> {
    let snapshot = snapshot(lake);
    let mut rows = Vec::new();
    for table in Table::ALL {
        let schema = table.schema();
        let columns: Vec<&str> =
            schema.fields().iter().map(|field| field.name().as_str()).collect();
        let mut writer = LineDelimitedWriter::new(Vec::new());
        for file in snapshot.files(table) {
            let path = lake.join(table.name()).join(&file.path);
            for batch in read_file(&path, &columns).unwrap() {
                writer.write(&batch.unwrap()).unwrap();
            }
        }
        let text = String::from_utf8(writer.into_inner()).unwrap();
        rows.extend(text.lines().map(|line| format!("{} {line}", table.name())));
    }
    rows.sort();
    rows
}

/// Runs the program.
pub(crate) fn reveille(args: &[&str], lake: &Path) -> Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("reveille"));
    command.args(args).arg("--lake").arg(lake).output().unwrap()
}

/// Runs the program and gives its exit code and what it said on both streams.
pub(crate) fn told(args: &[&str], lake: &Path) -> (Option<i32>, String) {
    let output = reveille(args, lake);
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code(), out + &String::from_utf8_lossy(&output.stderr))
}

/// The files of a table's folder with an ending, sorted.
pub(crate) fn files_with(folder: &Path, ending: &str) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_string_lossy().ends_with(ending));
    files.sort();
    files
}

/// Runs the program elsewhere, on a lake whose path leads upwards first.
#[test]
fn a_lake_may_be_named_by_a_path_that_goes_up() {
    let dir = tempfile::tempdir().unwrap();
    let below = dir.path().join("below");
    std::fs::create_dir(&below).unwrap();
    let lake = Path::new("../lake");
    let run = |args: &[&str]| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("reveille"));
        command.current_dir(&below).args(args).arg("--lake").arg(lake).output().unwrap()
    };
    let demo = crate::support::demo().join("evals");
    assert_eq!(run(&["sweep", "-q", "--no-model", demo.to_str().unwrap()]).status.code(), Some(0));
    for args in [["findings", "--hunting"], ["sql", "select count(reasoning) from events"]] {
        let output = run(&args);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
