//! The direction of dependencies, and where each heavy library may be named.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each folder of `src/` may use.
fn allowed() -> BTreeMap<&'static str, Vec<&'static str>> {
    BTreeMap::from([
        ("record", vec![]),
        ("formats", vec!["record"]),
        ("ingest", vec!["record", "formats"]),
        ("lake", vec!["record"]),
        ("index", vec!["record"]),
        ("detect", vec!["record"]),
        ("query", vec!["record", "lake", "index", "detect"]),
        ("report", vec!["record"]),
        ("pipeline", vec!["record", "formats", "ingest", "lake", "index", "detect"]),
        ("corpus", vec![]),
        ("measure", vec![]),
        (
            "cli",
            vec![
                "record", "formats", "ingest", "lake", "index", "detect", "query", "report",
                "pipeline", "corpus", "measure",
            ],
        ),
    ])
}

/// Libraries that only one folder may name.
const OWNED: &[(&str, &[&str])] = &[
    ("tantivy::", &["index"]),
    ("datafusion::", &["query"]),
    ("deltalake_core::", &["lake"]),
    ("rsigma_", &["detect"]),
    ("clap::", &["cli"]),
    ("parquet::", &["lake", "query", "pipeline"]),
    ("zip::", &["ingest", "cli"]),
    ("rustyline::", &["query"]),
    ("tree_sitter", &["detect"]),
    ("sqlparser::", &["detect"]),
    ("psl::", &["detect"]),
    ("ort::", &["detect"]),
    ("ort_tract::", &["detect"]),
    ("tokenizers::", &["detect"]),
];

fn source_files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            source_files(&path, out);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            out.push(path);
        }
    }
}

/// Every line of `text` that breaks a rule for a file of `folder`.
fn violations(folder: &str, text: &str) -> Vec<String> {
    let allowed = allowed();
    let may = allowed.get(folder).cloned().unwrap_or_default();
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for other in allowed.keys() {
            let names = code.contains(&format!("crate::{other}::"))
                || code.contains(&format!("crate::{other};"))
                || code.contains(&format!("crate::{{{other}"));
            if names && *other != folder && !may.contains(other) {
                found.push(format!("line {}: {folder} uses {other}", number + 1));
            }
        }
        for (library, owners) in OWNED {
            let names = code.contains(&format!("use {library}"))
                || code.contains(&format!(" {library}"))
                || code.contains(&format!("({library}"))
                || code.contains(&format!("<{library}"));
            if names && !owners.contains(&folder) {
                found.push(format!("line {}: {folder} names {library}", number + 1));
            }
        }
    }
    found
}

#[test]
fn every_folder_uses_only_what_comes_before_it() {
    let root = crate::support::root().join("src");
    let mut files = Vec::new();
    source_files(&root, &mut files);
    let mut found = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&root).unwrap();
        let folder = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        if folder.ends_with(".rs") {
            continue; // lib.rs and main.rs
        }
        assert!(allowed().contains_key(folder.as_str()), "no rule for src/{folder}");
        let text = fs::read_to_string(&file).unwrap();
        found.extend(
            violations(&folder, &text).into_iter().map(|v| format!("{}: {v}", inside.display())),
        );
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_planted_violation_is_found() {
    assert_eq!(violations("record", "use crate::lake::Lake;").len(), 1);
    assert_eq!(violations("detect", "use tantivy::Index;").len(), 1);
    assert_eq!(violations("formats", "use crate::record::Event; // crate::lake::").len(), 0);
}
