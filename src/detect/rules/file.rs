//! Where rules come from: the pack in the program, and folders or files of the user.
//!
//! The only file here that reads a disk.

use super::diagnose::{Code, Diagnostic};
use include_dir::{Dir, include_dir};
use std::path::{Path, PathBuf};

/// The pack that is shipped.
static PACK: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// One rule file.
pub(super) struct Source {
    /// Its path, in the pack or as found.
    pub(super) name: String,
    /// Its text.
    pub(super) text: String,
    /// Whether it is part of the shipped pack.
    pub(super) shipped: bool,
}

/// The files of the shipped pack, in order of their paths.
pub(super) fn shipped() -> Vec<Source> {
    let mut out = Vec::new();
    let mut open = vec![&PACK];
    while let Some(dir) = open.pop() {
        if is_list(dir.path()) {
            continue;
        }
        open.extend(dir.dirs());
        let files = dir.files().filter(|file| is_rule(file.path()));
        out.extend(files.map(|file| Source {
            name: file.path().to_string_lossy().replace('\\', "/"),
            text: file.contents_utf8().unwrap_or_default().to_owned(),
            shipped: true,
        }));
    }
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out
}

/// The rule files at and below `paths`, in order of the arguments, then of their paths.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Source>, Vec<Diagnostic>> {
    let mut out = Vec::new();
    let mut failed = Vec::new();
    for path in paths {
        if let Err(error) = std::fs::metadata(path) {
            failed.push(unreadable(path, &error.to_string()));
        }
        let walk = walkdir::WalkDir::new(path).follow_links(true).sort_by_file_name();
        for entry in walk.into_iter().filter_entry(|entry| !is_own_list(entry)) {
            match entry {
                Ok(entry) if entry.file_type().is_file() && is_rule(entry.path()) => {
                    match std::fs::read_to_string(entry.path()) {
                        Ok(text) => out.push(Source {
                            name: entry.path().to_string_lossy().into_owned(),
                            text,
                            shipped: false,
                        }),
                        Err(error) => failed.push(unreadable(entry.path(), &error.to_string())),
                    }
                }
                Ok(_) => {}
                Err(error) if error.depth() == 0 => {} // reported above
                Err(error) => failed.push(unreadable(path, &error.to_string())),
            }
        }
    }
    if failed.is_empty() { Ok(out) } else { Err(failed) }
}

/// Folders of the pack that hold lists for the judge of sessions, and no rules.
const LISTS: [&str; 2] = ["actions", "words"];

fn is_list(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| LISTS.iter().any(|list| name == *list))
}

/// Whether a folder is one of them in a copy of the pack: it stands beside rules and has a list.
fn is_own_list(entry: &walkdir::DirEntry) -> bool {
    let marks = ["heuristics.yml", "en.yml"];
    entry.file_type().is_dir()
        && is_list(entry.path())
        && marks.iter().any(|mark| entry.path().join(mark).is_file())
}

fn is_rule(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| {
        extension.eq_ignore_ascii_case("yml") || extension.eq_ignore_ascii_case("yaml")
    })
}

fn unreadable(path: &Path, why: &str) -> Diagnostic {
    Diagnostic {
        file: path.to_string_lossy().into_owned(),
        line: None,
        code: Code::Io,
        what: format!("cannot read rules: {why}"),
        hint: String::new(),
    }
}
