//! The documents: links lead somewhere, command lines parse, no path of anybody's machine.

use crate::support::root;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Folders that hold no documents of ours.
const SKIPPED: &[&str] = &["target", "lake", "demo"];

fn documents() -> Vec<PathBuf> {
    let mut open = vec![root()];
    let mut found = Vec::new();
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) {
                open.push(path);
            } else if name.ends_with(".md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// The text without its code blocks, and the shell blocks alone.
fn split(text: &str) -> (String, Vec<String>) {
    let (mut prose, mut shells, mut block) = (String::new(), Vec::new(), None);
    for line in text.lines() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(language)) => block = Some((language == "sh", String::new())),
            (Some(_), Some(_)) => {
                let (shell, code) = block.take().unwrap_or_default();
                shells.extend(shell.then_some(code));
            }
            (Some((_, code)), None) => code.extend([line, "\n"]),
            (None, None) => prose.extend([line, "\n"]),
        }
    }
    (prose, shells)
}

/// What stands in `](…)`.
fn links(prose: &str) -> Vec<&str> {
    prose.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0)).collect()
}

/// The anchor of a heading, as code hosts make it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|ch| ch.is_alphanumeric() || matches!(ch, ' ' | '-' | '_'));
    kept.map(|ch| if ch == ' ' { '-' } else { ch }).collect()
}

fn has_anchor(text: &str, wanted: &str) -> bool {
    let headings = text.lines().filter_map(|line| line.strip_prefix('#'));
    headings.map(|heading| anchor(heading.trim_start_matches('#'))).any(|found| found == wanted)
}

/// The commands of a shell block as words, quotes undone. Pipes, redirections and comments end
/// one; assignments before it are left out.
fn commands(block: &str) -> Vec<Vec<String>> {
    let (mut all, mut words) = (Vec::new(), Vec::<String>::new());
    let (mut word, mut quote, mut skip) = (None::<String>, None::<char>, false);
    let mut chars = block.chars();
    while let Some(ch) = chars.next() {
        match (quote, ch) {
            (Some('"') | None, '\\') => word.get_or_insert_default().extend(chars.next()),
            (Some(open), _) if ch == open => quote = None,
            (Some(_), _) => word.get_or_insert_default().push(ch),
            (None, '"' | '\'') => {
                quote = Some(ch);
                word.get_or_insert_default();
            }
            (None, '\n') => {
                words.extend(word.take().filter(|_| !skip));
                all.push(std::mem::take(&mut words));
                skip = false;
            }
            (None, '|' | '>' | '<' | '&' | ';' | '#') if !skip && word.is_none() => skip = true,
            (None, ch) if ch.is_whitespace() => words.extend(word.take().filter(|_| !skip)),
            (None, ch) => word.get_or_insert_default().push(ch),
        }
    }
    all.retain(|words| !words.is_empty());
    all
}

/// The arguments, if this runs `reveille`.
fn arguments(words: &[String]) -> Option<&[String]> {
    let programs: [&[&str]; 2] = [&["reveille"], &["cargo", "run", "--release", "--"]];
    programs.into_iter().find_map(|program| {
        let (first, rest) = words.split_at_checked(program.len())?;
        (first == program).then_some(rest)
    })
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        let (prose, _) = split(&text);
        for link in links(&prose).into_iter().filter(|link| !link.contains("://")) {
            let (path, place) = link.split_once('#').unwrap_or((link, ""));
            let target = document.parent().unwrap().join(path);
            let target = if path.is_empty() { document.clone() } else { target };
            let there = target.exists()
                && (place.is_empty() || has_anchor(&fs::read_to_string(&target).unwrap(), place));
            if !there {
                broken.push(format!("{}: {link}", shown(&document)));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_command_line_in_the_documents_parses() {
    let mut wrong = Vec::new();
    let mut checked = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        let blocks = split(&text).1;
        for words in blocks.iter().flat_map(|block| commands(block)) {
            let Some(arguments) = arguments(&words) else { continue };
            checked += 1;
            // Help is printed only when everything before it makes sense.
            let output = Command::new(env!("CARGO_BIN_EXE_reveille"))
                .args(arguments)
                .arg("--help")
                .output()
                .unwrap();
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr);
                wrong.push(format!("{}: {}\n{said}", shown(&document), words.join(" ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked > 10, "only {checked} command lines found");
}

#[test]
fn every_command_has_a_row_in_the_readme() {
    let output = Command::new(env!("CARGO_BIN_EXE_reveille")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names: Vec<&str> = listed
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(names.contains(&"sweep"), "{help}");
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let missing: Vec<&&str> =
        names.iter().filter(|name| !readme.contains(&format!("| `reveille {name}"))).collect();
    assert!(missing.is_empty(), "{missing:?} not in the table of commands");
}

#[test]
fn no_document_names_a_folder_of_somebodys_machine() {
    const FOLDERS: [&str; 6] = ["/root", "/home/", "/work", "/tmp/", "/Users/", "C:\\Users"];
    let mut found = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for (number, line) in text.lines().enumerate() {
            let named = FOLDERS.iter().find(|folder| {
                // `/work` in `some/work` is no such folder, nor is `/workspace`.
                line.match_indices(*folder).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    let after = line[at + folder.len()..].chars().next();
                    let joined = |ch: char| ch.is_alphanumeric() || matches!(ch, '-' | '_' | '.');
                    !before.is_some_and(joined)
                        && (folder.ends_with(['/', 's']) || !after.is_some_and(joined))
                })
            });
            if let Some(folder) = named {
                found.push(format!("{}:{}: {folder}", shown(&document), number + 1));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn command_lines_are_read_as_a_shell_reads_them() {
    let read = commands("a 'b c' | d > e # f\n\ng \"h \\\"i\\\"\nj\" k\n");
    assert_eq!(read, [vec!["a", "b c"], vec!["g", "h \"i\"\nj", "k"]]);
    let words = |line: &str| commands(&format!("{line}\n")).remove(0);
    assert_eq!(arguments(&words("reveille sql")).map(<[String]>::len), Some(1));
    assert_eq!(arguments(&words("cargo run --release -- sweep x")).map(<[String]>::len), Some(2));
    assert_eq!(arguments(&words("cargo test")), None);
}

#[test]
fn anchors_are_those_of_code_hosts() {
    assert_eq!(anchor(" 1. What the rules say?"), "1-what-the-rules-say");
    assert!(has_anchor("# A\n## Exit codes\n", "exit-codes"));
}
