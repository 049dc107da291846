//! The readers of this folder on real samples, where they are at hand.

use super::{
    agentdojo::AgentDojo, canonical, canonical_write, inspect::Inspect, tau_bench::TauBench,
};
use crate::formats::testing::{Outcome, read_records};
use crate::formats::{Format, json};
use crate::record::Kind;
use crate::testing::samples;
use std::path::{Path, PathBuf};

fn json_files(folder: &Path, most: usize) -> Vec<PathBuf> {
    let mut left = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            let mut inner: Vec<PathBuf> =
                std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).collect();
            inner.sort();
            left.extend(inner);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
        if found.len() >= most {
            break;
        }
    }
    found
}

/// Reads a file whose root is one record, or an array of records.
fn read_file(format: &dyn Format, path: &Path) -> Outcome {
    let text = std::fs::read_to_string(path).unwrap();
    let (value, _) = json::parse(&text).unwrap();
    let records: Vec<String> = match &value {
        json::Json::Array(items) => items.iter().map(json::Json::compact).collect(),
        other => vec![other.compact()],
    };
    for record in &records {
        assert!(format.sniff(&json::parse(record).unwrap().0) >= 90, "{}", path.display());
    }
    let outcome = read_records(format, &records.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(outcome.rejected.is_empty(), "{}: {:?}", path.display(), outcome.rejected);
    outcome
}

/// What holds for every file: calls are joined, rows survive export, judgements are labels.
fn check(format: &dyn Format, path: &Path) {
    let outcome = read_file(format, path);
    assert!(outcome.events.iter().any(|event| event.kind == Some(Kind::Label)));
    for event in &outcome.events {
        let orphan = event.flags.contains(&"orphan_tool_result");
        assert!(!orphan, "{}: {:?}", path.display(), event.json_pointer);
        let line = canonical_write::write(event, None);
        let back = canonical::parse(&json::parse(&line).unwrap().0).unwrap();
        assert!(canonical::same_row(event, &back), "{line}");
    }
}

#[test]
fn real_runs_of_agentdojo_are_read() {
    let Some(folder) = samples("agents/agentdojo") else { return };
    json_files(&folder, 150).iter().for_each(|path| check(&AgentDojo, path));
}

#[test]
fn real_trajectories_of_tau_bench_are_read() {
    let Some(folder) = samples("formats/tau_bench") else { return };
    json_files(&folder, 10).iter().for_each(|path| check(&TauBench, path));
}

#[test]
fn real_logs_of_inspect_are_read() {
    let Some(folder) = samples("formats/inspect_eval") else { return };
    json_files(&folder, 10).iter().for_each(|path| check(&Inspect, path));
}
