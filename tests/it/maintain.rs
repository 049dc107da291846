//! Keeping a lake in order: verify, compact, vacuum, index.

use crate::small::{
    all_rows, files_with, snapshot, sweep_in_small_commits, told, wait, write_chats,
};
use crate::support::{events, query};
use reveille::lake::{Lake, read_file};
use reveille::record::schema::Table;
use std::path::Path;
use std::process::{Command, Stdio};

const CHATS: u32 = 12;

fn make(dir: &Path, index: bool) -> std::path::PathBuf {
    let lake = dir.join("lake");
    write_chats(&dir.join("chats"), 0..CHATS);
    sweep_in_small_commits(&dir.join("chats"), &lake, index);
    lake
}

fn assert_sound(lake: &Path) {
    let (code, said) = told(&["lake", "verify", "--sources"], lake);
    assert_eq!(code, Some(0), "{said}");
}

/// (month, stream, seq) of all rows, file by file.
fn order(lake: &Path) -> Vec<(String, String, i64)> {
    let mut keys = Vec::new();
    for file in snapshot(lake).files(Table::Events) {
        let path = lake.join("events").join(&file.path);
        let columns = ["event_date", "stream_id", "seq"];
        let mut writer = arrow::json::LineDelimitedWriter::new(Vec::new());
        for batch in read_file(&path, &columns).unwrap() {
            writer.write(&batch.unwrap()).unwrap();
        }
        for line in String::from_utf8(writer.into_inner()).unwrap().lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            let month = text("event_date").get(..7).unwrap_or_default().to_owned();
            keys.push((month, text("stream_id"), row["seq"].as_i64().unwrap()));
        }
    }
    keys
}

#[test]
fn compaction_leaves_every_row_as_it_is_and_searches_find_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let lake = make(dir.path(), true);
    let (rows, seen) = (all_rows(&lake), events(&lake));
    let search = "select text from events where search('number7') order by text";
    let hits = query(&lake, search);
    assert_eq!(hits.lines().count(), 3);
    assert!(snapshot(&lake).files(Table::Events).len() > 4);
    let (code, said) = told(&["lake", "compact"], &lake);
    assert_eq!(code, Some(0), "{said}");
    let after = snapshot(&lake);
    for table in [Table::Events, Table::RawRecords, Table::Files] {
        assert_eq!(after.files(table).len(), 1, "{}", table.name());
        assert_eq!(after.files(table)[0].batch, None);
    }
    assert!(all_rows(&lake) == rows, "rows differ");
    assert!(events(&lake) == seen, "events differ");
    assert_eq!(query(&lake, search), hits);
    assert!(order(&lake).is_sorted());
    assert_sound(&lake);
    // The next sweep knows what was read, the next compaction has nothing to do.
    sweep_in_small_commits(&dir.path().join("chats"), &lake, true);
    assert!(all_rows(&lake) == rows, "read again what was known");
    let version = snapshot(&lake).tables[&Table::Events].version;
    assert_eq!(told(&["lake", "compact"], &lake).0, Some(0));
    assert_eq!(snapshot(&lake).tables[&Table::Events].version, version);
}

#[test]
fn a_compaction_that_dies_changes_no_row_and_its_leftovers_go() {
    let dir = tempfile::tempdir().unwrap();
    let lake = make(dir.path(), true);
    let rows = all_rows(&lake);
    for point in ["before-rewrite-commit", "after-rewrite-commit"] {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("reveille"));
        command.args(["lake", "compact", "--lake"]).arg(&lake).env("REVEILLE_FAIL_POINT", point);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(!status.success(), "{point} was not reached");
        assert!(all_rows(&lake) == rows, "{point}: rows differ");
        assert_eq!(files_with(&lake.join("_reveille/pending"), ".json").len(), 1, "{point}");
    }
    wait(async { Lake::open(&lake).await.unwrap().recover().await.unwrap() });
    assert_eq!(files_with(&lake.join("_reveille/pending"), ".json").len(), 0);
    // What was committed before the second death is still there, the rest is gone.
    let raw = lake.join("raw_records");
    let committed = snapshot(&lake).files(Table::RawRecords).len();
    assert_eq!(committed, 1);
    let written = files_with(&raw, ".parquet");
    let rewritten = written.iter().filter(|path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('c'))
    });
    assert_eq!(rewritten.count(), 1);
    assert_eq!(told(&["lake", "compact"], &lake).0, Some(0));
    assert!(all_rows(&lake) == rows, "rows differ");
    assert_sound(&lake);
}

