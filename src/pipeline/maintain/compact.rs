//! `lake compact`: few large files instead of many small ones.
//!
//! Files of `events` are merged by event month, stream and sequence, those of other tables
//! follow each other. Small files are grouped so that a group fits one new file; each group is
//! one commit, so that an interrupted compaction keeps what it has done. Rows do not change.

use crate::lake::{Concat, DataFile, FileWriter, Lake, Merge, NewFile, Result, Rewrite, Snapshot};
use crate::pipeline::encode::{Write, split_path, write_indexed};
use crate::record::schema::Table;
use arrow::array::RecordBatch;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// How large things may get.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes a new file should have; files of half of it stay as they are.
    pub file_bytes: u64,
    /// Rows a new file may have.
    pub file_rows: u64,
    /// Memory in bytes.
    pub memory: usize,
}

impl Limits {
    /// What fits a memory budget.
    #[must_use]
    pub fn for_memory(memory: usize) -> Self {
        const MB: u64 = 1 << 20;
        let file_bytes = (memory as u64 / 8).clamp(16 * MB, 128 * MB);
        Self { file_bytes, file_rows: 1_000_000, memory }
    }
}

/// What a compaction did to one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// The table.
    pub table: Table,
    /// Files before.
    pub files_before: usize,
    /// Files after.
    pub files_after: usize,
    /// Bytes before.
    pub bytes_before: u64,
    /// Bytes after.
    pub bytes_after: u64,
    /// Small files that cannot be merged: columns or an order that are not ours.
    pub left_alone: usize,
}

/// Decoded bytes of a small file that are held at a time, at most.
const OPEN_BYTES: u64 = 16 << 20;
/// Decoded bytes for one byte of a file, roughly.
const INFLATION: u64 = 8;
const MAX_OPEN_FILES: usize = 256;
/// Every pass makes files larger, so few are needed.
const MAX_PASSES: usize = 12;

/// Merges the small files of all tables.
///
/// # Errors
/// If a file cannot be read or written. What was committed before stays.
pub async fn compact(lake: &mut Lake, limits: Limits) -> Result<Vec<Compacted>> {
    lake.recover().await?;
    lake.refresh().await?;
    let mut done = Vec::new();
    for table in Table::ALL {
        if let Some(compacted) = compact_table(lake, table, limits).await? {
            done.push(compacted);
        }
    }
    done.sort_by_key(|compacted| compacted.table);
    Ok(done)
}

async fn compact_table(lake: &mut Lake, table: Table, limits: Limits) -> Result<Option<Compacted>> {
    let before = lake.snapshot().await?;
    let mut odd: BTreeSet<String> = BTreeSet::new();
    for _ in 0..MAX_PASSES {
        let snapshot = lake.snapshot().await?;
        let groups = groups(snapshot.files(table), limits, &odd);
        if groups.is_empty() {
            break;
        }
        for group in groups {
            if !compact_group(lake, &snapshot, table, &group, limits).await? {
                odd.extend(odd_of(&snapshot, table, &group)?);
            }
        }
        lake.refresh().await?;
    }
    let after = lake.snapshot().await?;
    let bytes = |snapshot: &Snapshot| snapshot.files(table).iter().map(|file| file.size).sum();
    let compacted = Compacted {
        table,
        files_before: before.files(table).len(),
        files_after: after.files(table).len(),
        bytes_before: bytes(&before),
        bytes_after: bytes(&after),
        left_alone: odd.len(),
    };
    Ok((compacted.files_before > 0).then_some(compacted))
}

/// Small files, oldest first, in groups that give one file each.
fn groups(files: &[DataFile], limits: Limits, odd: &BTreeSet<String>) -> Vec<Vec<DataFile>> {
    let rows_of = |file: &DataFile| file.rows.unwrap_or(0);
    let small = |file: &&DataFile| {
        file.size <= limits.file_bytes / 2
            && rows_of(file) <= limits.file_rows / 2
            && !file.has_deletions
            && !odd.contains(&file.path)
    };
    let mut groups: Vec<Vec<DataFile>> = Vec::new();
    let (mut bytes, mut rows, mut open) = (0, 0, 0);
    for file in files.iter().filter(small) {
        let decoded = (file.size * INFLATION).min(OPEN_BYTES);
        bytes += file.size;
        rows += rows_of(file);
        open += decoded;
        let fits = bytes <= limits.file_bytes
            && rows <= limits.file_rows
            && open <= (limits.memory / 4) as u64;
        match groups.last_mut() {
            Some(group) if fits && group.len() < MAX_OPEN_FILES => group.push(file.clone()),
            _ => {
                groups.push(vec![file.clone()]);
                (bytes, rows, open) = (file.size, rows_of(file), decoded);
            }
        }
    }
    groups.retain(|group| group.len() > 1);
    groups
}

