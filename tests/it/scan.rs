//! Thoughts scored from the lake: each once, on any number of threads, and again by another model.

use crate::small::told;
use crate::support::{demo, query, sweep};
use reveille::detect::classifier::{Choice, Classifier, Model, Runtime};
use reveille::pipeline::score::{Options, ScoreSummary, score};
use reveille::pipeline::sweep::Control;
use std::path::Path;

fn shipped() -> Classifier {
    let runtime = Runtime::start(&Choice::Embedded).unwrap();
    Classifier::new(Model::shipped().unwrap(), runtime).unwrap()
}

fn scored(lake: &Path, classifier: &Classifier, threads: usize, all: bool) -> ScoreSummary {
    let options = Options { lake: lake.to_owned(), threads, all };
    score(&options, classifier, &Control::default()).unwrap()
}

/// All scores without the columns of the run.
fn rows(lake: &Path) -> String {
    query(
        lake,
        "select event_id, session_id, verdict, reason, labels, scores, starts, ends, window_count, \
         turned, aware from scores order by event_id",
    )
}

const COUNT: &str = "select count(*) as n from scores";

#[test]
fn every_thought_is_scored_once_and_threads_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    let classifier = shipped();
    for (lake, threads) in [(&one, 1), (&two, 3)] {
        sweep(&[&demo()], lake);
        let thoughts = query(lake, "select count(reasoning) as n from events");
        let first = scored(lake, &classifier, threads, false);
        assert!(first.scored > 50, "{first:?}");
        assert_eq!(thoughts.trim(), format!(r#"{{"n":{}}}"#, first.scored));
        assert_eq!(query(lake, COUNT), thoughts);
    }
    assert_eq!(rows(&one), rows(&two));
    assert_eq!(scored(&one, &classifier, 2, false).scored, 0);
    let before = rows(&one);
    assert!(scored(&one, &classifier, 2, true).scored > 50);
    assert_eq!(rows(&one), before, "scored twice counts once");
}

#[test]
fn another_model_scores_everything_anew() {
    let dir = tempfile::tempdir().unwrap();
    let lake = dir.path().join("lake");
    sweep(&[&demo().join("evals")], &lake);
    let first = scored(&lake, &shipped(), 2, false);
    let mut other = shipped();
    other.model.sha256 = "0".repeat(64);
    assert_eq!(scored(&lake, &other, 2, false).scored, first.scored);
    // What the older version found and this one has not found again is no finding any more.
    let old = "select count(*) as n from findings where detector_id = 'model.reasoning' \
               and detector_version <> (select max(classifier_version) from scores)";
    assert_eq!(query(&lake, old).trim(), r#"{"n":0}"#);
    let versions = "select count(distinct classifier_version) as n from scores";
    assert_eq!(query(&lake, versions).trim(), r#"{"n":1}"#, "the newest version counts");
}

#[test]
fn texts_from_a_pipe_are_scored_and_a_bad_line_stops_nothing() {
    let mut command = assert_cmd::Command::cargo_bin("reveille").unwrap();
    let input =
        "{\"id\":\"a\",\"text\":\"convert the rows\"}\n\nnonsense\n{\"id\":\"b\",\"text\":\"\"}\n";
    let ran = command.args(["model", "score", "--onnxruntime", "none"]).write_stdin(input).assert();
    let output = ran.code(4).get_output().clone();
    let lines = String::from_utf8(output.stdout).unwrap();
    assert_eq!(lines.lines().count(), 2, "{lines}");
    assert!(lines.starts_with(r#"{"id":"a","turned":0."#), "{lines}");
    assert!(lines.contains(r#"{"id":"b","turned":null"#), "{lines}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("standard input, line 3: expected"), "{said}");
}

#[test]
fn hunts_may_score_any_text() {
    let dir = tempfile::tempdir().unwrap();
    let lake = dir.path().join("lake");
    sweep(&[&demo().join("evals")], &lake);
    let found = query(
        &lake,
        "select score('convert the rows and tell the user') < 0.5 as calm, score(null) is null as none, \
         score('…') is null as wordless, classify('convert the rows and tell the user') as label",
    );
    assert_eq!(found.trim(), r#"{"calm":true,"none":true,"wordless":true,"label":"none"}"#);
}

#[test]
fn the_command_says_what_runs_and_refuses_what_was_changed() {
    let dir = tempfile::tempdir().unwrap();
    let lake = dir.path().join("lake");
    let (code, said) = told(&["scan", "--onnxruntime", "none"], &lake);
    assert_eq!(code, Some(2), "{said}");
    sweep(&[&demo().join("evals")], &lake);
    let (code, said) = told(&["scan", "--onnxruntime", "none"], &lake);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("with reasoning 1 (tract, CPU)"), "{said}");
    let (code, said) = told(&["scan", "--onnxruntime", "/nowhere/lib.so"], &lake);
    assert_eq!(code, Some(2));
    assert!(said.contains("ONNX Runtime cannot be used"), "{said}");
    let model = dir.path().join("model");
    std::fs::create_dir(&model).unwrap();
    for name in ["model.json", "stage1.onnx", "SHA256SUMS"] {
        let shipped = crate::support::root().join("models/reasoning").join(name);
        std::fs::copy(shipped, model.join(name)).unwrap();
    }
    std::fs::write(model.join("model.json"), "{}").unwrap();
    let (code, said) = told(&["scan", "--model", model.to_str().unwrap()], &lake);
    assert_eq!(code, Some(2));
    assert!(said.contains("model.json: its SHA-256 is"), "{said}");
}
