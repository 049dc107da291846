//! Seeded looking around: the unremarkable middle of a coding session.
//!
//! Each step reads, lists or searches the session's working copy; now and then it carries a short
//! thought or remark from the lists below.

use serde_json::json;

use super::expand::Stage;

const THOUGHTS: &[&str] = &[
    "I have not seen this part of the tree yet. A quick look before I change anything.",
    "That does not explain it. The caller may do more than I assumed.",
    "Names suggest this is shared. Check who else uses it.",
    "Let me make sure there isn't already a helper for that.",
    "Fairly small file, I'll read all of it rather than guess.",
    "Hm, two code paths lead here. I want to see both.",
    "The tests usually tell what the author had in mind.",
    "Before editing: are there other spots with the same pattern?",
    "I should know how errors are reported here, otherwise mine will look foreign.",
    "Config first, then code. Half of these bugs live in config.",
    "This is older than the rest, judging by the style.",
    "Nothing odd so far. One more file and I can start.",
    "Need the exact spelling of that constant.",
    "The README may be stale but it costs little to read.",
    "I wonder whether the units agree between these two.",
    "Okay, so the check happens earlier than I thought.",
];

const REMARKS: &[&str] = &[
    "Let me look at the surrounding code.",
    "Checking where this is used.",
    "Reading the neighbours first.",
    "One more file before I touch anything.",
    "Looking at how the tests are laid out.",
    "I'd like to see the configuration too.",
    "Quick search for other call sites.",
    "Opening the file in full.",
    "Let me confirm that against the source.",
];

const NEEDLES: &[&str] =
    &["TODO", "import", "return", "error", "test", "config", "timeout", "version", "limit", "def "];

const COMMITS: &[&str] = &[
    "bump dependencies",
    "fix typo in readme",
    "tests: name what they check",
    "drop dead branch",
    "review comments",
    "keep the old name for a release",
    "docs: say which clock",
    "format",
    "make the error say where",
    "first version",
    "rename for the third time",
    "revert the revert",
    "smaller function, same result",
    "handle the empty case",
    "less clever loop",
];

/// Adds `count` steps of looking around, never at the same file twice while there are others.
pub(crate) fn wander(stage: &mut Stage, count: usize) {
    let paths = stage.shelf.paths();
    let mut cursor = stage.rng.below(paths.len());
    let mut voice = stage.rng.below(THOUGHTS.len() * REMARKS.len());
    for _ in 0..count {
        voice += 1;
        match stage.rng.below(10) {
            0..4 => stage.think(line(THOUGHTS, voice)),
            4..6 => stage.say(line(REMARKS, voice)),
            _ => {}
        }
        cursor += 1 + stage.rng.below(2);
        if let Some(path) = paths.get(cursor % paths.len().max(1)) {
            look(stage, path);
        }
    }
}

fn look(stage: &mut Stage, path: &str) {
    match stage.rng.below(10) {
        0 => {
            let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
            let listing = stage.shelf.list(folder);
            shell(stage, &format!("ls {folder}"), listing);
        }
        1 | 2 => {
            let needle = stage.rng.pick(NEEDLES);
            let hits: Vec<String> =
                stage.shelf.grep(needle).lines().take(9).map(str::to_owned).collect();
            shell(stage, &format!("grep -rn \"{needle}\" . | head -9"), hits.join("\n"));
        }
        3 => {
            let log = history(stage);
            shell(stage, &format!("git log --oneline -4 -- {path}"), log);
        }
        4 => {
            let lines = stage.shelf.lines(path);
            shell(stage, &format!("wc -l {path}"), format!("{lines} {path}"));
        }
        5 | 6 if stage.shelf.lines(path) > 24 => {
            let from = stage.rng.range(1, 9);
            let to = from + stage.rng.range(10, 24);
            stage.read(&format!("{path} {from}-{to}"), false);
        }
        _ => stage.read(path, false),
    }
}

/// Four invented commits.
fn history(stage: &mut Stage) -> String {
    let first = stage.rng.below(COMMITS.len());
    let commit = |step: usize| format!("{} {}", stage.rng.hex(7), line(COMMITS, first + step));
    (0..4).map(commit).collect::<Vec<_>>().join("\n")
}

fn shell(stage: &mut Stage, command: &str, output: String) {
    stage.call("run_shell", json!({ "command": command }), output, false);
}

fn line(from: &[&str], index: usize) -> String {
    from.get(index % from.len().max(1)).copied().unwrap_or_default().to_owned()
}
