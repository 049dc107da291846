//! Tests of the suite: well formed, balanced, honest about its answers, and as committed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::*;

fn corpora() -> PathBuf {
    crate::testing::root().join("corpora")
}

fn all() -> &'static Vec<Sample> {
    static MADE: std::sync::OnceLock<Vec<Sample>> = std::sync::OnceLock::new();
    MADE.get_or_init(|| samples(&Rng::new(1)))
}

/// Every piece of a session in order: who wrote it (`u` user or system, `c` call, `r` result,
/// `s` said), and the text.
fn pieces(session: &Session) -> Vec<(char, String)> {
    let mut out = vec![('u', session.system.clone())];
    for turn in &session.turns {
        match turn {
            Turn::User(user) => out.push(('u', user.text.clone())),
            Turn::Agent(turn) => {
                out.extend(turn.say.iter().map(|say| ('s', say.clone())));
                out.extend(turn.calls.iter().map(|call| ('c', call.args.to_string())));
                out.extend(turn.calls.iter().map(|call| ('r', call.result.clone())));
            }
            Turn::Rewind => {}
        }
    }
    out
}

fn calls(sample: &Sample) -> usize {
    let count = |turn: &Turn| if let Turn::Agent(turn) = turn { turn.calls.len() } else { 0 };
    sample.session.turns.iter().map(count).sum()
}

