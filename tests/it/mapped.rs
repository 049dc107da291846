//! Logs of no known format, swept with `--map`.

use crate::support::{events, options, query, root};
use reveille::formats::mapped::Mapped;
use reveille::formats::registry::Forced;
use reveille::pipeline::sweep::Control;
use reveille::pipeline::{self, Summary};
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const MAP: &str = "session=.chat,user=.prompt,reasoning=.thinking,model=.model_id";

/// Runs the program on a lake.
fn reveille(arguments: &[&str], lake: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reveille"));
    command.current_dir(root()).args(arguments).arg("--lake").arg(lake).stdin(Stdio::null());
    command.output().unwrap()
}

fn sweep(map: Option<&str>, path: &Path, lake: &Path) -> Summary {
    let mut options = options(&[path], lake);
    options.source.forced = map.map(|map| Forced::Mapped(Mapped::new(map.parse().unwrap())));
    pipeline::sweep(&options, &Control::default()).unwrap()
}

/// Records that no reader knows.
fn records(numbers: std::ops::Range<u32>) -> String {
    let mut text = String::new();
    for n in numbers {
        let _ = writeln!(
            text,
            "{{\"model_id\":\"m\",\"prompt\":\"ask {n}\",\"thinking\":\"weigh {n}\",\
             \"reply\":\"say {n}\",\"chat\":\"c{}\"}}",
            n % 2
        );
    }
    text
}

#[test]
fn a_flat_log_is_read_and_the_same_mapping_adds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (log, lake) = (dir.path().join("log.jsonl"), dir.path().join("lake"));
    std::fs::write(&log, records(0..4)).unwrap();
    let first = sweep(Some(MAP), &log, &lake);
    assert_eq!((first.counts.events, first.counts.quarantined, first.sessions.len()), (8, 0, 2));
    let rows = query(
        &lake,
        "select kind, coalesce(text, reasoning) as said, request_model as model, turn_index as turn \
         from events where session_id = 'c1' order by seq, message_index",
    );
    insta::assert_snapshot!(rows, @r#"
    {"kind":"user_text","said":"ask 1","model":"m","turn":1}
    {"kind":"reasoning","said":"weigh 1","model":"m","turn":1}
    {"kind":"user_text","said":"ask 3","model":"m","turn":2}
    {"kind":"reasoning","said":"weigh 3","model":"m","turn":2}
    "#);
    let before = events(&lake);
    let spelled = "reasoning = .thinking, model=.model_id,user_text=.prompt,session_id=.chat";
    let again = sweep(Some(spelled), &log, &lake);
    assert_eq!((again.counts.events, again.files_unchanged), (0, 1));
    let copy = dir.path().join("copy.jsonl");
    std::fs::copy(&log, &copy).unwrap();
    assert_eq!(sweep(Some(MAP), &copy, &lake).files_copied, 1);
    assert_eq!(events(&lake), before);
}

#[test]
fn a_log_that_grew_gives_the_rows_of_one_sweep() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log.jsonl");
    let (grown, once) = (dir.path().join("grown"), dir.path().join("once"));
    let whole = records(0..6);
    for step in 1..=5 {
        std::fs::write(&log, &whole[..whole.len() * step / 5]).unwrap();
        sweep(Some(MAP), &log, &grown);
    }
    sweep(Some(MAP), &log, &once);
    assert_eq!(events(&grown), events(&once));
}

