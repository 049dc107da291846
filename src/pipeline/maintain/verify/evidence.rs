//! Raw records against their hashes, and events against the raw records they come from.
//!
//! The second is a join of two tables that may be large, so it is done in passes: each takes
//! the hashes that fall into its share, as many as memory allows.

use super::Check;
use crate::lake::{Result, Snapshot, read_file};
use crate::record::Id16;
use crate::record::id::Hasher;
use crate::record::schema::Table;
use arrow::array::{Array, AsArray, BinaryArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Int64Type;
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;

/// Memory per raw record of a pass: two hashed ids.
const BYTES_PER_RECORD: u64 = 96;

/// The bytes of every raw record that is kept have its hash and length.
pub(super) fn raw_records(snapshot: &Snapshot) -> Check {
    let mut check = Check::new("raw records");
    let mut only_hash = 0;
    let columns = ["raw_sha256", "byte_len", "raw"];
    each(snapshot, Table::RawRecords, &columns, &mut check, |check, name, batch, first| {
        let hashes = batch.column_by_name("raw_sha256").and_then(|c| c.as_binary_opt::<i32>());
        let raw = batch.column_by_name("raw").and_then(|c| c.as_binary_opt::<i64>());
        let (Some(hashes), Some(raw)) = (hashes, raw) else {
            return check.bad(|| format!("raw_records/{name}: columns of other types"));
        };
        for row in 0..batch.num_rows() {
            check.checked += 1;
            if raw.is_null(row) {
                only_hash += 1;
            } else if Sha256::digest(raw.value(row)).as_slice() != hashes.value(row) {
                check.bad(|| format!("raw_records/{name} row {}: bytes and hash", first + row));
            }
        }
    });
    check.note(only_hash, "kept as hash only");
    check
}

/// Every event has its raw record, at its place.
pub(super) fn events(snapshot: &Snapshot, memory: usize) -> Check {
    let mut check = Check::new("events");
    let budget = (memory as u64 / 4 / BYTES_PER_RECORD).max(100_000);
    let passes = u32::try_from(snapshot.rows(Table::RawRecords) / budget + 1).unwrap_or(u32::MAX);
    let sources = sources(snapshot, &mut check);
    let mut imported = 0;
    for pass in 0..passes {
        let known = Known::read(snapshot, (pass, passes), &mut check);
        imported += known.compare(snapshot, (pass, passes), &sources, &mut check);
    }
    check.note(imported, "imported with evidence of another lake");
    check
}

const PLACE: &[&str] = &["raw_sha256", "file_id", "container_path", "byte_offset", "byte_len"];

/// Raw records of one pass.
#[derive(Default)]
struct Known {
    hashes: HashSet<Id16>,
    places: HashSet<Id16>,
}

/// Pass and number of passes.
type Share = (u32, u32);

impl Known {
    fn read(snapshot: &Snapshot, share: Share, check: &mut Check) -> Self {
        let mut known = Self::default();
        each(snapshot, Table::RawRecords, PLACE, check, |_, _, batch, _| {
            let Some(places) = Places::of(batch) else { return };
            for row in (0..batch.num_rows()).filter(|row| places.is_in(*row, share)) {
                known.hashes.insert(places.hash(row));
                known.places.insert(places.place(row));
            }
        });
        known
    }

    /// Counts events of other lakes; those have no source here.
    fn compare(
        &self,
        snapshot: &Snapshot,
        share: Share,
        sources: &HashSet<Vec<u8>>,
        check: &mut Check,
    ) -> u64 {
        let mut imported = 0;
        each(snapshot, Table::Events, PLACE, check, |check, name, batch, first| {
            let Some(places) = Places::of(batch) else {
                if share.0 == 0 {
                    check.bad(|| format!("events/{name}: columns of other types"));
                }
                return;
            };
            for row in (0..batch.num_rows()).filter(|row| places.is_in(*row, share)) {
                check.checked += 1;
                if self.places.contains(&places.place(row)) {
                    continue;
                }
                let at = first + row;
                if !sources.contains(places.files.value(row)) {
                    imported += 1;
                } else if self.hashes.contains(&places.hash(row)) {
                    check.bad(|| format!("events/{name} row {at}: raw record at another place"));
                } else {
                    check.bad(|| format!("events/{name} row {at}: no raw record"));
                }
            }
        });
        imported
    }
}

/// Ids of all sources the lake has read.
fn sources(snapshot: &Snapshot, check: &mut Check) -> HashSet<Vec<u8>> {
    let mut sources = HashSet::new();
    each(snapshot, Table::Files, &["file_id"], check, |_, _, batch, _| {
        let ids = batch.column_by_name("file_id").and_then(|c| c.as_binary_opt::<i32>());
        sources.extend(ids.into_iter().flatten().flatten().map(<[u8]>::to_vec));
    });
    sources
}

/// The columns that say where a row comes from.
struct Places<'a> {
    hashes: &'a BinaryArray,
    files: &'a BinaryArray,
    members: &'a StringArray,
    offsets: &'a Int64Array,
    lengths: &'a Int64Array,
}

impl<'a> Places<'a> {
    fn of(batch: &'a RecordBatch) -> Option<Self> {
        let binary = |name: &str| batch.column_by_name(name)?.as_binary_opt::<i32>();
        let long = |name: &str| batch.column_by_name(name)?.as_primitive_opt::<Int64Type>();
        Some(Self {
            hashes: binary("raw_sha256")?,
            files: binary("file_id")?,
            members: batch.column_by_name("container_path")?.as_string_opt::<i32>()?,
            offsets: long("byte_offset")?,
            lengths: long("byte_len")?,
        })
    }

    /// Whether the row belongs to this pass. Hashes are spread evenly.
    fn is_in(&self, row: usize, (pass, passes): Share) -> bool {
        let start = self.hashes.value(row).first_chunk::<4>().copied().unwrap_or_default();
        u32::from_le_bytes(start) % passes == pass
    }

    fn hash(&self, row: usize) -> Id16 {
        let start = self.hashes.value(row).first_chunk::<16>().copied();
        Id16(start.unwrap_or_default())
    }

    fn place(&self, row: usize) -> Id16 {
        let member = self.members.is_valid(row).then(|| self.members.value(row));
        Hasher::new("verify.place")
            .part(self.hashes.value(row))
            .part(self.files.value(row))
            .part(member.unwrap_or_default().as_bytes())
            .part(&self.offsets.value(row).to_le_bytes())
            .part(&self.lengths.value(row).to_le_bytes())
            .finish()
    }
}

/// Calls `look` with every batch of a table, its file and the number of its first row. Files
/// that cannot be read count as wrong once.
fn each(
    snapshot: &Snapshot,
    table: Table,
    columns: &[&str],
    check: &mut Check,
    mut look: impl FnMut(&mut Check, &str, &RecordBatch, usize),
) {
    let Some(files) = snapshot.tables.get(&table) else { return };
    for file in &files.files {
        let mut first = 0;
        let mut read = || -> Result<()> {
            for batch in read_file(&files.absolute(file), columns)? {
                let batch = batch?;
                look(check, &file.path, &batch, first);
                first += batch.num_rows();
            }
            Ok(())
        };
        if let Err(error) = read() {
            let problem = format!("{}/{}: {error}", table.name(), file.path);
            if !check.problems.contains(&problem) {
                check.bad(|| problem);
            }
        }
    }
}
