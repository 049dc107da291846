//! The lake's own format version, in `_reveille/lake.json`.

use super::error::{LakeError, Result};
use super::names::{self, PRIVATE};
use crate::record::schema::FORMAT_VERSION;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

#[derive(Debug, Serialize, Deserialize)]
struct LakeFile {
    format_version: u32,
}

fn path(root: &Path) -> PathBuf {
    root.join(PRIVATE).join("lake.json")
}

/// More than any version takes to say.
const MAX_FILE: u64 = 4096;

/// Whether a version is said here, be it one from the future. Asked of folders that anybody may have
/// made, so that a file which is none, or has no end, says nothing.
pub(super) fn is_there(root: &Path) -> bool {
    let path = path(root);
    let is_file = |path: &Path| {
        path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() <= MAX_FILE)
    };
    let bytes = if is_file(&path) { std::fs::read(&path).ok() } else { None };
    bytes.is_some_and(|bytes| serde_json::from_slice::<LakeFile>(&bytes).is_ok())
}

/// Checks that a lake of a known version is there.
pub(super) fn check(root: &Path) -> Result<()> {
    let path = path(root);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(LakeError::Missing(root.to_owned()));
        }
        Err(error) => return Err(LakeError::io(&path)(error)),
    };
    let file: LakeFile = serde_json::from_slice(&bytes)
        .map_err(|source| LakeError::Json { path: path.clone(), source })?;
    if file.format_version > FORMAT_VERSION {
        return Err(LakeError::Newer {
            path: root.to_owned(),
            found: file.format_version,
            known: FORMAT_VERSION,
        });
    }
    Ok(())
}

/// Makes the version file if the folder is new or empty.
pub(super) fn create(root: &Path) -> Result<()> {
    match check(root) {
        Err(LakeError::Missing(_)) => {}
        other => return other,
    }
    let private = root.join(PRIVATE);
    // In this order: another run may make the private folder between two looks.
    let foreign = root.is_dir() && !is_empty(root)? && !private.is_dir();
    if foreign {
        return Err(LakeError::NotALake(root.to_owned()));
    }
    std::fs::create_dir_all(&private).map_err(LakeError::io(&private))?;
    let text = serde_json::json!({ "format_version": FORMAT_VERSION }).to_string();
    // Written beside and renamed, so that nobody ever reads half of it.
    let partial = private.join(format!("lake.json.{}", names::new_rewrite()));
    std::fs::write(&partial, text).map_err(LakeError::io(&partial))?;
    let path = path(root);
    std::fs::rename(&partial, &path).map_err(LakeError::io(&path))
}

fn is_empty(root: &Path) -> Result<bool> {
    let mut entries = std::fs::read_dir(root).map_err(LakeError::io(root))?;
    Ok(entries.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_lake_is_refused_with_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        create(dir.path()).unwrap();
        check(dir.path()).unwrap();
        std::fs::write(path(dir.path()), r#"{"format_version": 99}"#).unwrap();
        let error = check(dir.path()).unwrap_err().to_string();
        assert!(error.contains("99") && error.contains("upgrade"), "{error}");
    }

    #[test]
    fn many_may_make_the_same_lake_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("lake");
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| create(&root))).collect();
            threads.into_iter().for_each(|thread| thread.join().unwrap().unwrap());
        });
        check(&root).unwrap();
    }

    #[test]
    fn a_folder_with_other_things_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("thesis.txt"), "x").unwrap();
        assert!(matches!(create(dir.path()), Err(LakeError::NotALake(_))));
        assert!(!dir.path().join(PRIVATE).exists());
    }
}
