//! The container of a split: one file with everything in it, checked block by block.
//!
//! ```text
//! magic (8) · version (u32) · zero (u32)
//! files, one after the other
//! table: rows (u64) · block size (u32) · number of files (u32)
//!        per file: name length (u8) · name · offset (u64) · length (u64)
//!                  · first 16 bytes of the BLAKE3 of each block
//! table length (u64) · BLAKE3 of header and table (32) · magic (8)
//! ```
//! All numbers are little-endian. The end of the file leads to the table, so the last few
//! kilobytes are enough to open a split that lies on an object store.
//!
//! Opening checks header, table and lengths. The files are checked one block at a time when a
//! block is first read ([`Blocks`]): a search costs the hashing of what it touches, once, and
//! damage anywhere else is found when it would matter, or by [`Bundle::verify`].
//!
//! This file knows nothing of the index library but its shared byte slices.

use super::error::IndexError;
use super::schema::INDEX_FORMAT_VERSION;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tantivy::HasLen;
use tantivy::directory::{FileSlice, OwnedBytes};

const MAGIC: [u8; 8] = *b"RVLSPLIT";
const HEADER: usize = 16;
const FOOTER: usize = 8 + 32 + 8;
const BLOCK: usize = 64 * 1024;
const BLOCK_HASH: usize = 16;

/// Writes a bundle to `out`; returns its size.
///
/// # Errors
/// Only if `out` fails.
pub(super) fn write(
    out: &mut dyn Write,
    rows: u64,
    files: &[(String, FileSlice)],
) -> io::Result<u64> {
    let header = header(INDEX_FORMAT_VERSION);
    out.write_all(&header)?;
    let mut offset = HEADER as u64;
    let mut table = Vec::new();
    table.extend(rows.to_le_bytes());
    table.extend((BLOCK as u32).to_le_bytes());
    table.extend(u32::try_from(files.len()).map_err(io::Error::other)?.to_le_bytes());
    for (name, file) in files {
        table.push(u8::try_from(name.len()).map_err(io::Error::other)?);
        table.extend(name.as_bytes());
        table.extend(offset.to_le_bytes());
        table.extend((file.len() as u64).to_le_bytes());
        for start in (0..file.len()).step_by(BLOCK) {
            let block = file.read_bytes_slice(start..file.len().min(start + BLOCK))?;
            table.extend(block_hash(&block));
            out.write_all(&block)?;
        }
        offset += file.len() as u64;
    }
    out.write_all(&table)?;
    out.write_all(&(table.len() as u64).to_le_bytes())?;
    out.write_all(&table_hash(&header, &table))?;
    out.write_all(&MAGIC)?;
    Ok(offset + (table.len() + FOOTER) as u64)
}

fn header(version: u32) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(&MAGIC);
    header[8..12].copy_from_slice(&version.to_le_bytes());
    header
}

fn block_hash(block: &[u8]) -> [u8; BLOCK_HASH] {
    let mut short = [0; BLOCK_HASH];
    short.copy_from_slice(&blake3::hash(block).as_bytes()[..BLOCK_HASH]);
    short
}

fn table_hash(header: &[u8], table: &[u8]) -> [u8; 32] {
    *blake3::Hasher::new().update(header).update(table).finalize().as_bytes()
}

/// An opened bundle.
#[derive(Debug, Clone)]
pub(super) struct Bundle {
    rows: u64,
    files: Vec<(String, Arc<Blocks>)>,
}

impl Bundle {
    /// Opens a bundle from its bytes.
    ///
    /// # Errors
    /// [`IndexError::Corrupt`] or [`IndexError::Version`].
    pub(super) fn open(bytes: &OwnedBytes) -> Result<Self, IndexError> {
        let version = read_header(bytes)?;
        if version != INDEX_FORMAT_VERSION {
            let expected = INDEX_FORMAT_VERSION;
            return Err(IndexError::Version { found: version, expected });
        }
        let (table, body) = read_footer(bytes)?;
        let mut table = Table(table);
        let rows = table.u64()?;
        if table.u32()? as usize != BLOCK {
            return Err(corrupt("block size"));
        }
        let count = table.u32()?;
        let mut files = Vec::new();
        for _ in 0..count {
            files.push(table.file(bytes, &body)?);
        }
        if !table.0.is_empty() {
            return Err(corrupt("table has bytes left over"));
        }
        Ok(Self { rows, files })
    }

