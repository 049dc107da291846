//! What belongs to a lake among the files of a folder, so that a sweep reads everything else there.
//!
//!   path -> the lake that it is a part of, or none
//!
//! Whoever may write into a folder of logs may also make it look like a lake. So nothing holds for a
//! whole folder: a lake owns its private folder, the Delta logs and private folders of its tables, and
//! Parquet files beside those, in which no reader would find a transcript anyway. All else that lies
//! there is no part of it, and a lake must have a version that can be read and a table of events.

use super::names::PRIVATE;
use super::version;
use crate::record::schema::Table;
use std::io::Read as _;
use std::path::Path;

const DELTA_LOG: &str = "_delta_log";
const PARQUET: [u8; 4] = *b"PAR1";

/// Whether a folder is a lake, of whatever version.
pub(super) fn is_lake(folder: &Path) -> bool {
    version::is_there(folder) && folder.join(Table::Events.name()).join(DELTA_LOG).is_dir()
}

/// The lake that a path is a part of.
pub(super) fn owner(path: &Path) -> Option<&Path> {
    let parent = path.parent()?;
    let of_table = parent.parent().filter(|_| is_table(parent));
    let name = path.file_name()?;
    if name == PRIVATE && path.is_dir() {
        return of_table.or(Some(parent)).filter(|lake| is_lake(lake));
    }
    let is_part = match name == DELTA_LOG {
        true => path.is_dir(),
        false => of_table.is_some() && is_parquet(path),
    };
    of_table.filter(|lake| is_part && is_lake(lake))
}

fn is_table(folder: &Path) -> bool {
    let named = |table: &Table| folder.file_name().is_some_and(|name| name == table.name());
    Table::ALL.iter().any(named) && folder.join(DELTA_LOG).is_dir()
}

/// Whether a file is one by its name and its first bytes, as far as it has been written. Only files are
/// opened: anybody may put a pipe here, which would never answer.
fn is_parquet(path: &Path) -> bool {
    let is_named = path.extension().is_some_and(|extension| extension == "parquet");
    if !is_named || !path.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return false;
    }
    let mut head = Vec::new();
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(PARQUET.len() as u64).read_to_end(&mut head));
    read.is_ok() && PARQUET.starts_with(&head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_what_a_lake_writes_is_a_part_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        let owned = |path: &str| owner(&at(path)).map(|lake| lake == dir.path());
        for folder in ["_reveille", "events/_reveille", "other/_delta_log", "other/_reveille"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for table in ["events/_delta_log", "labels/_delta_log"] {
            fs::create_dir_all(at(table)).unwrap();
        }
        fs::write(at("events/a.parquet"), b"PAR1....").unwrap();
        fs::write(at("events/begun.parquet"), b"").unwrap();
        fs::write(at("events/log.parquet"), b"{\"messages\":[]}").unwrap();
        fs::write(at("events/log.jsonl"), b"PAR1").unwrap();
        // Anybody may have made a folder of this name, with anything in it.
        for version in ["", "{}", "[]", "{\"format_version\":\"1\"}", &" ".repeat(1 << 20)] {
            fs::write(at("_reveille/lake.json"), version).unwrap();
            assert!(!is_lake(dir.path()), "{version:.20}");
            assert_eq!(owned("_reveille"), None, "{version:.20}");
        }
        fs::write(at("_reveille/lake.json"), "{\"format_version\":7}").unwrap();
        let parts = ["_reveille", "events/_delta_log", "events/_reveille", "events/a.parquet"];
        for part in parts.into_iter().chain(["labels/_delta_log", "events/begun.parquet"]) {
            assert_eq!(owned(part), Some(true), "{part}");
        }
        for other in [".", "events", "events/log.parquet", "events/log.jsonl", "other/_delta_log"] {
            assert_eq!(owned(other), None, "{other}");
        }
        assert_eq!(owned("other/_reveille"), None);
        fs::remove_dir(at("events/_delta_log")).unwrap();
        assert_eq!((is_lake(dir.path()), owned("_reveille")), (false, None));
    }
}
