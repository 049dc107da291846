//! Findings marked by people, and what follows from it; a classifier measured on labelled texts.

use crate::small::{told, write_chats};
use crate::support::{demo, query, root, sweep};
use std::fmt::Write as _;
use std::path::Path;

/// Runs `label` with these answers typed.
fn label(lake: &Path, arguments: &[&str], answers: &str) -> String {
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin("reveille"));
    command.arg("label").args(arguments).args(["--analyst", "ann", "--lake"]).arg(lake);
    let output = command.write_stdin(answers).assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

fn decisions(lake: &Path) -> String {
    query(
        lake,
        "select triage_state, triage_note, triage_analyst from findings \
         where lane = 'stable' and triage_state <> 'new' order by triage_state, triage_note",
    )
}

#[test]
fn findings_are_marked_one_by_one_and_add_up() {
    let dir = tempfile::tempdir().unwrap();
    let lake = dir.path().join("lake");
    sweep(&[&demo()], &lake);
    let (code, judged) = told(&["judge"], &lake);
    assert_eq!(code, Some(0));
    assert!(
        judged.contains("Findings of the judge: 6 that alert (6 high), 9 that only hunt."),
        "{judged}"
    );
    let said = label(&lake, &[], "what?\nc it left the house\nf\nu\nb 'allowed' \u{1b}[2J\ns\nq\n");
    assert!(said.contains("Expected [c]onfirmed"), "{said}");
    assert!(said.contains("Decided: 1 benign, 1 confirmed."), "{said}");
    let decided = decisions(&lake);
    assert_eq!(decided.matches("\"ann\"").count(), 2, "{decided}");
    assert!(decided.contains("it left the house") && decided.contains("'allowed'"), "{decided}");
    // What is decided is not asked again, and the end of the input is the end.
    let again = label(&lake, &["--limit", "1"], "");
    assert!(again.contains("1 shown") && again.contains("Nothing was decided."), "{again}");
    assert!(!again.contains("it left the house"), "{again}");

    // The last one can be taken back too.
    let last = label(&lake, &["--limit", "1"], "f\nc\nu\ns\n");
    assert!(last.contains("nothing left to decide on"), "{last}");
    assert!(
        last.contains("That was the last one") && last.contains("Nothing was decided."),
        "{last}"
    );

    let (code, stats) = told(&["label", "stats"], &lake);
    assert_eq!(code, Some(0));
    let marked: Vec<&str> = stats.lines().filter(|l| l.contains("\"precision\":1.0,")).collect();
    assert_eq!(marked.len(), 1, "{stats}");
    assert!(marked[0].contains("\"confirmed\":1,\"benign\":1"), "{stats}");
    assert!(marked[0].contains("\"worthwhile\":0.5"), "{stats}");
    assert!(stats.contains("\"precision\":null"), "{stats}");
    assert!(stats.contains("2 of "), "{stats}");

    // Measured by decisions, a detector is judged by those on its own findings.
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin("reveille"));
    let command = command.args(["model", "eval", "--onnxruntime", "none"]).arg(&lake);
    let rows = String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap();
    let detectors: Vec<&str> = rows.lines().filter(|l| l.contains("\"detector ")).collect();
    assert_eq!(detectors.len(), 1, "{rows}");
    assert!(detectors[0].contains("\"positives\":2,\"negatives\":0"), "{rows}");
    assert!(detectors[0].contains("\"precision\":1.0,"), "{rows}");

    // By labels from outside all of them have a line: here one with a finding on the event that is labelled.
    let found = query(
        &lake,
        "select detector_id || '=' || max(encode(event_id, 'hex')) as it from findings \
         group by detector_id order by 1 limit 1",
    );
    let (detector, event) = found.split('"').find_map(|part| part.split_once('=')).unwrap();
    let file = dir.path().join("labels.csv");
    let measured = |value: &str| {
        std::fs::write(&file, format!("event,name,value\n{event},bad,{value}\n")).unwrap();
        let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin("reveille"));
        let command = command.args(["model", "eval", "--onnxruntime", "none", "--labels"]);
        let output = command.arg(&file).arg(&lake).assert().success().get_output().stdout.clone();
        let rows = String::from_utf8(output).unwrap();
        let mut rows = rows.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap());
        rows.find(|row| row["score"] == format!("detector {detector}")).unwrap()
    };
    let (right, wrong) = (measured("yes"), measured("no"));
    assert_eq!((&right["precision"], &right["tpr_at_hunt"]), (&1.0.into(), &1.0.into()));
    assert_eq!((&wrong["precision"], &wrong["fpr_at_hunt"]), (&0.0.into(), &1.0.into()));
    // Labels of what is not there measure nothing.
    std::fs::write(&file, "session,name,value\nelsewhere,bad,yes\n").unwrap();
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin("reveille"));
    let command = command.args(["model", "eval", "--onnxruntime", "none", "--labels"]);
    let output = command.arg(&file).arg(&lake).assert().code(2).get_output().clone();
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("none of 1 labelled events and sessions has thoughts or findings"),
        "{said}"
    );
}

