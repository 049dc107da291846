//! `lake index`: which data files of `events` have no usable split, and splits for them.
//!
//! A split is a function of its data file, so it can be built at any time: for files written
//! without an index, by other tools, or after damage. It gets its name only when it is whole.

use crate::index::{Field, Split, SplitWriter};
use crate::lake::{DataFile, LakeError, Result, Snapshot, footer_rows, names, read_file};
use crate::record::schema::Table;
use std::path::Path;

/// The state of a split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SplitState {
    /// It opens, all its checksums are right, and it has as many rows as its file.
    Good,
    /// There is none.
    Missing,
    /// It cannot be used, and why.
    Bad(String),
}

/// Looks at the split of one file, reading all of it.
///
/// # Errors
/// If the data file cannot be read.
pub fn look_at(dir: &Path, file: &DataFile) -> Result<SplitState> {
    let Some(path) = file.split.as_ref().map(|split| dir.join(split)) else {
        return Ok(SplitState::Missing);
    };
    if !path.exists() {
        return Ok(SplitState::Missing);
    }
    let split = match Split::open(&path).and_then(|split| split.verify().map(|()| split)) {
        Ok(split) => split,
        Err(error) => return Ok(SplitState::Bad(error.to_string())),
    };
    let rows = footer_rows(&dir.join(&file.path))?;
    Ok(if split.num_rows() == rows {
        SplitState::Good
    } else {
        SplitState::Bad(format!("has {} rows, its file {rows}", split.num_rows()))
    })
}

/// What is wrong with the splits of a lake, and what was done about it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct IndexReport {
    /// Data files of `events`.
    pub files: usize,
    /// Files without a split.
    pub missing: Vec<String>,
    /// Files with an unusable split, and why.
    pub bad: Vec<(String, String)>,
    /// Splits that were built.
    pub built: usize,
}

/// Looks at all splits; builds those that are missing or bad if `repair`.
///
/// # Errors
/// If a data file cannot be read or a split not be written.
pub fn index(snapshot: &Snapshot, repair: bool, budget: usize) -> Result<IndexReport> {
    let mut report = IndexReport::default();
    let Some(dir) = snapshot.dir(Table::Events) else { return Ok(report) };
    for file in snapshot.files(Table::Events) {
        report.files += 1;
        match look_at(dir, file)? {
            SplitState::Good => continue,
            SplitState::Missing => report.missing.push(file.path.clone()),
            SplitState::Bad(why) => report.bad.push((file.path.clone(), why)),
        }
        if repair && build(dir, file, budget)? {
            report.built += 1;
        }
    }
    Ok(report)
}

/// Builds the split of one file; false if the file lies where no split can belong to it.
fn build(dir: &Path, file: &DataFile, budget: usize) -> Result<bool> {
    let Some(path) = file.split.as_ref().map(|split| dir.join(split)) else { return Ok(false) };
    if let Some(folder) = path.parent() {
        let io = |source| LakeError::Io { path: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    let partial = path.with_extension(format!("{}.part", names::new_rewrite()));
    let done = write(&dir.join(&file.path), &path, &partial, budget);
    if done.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    done.map(|()| true)
}

fn write(data: &Path, path: &Path, partial: &Path, budget: usize) -> Result<()> {
    let failed = |error: crate::index::IndexError| LakeError::Index {
        path: data.to_owned(),
        message: error.to_string(),
    };
    let columns: Vec<&str> = Field::ALL.iter().flat_map(|field| field.columns()).copied().collect();
    let mut writer = SplitWriter::new(budget).spill_to(&partial.with_extension("spill"));
    for batch in read_file(data, &columns)? {
        writer.add(&batch?).map_err(failed)?;
    }
    writer.finish_to(partial).map_err(failed)?;
    let io = |source| LakeError::Io { path: path.to_owned(), source };
    std::fs::rename(partial, path).map_err(io)
}