    /// Rows of the data file that the split belongs to.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// A file by name.
    pub(super) fn file(&self, name: &str) -> Option<&Arc<Blocks>> {
        self.files.iter().find(|(known, _)| known == name).map(|(_, blocks)| blocks)
    }

    /// Checks every block that was not checked yet.
    ///
    /// # Errors
    /// [`IndexError::Corrupt`] with the name of the damaged file.
    pub(super) fn verify(&self) -> Result<(), IndexError> {
        for (name, blocks) in &self.files {
            blocks.read(0..blocks.len()).map_err(|e| corrupt(format!("{name}: {e}")))?;
        }
        Ok(())
    }
}

fn corrupt(what: impl Into<String>) -> IndexError {
    IndexError::Corrupt(what.into())
}

fn read_header(bytes: &[u8]) -> Result<u32, IndexError> {
    let found = bytes.get(..HEADER).ok_or_else(|| corrupt("shorter than its header"))?;
    let version = u32::from_le_bytes(array(found, 8)?);
    if found != header(version) {
        return Err(corrupt("not a split"));
    }
    Ok(version)
}

/// The table, checked, and where the files may lie.
fn read_footer(bytes: &[u8]) -> Result<(&[u8], Range<usize>), IndexError> {
    let end = bytes.len().checked_sub(FOOTER).filter(|end| *end >= HEADER);
    let end = end.ok_or_else(|| corrupt("shorter than header and footer"))?;
    if array::<8>(bytes, end + 40)? != MAGIC {
        return Err(corrupt("cut off, or still being written"));
    }
    let length = usize::try_from(u64::from_le_bytes(array(bytes, end)?));
    let start = length.ok().and_then(|length| end.checked_sub(length));
    let start = start.filter(|start| *start >= HEADER).ok_or_else(|| corrupt("table length"))?;
    let table = bytes.get(start..end).unwrap_or_default();
    let header = bytes.get(..HEADER).unwrap_or_default();
    if table_hash(header, table) != array::<32>(bytes, end + 8)? {
        return Err(corrupt("checksum of the table"));
    }
    Ok((table, HEADER..start))
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], IndexError> {
    let found = bytes.get(at..at + N).and_then(|slice| slice.try_into().ok());
    found.ok_or_else(|| corrupt("too short"))
}

/// What is left of the table.
struct Table<'a>(&'a [u8]);

impl<'a> Table<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], IndexError> {
        let (taken, rest) =
            self.0.split_at_checked(length).ok_or_else(|| corrupt("table too short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn u32(&mut self) -> Result<u32, IndexError> {
        Ok(u32::from_le_bytes(array(self.take(4)?, 0)?))
    }

    fn u64(&mut self) -> Result<u64, IndexError> {
        Ok(u64::from_le_bytes(array(self.take(8)?, 0)?))
    }

    fn file(
        &mut self,
        bytes: &OwnedBytes,
        body: &Range<usize>,
    ) -> Result<(String, Arc<Blocks>), IndexError> {
        let name_length = usize::from(array::<1>(self.take(1)?, 0)?[0]);
        let name = String::from_utf8_lossy(self.take(name_length)?).into_owned();
        let start = usize::try_from(self.u64()?).map_err(|_| corrupt("offset"))?;
        let length = usize::try_from(self.u64()?).map_err(|_| corrupt("length"))?;
        let end = start.checked_add(length).filter(|end| start >= body.start && *end <= body.end);
        let end = end.ok_or_else(|| corrupt("a file lies outside the bundle"))?;
        let hashes = self.take(length.div_ceil(BLOCK) * BLOCK_HASH)?;
        Ok((name, Arc::new(Blocks::new(bytes.slice(start..end), hashes))))
    }
}