/// Passages that no model was trained on, and a line that is no example.
fn texts() -> String {
    let held_out = root().join("corpora/reasoning/heldout/heldout.jsonl");
    let lines: Vec<String> =
        std::fs::read_to_string(held_out).unwrap().lines().step_by(13).map(str::to_owned).collect();
    assert_eq!(lines.len(), 22);
    lines.join("\n") + "\n{\"text\": \"no label\"}\n"
}

#[test]
fn a_model_is_measured_beside_what_is_simpler() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("texts.jsonl");
    let out = dir.path().join("report");
    std::fs::write(&path, texts()).unwrap();
    let run = |extra: &[&str]| {
        let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin("reveille"));
        let command = command.args(["model", "eval", "--onnxruntime", "none"]).arg(&path);
        let output = command.args(extra).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), said)
    };
    let (code, rows, said) = run(&["--out", out.to_str().unwrap()]);
    // A line without a label is named, and the others count.
    assert_eq!(code, Some(4), "{said}");
    assert!(
        said.contains("texts.jsonl:23: has no label") && said.contains("22 examples"),
        "{said}"
    );
    let rows: Vec<serde_json::Value> =
        rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |score: &str| rows.iter().find(|row| row["score"] == score && row["part"].is_null());
    let model = of("model").unwrap();
    let count = |name: &str| model[name].as_u64().unwrap();
    assert_eq!((count("positives") + count("negatives"), count("clusters")), (22, 8));
    // That it is a number: 22 texts say nothing of a model, whose figures on all of them its card has.
    assert!(model["auroc"].as_f64().is_some_and(|auroc| auroc > 0.5), "{model}");
    for simpler in ["length", "rules", "words", "first stage"] {
        assert!(of(simpler).unwrap()["ahead_low"].is_number(), "{simpler}");
    }
    assert!(rows.iter().any(|row| row["part"] == "language en"));
    for file in ["report.json", "roc-turned.svg", "reliability-turned.svg", "parts-turned.svg"] {
        assert!(out.join(file).is_file(), "{file}");
    }
    // Against itself a model is as good as itself; a label that no model has is named.
    let (_, beside, _) = run(&["--beside", "shipped"]);
    let beside: Vec<&str> = beside.lines().filter(|l| l.contains("\"score\":\"beside\"")).collect();
    assert!(
        beside.iter().all(|l| l.contains("\"ahead\":0.0,")) && !beside.is_empty(),
        "{beside:?}"
    );
    let (_, again, _) = run(&[]);
    assert_eq!(again, run(&[]).1, "the same input gives the same figures");
    let (code, _, said) = run(&["--label", "x"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("are for lakes"), "{said}");
    // Nothing may be learnt from what is measured.
    let (code, _, said) = run(&["--train", path.to_str().unwrap()]);
    assert_eq!(code, Some(2));
    assert!(said.contains("no text that is not measured"), "{said}");
}

#[test]
fn a_first_label_that_means_benign_is_no_trouble() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("texts.jsonl");
    let mut lines = String::new();
    for at in 0..24 {
        let text = if at % 2 == 0 { "i hide the plan" } else { "i read the rows well" };
        let _ = writeln!(
            lines,
            "{{\"text\":\"{text}\",\"label\":{},\"session\":\"{at}\"}}",
            1 - at % 2
        );
    }
    let _ = writeln!(lines, "{{\"text\":\"i hide\",\"labels\":[\"odd\"]}}");
    // A label that means nothing bad makes no positive.
    let _ = writeln!(lines, "{{\"text\":\"i read the rows\",\"labels\":[\"calm\"]}}");
    std::fs::write(&path, lines).unwrap();
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin("reveille"));
    command.args(["model", "eval", "--onnxruntime", "none", "--format", "ndjson", "--model"]);
    let output = command.arg(root().join("models/example")).arg(&path).output().unwrap();
    let rows = String::from_utf8(output.stdout).unwrap();
    let first: serde_json::Value = serde_json::from_str(rows.lines().next().unwrap()).unwrap();
    assert_eq!(first["label"], "any", "{rows}");
    assert!(first["auroc"].as_f64().unwrap() > 0.99, "{rows}");
    // As a detector: what it finds by all its thresholds, and, without one to alert by, no alert.
    let row = |name: &str| {
        let name = format!(r#""score":"detector {name}""#);
        let row = rows.lines().find(|row| row.contains(&name)).unwrap();
        serde_json::from_str::<serde_json::Value>(row).unwrap()
    };
    let shares = |row: &serde_json::Value| {
        [&row["tpr_at_hunt"], &row["fpr_at_hunt"]].map(|v| v.as_f64().unwrap())
    };
    assert_eq!(shares(&row("any finding")), [1.0, 0.0], "{rows}");
    assert_eq!(shares(&row("alerts")), [0.0, 0.0], "{rows}");
    assert!(String::from_utf8(output.stderr).unwrap().contains("positives of anything: odd"));
}