fn paths(snapshot: &Snapshot, table: Table, group: &[DataFile]) -> Vec<PathBuf> {
    let dir = snapshot.dir(table).cloned().unwrap_or_default();
    group.iter().map(|file| dir.join(&file.path)).collect()
}

/// The files of a group that cannot be merged.
fn odd_of(snapshot: &Snapshot, table: Table, group: &[DataFile]) -> Result<Vec<String>> {
    let mut odd = Vec::new();
    for (file, path) in group.iter().zip(paths(snapshot, table, group)) {
        let fits = match table {
            Table::Events => Merge::open(&[path])?.is_some(),
            _ => Concat::open(table, &[path])?.is_some(),
        };
        if !fits {
            odd.push(file.path.clone());
        }
    }
    Ok(odd)
}

/// Replaces a group by one file; false if a file of it cannot be merged.
async fn compact_group(
    lake: &mut Lake,
    snapshot: &Snapshot,
    table: Table,
    group: &[DataFile],
    limits: Limits,
) -> Result<bool> {
    let rewrite = Rewrite::begin(lake)?;
    match write(snapshot, table, group, rewrite.id(), limits) {
        Ok(Some(file)) => {
            let old: Vec<String> = group.iter().map(|file| file.path.clone()).collect();
            if !rewrite.commit(lake, table, &old, vec![file]).await? {
                tracing::info!(table = table.name(), "files were replaced by somebody else");
            }
            Ok(true)
        }
        other => {
            rewrite.abort(lake).await?;
            other.map(|_| false)
        }
    }
}

fn write(
    snapshot: &Snapshot,
    table: Table,
    group: &[DataFile],
    id: &str,
    limits: Limits,
) -> Result<Option<NewFile>> {
    let paths = paths(snapshot, table, group);
    let dir = snapshot.dir(table).cloned().unwrap_or_default();
    if table == Table::Events {
        let Some(merge) = Merge::open(&paths)? else { return Ok(None) };
        let writer = FileWriter::create_dense(&dir, id, table, merge.rows())?;
        // Without a split of any of its files the index was not wanted.
        let indexed = group
            .iter()
            .filter_map(|file| file.split.as_ref())
            .any(|split| dir.join(split).exists());
        let budget = (limits.memory / 8).clamp(32 << 20, 256 << 20);
        let split = indexed.then(|| (budget, split_path(&dir, writer.name())));
        return write_indexed(writer, split, |write| each(merge, write)).map(Some);
    }
    let Some(concat) = Concat::open(table, &paths)? else { return Ok(None) };
    let writer = FileWriter::create_dense(&dir, id, table, concat.rows())?;
    write_indexed(writer, None, |write| each(concat, write)).map(Some)
}

fn each(slices: impl Iterator<Item = Result<RecordBatch>>, write: &mut Write<'_>) -> Result<()> {
    slices.into_iter().try_for_each(|slice| write(slice?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, size: u64) -> DataFile {
        DataFile { path: path.into(), size, rows: Some(size), ..DataFile::default() }
    }

    #[test]
    fn small_files_form_groups_that_fit_and_the_rest_stays() {
        let limits = Limits { file_bytes: 100, file_rows: 1000, memory: 1 << 30 };
        let files: Vec<DataFile> =
            [("a", 40), ("b", 80), ("c", 50), ("d", 20), ("e", 30), ("f", 9)]
                .map(|(path, size)| file(path, size))
                .to_vec();
        let names = |odd: &[&str]| -> Vec<String> {
            let odd = odd.iter().map(|name| (*name).to_owned()).collect();
            let group = |group: Vec<DataFile>| group.into_iter().map(|file| file.path).collect();
            groups(&files, limits, &odd).into_iter().map(group).collect()
        };
        assert_eq!(names(&[]), ["ac", "def"]);
        assert_eq!(names(&["a"]), ["cde"]);
        let rows = Limits { file_rows: 60, ..limits };
        assert_eq!(groups(&files, rows, &BTreeSet::new()).len(), 1);
        assert!(groups(&files[..1], limits, &BTreeSet::new()).is_empty());
    }
}