/// The bytes of one file, each block checked when it is first read.
pub(super) struct Blocks {
    bytes: OwnedBytes,
    hashes: Vec<[u8; BLOCK_HASH]>,
    /// One bit per block that was found to be good.
    good: Vec<AtomicU64>,
}

impl Blocks {
    fn new(bytes: OwnedBytes, hashes: &[u8]) -> Self {
        let (hashes, _) = hashes.as_chunks::<BLOCK_HASH>();
        let good = (0..hashes.len().div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Self { bytes, hashes: hashes.to_vec(), good }
    }

    /// Length of the file.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Gives a part of the file.
    ///
    /// # Errors
    /// `InvalidData` if a block is not what was written, or the range lies outside.
    pub(super) fn read(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        if range.start > range.end || range.end > self.bytes.len() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "read outside the file"));
        }
        if !range.is_empty() {
            for block in range.start / BLOCK..=(range.end - 1) / BLOCK {
                self.check(block)?;
            }
        }
        Ok(self.bytes.slice(range))
    }

    /// Two threads may check the same block at once; both come to the same result.
    fn check(&self, block: usize) -> io::Result<()> {
        let (word, bit) = (&self.good[block / 64], 1 << (block % 64));
        if word.load(Ordering::Relaxed) & bit != 0 {
            return Ok(());
        }
        let from = block * BLOCK;
        let bytes = self.bytes.get(from..self.bytes.len().min(from + BLOCK)).unwrap_or_default();
        if self.hashes.get(block) != Some(&block_hash(bytes)) {
            let what = format!("checksum of block {block}");
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        word.fetch_or(bit, Ordering::Relaxed);
        Ok(())
    }
}

impl std::fmt::Debug for Blocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blocks").field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let files = [
            ("a".to_owned(), FileSlice::from(vec![7u8; BLOCK + 10])),
            ("empty".to_owned(), FileSlice::empty()),
        ];
        let mut bytes = Vec::new();
        let length = write(&mut bytes, 3, &files).unwrap();
        assert_eq!(length as usize, bytes.len());
        bytes
    }

    fn open(bytes: Vec<u8>) -> Result<Bundle, IndexError> {
        Bundle::open(&OwnedBytes::new(bytes))
    }

    #[test]
    fn files_come_back_as_written() {
        let bundle = open(sample()).unwrap();
        bundle.verify().unwrap();
        assert_eq!(bundle.rows(), 3);
        let file = bundle.file("a").unwrap();
        assert_eq!(file.read(BLOCK - 1..BLOCK + 10).unwrap().as_slice(), [7; 11]);
        assert_eq!(bundle.file("empty").unwrap().len(), 0);
        assert!(bundle.file("b").is_none());
        assert!(file.read(0..BLOCK + 11).is_err());
    }

    #[test]
    fn every_truncation_is_an_error() {
        let bytes = sample();
        for length in (0..HEADER + 50).chain(bytes.len() - 200..bytes.len()) {
            assert!(open(bytes[..length].to_vec()).unwrap_err().is_bad_split(), "{length}");
        }
        let longer = [bytes, vec![0]].concat();
        assert!(open(longer).is_err());
    }

    #[test]
    fn every_flipped_bit_outside_the_files_fails_to_open() {
        let bytes = sample();
        for at in (0..HEADER).chain(HEADER + BLOCK + 10..bytes.len()) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            assert!(open(flipped).unwrap_err().is_bad_split(), "{at}");
        }
    }

    #[test]
    fn a_flipped_bit_in_a_file_is_found_when_its_block_is_read() {
        let mut bytes = sample();
        bytes[HEADER + BLOCK + 1] ^= 1;
        let bundle = open(bytes).unwrap();
        let file = bundle.file("a").unwrap();
        assert!(file.read(0..BLOCK).is_ok());
        assert_eq!(file.read(BLOCK..BLOCK + 1).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert!(bundle.verify().unwrap_err().is_bad_split());
    }

    #[test]
    fn another_version_is_told_apart_from_damage() {
        let mut bytes = sample();
        bytes[8] += 1;
        assert!(matches!(open(bytes), Err(IndexError::Version { found: 2, expected: 1 })));
    }
}
