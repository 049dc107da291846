//! Models as folders and as they are shipped.

use super::*;
use crate::detect::classifier::{Choice, Classifier, Runtime};

/// The shipped files in a folder, with one of them changed.
fn changed(name: &str, change: impl Fn(Vec<u8>) -> Vec<u8>, fix_sums: bool) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in SHIPPED.files() {
        let path = dir.path().join(file.path());
        let is_it = file.path().as_os_str() == name;
        let bytes = file.contents().to_vec();
        std::fs::write(path, if is_it { change(bytes) } else { bytes }).unwrap();
    }
    if fix_sums {
        let sum = |name: &str| {
            let bytes = std::fs::read(dir.path().join(name)).unwrap();
            format!("{}  {name}\n", hex::encode(Sha256::digest(bytes)))
        };
        let names = ["model.json", "stage1.onnx", "stage2.onnx", "tokenizer.json"];
        let sums: String = names.into_iter().map(sum).collect();
        std::fs::write(dir.path().join("SHA256SUMS"), sums).unwrap();
    }
    dir
}

fn refusal(dir: &tempfile::TempDir) -> String {
    Model::load(dir.path()).unwrap_err().to_string()
}

#[test]
fn the_shipped_files_are_what_their_sums_say() {
    let loaded = Model::load(&crate::testing::root().join("models/reasoning")).unwrap();
    let shipped = Model::shipped().unwrap();
    assert_eq!((loaded.sha256, loaded.manifest), (shipped.sha256, shipped.manifest));
}

#[test]
fn a_model_that_was_changed_is_refused() {
    assert!(Model::load(changed("", |b| b, false).path()).is_ok());
    let cut = changed("stage1.onnx", |b| b[..b.len() / 2].to_vec(), false);
    assert!(refusal(&cut).starts_with("stage1.onnx: its SHA-256 is"), "{}", refusal(&cut));
    let sums = changed("SHA256SUMS", |_| b"what\n".to_vec(), false);
    assert!(refusal(&sums).contains("line 1: expected a sum"), "{}", refusal(&sums));
    let nowhere = tempfile::tempdir().unwrap();
    assert!(refusal(&nowhere).starts_with("SHA256SUMS: "), "{}", refusal(&nowhere));
}

#[test]
fn a_manifest_that_cannot_be_is_refused() {
    let edit = |from: &'static str, to: &'static str| {
        let change = move |b: Vec<u8>| String::from_utf8(b).unwrap().replacen(from, to, 1).into();
        changed("model.json", change, true)
    };
    let width = edit("\"width\": 512", "\"width\": 0");
    assert!(refusal(&width).starts_with("model.json: its recipe cannot be"), "{}", refusal(&width));
    let label = edit("\"hunt\": {", "\"hunt\": {\"nothing\": 0.5,");
    assert!(refusal(&label).contains("`nothing`"), "{}", refusal(&label));
    let alone = edit("\"cascade\"", "\"kinds\": {}, \"cascades\"");
    assert!(refusal(&alone).contains("unknown field `cascades`"), "{}", refusal(&alone));
    let junk = edit("{", "");
    assert!(refusal(&junk).starts_with("model.json: "), "{}", refusal(&junk));
}

#[test]
fn a_graph_that_does_not_run_is_an_error_and_not_a_score() {
    let runtime = Runtime::start(&Choice::Embedded).unwrap();
    let junk = Model::load(changed("stage1.onnx", |_| b"no graph".to_vec(), true).path()).unwrap();
    let error = Classifier::new(junk, runtime).unwrap_err().to_string();
    assert!(error.starts_with("stage1.onnx: not a graph that runs here"), "{error}");
    let junk = Model::load(changed("stage2.onnx", |_| b"no graph".to_vec(), true).path()).unwrap();
    let error = Classifier::new(junk, runtime).unwrap_err().to_string();
    assert!(error.starts_with("stage2.onnx: not a graph that runs here"), "{error}");
    let fewer = changed(
        "model.json",
        |b| String::from_utf8(b).unwrap().replacen("\"turned\",", "", 1).into(),
        true,
    );
    // Thresholds of the label that is gone are refused first.
    assert!(refusal(&fewer).contains("`turned`"), "{}", refusal(&fewer));
}

/// The example in a folder, with a change of some of its files, and its sums made anew.
fn example(change: impl Fn(&str, Vec<u8>) -> Vec<u8>) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut sums = String::new();
    for name in ["model.json", "model.onnx", "tokenizer.json"] {
        let bytes = change(name, std::fs::read(crate::testing::example().join(name)).unwrap());
        sums += &format!("{}  {name}\n", hex::encode(Sha256::digest(&bytes)));
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    std::fs::write(dir.path().join(SUMS), sums).unwrap();
    dir
}

