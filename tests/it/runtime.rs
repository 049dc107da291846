//! Installing ONNX Runtime from files that are not what they should be: nothing is left behind. Whether a true library
//! gives the embedded runtime's scores is tried where one is named (`REVEILLE_TEST_ONNXRUNTIME`): no test may need one.

use crate::support::root;
use std::io::Write as _;
use std::path::Path;

/// An archive with these members.
fn archive(path: &Path, members: &[(&str, &[u8])]) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, bytes) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

/// What installing says; of the folder it was to go to nothing is left.
fn refused(from: &Path, dir: &Path) -> String {
    let to = dir.join("to/be/made");
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin("reveille"));
    command.args(["model", "runtime", "install"]).arg(from).arg("--to").arg(&to);
    let output = command.assert().code(2).get_output().clone();
    assert!(!dir.join("to").exists());
    String::from_utf8(output.stderr).unwrap()
}

/// A file that begins like a library and is one to the eye of whoever does not load it.
fn looks_like_a_library() -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1]);
    bytes
}

#[test]
fn libraries_that_do_not_load_are_named_and_the_embedded_runtime_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("reveille/onnxruntime");
    std::fs::create_dir_all(&folder).unwrap();
    // The first cannot be a library, the second does not load, the third is not tried any more.
    std::fs::write(folder.join("libonnxruntime.so.9"), "cut").unwrap();
    std::fs::write(folder.join("libonnxruntime.so.8"), looks_like_a_library()).unwrap();
    std::fs::write(folder.join("libonnxruntime.so.7"), looks_like_a_library()).unwrap();
    let info = |variable: &str| {
        let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin("reveille"));
        command.env("XDG_DATA_HOME", dir.path()).env("ORT_DYLIB_PATH", variable);
        let output = command.args(["model", "info"]).assert().success().get_output().clone();
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    for variable in ["", "/nowhere/libonnxruntime.so"] {
        let info = info(variable);
        assert_eq!(info["runtime"], "tract (embedded)", "{info}");
        let refused = info["refused"].to_string();
        let places = ["so.9 (data folder)", "so.8 (data folder)", "not tried"]
            .map(|part| refused.find(part));
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{refused}");
        assert_eq!(refused.contains("nowhere"), !variable.is_empty());
    }
}

#[test]
fn what_is_no_runtime_is_refused_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("onnxruntime.whl");
    std::fs::write(&file, "no archive").unwrap();
    assert!(refused(&file, dir.path()).contains("neither a wheel nor a zip archive"));
    archive(&file, &[("onnxruntime/capi/readme.txt", b"nothing")]);
    assert!(refused(&file, dir.path()).contains("holds no libonnxruntime.so"));
    // A path that leads out of the folder is only ever a name.
    archive(&file, &[("../../libonnxruntime.so.1", b"not a library")]);
    assert!(refused(&file, dir.path()).contains("ONNX Runtime cannot be used"));
    assert!(!dir.path().join("libonnxruntime.so.1").exists());
    let record = b"onnxruntime/capi/libonnxruntime.so.1,sha256=AAAA,13\n";
    let library = ("onnxruntime/capi/libonnxruntime.so.1", b"not a library".as_slice());
    archive(&file, &[library, ("onnxruntime-1.dist-info/RECORD", record)]);
    let said = refused(&file, dir.path());
    assert!(said.contains("the wheel's RECORD says AAAA"), "{said}");
    let other = ("onnxruntime/capi/libonnxruntime.so.2", b"not a library".as_slice());
    archive(&file, &[other, ("onnxruntime-1.dist-info/RECORD", record)]);
    assert!(refused(&file, dir.path()).contains("RECORD does not list it"));
    // What was there before stays.
    let before = dir.path().join("before");
    std::fs::create_dir(&before).unwrap();
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin("reveille"));
    command.args(["model", "runtime", "install"]).arg(&file).arg("--to").arg(before.join("new"));
    command.assert().code(2);
    assert_eq!(std::fs::read_dir(&before).unwrap().count(), 0);
}

/// What the shipped model says of passages, as written.
fn scores(library: &str, lines: &str) -> Vec<serde_json::Value> {
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin("reveille"));
    command.args(["model", "score", "--onnxruntime", library]).write_stdin(lines.to_owned());
    let output = command.assert().success().get_output().clone();
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn both_runtimes_give_the_same_scores() {
    let Ok(library) = std::env::var("REVEILLE_TEST_ONNXRUNTIME") else {
        println!("skipped: REVEILLE_TEST_ONNXRUNTIME names no library of ONNX Runtime");
        return;
    };
    let passages = root().join("corpora/reasoning/heldout/heldout.jsonl");
    let passages = std::fs::read_to_string(passages).unwrap();
    let some: Vec<&str> = passages.lines().step_by(9).collect();
    let (embedded, other) = (scores("none", &some.join("\n")), scores(&library, &some.join("\n")));
    assert_eq!((embedded.len(), other.len()), (some.len(), some.len()));
    let mut compared = 0;
    for (one, two) in embedded.iter().zip(&other) {
        for (label, score) in one.as_object().unwrap().iter().filter(|(_, value)| value.is_f64()) {
            let apart = (score.as_f64().unwrap() - two[label].as_f64().unwrap()).abs();
            assert!(apart <= 1e-4, "{label} {apart}: {one} {two}");
            compared += 1;
        }
    }
    assert_eq!(compared, some.len() * 7, "seven labels each");
}

#[test]
fn facts_of_the_model_have_the_format_that_is_asked_for() {
    let info = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin("reveille"));
        command.args(["model", "info", "--onnxruntime", "none"]).args(arguments);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let json = info(&["--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&json.1).unwrap();
    assert_eq!(value["runtime"], "tract (embedded)");
    // In a pipe it is the default, and it has an older name.
    assert_eq!(info(&[]), json);
    assert_eq!(info(&["--json"]), json);
    let (code, table) = info(&["--format", "table"]);
    assert_eq!(code, Some(0));
    assert!(table.lines().any(|line| line == "runtime      tract (embedded)"), "{table}");
    assert_eq!(info(&["--format", "csv"]).0, Some(2));
}
