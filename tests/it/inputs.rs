//! What a sweep is given and what it says of it: standard input, folders that hold lakes, files that
//! were read in another way.

use crate::small::{told, write_chats};
use crate::support::query;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Sweeps standard input; what the program says.
fn piped(text: &str, lake: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reveille"));
    command.args(["sweep", "-", "--no-model", "--no-judge", "--lake"]).arg(lake);
    let mut run = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    run.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = run.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn standard_input_is_named_as_it_was_given_and_known_by_its_content() {
    let dir = tempfile::tempdir().unwrap();
    let lake = dir.path().join("lake");
    let chat =
        |text: &str| format!("{{\"messages\":[{{\"role\":\"user\",\"content\":\"{text}\"}}]}}\n");
    let one = format!("{}broken\n", chat("one"));
    let (code, said) = piped(&one, &lake);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("first: -:2"), "{said}");
    assert!(!said.contains("reveille-stdin"), "{said}");
    let (_, again) = piped(&one, &lake);
    assert!(again.contains("events       0 in 0 sessions"), "{again}");
    // Something else by the same name takes nothing away from what is known.
    assert_eq!(piped(&chat("two"), &lake).0, Some(0));
    let (_, again) = piped(&one, &lake);
    assert!(again.contains("events       0 in 0 sessions"), "{again}");
    let paths = "select distinct path from files union select distinct path from quarantine";
    assert_eq!(query(&lake, paths).trim(), r#"{"path":"-"}"#);
    assert_eq!(query(&lake, "select count(distinct file_id) as n from files").trim(), r#"{"n":2}"#);
    let (code, verified) = told(&["lake", "verify", "--sources"], &lake);
    assert_eq!(code, Some(0), "{verified}");
}

fn sweep(logs: &Path, lake: &Path) -> (Option<i32>, String) {
    told(&["sweep", logs.to_str().unwrap(), "--no-model", "--no-judge"], lake)
}

#[test]
fn lakes_below_what_is_swept_are_left_out_and_the_summary_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    write_chats(&logs, 0..2);
    let own = logs.join("lake");
    for _ in 0..2 {
        let (code, said) = sweep(&logs, &own);
        assert_eq!(code, Some(0), "{said}");
        assert!(!said.contains("skipped"), "{said}");
    }
    // For another lake the first one is no logs either, and no part of the account is missing.
    let (code, said) = sweep(&logs, &dir.path().join("second"));
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("2 found, 2 new"), "{said}");
    let reason = format!("skipped      {}: a lake of Reveille", own.display());
    assert!(said.contains(&reason), "{said}");
    assert!(said.contains("quarantined  nothing"), "{said}");
    // One that is named as what to read is a mistake, and nothing is made of it.
    let third = dir.path().join("third");
    for lake in [&third, &own] {
        let (code, said) = sweep(&own, lake);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("lake: a lake of Reveille, which sweeps write"), "{said}");
    }
    assert!(!third.exists());
}

#[test]
fn a_folder_that_looks_like_a_lake_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    write_chats(&logs, 0..1);
    write_chats(&logs.join("below/events"), 1..2);
    // What anybody can make who may write there: a mark, then all that a lake has.
    std::fs::create_dir_all(logs.join("_reveille")).unwrap();
    std::fs::create_dir_all(logs.join("below/_reveille")).unwrap();
    std::fs::write(logs.join("_reveille/lake.json"), "").unwrap();
    let (code, said) = sweep(&logs, &dir.path().join("one"));
    assert!(said.contains("3 found"), "{said}");
    assert!(said.contains("in 6 sessions") && !said.contains("skipped"), "{said}");
    assert_eq!(code, Some(0), "{said}");
    std::fs::remove_file(logs.join("_reveille/lake.json")).unwrap();
    std::fs::write(logs.join("below/_reveille/lake.json"), "{\"format_version\":1}").unwrap();
    std::fs::create_dir_all(logs.join("below/events/_delta_log")).unwrap();
    let below = logs.join("below");
    for (root, sessions) in [(&logs, "in 6 sessions"), (&below, "in 3 sessions")] {
        let (code, said) = sweep(root, &dir.path().join(sessions));
        assert_eq!(code, Some(4), "{said}");
        assert!(said.contains(sessions), "{said}");
        let reason = format!("skipped      {}: a lake of Reveille", below.display());
        assert!(said.contains(&reason), "{said}");
    }
}

#[test]
fn another_mapping_of_the_same_file_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let (log, lake) = (dir.path().join("log.jsonl"), dir.path().join("lake"));
    std::fs::write(&log, "{\"p\":\"hi\",\"q\":\"yo\"}\n").unwrap();
    let sweep = |map: &str| {
        let path = log.to_str().unwrap();
        told(&["sweep", path, "--map", map, "--no-model", "--no-judge"], &lake).1
    };
    assert!(!sweep("user=.p").contains("read before"));
    let said = sweep("user=.q");
    assert!(said.contains("read before  1 file with mapped:"), "{said}");
    // Nothing is read, nothing is doubled.
    assert!(!sweep("user=.q").contains("read before"));
}
