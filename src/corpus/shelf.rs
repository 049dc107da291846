//! A session's own copy of a repository: answers reads, searches, edits, diffs and test runs.

use std::collections::BTreeMap;

use super::repos;
use super::rng::Rng;

/// A working copy.
#[derive(Debug, Clone)]
pub(crate) struct Shelf {
    repo: &'static str,
    files: BTreeMap<String, String>,
    edits: Vec<Edit>,
}

/// A change of the working copy: where, and what became what.
#[derive(Debug, Clone)]
struct Edit {
    path: String,
    line: usize,
    old: String,
    new: String,
}

impl Shelf {
    pub(crate) fn new(repo: &'static str) -> Self {
        let owned = |(path, text): (&str, &str)| (path.to_owned(), text.trim_start().to_owned());
        let files = repos::files(repo).into_iter().map(owned).collect();
        Self { repo, files, edits: Vec::new() }
    }

    /// The paths, in order.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.files.keys().cloned().collect()
    }

    /// The file, or the lines `from-to` of it, numbered from `first`.
    pub(crate) fn read(&self, path: &str, span: &str) -> Option<(usize, String)> {
        let text = self.files.get(path)?;
        let Some((from, to)) = span.split_once('-') else { return Some((1, text.clone())) };
        let from: usize = from.parse().unwrap_or(1).max(1);
        let to: usize = to.parse().unwrap_or(usize::MAX);
        let kept: Vec<&str> =
            text.lines().skip(from - 1).take(to.saturating_sub(from) + 1).collect();
        Some((from, kept.join("\n")))
    }

    /// Replaces `old` once; false when the file does not have it.
    pub(crate) fn edit(&mut self, path: &str, old: &str, new: &str) -> bool {
        let Some(text) = self.files.get_mut(path) else { return false };
        let Some((before, _)) = text.split_once(old) else { return false };
        let line = before.lines().count() + 1;
        *text = text.replacen(old, new, 1);
        let (path, old, new) = (path.to_owned(), old.to_owned(), new.to_owned());
        self.edits.push(Edit { path, line, old, new });
        true
    }

    /// Creates or replaces a file.
    pub(crate) fn write(&mut self, path: &str, text: &str) {
        self.files.insert(path.to_owned(), format!("{text}\n"));
        let (path, old, new) = (path.to_owned(), String::new(), text.to_owned());
        self.edits.push(Edit { path, line: 1, old, new });
    }

    /// Number of lines of a file.
    pub(crate) fn lines(&self, path: &str) -> usize {
        self.files.get(path).map_or(0, |text| text.lines().count())
    }

    /// Names directly below `folder` (the root when empty or `.`).
    pub(crate) fn list(&self, folder: &str) -> String {
        let prefix = match folder.trim_end_matches('/') {
            "" | "." => String::new(),
            inner => format!("{inner}/"),
        };
        let below = self.files.keys().filter_map(|path| path.strip_prefix(prefix.as_str()));
        let mut names: Vec<&str> =
            below.map(|rest| rest.split('/').next().unwrap_or(rest)).collect();
        names.dedup();
        names.join("\n")
    }

    /// `path:line:text` for every line that contains `needle`.
    pub(crate) fn grep(&self, needle: &str) -> String {
        let mut hits = Vec::new();
        for (path, text) in &self.files {
            for (number, line) in text.lines().enumerate().filter(|(_, l)| l.contains(needle)) {
                hits.push(format!("{path}:{}:{}", number + 1, line.trim_end()));
            }
        }
        hits.join("\n")
    }

    /// The edits so far as a patch.
    pub(crate) fn diff(&self) -> String {
        let mut out = String::new();
        for Edit { path, line, old, new } in &self.edits {
            out.push_str(&format!("diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n"));
            out.push_str(&hunk(*line, old, new));
        }
        out
    }

    /// Number of files changed so far.
    pub(crate) fn changed(&self) -> usize {
        let mut paths: Vec<&String> = self.edits.iter().map(|edit| &edit.path).collect();
        paths.sort_unstable();
        paths.dedup();
        paths.len()
    }

    /// The command that runs the tests here, and what it prints when `count` of them pass.
    pub(crate) fn test_run(&self, count: &str, rng: &mut Rng) -> (&'static str, String) {
        let (whole, part) = (rng.range(0, 7), rng.range(11, 98));
        match self.repo {
            "dock-ui" => (
                "npx vitest run",
                format!(
                    " RUN  v2.1.4 dock-ui\n\n ✓ src/lib/dates.test.ts\n ✓ src/lib/slots.test.ts\n\n \
                     Test Files  2 passed (2)\n      Tests  {count} passed ({count})\n   Duration  \
                     {whole}.{part}s"
                ),
            ),
            "route-engine" => (
                "cargo test --quiet",
                format!(
                    "\nrunning {count} tests\n{}\ntest result: ok. {count} passed; 0 failed; 0 \
                     ignored; 0 measured; 0 filtered out; finished in 0.{part}s\n",
                    ".".repeat(count.parse().unwrap_or(8))
                ),
            ),
            "gatekeeper" => (
                "go test ./...",
                format!("ok  \tgatekeeper\t{whole}.{part}s\nok  \tgatekeeper/verify\t0.{part}s"),
            ),
            _ => (
                "python -m pytest -q",
                format!(
                    "{} [100%]\n{count} passed in {whole}.{part}s",
                    ".".repeat(count.parse().unwrap_or(8))
                ),
            ),
        }
    }
}

fn hunk(line: usize, old: &str, new: &str) -> String {
    let (before, after) = (old.lines().count(), new.lines().count());
    let mut out = format!("@@ -{line},{before} +{line},{after} @@\n");
    for line in old.lines() {
        out.push_str(&format!("-{line}\n"));
    }
    for line in new.lines() {
        out.push_str(&format!("+{line}\n"));
    }
    out
}
