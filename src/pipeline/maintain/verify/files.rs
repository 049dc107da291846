//! Data files against the Delta log, and batches against each other.

use super::Check;
use crate::lake::{BatchState, DataFile, Lake, Result, Snapshot, footer_rows};
use std::path::Path;

/// Every data file is there, with the size and the rows that were committed.
pub(super) fn data_files(snapshot: &Snapshot) -> Check {
    let mut check = Check::new("data files");
    for (table, files) in &snapshot.tables {
        for file in &files.files {
            check.checked += 1;
            if let Err(why) = data_file(&files.absolute(file), file) {
                check.bad(|| format!("{}/{}: {why}", table.name(), file.path));
            }
        }
    }
    check
}

fn data_file(path: &Path, file: &DataFile) -> std::result::Result<(), String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size != file.size {
        return Err(format!("has {size} bytes, {} were committed", file.size));
    }
    let rows = footer_rows(path).map_err(|error| error.to_string())?;
    match file.rows {
        Some(committed) if committed != rows => {
            Err(format!("has {rows} rows, {committed} were committed"))
        }
        _ => Ok(()),
    }
}

/// Every batch is visible in all tables or in none.
pub(super) async fn batches(lake: &Lake) -> Result<Check> {
    let mut check = Check::new("batches");
    let (mut writing, mut unfinished) = (0, 0);
    for (batch, state) in lake.batches().await? {
        check.checked += 1;
        match state {
            BatchState::Committed => {}
            BatchState::Writing => writing += 1,
            BatchState::Unfinished => unfinished += 1,
            BatchState::Partial => {
                check.bad(|| format!("batch {batch}: has rows but was never committed"));
            }
        }
    }
    check.note(writing, "being written");
    check.note(unfinished, "left unfinished and invisible; the next sweep removes them");
    Ok(check)
}