#[test]
fn another_mapping_reads_the_log_again_and_keeps_what_there_is() {
    let dir = tempfile::tempdir().unwrap();
    let (log, lake) = (dir.path().join("log.jsonl"), dir.path().join("lake"));
    std::fs::write(&log, records(0..2)).unwrap();
    let without = sweep(None, &log, &lake);
    assert_eq!((without.counts.events, without.counts.quarantined), (0, 2));
    assert_eq!(sweep(Some("reasoning=.cot"), &log, &lake).counts.quarantined, 2);
    let first = sweep(Some(MAP), &log, &lake);
    // Readings that made nothing of it leave nothing behind.
    assert_eq!((first.counts.events, first.otherwise.len()), (4, 0));
    let second = sweep(Some("user=.prompt,assistant=.reply"), &log, &lake);
    assert_eq!(second.counts.events, 4);
    let name = MAP.parse::<reveille::formats::mapped::Mapping>().unwrap().name();
    assert_eq!(second.otherwise, [(name, 1)].into());
    for map in [None, Some("reasoning=.cot"), Some(MAP)] {
        assert_eq!(sweep(map, &log, &lake).files_unchanged, 1, "{map:?}");
    }
    let distinct = "select count(distinct event_id) as ids, count(distinct source_format) as maps, \
                    count(*) as n from events";
    assert_eq!(query(&lake, distinct).trim(), r#"{"ids":8,"maps":2,"n":8}"#);
    let readings = "select count(*) as n from files";
    assert_eq!(query(&lake, readings).trim(), r#"{"n":4}"#);
    let verify = reveille(&["lake", "verify", "--sources"], &lake);
    let said = String::from_utf8_lossy(&verify.stdout).into_owned();
    assert!(verify.status.success(), "{said}");
    let sources = said.lines().find(|line| line.contains("sources")).unwrap_or_default();
    assert!(!sources.contains("no longer there"), "{said}");
}

#[test]
fn conversations_are_read_by_the_program_and_what_does_not_fit_is_in_quarantine() {
    let dir = tempfile::tempdir().unwrap();
    let (log, lake) = (dir.path().join("chats.jsonl"), dir.path().join("lake"));
    let chat = r#"{"id":"c-1","turns":[{"by":"human","says":"hi"},{"by":"bot","says":"hello"}]}"#;
    std::fs::write(&log, format!("{chat}\n{{\"id\":\"c-2\",\"turns\":[]}}\nnot json\n")).unwrap();
    let map = dir.path().join("map.txt");
    std::fs::write(&map, "# ours\nmessages = .turns[]\nrole = .by\ncontent=.says\nsession=$.id\n")
        .unwrap();
    let map = format!("@{}", map.display());
    let log = log.to_string_lossy().into_owned();
    let swept = reveille(&["sweep", "--no-model", "--map", &map, &log], &lake);
    let said = String::from_utf8_lossy(&swept.stderr).into_owned();
    assert_eq!(swept.status.code(), Some(4), "{said}");
    assert!(said.contains("nothing_mapped 1") && said.contains("mapped:"), "{said}");
    let rows =
        query(&lake, "select session_id, role, text from events order by seq, message_index");
    insta::assert_snapshot!(rows, @r#"
    {"session_id":"c-1","role":"user","text":"hi"}
    {"session_id":"c-1","role":"assistant","text":"hello"}
    "#);
    let rejected = query(&lake, "select line_no, reason, message from quarantine order by line_no");
    insta::assert_snapshot!(rejected, @r#"
    {"line_no":2,"reason":"nothing_mapped","message":"nothing where --map looks for what is said; expected at least one of .says (content) in .turns[] (messages)"}
    {"line_no":3,"reason":"not_json","message":"not JSON: expected an object or an array"}
    "#);
}

#[test]
fn a_wrong_mapping_ends_before_anything_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let lake = dir.path().join("lake");
    for (arguments, said) in [
        (&["--map", "usr=.a"][..], "--map: column 1: unknown target `usr`; there are session,"),
        (&["--map", "user=.a,model=gpt"], "--map: column 15: expected a path"),
        (&["--map", "@no-such-file"], "cannot open no-such-file"),
        (&["--map", "user=.a", "--input-format", "codex_rollout"], "cannot be used with"),
        (&["--input-format", "mapped"], "--map"),
    ] {
        let run = reveille(&[&["sweep", "Cargo.toml"], arguments].concat(), &lake);
        let error = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(2), "{error}");
        assert!(error.contains(said), "{error}");
        assert!(!lake.exists());
    }
}

#[test]
fn standard_input_archives_and_prefixed_lines_are_read_by_a_mapping() {
    let dir = tempfile::tempdir().unwrap();
    let lake = dir.path().join("lake");
    let archive = dir.path().join("logs.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&archive).unwrap());
    for name in ["a.jsonl", "b.jsonl"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, records(0..2).as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    assert_eq!(sweep(Some(MAP), &archive, &lake).counts.events, 8);
    assert_eq!(sweep(Some(MAP), &archive, &lake).counts.events, 0);
    let map = "user=.prompt,reasoning=.thinking";
    assert_eq!(sweep(Some(map), &archive, &lake).counts.events, 8);
    let mut run = Command::new(env!("CARGO_BIN_EXE_reveille"));
    run.args(["sweep", "-", "--no-model", "--map", map, "--lake"]).arg(&lake);
    let mut run = run.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let line = "Jan 01 host agent: {\"prompt\":\"behind a prefix\"}\n";
    std::io::Write::write_all(&mut run.stdin.take().unwrap(), line.as_bytes()).unwrap();
    assert_eq!(run.wait_with_output().unwrap().status.code(), Some(4));
    let found = query(&lake, "select flags from events where text = 'behind a prefix'");
    assert_eq!(found.trim(), r#"{"flags":["salvaged"]}"#);
}
