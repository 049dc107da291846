//! Installing ONNX Runtime from files that are not what they should be: nothing is left behind. (That a
//! true wheel installs is tried by hand: no test may need one.)

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

/// What installing says; the folder it was to go to is empty afterwards.
fn refused(from: &Path, dir: &Path) -> String {
    let to = dir.join("to");
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin("reveille"));
    command.args(["model", "runtime", "install"]).arg(from).arg("--to").arg(&to);
    let output = command.assert().code(2).get_output().clone();
    assert_eq!(std::fs::read_dir(&to).unwrap().count(), 0);
    String::from_utf8(output.stderr).unwrap()
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
}
