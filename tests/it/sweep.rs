//! Whole sweeps over the demo corpus: once, again, grown, copied, in parallel.

use crate::support::{demo, events, files_below, findings, options, query, sweep};
use reveille::pipeline;
use reveille::pipeline::sweep::Control;
use std::io::Write as _;
use std::path::Path;

#[test]
fn a_second_sweep_and_moved_or_compressed_copies_add_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let lake = dir.path().join("lake");
    let first = sweep(&[&demo()], &lake);
    assert!(first.counts.events > 1000, "{}", first.counts.events);
    let before = events(&lake);
    let again = sweep(&[&demo()], &lake);
    assert_eq!((again.counts.events, again.files_unchanged), (0, first.files_found));
    let copies = dir.path().join("moved");
    std::fs::create_dir(&copies).unwrap();
    for (number, file) in files_below(&demo()).iter().enumerate() {
        let bytes = std::fs::read(file).unwrap();
        let target = copies.join(format!("{number}.log"));
        let packed = bytes.starts_with(b"PK") || bytes.starts_with(b"\x1f\x8b");
        if number % 2 == 0 && !packed {
            let out = std::fs::File::create(target).unwrap();
            let mut gzip = flate2::write::GzEncoder::new(out, flate2::Compression::fast());
            gzip.write_all(&bytes).unwrap();
            gzip.finish().unwrap();
        } else {
            std::fs::write(target, bytes).unwrap();
        }
    }
    let copied = sweep(&[&copies], &lake);
    assert_eq!(copied.counts.events, 0);
    assert_eq!(events(&lake), before);
}

#[test]
fn a_file_grown_in_many_sweeps_gives_the_rows_of_one() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("logs");
    std::fs::create_dir(&source).unwrap();
    let whole: Vec<_> = files_below(&demo())
        .into_iter()
        .filter(|file| file.extension().is_some_and(|ending| ending == "jsonl"))
        .collect();
    assert!(whole.len() > 20);
    let name = |file: &Path| {
        let inside = file.strip_prefix(demo()).unwrap().to_string_lossy().replace('/', "_");
        source.join(inside)
    };
    let grown = dir.path().join("grown");
    const STEPS: usize = 20;
    for step in 1..=STEPS {
        for file in &whole {
            let bytes = std::fs::read(file).unwrap();
            // Cut anywhere: in the middle of lines, too.
            std::fs::write(name(file), &bytes[..bytes.len() * step / STEPS]).unwrap();
        }
        sweep(&[&source], &grown);
    }
    let once = dir.path().join("once");
    sweep(&[&source], &once);
    let (grown, once) = (events(&grown), events(&once));
    for (a, b) in grown.lines().zip(once.lines()) {
        assert_eq!(a, b);
    }
    assert_eq!(grown.lines().count(), once.lines().count());
}

#[test]
fn the_rows_do_not_depend_on_the_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = Vec::new();
    for threads in [1, 2, 8] {
        let lake = dir.path().join(threads.to_string());
        let source = demo();
        let rules = Some(pipeline::Rules::Shipped);
        let options = pipeline::Options { threads, rules, ..options(&[&source], &lake) };
        pipeline::sweep(&options, &Control::default()).unwrap();
        let findings = findings(&lake);
        assert!(findings.lines().count() > 3, "{findings}");
        seen.push((events(&lake), findings));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}

#[test]
fn two_sweeps_at_once_double_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let lake = dir.path().join("lake");
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let source = demo();
                let options =
                    pipeline::Options { commit_bytes: 200_000, ..options(&[&source], &lake) };
                pipeline::sweep(&options, &Control::default()).unwrap();
            });
        }
    });
    let alone = dir.path().join("alone");
    sweep(&[&demo()], &alone);
    assert_eq!(events(&lake), events(&alone));
}

#[test]
fn ids_are_unique_and_every_result_knows_its_call() {
    let dir = tempfile::tempdir().unwrap();
    let lake = dir.path().join("lake");
    sweep(&[&demo()], &lake);
    let doubled = query(
        &lake,
        "select count(*) as n from (select event_id, content_hash from events \
         group by event_id, content_hash having count(*) > 1)",
    );
    assert_eq!(doubled.trim(), "{\"n\":0}");
    let lost = query(
        &lake,
        "select count(*) as n from events where kind = 'tool_result' and tool_join is null",
    );
    assert_eq!(lost.trim(), "{\"n\":0}");
}

#[test]
fn an_export_read_again_gives_equal_rows() {
    let dir = tempfile::tempdir().unwrap();
    let lake = dir.path().join("lake");
    sweep(&[&demo()], &lake);
    let export = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin("reveille"))
        .args(["export", "--with-secrets", "--lake"])
        .arg(&lake)
        .assert()
        .success();
    let file = dir.path().join("events.jsonl");
    std::fs::write(&file, &export.get_output().stdout).unwrap();
    let other = dir.path().join("other");
    let summary = sweep(&[&file], &other);
    assert_eq!(summary.counts.quarantined, 0, "{:?}", summary.first_rejected);
    let before = events(&lake);
    assert!(events(&other) == before, "rows differ after export and import");
    // A lake that has the events already takes none of them.
    sweep(&[&file], &lake);
    assert!(events(&lake) == before, "the export was taken for something new");
}

/// One line of a Claude Code session.
fn said(uuid: &str, parent: Option<&str>) -> String {
    let parent = parent.map_or("null".to_owned(), |parent| format!("\"{parent}\""));
    format!(
        "{{\"type\":\"user\",\"uuid\":\"{uuid}\",\"parentUuid\":{parent},\"sessionId\":\"s-1\",\
         \"timestamp\":\"2026-10-01T10:00:00.000Z\",\"version\":\"2.0.1\",\"cwd\":\"/w\",\
         \"message\":{{\"role\":\"user\",\"content\":\"says {uuid}\"}}}}"
    )
}

#[test]
fn what_a_repetition_makes_known_reaches_the_row_that_stays() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let first =
        [said("u1", None), said("u2", Some("u1")), said("u3", Some("u2")), said("u4", Some("u3"))];
    let summary = r#"{"type":"summary","summary":"so far","leafUuid":"u4"}"#.to_owned();
    // The resumed session repeats the lines, rewinds to u2 and goes on from there.
    let mut second = vec![summary];
    second.extend(first.iter().cloned());
    second.push(said("u5", Some("u2")));
    for (folder, lines) in [("a", &first[..]), ("b", &second[..])] {
        std::fs::create_dir(path(folder)).unwrap();
        std::fs::write(path(folder).join("log.jsonl"), lines.join("\n") + "\n").unwrap();
    }
    let states = |lake: &Path| {
        query(lake, "select text, branch_state from events where kind = 'user_text' order by text")
    };
    sweep(&[&path("b")], &path("alone"));
    let wanted = states(&path("alone"));
    assert_eq!(wanted.matches("abandoned").count(), 2, "{wanted}");
    sweep(&[&path("a")], &path("later"));
    sweep(&[&path("b")], &path("later"));
    assert_eq!(states(&path("later")), wanted);
    sweep(&[&path("a"), &path("b")], &path("both"));
    assert_eq!(states(&path("both")), wanted);
}
