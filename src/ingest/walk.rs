//! Finds the files under the paths a user gives, in a fixed order.
//!
//! Folders are walked to the bottom; no ignore file has a say, because an attacker could write
//! one. Symbolic links to files are read, links to folders are not followed (no cycles). What
//! cannot be read is reported and the walk goes on.

use crate::record::Id16;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// A file to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Path as reached from the user's argument.
    pub path: PathBuf,
    /// Bytes on disk.
    pub size: u64,
    /// Modification time, microseconds since the epoch.
    pub mtime_micros: i64,
}

/// A path that cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The path.
    pub path: PathBuf,
    /// The reason, for people.
    pub reason: String,
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walk {
    /// Files, sorted by path, each once.
    pub files: Vec<Found>,
    /// What could not be read.
    pub unreadable: Vec<Unreadable>,
    /// Folders that hold no logs, and were not looked into.
    pub skipped: Vec<Unreadable>,
}

/// Walks all `roots`; `skip` (the lake itself) is left out, and so are other folders that `holds_no_logs`
/// has a reason for.
#[must_use]
pub fn walk(
    roots: &[PathBuf],
    skip: Option<&Path>,
    holds_no_logs: fn(&Path) -> Option<&'static str>,
) -> Walk {
    let skip = skip.and_then(|path| path.canonicalize().ok());
    let mut walk = Walk::default();
    for root in roots {
        walk_root(root, skip.as_deref(), holds_no_logs, &mut walk);
    }
    walk.files.sort_by(|a, b| a.path.cmp(&b.path));
    walk.files.dedup_by(|a, b| a.path == b.path);
    walk.unreadable.sort_by(|a, b| a.path.cmp(&b.path));
    walk.skipped.sort_by(|a, b| a.path.cmp(&b.path));
    walk.skipped.dedup_by(|a, b| a.path == b.path);
    walk
}

impl Walk {
    /// Adds a file that lies elsewhere than its name says.
    pub fn spooled(&mut self, name: &str, file: &Path) {
        let mut walk = Self::default();
        look_at(file, &mut walk);
        walk.files.iter_mut().for_each(|found| found.path = name.into());
        walk.unreadable.iter_mut().for_each(|found| found.path = name.into());
        self.files.append(&mut walk.files);
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        self.unreadable.append(&mut walk.unreadable);
    }
}

fn walk_root(
    root: &Path,
    skip: Option<&Path>,
    holds_no_logs: fn(&Path) -> Option<&'static str>,
    walk: &mut Walk,
) {
    let is_lake =
        |path: &Path| skip.is_some_and(|skip| path.canonicalize().is_ok_and(|path| path == skip));
    let mut skipped = Vec::new();
    let mut is_wanted = |path: &Path| {
        let why = holds_no_logs(path).filter(|_| !is_lake(path));
        let skip = |why: &str| Unreadable { path: path.to_owned(), reason: why.to_owned() };
        skipped.extend(why.map(skip));
        why.is_none() && !is_lake(path)
    };
    let entries = walkdir::WalkDir::new(root).follow_root_links(true).sort_by_file_name();
    let entries =
        entries.into_iter().filter_entry(|e| !e.file_type().is_dir() || is_wanted(e.path()));
    for entry in entries {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) => look_at(entry.path(), walk),
            Err(error) => {
                let path = error.path().unwrap_or(root).to_owned();
                let reason =
                    error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                walk.unreadable.push(Unreadable { path, reason });
            }
        }
    }
    walk.skipped.append(&mut skipped);
}

fn look_at(path: &Path, walk: &mut Walk) {
    let mut refuse = |reason: String| {
        walk.unreadable.push(Unreadable { path: path.to_owned(), reason });
    };
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => return refuse(error.to_string()),
    };
    if metadata.is_dir() {
        return; // a link to a folder: its target is walked where it really lies, if asked for
    }
    if !metadata.is_file() {
        return refuse("not a regular file".to_owned());
    }
    let mtime = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    walk.files.push(Found {
        path: path.to_owned(),
        size: metadata.len(),
        mtime_micros: mtime.map_or(0, |t| i64::try_from(t.as_micros()).unwrap_or(i64::MAX)),
    });
}

/// The id of a source: its path as seen, so that evidence leads back to it, and the reading, if
/// what was read in another says nothing of it.
#[must_use]
pub fn file_id(path: &Path, reading: Option<&str>) -> Id16 {
    let path = path.as_os_str().as_encoded_bytes();
    match reading {
        None => Id16::of("file", &[path]),
        Some(reading) => Id16::of("file", &[path, reading.as_bytes()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_sorted_and_what_cannot_be_read_is_said() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("b")).unwrap();
        std::fs::create_dir(dir.path().join("lake")).unwrap();
        std::fs::create_dir(dir.path().join("other")).unwrap();
        let names = ["b/2.jsonl", "a.jsonl", ".hidden", ".gitignore", "lake/x.parquet", "other/y"];
        for name in names {
            std::fs::write(dir.path().join(name), "x").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("nowhere", dir.path().join("broken")).unwrap();
        let no_logs =
            |path: &Path| (path.ends_with("other") || path.ends_with("lake")).then_some("no logs");
        let walk = walk(&[dir.path().to_owned()], Some(&dir.path().join("lake")), no_logs);
        let names: Vec<String> = walk
            .files
            .iter()
            .map(|f| f.path.strip_prefix(dir.path()).unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, [".gitignore", ".hidden", "a.jsonl", "b/2.jsonl"]);
        // What the run itself writes to goes without saying.
        let reason = "no logs".to_owned();
        assert_eq!(walk.skipped, [Unreadable { path: dir.path().join("other"), reason }]);
        #[cfg(unix)]
        assert_eq!(walk.unreadable.len(), 1);
    }

    #[test]
    fn a_missing_root_is_unreadable() {
        let walk = walk(&[PathBuf::from("no/such/path")], None, |_| None);
        assert_eq!((walk.files.len(), walk.unreadable.len()), (0, 1));
    }
}