/// What is said of the example with some bytes of a file replaced, of the same length in a graph.
fn said(file: &str, from: &[u8], to: &[u8]) -> String {
    let dir = example(|name, bytes| {
        if name != file {
            return bytes;
        }
        let (mut out, mut rest) = (Vec::new(), bytes.as_slice());
        while let Some(at) = memchr::memmem::find(rest, from) {
            out.extend([&rest[..at], to].concat());
            rest = &rest[at + from.len()..];
        }
        assert!(!out.is_empty(), "{}", String::from_utf8_lossy(from));
        [&out, rest].concat()
    });
    let runtime = Runtime::start(&Choice::Embedded).unwrap();
    match Model::load(dir.path()) {
        Ok(model) => Classifier::new(model, runtime).unwrap_err().to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_model_that_reads_tokens_and_cannot_be_is_refused() {
    let graph = "model.onnx: not a graph that runs here: ";
    for (file, from, to, expected) in [
        ("model.json", "\"calm\",", "\"calm\", \"more\",", "has the shape [1, 3], expected [1, 4]"),
        ("model.json", "\"logits\"", "\"scores\"", "has no output `scores`; it has logits"),
        ("model.json", "\"max_tokens\": 64", "\"max_tokens\": 65", "is `max_tokens` too large?"),
        ("model.json", "\"softmax\"", "\"none\"", "says that these are scores from 0 to 1"),
        ("model.json", "tokenizer.json", "tokeniser.json", "tokeniser.json: "),
        ("tokenizer.json", "{", "", "tokenizer.json: is no tokenizer"),
        ("model.onnx", "ReduceMax", "ReduceWax", graph),
        ("model.onnx", "input_ids", "input_idx", "wants the input `input_idx`"),
    ] {
        let said = said(file, from.as_bytes(), to.as_bytes());
        assert!(said.contains(expected), "{to}: {said}");
    }
    // The bias of the first label, and not a number.
    let [four, odd] = [4.0_f32, f32::NAN].map(f32::to_le_bytes);
    let from = [four, [0; 4], [0; 4]].concat();
    let found = said("model.onnx", &from, &[odd, [0; 4], [0; 4]].concat());
    assert!(found.contains("its weights are broken"), "{found}");
}

#[test]
fn every_file_must_have_a_sum() {
    let dir = example(|_, bytes| bytes);
    assert!(Model::load(dir.path()).is_ok());
    let sums = std::fs::read_to_string(dir.path().join(SUMS)).unwrap();
    let fewer: Vec<&str> = sums.lines().filter(|line| !line.ends_with("onnx")).collect();
    std::fs::write(dir.path().join(SUMS), fewer.join("\n")).unwrap();
    assert!(refusal(&dir).contains("has no line for model.onnx"), "{}", refusal(&dir));
    // As `sha256sum ./*` names them.
    std::fs::write(dir.path().join(SUMS), sums.replace("  ", "  ./")).unwrap();
    assert!(Model::load(dir.path()).is_ok());
}

#[test]
fn integers_of_a_graph_may_be_narrow() {
    // `input_ids` as an input: its type has the number 7, int64; 6 is int32.
    let narrow = |name: &str, mut bytes: Vec<u8>| {
        for input in ["input_ids", "attention_mask", "token_type_ids"] {
            let all = memchr::memmem::find_iter(&bytes, input.as_bytes());
            let at: Vec<usize> = all.map(|at| at + input.len()).collect();
            for at in at.into_iter().filter(|_| name == "model.onnx") {
                // name, then type { tensor { elem_type
                let is_input = bytes[at] == 0x12 && bytes[at + 2] == 0x0a && bytes[at + 4] == 8;
                bytes[at + 5] = if is_input { 6 } else { bytes[at + 5] };
            }
        }
        bytes
    };
    let runtime = Runtime::start(&Choice::Embedded).unwrap();
    let of = |folder: &Path| Classifier::new(Model::load(folder).unwrap(), runtime).unwrap();
    let (wide, narrow) = (of(example(|_, b| b).path()), of(example(narrow).path()));
    assert_ne!(wide.version(), narrow.version());
    let texts = ["I will hide it.", "Convert the rows."];
    assert_eq!(wide.score(&texts).unwrap(), narrow.score(&texts).unwrap());
}
