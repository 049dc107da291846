//! Finds the files under the paths a user gives, in a fixed order.
//!
//! Folders are walked to the bottom; no ignore file has a say, because an attacker could write
//! one. Nor may a folder that looks like a lake: only the parts of one are left out, never what lies
//! beside them. Symbolic links to files are read, links to folders are not followed (no cycles). What
//! is left out or cannot be read is reported and the walk goes on.

use crate::record::Id16;
use std::collections::BTreeMap;
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
    /// What was left out because of what it is: the tables of other lakes, and links that lead out of
    /// what is walked.
    pub skipped: Vec<Unreadable>,
}

/// The lake that a path is a part of, see [`walk`].
pub type Owner = for<'p> fn(&'p Path) -> Option<&'p Path>;

/// Walks all `roots`. What belongs to a lake there, as `owner` says, is left out, and what belongs to
/// another than the run's `own` is named.
#[must_use]
pub fn walk(roots: &[PathBuf], own: Option<&Path>, owner: Owner) -> Walk {
    let mut walker = Walker { owner, ..Walker::default() };
    for root in roots {
        walker.root(root);
    }
    walker.done(roots, own)
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

/// A walk on its way.
struct Walker {
    owner: Owner,
    walk: Walk,
    /// Parts of lakes that were left out: folders and files.
    lakes: BTreeMap<PathBuf, [u64; 2]>,
    /// Links to folders.
    links: Vec<PathBuf>,
}

impl Default for Walker {
    fn default() -> Self {
        Self { owner: |_| None, walk: Walk::default(), lakes: BTreeMap::new(), links: Vec::new() }
    }
}

impl Walker {
    fn root(&mut self, root: &Path) {
        let (owner, lakes) = (self.owner, &mut self.lakes);
        let is_wanted = |entry: &walkdir::DirEntry| {
            // Who names a part of a lake means it.
            let lake = owner(entry.path()).filter(|lake| lake.starts_with(root));
            if let Some(lake) = lake {
                let parts = lakes.entry(lake.to_owned()).or_default();
                parts[usize::from(!entry.file_type().is_dir())] += 1;
            }
            lake.is_none()
        };
        let entries = walkdir::WalkDir::new(root).follow_root_links(true).sort_by_file_name();
        for entry in entries.into_iter().filter_entry(is_wanted) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) if entry.path().is_dir() => self.links.push(entry.into_path()),
                Ok(entry) => look_at(entry.path(), &mut self.walk),
                Err(error) => {
                    let path = error.path().unwrap_or(root).to_owned();
                    let reason =
                        error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                    self.walk.unreadable.push(Unreadable { path, reason });
                }
            }
        }
    }

    /// What was found, each once, and what was left out.
    fn done(self, roots: &[PathBuf], own: Option<&Path>) -> Walk {
        let real = |path: &Path| path.canonicalize().ok();
        let own = own.and_then(real);
        let is_own = |path: &Path| own.is_some() && real(path) == own;
        let mut walk = self.walk;
        for (lake, [folders, files]) in self.lakes.into_iter().filter(|(lake, _)| !is_own(lake)) {
            let reason = format!(
                "a lake of Reveille; its tables are no logs (folders: {folders}, files: {files})"
            );
            walk.skipped.push(Unreadable { path: lake, reason });
        }
        let roots: Vec<PathBuf> = roots.iter().filter_map(|root| real(root)).collect();
        for link in self.links {
            let target = real(&link);
            let is_walked =
                target.as_ref().is_some_and(|to| roots.iter().any(|root| to.starts_with(root)));
            if !is_walked && !is_own(&link) {
                let reason = "a link to a folder, not followed; name it to have it read".to_owned();
                walk.skipped.push(Unreadable { path: link, reason });
            }
        }
        walk.files.sort_by(|a, b| a.path.cmp(&b.path));
        walk.files.dedup_by(|a, b| a.path == b.path);
        walk.unreadable.sort_by(|a, b| a.path.cmp(&b.path));
        walk.skipped.sort_by(|a, b| a.path.cmp(&b.path));
        walk.skipped.dedup_by(|a, b| a.path == b.path);
        walk
    }
}

fn look_at(path: &Path, walk: &mut Walk) {
    let mut refuse = |reason: String| {
        walk.unreadable.push(Unreadable { path: path.to_owned(), reason });
    };
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => return refuse(error.to_string()),
    };
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

    /// Here anything called `part` belongs to the folder it lies in.
    fn owner(path: &Path) -> Option<&Path> {
        path.parent().filter(|_| path.ends_with("part"))
    }

    fn names(files: &[Found], below: &Path) -> Vec<String> {
        let name = |found: &Found| found.path.strip_prefix(below).unwrap().display().to_string();
        files.iter().map(name).collect()
    }

    #[test]
    fn files_come_sorted_and_what_is_left_out_is_said() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["b", "lake/part", "other/part"] {
            std::fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        let written =
            ["b/2.jsonl", "a.jsonl", ".hidden", ".gitignore", "lake/x", "other/y", "other/part/z"];
        for name in written {
            std::fs::write(dir.path().join(name), "x").unwrap();
        }
        let walk = walk(&[dir.path().to_owned()], Some(&dir.path().join("lake")), owner);
        let found = names(&walk.files, dir.path());
        assert_eq!(found, [".gitignore", ".hidden", "a.jsonl", "b/2.jsonl", "lake/x", "other/y"]);
        // What the run itself writes to goes without saying.
        let [skipped] = &walk.skipped[..] else { panic!("{:?}", walk.skipped) };
        assert_eq!(skipped.path, dir.path().join("other"));
        assert!(skipped.reason.contains("folders: 1, files: 0"), "{}", skipped.reason);
        // Who names a part means it.
        let part = dir.path().join("other/part");
        let walk = super::walk(std::slice::from_ref(&part), None, owner);
        assert_eq!((names(&walk.files, &part), walk.skipped.len()), (vec!["z".to_owned()], 0));
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_out_of_what_is_walked_are_said() {
        let dir = tempfile::tempdir().unwrap();
        let logs = dir.path().join("logs");
        for folder in ["logs/in", "out", "lake"] {
            std::fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        std::fs::write(dir.path().join("out/1"), "x").unwrap();
        std::fs::write(logs.join("in/2"), "x").unwrap();
        let link = |to: &str, name: &str| {
            std::os::unix::fs::symlink(dir.path().join(to), logs.join(name)).unwrap();
        };
        link("nowhere", "broken");
        link("out/1", "file");
        link("logs/in", "inside");
        link("lake", "own");
        link("out", "outside");
        let lake = dir.path().join("lake");
        let walk = super::walk(std::slice::from_ref(&logs), Some(&lake), owner);
        assert_eq!(names(&walk.files, &logs), ["file", "in/2"]);
        assert_eq!(walk.unreadable.len(), 1);
        let [skipped] = &walk.skipped[..] else { panic!("{:?}", walk.skipped) };
        assert_eq!(skipped.path, logs.join("outside"));
        assert!(skipped.reason.starts_with("a link to a folder"), "{}", skipped.reason);
        // Where the target is walked too, nothing is missing.
        let both = [logs, dir.path().join("out")];
        assert_eq!(super::walk(&both, Some(&lake), owner).skipped, []);
    }

    #[test]
    fn a_missing_root_is_unreadable() {
        let walk = walk(&[PathBuf::from("no/such/path")], None, owner);
        assert_eq!((walk.files.len(), walk.unreadable.len()), (0, 1));
    }
}
