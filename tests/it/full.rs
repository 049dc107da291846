//! A disk that is full: a clear error, and the lake as it was before.
//!
//! A limit on the size of files stands in for the disk; the system reports both the same way,
//! as a write that fails.

#![cfg(unix)]

use crate::small::{all_rows, files_with, sweep_in_small_commits, told, write_chats};
use std::path::Path;
use std::process::{Command, Output};

/// Runs the program with files of at most `blocks` half kilobytes.
fn limited(blocks: u32, args: &[&str], lake: &Path) -> Output {
    // The signal would end the process; ignored, the write fails as on a full disk.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(assert_cmd::cargo::cargo_bin("reveille"));
    command.args(args).arg("--lake").arg(lake).output().unwrap()
}

fn assert_clear(output: &Output) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("error: "), "{said}");
    assert!(said.contains("File too large"), "{said}");
}

#[test]
fn a_sweep_without_space_says_so_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (chats, lake) = (dir.path().join("chats"), dir.path().join("lake"));
    write_chats(&chats, 0..3);
    sweep_in_small_commits(&chats, &lake, true);
    let rows = all_rows(&lake);
    write_chats(&chats, 3..30);
    let folder = chats.to_str().unwrap();
    // Data files do not fit; data files fit but the index does not; only the last commit fails.
    for blocks in [1, 4, 16, 40] {
        let output = limited(blocks, &["sweep", "--no-rules", folder], &lake);
        assert_clear(&output);
        assert!(all_rows(&lake) == rows, "{blocks}: rows differ");
        let (code, said) = told(&["lake", "verify"], &lake);
        assert_eq!(code, Some(0), "{blocks}: {said}");
    }
    let (code, said) = told(&["sweep", "--no-rules", folder], &lake);
    assert_eq!(code, Some(0), "{said}");
    let other = dir.path().join("undisturbed");
    sweep_in_small_commits(&chats, &other, true);
    assert!(crate::support::events(&lake) == crate::support::events(&other), "events differ");
    assert!(files_with(&lake.join("_reveille/pending"), ".json").is_empty());
}

#[test]
fn a_compaction_without_space_says_so_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (chats, lake) = (dir.path().join("chats"), dir.path().join("lake"));
    write_chats(&chats, 0..8);
    sweep_in_small_commits(&chats, &lake, true);
    let rows = all_rows(&lake);
    let files = files_with(&lake.join("events"), ".parquet");
    for blocks in [1, 4, 16] {
        assert_clear(&limited(blocks, &["lake", "compact"], &lake));
        assert!(all_rows(&lake) == rows, "{blocks}: rows differ");
    }
    assert_eq!(files_with(&lake.join("events"), ".parquet"), files);
    let (code, said) = told(&["lake", "verify"], &lake);
    assert_eq!(code, Some(0), "{said}");
}
