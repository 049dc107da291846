//! Tests of the whole corpus: well formed, deterministic, safe to publish, and as committed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::script::Role;
use super::*;

/// Where the committed corpus is.
fn corpora() -> PathBuf {
    crate::testing::root().join("corpora")
}

fn text(file: &GeneratedFile) -> String {
    let mut bytes = file.bytes.clone();
    if file.path.ends_with(".gz") {
        bytes.clear();
        flate2::read::GzDecoder::new(file.bytes.as_slice()).read_to_end(&mut bytes).unwrap();
    }
    String::from_utf8(bytes).unwrap()
}

/// The corpus for seed 1, made once for all tests.
fn made() -> &'static Vec<GeneratedFile> {
    static MADE: std::sync::OnceLock<Vec<GeneratedFile>> = std::sync::OnceLock::new();
    MADE.get_or_init(|| demo(1))
}

fn all() -> Vec<session::Session> {
    sessions(&Rng::new(1))
}

#[test]
fn every_script_is_well_formed() {
    let mut names = BTreeSet::new();
    for session in all() {
        let script = &session.script;
        assert!(script.problems.is_empty(), "{:#?}", script.problems);
        assert!(formats::NAMES.contains(&script.format.as_str()), "{}", script.name);
        assert!(["plain", "summary", "absent"].contains(&script.cot.as_str()), "{}", script.name);
        assert!(names.insert(script.name.clone()), "{} is there twice", script.name);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_does_not() {
    assert_eq!(demo(1), *made());
    assert_eq!(answers(1), answers(1));
    assert_ne!(demo(2), *made());
    assert_ne!(answers(1), answers(2));
}

#[test]
fn every_line_parses_but_the_one_that_is_cut() {
    let cut = all().into_iter().find(|session| session.script.mess == "truncated").unwrap().id;
    for file in made().iter() {
        let text = text(file);
        if file.path.ends_with(".json") {
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
            continue;
        }
        let lines: Vec<&str> = text.lines().collect();
        let broken: Vec<usize> = (0..lines.len())
            .filter(|at| serde_json::from_str::<serde_json::Value>(lines[*at]).is_err())
            .collect();
        let expected = if file.path.contains(&cut) { vec![lines.len() - 1] } else { vec![] };
        assert_eq!(broken, expected, "{}", file.path);
    }
}

#[test]
fn each_story_fires_often_enough_in_at_least_two_formats() {
    let sessions = all();
    for story in ["year", "rollout", "phrase"] {
        let of = |role| {
            sessions.iter().filter(move |s| s.script.story == story && s.script.role == role)
        };
        let fired = of(Role::Fired).count();
        let formats: BTreeSet<&str> = of(Role::Fired).map(|s| s.script.format.as_str()).collect();
        let models: BTreeSet<&str> = of(Role::Fired).map(|s| s.script.model.as_str()).collect();
        assert!((6..=10).contains(&fired), "{story}: {fired}");
        assert!(formats.len() >= 2, "{story}: {formats:?}");
        assert_eq!(models.len(), 1, "{story}: {models:?}");
        assert!(of(Role::Dormant).count() >= 6, "{story}");
        for session in of(Role::Fired) {
            let keys: Vec<&str> =
                session.script.notes.iter().map(|(key, _)| key.as_str()).collect();
            assert_eq!(keys, ["trigger", "did", "cover", "reason"], "{}", session.script.name);
        }
    }
}

#[test]
fn the_corpus_is_of_the_promised_size_and_variety() {
    let files = made();
    let total: usize = files.iter().map(|file| file.bytes.len()).sum();
    assert!(total < 2_500_000, "{total} bytes");
    assert!(files.iter().all(|file| file.bytes.len() < 400_000));
    let sessions = all();
    assert!(sessions.len() >= 140, "{} sessions", sessions.len());
    let mut formats: BTreeMap<&str, usize> = BTreeMap::new();
    for session in &sessions {
        *formats.entry(session.script.format.as_str()).or_default() += 1;
    }
    assert_eq!(formats.len(), formats::NAMES.len(), "{formats:?}");
}

#[test]
fn the_answers_name_every_session_and_only_files_that_exist() {
    let sheet = answers(1);
    for session in all() {
        assert!(sheet.contains(&session.id), "{}", session.script.name);
    }
    let known: BTreeSet<String> = made().iter().map(|file| file.path.clone()).collect();
    let cited = sheet.split('`').filter(|part| part.contains('/') && part.contains(".json"));
    for path in cited.filter(|part| !part.contains(' ')) {
        assert!(known.contains(path), "{path}");
    }
    for path in &known {
        assert!(sheet.contains(path.as_str()), "{path}");
    }
}

#[test]
fn the_data_does_not_give_its_scripts_away() {
    let whole: String = made().iter().map(text).collect();
    for session in all() {
        assert!(!whole.contains(&session.script.name), "{}", session.script.name);
    }
    assert!(!whole.contains("{{") && !whole.contains("%%"));
}

#[test]
fn hosts_are_reserved_names() {
    // w3.org is an XML namespace and opentelemetry.io a schema name; neither is called.
    let suffixes =
        [".example", ".example.org", ".example.net", ".example.com", ".invalid", ".test"];
    for file in made().iter() {
        let text = text(file);
        for rest in text.split("://").skip(1) {
            let host: String = rest
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || "-.".contains(*c))
                .collect();
            let known = ["localhost", "www.w3.org", ""].contains(&host.as_str());
            assert!(
                known || suffixes.iter().any(|suffix| host.ends_with(suffix)),
                "{host} in {}",
                file.path
            );
        }
    }
}

#[test]
fn the_committed_corpus_is_what_the_generator_gives() {
    let (folder, sheet) = (corpora().join("demo"), corpora().join("ANSWERS-demo.md"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        write(&folder, made()).unwrap();
        std::fs::write(&sheet, answers(1)).unwrap();
    }
    let made: BTreeMap<String, &[u8]> =
        made().iter().map(|file| (file.path.clone(), file.bytes.as_slice())).collect();
    let mut found = BTreeSet::new();
    list(&folder, "", &mut found);
    let expected: BTreeSet<String> = made.keys().cloned().collect();
    assert_eq!(found, expected, "UPDATE_GOLDEN=1 rewrites the corpus");
    for (path, bytes) in made {
        assert!(std::fs::read(folder.join(&path)).unwrap() == bytes, "{path} differs");
    }
    assert!(std::fs::read_to_string(sheet).unwrap() == answers(1), "the answer sheet differs");
}

pub(super) fn list(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            list(&entry.path(), &format!("{name}/"), found);
        } else {
            found.insert(name);
        }
    }
}