fn said(sample: &Sample) -> String {
    let of = |(who, text): (char, String)| (who == 's').then_some(text);
    pieces(&sample.session).into_iter().filter_map(of).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_scenario_is_well_formed() {
    for sample in all() {
        let script = &sample.session.script;
        let name = &script.name;
        assert!(script.problems.is_empty(), "{:#?}", script.problems);
        assert!(formats::NAMES.contains(&script.format.as_str()), "{name}: {}", script.format);
        assert!(!sample.tool.is_empty() && !sample.target.is_empty(), "{name}");
        assert!((3..=15).contains(&calls(sample)), "{name}: {} calls", calls(sample));
        let users = sample.session.turns.iter().filter(|turn| matches!(turn, Turn::User(_)));
        assert!((1..=4).contains(&users.count()), "{name}");
        let ends = matches!(sample.session.turns.last(), Some(Turn::Agent(turn))
            if turn.calls.is_empty() && turn.say.is_some());
        assert!(ends, "{name} does not end with an answer");
    }
    let names: BTreeSet<&String> = all().iter().map(|s| &s.session.script.name).collect();
    assert_eq!(names.len(), all().len());
}

#[test]
fn nothing_of_the_notation_is_left_in_the_data() {
    for file in planted(1) {
        let text = String::from_utf8(file.bytes).unwrap();
        for mark in [
            "{{", "%%", "[[f", "[[a", "[[t", "[[n:", "[[x:", "[[y:", "[[b64", "$mail", "$url",
            "$who",
        ] {
            assert!(!text.contains(mark), "{mark} in {}", file.path);
        }
        for sample in all() {
            assert!(!text.contains(&sample.session.script.name), "{}", file.path);
        }
        for line in text.lines() {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_does_not() {
    assert_eq!(planted(1), planted(1));
    assert_ne!(planted(2), planted(1));
    assert_eq!(planted_answers(1), planted_answers(1));
}

/// The target of a fired session stands nowhere before the act, nor in any answer; that of an
/// asked session does.
#[test]
fn only_asked_targets_come_from_the_log() {
    for sample in all() {
        let pieces = pieces(&sample.session);
        let code = encode::base64(sample.target.as_bytes());
        let middle = code.get(4..code.len().min(12)).unwrap_or(&code).to_owned();
        let of_act = |(who, text): &(char, String)| *who == 'c' && text.contains(&sample.target);
        let act = pieces.iter().position(of_act);
        let before = pieces.iter().take(act.unwrap_or(pieces.len()));
        let named = before
            .filter(|(who, _)| *who != 'c')
            .any(|(_, text)| text.contains(&sample.target) || text.contains(&middle));
        let name = &sample.session.script.name;
        assert_eq!(named, !sample.fired(), "{name}: {}", sample.target);
        if sample.fired() {
            assert!(!said(sample).contains(&sample.target), "{name}");
            let hidden = pieces.iter().any(|(who, text)| *who == 'c' && text.len() > 120);
            assert!(act.is_some() || hidden, "{name}");
        } else {
            assert!(act.is_some(), "{name}: {}", sample.target);
        }
    }
}

#[test]
fn the_tool_of_the_act_is_called() {
    for sample in all() {
        let has = |turn: &Turn| match turn {
            Turn::Agent(turn) => turn.calls.iter().any(|call| {
                let coded = call.tool == "run_shell" && ["Bash", "shell"].contains(&&*sample.tool);
                call.tool == sample.tool || coded
            }),
            _ => false,
        };
        assert!(sample.session.turns.iter().any(has), "{}", sample.session.script.name);
    }
}

#[test]
fn the_answers_name_every_session_and_the_file_that_has_it() {
    let files: BTreeMap<String, String> = planted(1)
        .into_iter()
        .map(|file| (file.path, String::from_utf8(file.bytes).unwrap()))
        .collect();
    let sheet = planted_answers(1);
    assert_eq!(sheet.lines().count(), all().len() + 1);
    for line in sheet.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        assert_eq!(fields.len(), 12, "{line}");
        assert!(fields.iter().all(|field| !field.is_empty()), "{line}");
        assert!(files[fields[1]].contains(fields[0]), "{line}");
    }
}

/// Numbers, languages and variety the suite promises.
#[test]
fn the_suite_has_the_promised_breadth() {
    let count = |keep: &dyn Fn(&&Sample) -> bool| all().iter().filter(keep).count();
    for variant in ["f1", "f2", "f3"] {
        assert!(count(&|s| s.variant == variant) >= 60, "{variant}");
    }
    assert!(count(&|s| !s.fired()) >= 200);
    let english = count(&|s| s.language == "en") * 100 / all().len();
    assert!((60..=70).contains(&english), "{english} % English");
    for fired in [true, false] {
        for split in ["dev", "heldout"] {
            let kept = || all().iter().filter(move |s| s.fired() == fired && s.split == split);
            let languages: BTreeSet<&str> = kept().map(|s| s.language).collect();
            assert_eq!(languages.len(), 6, "{split}: {languages:?}");
            let formats: BTreeSet<&str> =
                kept().map(|s| s.session.script.format.as_str()).collect();
            assert!(formats.len() >= 5, "{split}: {formats:?}");
            assert!(kept().any(|s| s.triggered) && (fired || kept().any(|s| !s.triggered)));
        }
    }
}

#[test]
fn splits_share_neither_scenarios_nor_families() {
    let mut families: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut scenarios: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for sample in all() {
        families.entry(sample.family).or_default().insert(sample.split);
        scenarios.entry(sample.scenario).or_default().insert(sample.split);
    }
    assert!(families.values().chain(scenarios.values()).all(|splits| splits.len() == 1));
}

#[test]
fn fired_and_asked_sessions_look_alike_in_size() {
    let mean = |fired: bool, of: &dyn Fn(&Sample) -> usize| {
        let values: Vec<usize> = all().iter().filter(|s| s.fired() == fired).map(of).collect();
        values.iter().sum::<usize>() * 100 / values.len()
    };
    let length = |sample: &Sample| pieces(&sample.session).iter().map(|(_, t)| t.len()).sum();
    let turns = |sample: &Sample| sample.session.turns.len();
    for of in [&calls as &dyn Fn(&Sample) -> usize, &|s| said(s).len(), &length, &turns] {
        let (fired, asked) = (mean(true, of), mean(false, of));
        assert!(fired * 100 < asked * 112 && asked * 100 < fired * 112, "{fired} {asked}");
    }
}

#[test]
fn hosts_are_reserved_names_or_documentation_addresses() {
    let suffixes =
        [".example", ".example.org", ".example.net", ".example.com", ".invalid", ".test"];
    let nets = ["192.0.2.", "198.51.100.", "203.0.113."];
    for file in planted(1) {
        let text = String::from_utf8(file.bytes).unwrap();
        let web = text.match_indices("://").filter(|(at, _)| !text[..*at].ends_with("s3"));
        for (at, _) in web {
            let rest = text[at + 3..].trim_start_matches("git@");
            let host: String = rest
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || "-.".contains(*c))
                .collect();
            let fine = host == "localhost"
                || suffixes.iter().any(|suffix| host.ends_with(suffix))
                || nets.iter().any(|net| host.starts_with(net));
            assert!(fine, "{host} in {}", file.path);
        }
    }
}

#[test]
fn the_committed_suite_is_what_the_generator_gives() {
    let (folder, sheet) = (corpora().join("planted"), corpora().join("ANSWERS-planted.tsv"));
    let made = planted(1);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        crate::corpus::write(&folder, &made).unwrap();
        std::fs::write(&sheet, planted_answers(1)).unwrap();
    }
    let total: usize = made.iter().map(|file| file.bytes.len()).sum();
    assert!(total < 3_100_000, "{total} bytes");
    let mut found = BTreeSet::new();
    crate::corpus::tests::list(&folder, "", &mut found);
    let expected: BTreeSet<String> = made.iter().map(|file| file.path.clone()).collect();
    assert_eq!(found, expected, "UPDATE_GOLDEN=1 rewrites the suite");
    for file in made {
        assert!(std::fs::read(folder.join(&file.path)).unwrap() == file.bytes, "{}", file.path);
    }
    assert!(std::fs::read_to_string(sheet).unwrap() == planted_answers(1), "the answers differ");
}
