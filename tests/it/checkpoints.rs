//! Sources that are left and taken up again inside a file: commits between their records, a stop
//! by the user, copies of older versions.

use crate::support::{events, options, sweep};
use reveille::pipeline;
use reveille::pipeline::sweep::Control;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::Ordering;

/// Lines of chats of about `bytes`; with another `salt` other ones.
fn chats(bytes: usize, salt: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for number in 0.. {
        if out.len() >= bytes {
            break;
        }
        let filler = "and so on ".repeat(60);
        writeln!(
            out,
            r#"{{"messages":[{{"role":"user","content":"{salt} question {number}"}},{{"role":"assistant","reasoning_content":"hm {number}","content":"answer {number} {filler}"}}]}}"#
        )
        .unwrap();
    }
    out
}

/// Commits as often as it can.
fn often(paths: &[&Path], lake: &Path) -> pipeline::Options {
    let mut options = pipeline::Options { commit_bytes: 1, ..options(paths, lake) };
    options.source.checkpoint_bytes = 1;
    options
}

#[test]
fn commits_inside_a_source_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    std::fs::write(logs.join("plain.jsonl"), chats(3 << 20, "plain")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&chats(2 << 20, "gzip")).unwrap();
    std::fs::write(logs.join("packed.jsonl.gz"), gzip.finish().unwrap()).unwrap();
    let once = dir.path().join("once");
    sweep(&[&logs], &once);
    let pieces = dir.path().join("pieces");
    let summary = pipeline::sweep(&often(&[&logs], &pieces), &Control::default()).unwrap();
    assert!(summary.commits > 3, "{} commits", summary.commits);
    assert!(events(&pieces) == events(&once), "rows depend on where batches end");
}

#[test]
fn a_stopped_sweep_ends_and_the_next_one_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    for number in 0..8 {
        let name = logs.join(format!("{number}.jsonl"));
        std::fs::write(name, chats(2 << 20, &format!("file {number}"))).unwrap();
    }
    let lake = dir.path().join("lake");
    let mut left = 0;
    for _ in 0..3 {
        let control = Control::default();
        control.stop.store(true, Ordering::Relaxed);
        left = pipeline::sweep(&often(&[&logs], &lake), &control).unwrap().counts.records;
    }
    assert!(left < 8 * 2000, "stopped, but read everything");
    let once = dir.path().join("once");
    sweep(&[&logs], &once);
    sweep(&[&logs], &lake);
    assert!(events(&lake) == events(&once), "rows differ after stops");
}

#[test]
fn a_copy_of_an_older_version_does_not_resume_where_the_newer_one_ended() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    let whole = chats(40_000, "grown");
    let half = whole.iter().take(20_000).rposition(|byte| *byte == b'\n').unwrap() + 1;
    let lake = dir.path().join("lake");
    std::fs::write(logs.join("a.jsonl"), &whole[..half]).unwrap();
    sweep(&[&logs], &lake);
    // One copy as it was, one that went another way, and the file itself has grown.
    std::fs::write(logs.join("b.jsonl"), &whole[..half]).unwrap();
    let other = [&whole[..half], &chats(40_000, "other")[..]].concat();
    std::fs::write(logs.join("c.jsonl"), &other).unwrap();
    std::fs::write(logs.join("a.jsonl"), &whole).unwrap();
    let summary = sweep(&[&logs], &lake);
    assert_eq!(summary.counts.quarantined, 0, "{:?}", summary.first_rejected);
    let lines = |text: &[u8]| text.iter().filter(|byte| **byte == b'\n').count();
    // Three events a line; what two files share stands once.
    let wanted = 3 * (lines(&whole) + lines(&other) - lines(&whole[..half]));
    assert_eq!(events(&lake).lines().count(), wanted);
}

#[test]
fn a_large_text_without_records_is_written_in_pieces() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("access.log");
    std::fs::write(&log, "10.0.0.1 GET / 200 nothing to see\n".repeat(200_000)).unwrap();
    let lake = dir.path().join("lake");
    let summary = pipeline::sweep(&often(&[&log], &lake), &Control::default()).unwrap();
    assert_eq!(summary.counts.events, 0);
    assert!(summary.counts.quarantined > 50, "{}", summary.counts.quarantined);
    assert!(summary.commits > 1, "all of it was held until the end");
}