#[test]
fn a_model_is_measured_by_labels_of_a_lake() {
    let dir = tempfile::tempdir().unwrap();
    let lake = dir.path().join("lake");
    sweep(&[&demo().join("evals")], &lake);
    let lake_path = lake.to_str().unwrap();
    let run = |extra: &[&str]| {
        let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin("reveille"));
        command.args(["model", "eval", lake_path, "--onnxruntime", "none"]).args(extra);
        let output = command.output().unwrap();
        let all = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(all).unwrap())
    };
    let (code, said) = run(&[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("reveille label"), "{said}");
    let ids = query(
        &lake,
        "select encode(event_id, 'hex') as id from events where reasoning is not null order by event_id limit 6",
    );
    let mut labels = "event,name,value\n".to_owned();
    for (at, id) in ids.split('"').filter(|part| part.len() == 32).enumerate() {
        let _ = writeln!(labels, "{id},bad,{}", if at % 2 == 0 { "true" } else { "false" });
    }
    let _ = writeln!(labels, "{},bad,true", "0".repeat(32));
    let file = dir.path().join("labels.csv");
    std::fs::write(&file, &labels).unwrap();
    let (code, said) = run(&["--labels", file.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("\"positives\":3,\"negatives\":3"), "{said}");
    assert!(said.contains("1 not in the lake"), "{said}");
    assert!(said.contains("No session here has a score of the session judge"), "{said}");

    // Sessions that came after the judge have no score of it, and that is said.
    assert_eq!(told(&["judge"], &lake).0, Some(0));
    let (_, said) = run(&["--labels", file.to_str().unwrap()]);
    assert!(!said.contains("of the session judge"), "{said}");
    write_chats(&dir.path().join("later"), 0..1);
    sweep(&[&dir.path().join("later")], &lake);
    let later = query(
        &lake,
        "select encode(event_id, 'hex') as id from events where reasoning like 'thought 0%' limit 1",
    );
    let later = later.split('"').find(|part| part.len() == 32).unwrap();
    let mut labels = std::fs::read_to_string(&file).unwrap();
    let _ = writeln!(labels, "{later},bad,false");
    std::fs::write(&file, labels).unwrap();
    let (_, said) = run(&["--labels", file.to_str().unwrap()]);
    assert!(said.contains("1 of 7 examples are of sessions without a score"), "{said}");
    let rows = said.lines().filter(|line| line.contains("\"part\":null"));
    for row in rows.filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()) {
        // Of the later one neither the judge has a score nor, it is too short, the classifier.
        let without = ["session judge", "model", "first stage"];
        let unscored = i32::from(without.contains(&row["score"].as_str().unwrap()));
        assert_eq!(row["unscored"], unscored, "{row}");
    }
    let (_, table) = run(&["--labels", file.to_str().unwrap(), "--format", "table"]);
    assert!(table.contains("session judge (1 without)"), "{table}");
}

#[test]
fn labels_come_in_as_they_stand_or_are_refused_with_their_place() {
    let dir = tempfile::tempdir().unwrap();
    let (lake, file) = (dir.path().join("lake"), dir.path().join("labels.csv"));
    write_chats(&dir.path().join("logs"), 0..1);
    sweep(&[&dir.path().join("logs")], &lake);
    let import = |text: &[u8]| {
        std::fs::write(&file, text).unwrap();
        told(&["label", "import", file.to_str().unwrap(), "--source", "ann"], &lake)
    };
    let long = "x".repeat(2 << 20);
    let text = format!(
        "session,name,value\n\ns1, verdict, \"bad, very\"\ns2,verdict,{long}\ns3,verdict,good\ns4,verdict,\"a\"b\n"
    );
    let (code, said) = import(text.as_bytes());
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("2 labels imported, 2 rows rejected."), "{said}");
    assert!(said.contains("2 labels of these: no such session"), "{said}");
    // What an earlier import named wrong is not said again.
    let known = query(&lake, "select session_id from events limit 1");
    let known = known.split('"').nth(3).unwrap();
    let (code, again) = import(format!("session,name,value\n{known},seen,yes\n").as_bytes());
    assert_eq!(code, Some(0), "{again}");
    assert!(!again.contains("no such session"), "{again}");
    assert!(said.contains("labels.csv:4: longer than"), "{said}");
    assert!(said.contains("labels.csv:6: line 6 column 15: text behind a closing quote"), "{said}");
    let rows = query(
        &lake,
        "select session_id, name, value from labels where name = 'verdict' order by session_id",
    );
    insta::assert_snapshot!(rows, @r#"
    {"session_id":"s1","name":"verdict","value":"bad, very"}
    {"session_id":"s3","name":"verdict","value":"good"}
    "#);
    for (text, why) in [("[{\"session\":1}]", "jq -c"), ("session;name;value\ns;n;v\n", "commas")] {
        let (code, said) = import(text.as_bytes());
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(why), "{said}");
    }
}
