//! Sources that are still on disk against what was read of them.
//!
//! A source may have grown, moved away or been deleted; that is their nature. What has been
//! read of it must still be its beginning: if not, it was rewritten after the fact.

use super::Check;
use crate::formats::mapped;
use crate::ingest::container::{self, Limits};
use crate::ingest::{known, source, walk};
use crate::lake::{Snapshot, read_table};
use crate::record::schema::Table;
use crate::record::{Id16, Id32};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A source as it was read last.
struct Source {
    path: PathBuf,
    format: Option<String>,
    last_offset: u64,
    content_hash: Id32,
    batch_seq: i64,
}

/// What a source looks like now.
enum Now {
    Same,
    Gone,
    Changed(String),
}

/// Compares all sources.
pub(super) fn sources(snapshot: &Snapshot) -> Check {
    let mut check = Check::new("sources");
    let mut newest: BTreeMap<Id16, Source> = BTreeMap::new();
    let columns = ["file_id", "path", "format", "last_offset", "content_hash", "batch_seq"];
    let read = read_table(snapshot, Table::Files, &columns, |_, batch| {
        for row in 0..batch.num_rows() {
            let Some((id, source)) = source_of(batch, row) else { continue };
            if newest.get(&id).is_none_or(|known| known.batch_seq <= source.batch_seq) {
                newest.insert(id, source);
            }
        }
        Ok(())
    });
    if let Err(error) = read {
        check.bad(|| error.to_string());
    }
    let (mut gone, mut unread) = (0, 0);
    for (id, source) in newest {
        if source.last_offset == 0 {
            unread += 1;
            continue;
        }
        match look_at(id, &source) {
            Now::Gone => gone += 1,
            Now::Same => check.checked += 1,
            Now::Changed(how) => {
                check.checked += 1;
                check.bad(|| format!("{}: {how}", source.path.display()));
            }
        }
    }
    check.note(gone, "no longer there");
    check.note(unread, "of which nothing was read");
    check
}

fn source_of(batch: &RecordBatch, row: usize) -> Option<(Id16, Source)> {
    let bytes = |name: &str| Some(batch.column_by_name(name)?.as_binary_opt::<i32>()?.value(row));
    let long = |name: &str| {
        let array = batch.column_by_name(name)?.as_primitive_opt::<Int64Type>()?;
        array.is_valid(row).then(|| array.value(row))
    };
    let format = batch.column_by_name("format").and_then(|c| c.as_string_opt::<i32>());
    let path = batch.column_by_name("path")?.as_string_opt::<i32>()?.value(row);
    let source = Source {
        path: PathBuf::from(path),
        format: format.filter(|f| f.is_valid(row)).map(|f| f.value(row).to_owned()),
        last_offset: u64::try_from(long("last_offset")?).ok()?,
        content_hash: Id32(bytes("content_hash")?.try_into().ok()?),
        batch_seq: long("batch_seq")?,
    };
    Some((Id16(bytes("file_id")?.try_into().ok()?), source))
}

fn look_at(id: Id16, source: &Source) -> Now {
    // A path that is no UTF-8 is not the one that was read.
    let reading = source.format.as_deref().filter(|format| format.starts_with(mapped::PREFIX));
    if walk::file_id(&source.path, reading) != id || !source.path.is_file() {
        return Now::Gone;
    }
    let hash = source::open(&source.path).and_then(|(file, head)| {
        let mut stream = container::open(container::detect(&head), file, Limits::default())?;
        known::hash_prefix(&mut stream, source.last_offset)
    });
    match hash {
        Ok(hasher) if hasher.finalize().as_bytes() == &source.content_hash.0 => Now::Same,
        Ok(_) => Now::Changed("has changed since it was read".to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Now::Changed("is shorter than when it was read".to_owned())
        }
        Err(error) => Now::Changed(error.to_string()),
    }
}
