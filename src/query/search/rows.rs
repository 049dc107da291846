//! Finds the rows of data files that match searches: from the index split of each file, else by
//! scanning the file.
//!
//! Splits are opened when first needed and kept open; answers are kept too, because files never
//! change under their name. Both caches are bounded. A split that is missing, damaged, of
//! another version or of another number of rows than its file costs a warning and a scan, never
//! a wrong answer.

use super::Condition;
use super::columns_of;
use super::condition::Search;
use crate::index::{Split, scan_rows};
use datafusion::common::{DataFusionError, Result, exec_datafusion_err};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection};
use futures::{StreamExt, TryStreamExt};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Open splits kept; each holds a file mapping.
const MAX_SPLITS: usize = 2048;
/// Row numbers kept in cached answers: 64 MiB.
const MAX_CACHED_ROWS: usize = 16 << 20;
const SCAN_BATCH_ROWS: usize = 4096;

/// A data file to search.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) data: PathBuf,
    pub(crate) split: Option<PathBuf>,
    pub(crate) rows: Option<u64>,
}

/// The rows of a file that fulfil a condition.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) selection: RowSelection,
    pub(crate) hits: usize,
}

/// Finds rows; one for a session.
pub(crate) struct RowFinder {
    splits: Mutex<BTreeMap<PathBuf, Arc<Split>>>,
    answers: Mutex<Answers>,
    threads: usize,
}

#[derive(Default)]
struct Answers {
    rows: BTreeMap<(PathBuf, String), Arc<Vec<u32>>>,
    size: usize,
}

impl std::fmt::Debug for RowFinder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowFinder").field("threads", &self.threads).finish_non_exhaustive()
    }
}

/// Tells blocking work that nobody waits for it any more.
#[derive(Default)]
struct Abandoned(Arc<AtomicBool>);

impl Drop for Abandoned {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl RowFinder {
    /// Searches up to `threads` files at a time.
    pub(crate) fn new(threads: usize) -> Self {
        Self { splits: Mutex::default(), answers: Mutex::default(), threads: threads.max(1) }
    }

    /// The rows of each file that fulfil `condition`, in the order of `targets`.
    pub(crate) async fn find(
        self: &Arc<Self>,
        condition: Condition,
        targets: Vec<Target>,
    ) -> Result<Vec<Found>> {
        let condition = Arc::new(condition);
        let abandoned = Abandoned::default();
        let jobs = targets.into_iter().map(|target| {
            let (finder, condition) = (self.clone(), condition.clone());
            let stop = abandoned.0.clone();
            async move {
                tokio::task::spawn_blocking(move || finder.find_one(&condition, &target, &stop))
                    .await
                    .map_err(|error| DataFusionError::External(Box::new(error)))?
            }
        });
        futures::stream::iter(jobs).buffered(self.threads).try_collect().await
    }

    fn find_one(&self, condition: &Condition, target: &Target, stop: &AtomicBool) -> Result<Found> {
        let rows = match target.rows {
            Some(rows) => rows,
            None => footer_rows(&target.data)?,
        };
        let mut answers: BTreeMap<&str, Arc<Vec<u32>>> = BTreeMap::new();
        for search in condition.searches() {
            if !answers.contains_key(search.text.as_str()) {
                answers.insert(&search.text, self.answer(search, target, rows, stop)?);
            }
        }
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        let selection = condition.select(rows, &|search: &Search| {
            answers.get(search.text.as_str()).cloned().unwrap_or_default()
        });
        let hits = selection.row_count();
        Ok(Found { selection, hits })
    }

    fn answer(
        &self,
        search: &Search,
        target: &Target,
        rows: u64,
        stop: &AtomicBool,
    ) -> Result<Arc<Vec<u32>>> {
        let key = (target.data.clone(), search.text.clone());
        if let Some(known) = lock(&self.answers).rows.get(&key) {
            return Ok(known.clone());
        }
        let found = match self.ask_split(search, target, rows) {
            Ok(found) => found,
            Err(reason) => {
                let file = target.data.display();
                tracing::warn!(%file, %reason, "no usable index split, scanning the data file");
                scan(search, &target.data, stop)?
            }
        };
        let found = Arc::new(found);
        let mut answers = lock(&self.answers);
        if answers.size + found.len() > MAX_CACHED_ROWS {
            *answers = Answers::default();
        }
        if found.len() <= MAX_CACHED_ROWS {
            answers.size += found.len();
            answers.rows.insert(key, found.clone());
        }
        Ok(found)
    }

    /// The rows by the index, or why it cannot be asked.
    fn ask_split(
        &self,
        search: &Search,
        target: &Target,
        rows: u64,
    ) -> std::result::Result<Vec<u32>, String> {
        let path = target.split.as_ref().ok_or("the file has no index split")?;
        let split = self.split(path)?;
        if split.num_rows() != rows {
            return Err(format!("the split has {} rows, the file {rows}", split.num_rows()));
        }
        split.rows(&search.query).map_err(|error| error.to_string())
    }

    fn split(&self, path: &Path) -> std::result::Result<Arc<Split>, String> {
        if let Some(split) = lock(&self.splits).get(path) {
            return Ok(split.clone());
        }
        let split = Arc::new(Split::open(path).map_err(|error| error.to_string())?);
        let mut splits = lock(&self.splits);
        if splits.len() >= MAX_SPLITS {
            splits.clear();
        }
        splits.insert(path.to_owned(), split.clone());
        Ok(split)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>> {
    let file = File::open(path)
        .map_err(|error| exec_datafusion_err!("cannot read {}: {error}", path.display()))?;
    Ok(ParquetRecordBatchReaderBuilder::try_new(file)?)
}

fn footer_rows(path: &Path) -> Result<u64> {
    let rows = open(path)?.metadata().file_metadata().num_rows();
    Ok(u64::try_from(rows).unwrap_or_default())
}

/// The rows by looking at the text of every row.
fn scan(search: &Search, path: &Path, stop: &AtomicBool) -> Result<Vec<u32>> {
    let builder = open(path)?.with_batch_size(SCAN_BATCH_ROWS);
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns_of(&search.query));
    let reader = builder.with_projection(mask).build()?;
    let (mut start, mut found) = (0u32, Vec::new());
    for batch in reader {
        if stop.load(Ordering::Relaxed) {
            return Err(exec_datafusion_err!("cancelled"));
        }
        let batch = batch?;
        let hits = scan_rows(&batch, &search.query)
            .map_err(|error| exec_datafusion_err!("{}: {error}", path.display()))?;
        found.extend(hits.into_iter().map(|hit| start + hit));
        let rows = u32::try_from(batch.num_rows()).unwrap_or(u32::MAX);
        start = start.checked_add(rows).ok_or_else(|| {
            exec_datafusion_err!("{} has too many rows to search", path.display())
        })?;
    }
    Ok(found)
}