#[test]
fn sweeps_and_compactions_at_the_same_time_lose_and_double_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let lake = make(dir.path(), false);
    write_chats(&dir.path().join("chats"), CHATS..2 * CHATS);
    let compact = || {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("reveille"));
        command.args(["lake", "compact", "--lake"]).arg(&lake);
        command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap()
    };
    let mut running = vec![compact(), compact()];
    sweep_in_small_commits(&dir.path().join("chats"), &lake, false);
    running.push(compact());
    for mut child in running {
        assert!(child.wait().unwrap().success());
    }
    let other = dir.path().join("undisturbed");
    sweep_in_small_commits(&dir.path().join("chats"), &other, false);
    assert!(events(&lake) == events(&other), "events differ");
    let count = "select count(*) as n from raw_records";
    assert_eq!(query(&lake, count), query(&other, count));
    assert_sound(&lake);
}

#[test]
fn vacuum_deletes_only_what_has_been_out_of_use_for_long_enough() {
    let dir = tempfile::tempdir().unwrap();
    let lake = make(dir.path(), true);
    let rows = all_rows(&lake);
    assert_eq!(told(&["lake", "compact"], &lake).0, Some(0));
    let data = |folder: &str, ending| files_with(&lake.join(folder), ending).len();
    let before = (data("events", ".parquet"), data("events/_reveille/index", ".split"));
    assert!(before.0 > 2 && before.0 == before.1);
    for args in [&["lake", "vacuum"][..], &["lake", "vacuum", "--keep", "0", "--dry-run"]] {
        assert_eq!(told(args, &lake).0, Some(0));
        let after = (data("events", ".parquet"), data("events/_reveille/index", ".split"));
        assert_eq!(after, before, "{args:?}");
    }
    // A file of another tool that is not committed yet stays for a day.
    std::fs::write(lake.join("events/part-0.parquet"), "x").unwrap();
    let (code, said) = told(&["lake", "vacuum", "--keep", "0"], &lake);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!((data("events", ".parquet"), data("events/_reveille/index", ".split")), (2, 1));
    assert!(all_rows(&lake) == rows, "rows differ");
    assert_sound(&lake);
}

#[test]
fn damage_is_found_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let lake = make(dir.path(), true);
    assert_sound(&lake);
    let split = files_with(&lake.join("events/_reveille/index"), ".split").remove(0);
    flip_the_middle(&split);
    let (code, said) = told(&["lake", "verify"], &lake);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("index splits:\n  split of b"), "{said}");
    assert_eq!(told(&["lake", "index", "--repair"], &lake).0, Some(0));
    assert_sound(&lake);
    let raw = files_with(&lake.join("raw_records"), ".parquet");
    std::fs::remove_file(&raw[0]).unwrap();
    flip_the_middle_of_column(&raw[1]);
    let (code, said) = told(&["lake", "verify"], &lake);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("data files:\n  raw_records/b"), "{said}");
    assert!(said.contains("raw records:"), "{said}");
    assert!(said.contains("no raw record"), "{said}");
}

fn flip_the_middle(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle] ^= 0x55;
    std::fs::write(path, bytes).unwrap();
}

/// Damages the stored bytes of records, wherever they lie in the file.
fn flip_the_middle_of_column(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    // Past the small columns before it, well before the footer.
    for byte in &mut bytes[900..1100] {
        *byte ^= 0x01;
    }
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_rewritten_source_is_told_from_a_grown_and_a_deleted_one() {
    let dir = tempfile::tempdir().unwrap();
    let lake = make(dir.path(), false);
    let chat = |n: u32| dir.path().join(format!("chats/chat-{n:03}.jsonl"));
    let first = std::fs::read_to_string(chat(0)).unwrap();
    std::fs::write(chat(0), format!("{first}{{\"more\":1}}\n")).unwrap();
    std::fs::remove_file(chat(1)).unwrap();
    let (code, said) = told(&["lake", "verify", "--sources"], &lake);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("1 no longer there"), "{said}");
    std::fs::write(chat(0), first.replace("thought", "THOUGHT")).unwrap();
    std::fs::write(chat(2), "{}\n").unwrap();
    let (code, said) = told(&["lake", "verify", "--sources"], &lake);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("chat-000.jsonl: has changed since it was read"), "{said}");
    assert!(said.contains("chat-002.jsonl: is shorter than when it was read"), "{said}");
    assert_eq!(told(&["lake", "verify"], &lake).0, Some(0));
}

#[test]
fn an_index_can_be_built_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let lake = make(dir.path(), false);
    let (code, said) = told(&["lake", "index"], &lake);
    assert_eq!(code, Some(4), "{said}");
    let (code, said) = told(&["lake", "index", "--repair"], &lake);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(told(&["lake", "index"], &lake).0, Some(0));
    let files = snapshot(&lake).files(Table::Events).len();
    assert_eq!(files_with(&lake.join("events/_reveille/index"), ".split").len(), files);
    let hits = query(&lake, "select text from events where search('number3')");
    assert_eq!(hits.lines().count(), 3);
    assert_sound(&lake);
}
