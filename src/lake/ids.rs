//! Which events of a stream the lake already has.
//!
//! Asked once per stream that a sweep touches and that names itself (session files are copied
//! on resume). Bloom filters tell which data files may hold the stream; of those, only the id
//! columns are read, and the newest few are kept, because neighbouring streams lie in the same
//! files.

use super::error::{LakeError, Result};
use super::read;
use super::snapshot::Snapshot;
use crate::record::Id16;
use crate::record::schema::Table;
use arrow::array::{Array, AsArray};
use parquet::bloom_filter::Sbbf;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::rc::Rc;

const CACHED_FILES: usize = 8;

/// Event ids of one stream with their content hashes.
pub(crate) type Known = Vec<(Id16, Id16)>;
type ByStream = HashMap<Id16, Known>;

/// Looks up the events of streams.
#[derive(Debug)]
pub struct EventIds {
    files: Vec<Indexed>,
    cache: VecDeque<(usize, Rc<ByStream>)>,
}

#[derive(Debug)]
struct Indexed {
    path: PathBuf,
    /// One filter per row group; `None` until first asked, empty if the file has none.
    blooms: Option<Vec<Sbbf>>,
}

impl EventIds {
    /// Over the visible files of `events`.
    #[must_use]
    pub fn new(snapshot: &Snapshot) -> Self {
        let dir = snapshot.dir(Table::Events).cloned().unwrap_or_default();
        let indexed = |file: &super::DataFile| Indexed { path: dir.join(&file.path), blooms: None };
        let files = snapshot.files(Table::Events).iter().map(indexed).collect();
        Self { files, cache: VecDeque::new() }
    }

    /// All events of `stream` in the lake.
    ///
    /// # Errors
    /// If a data file cannot be read.
    pub fn of_stream(&mut self, stream: Id16) -> Result<Vec<(Id16, Id16)>> {
        let mut known = Vec::new();
        for at in 0..self.files.len() {
            if self.files[at].may_hold(stream)? {
                let ids = self.load(at)?;
                known.extend(ids.get(&stream).into_iter().flatten());
            }
        }
        Ok(known)
    }

    fn load(&mut self, at: usize) -> Result<Rc<ByStream>> {
        if let Some((_, ids)) = self.cache.iter().find(|(cached, _)| *cached == at) {
            return Ok(ids.clone());
        }
        let ids = Rc::new(read_ids(&self.files[at].path)?);
        if self.cache.len() >= CACHED_FILES {
            self.cache.pop_front();
        }
        self.cache.push_back((at, ids.clone()));
        Ok(ids)
    }
}

impl Indexed {
    fn may_hold(&mut self, stream: Id16) -> Result<bool> {
        let blooms = match &mut self.blooms {
            Some(blooms) => blooms,
            none => none.insert(read_blooms(&self.path)?),
        };
        // A file of another tool has no filters and may hold anything.
        Ok(blooms.is_empty() || blooms.iter().any(|bloom| bloom.check(stream.as_bytes())))
    }
}

fn read_blooms(path: &Path) -> Result<Vec<Sbbf>> {
    let file = File::open(path).map_err(LakeError::io(path))?;
    let reader = SerializedFileReader::new(file).map_err(LakeError::parquet(path))?;
    let metadata = reader.metadata();
    let columns = metadata.file_metadata().schema_descr().columns();
    let Some(column) = columns.iter().position(|column| column.name() == "stream_id") else {
        return Ok(Vec::new());
    };
    let input = File::open(path).map_err(LakeError::io(path))?;
    let mut blooms = Vec::new();
    for group in metadata.row_groups() {
        let found = Sbbf::read_from_column_chunk(group.column(column), &input)
            .map_err(LakeError::parquet(path))?;
        match found {
            Some(bloom) => blooms.push(bloom),
            None => return Ok(Vec::new()),
        }
    }
    Ok(blooms)
}

fn read_ids(path: &Path) -> Result<ByStream> {
    let mut ids = ByStream::new();
    for batch in read::open(path, &["stream_id", "event_id", "content_hash"])? {
        let batch = batch.map_err(|error| LakeError::parquet(path)(error.into()))?;
        let column = |name: &str| batch.column_by_name(name).map(|array| array.as_binary::<i32>());
        let (Some(streams), Some(events), Some(contents)) =
            (column("stream_id"), column("event_id"), column("content_hash"))
        else {
            continue;
        };
        for row in 0..batch.num_rows() {
            let id = |array: &arrow::array::BinaryArray| {
                Id16(array.value(row).try_into().unwrap_or_default())
            };
            if streams.is_valid(row) {
                ids.entry(id(streams)).or_default().push((id(events), id(contents)));
            }
        }
    }
    Ok(ids)
}
