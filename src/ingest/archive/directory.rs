//! The directory of a zip archive, read by ourselves.
//!
//! Libraries show one member per name; here two members of one name are two pieces of evidence.
//! Sizes and offsets come from a hostile file: nothing is allocated by what it claims, members
//! that share bytes are refused (the trick of the densest bombs), and their number is bounded.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// Members past this are not looked at.
const MAX_MEMBERS: usize = 1 << 20;
/// Bytes of all names together.
const MAX_NAMES: usize = 64 << 20;
/// End record with the longest comment.
const TAIL: u64 = 22 + 0xffff;

const END: &[u8] = b"PK\x05\x06";
const END64: &[u8] = b"PK\x06\x06";
const END64_AT: &[u8] = b"PK\x06\x07";
const CENTRAL: &[u8] = b"PK\x01\x02";
pub(super) const LOCAL: &[u8] = b"PK\x03\x04";

/// Bit of an encrypted member.
const ENCRYPTED: u16 = 1;
/// Bit of a member whose sizes stand behind its data.
pub(super) const SIZES_BEHIND: u16 = 1 << 3;

/// One member as the archive describes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Entry {
    /// Name, bytes that are not UTF-8 replaced.
    pub(super) name: String,
    /// Where its local header lies.
    pub(super) header: u64,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: Option<u32>,
    pub(super) compressed: u64,
    pub(super) size: Option<u64>,
    /// Shares bytes with a member before it.
    pub(super) overlaps: bool,
}

impl Entry {
    pub(super) fn is_encrypted(&self) -> bool {
        self.flags & ENCRYPTED != 0
    }

    /// A folder, which has no content.
    pub(super) fn is_folder(&self) -> bool {
        self.name.ends_with('/') && self.compressed == 0
    }
}

/// What an archive contains.
#[derive(Debug, Default)]
pub(super) struct Directory {
    /// Members in the order in which the archive lists them.
    pub(super) entries: Vec<Entry>,
    /// What is wrong with the archive as a whole, and from which byte on.
    pub(super) damage: Option<(u64, &'static str)>,
    names: usize,
}

impl Directory {
    /// Adds a member; false if there are too many.
    pub(super) fn add(&mut self, entry: Entry) -> bool {
        self.names += entry.name.len();
        if self.entries.len() >= MAX_MEMBERS || self.names > MAX_NAMES {
            self.damage = Some((entry.header, "the archive has too many members"));
            return false;
        }
        self.entries.push(entry);
        true
    }

    /// Marks members that share bytes with another.
    fn mark_overlaps(&mut self) {
        let mut order: Vec<usize> = (0..self.entries.len()).collect();
        order.sort_by_key(|&at| (self.entries[at].header, at));
        let mut end = 0;
        for at in order {
            let entry = &mut self.entries[at];
            entry.overlaps = entry.header < end;
            let least = entry.header.saturating_add(30 + entry.name.len() as u64);
            end = end.max(least.saturating_add(entry.compressed));
        }
    }
}

/// Little-endian numbers at fixed places of a record.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl Fields<'_> {
    fn number(&self, at: usize, len: usize) -> u64 {
        let bytes = self.0.get(at..at + len).unwrap_or_default();
        bytes.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte))
    }

    pub(super) fn u16(&self, at: usize) -> u16 {
        self.number(at, 2) as u16
    }

    pub(super) fn u32(&self, at: usize) -> u32 {
        self.number(at, 4) as u32
    }

    pub(super) fn u64(&self, at: usize) -> u64 {
        self.number(at, 8)
    }
}

/// Where the directory lies.
struct End {
    start: u64,
    len: u64,
    /// Bytes in front of the archive, by which all its offsets are off.
    shift: u64,
}

/// Reads the directory at the end of an archive; `None` if there is none that can be read.
///
/// # Errors
/// If the file cannot be read.
pub(super) fn read(file: &File, len: u64) -> io::Result<Option<Directory>> {
    let Some(end) = find_end(file, len)? else { return Ok(None) };
    let mut input = file;
    input.seek(SeekFrom::Start(end.start))?;
    let mut input = BufReader::new(input.take(end.len));
    let mut directory = Directory::default();
    let mut read = 0;
    while read < end.len {
        let mut fixed = [0; 46];
        if input.read_exact(&mut fixed).is_err() || !fixed.starts_with(CENTRAL) {
            return Ok(None);
        }
        let fields = Fields(&fixed);
        let lens = [28, 30, 32].map(|at| usize::from(fields.u16(at)));
        let mut variable = vec![0; lens.iter().sum()];
        if input.read_exact(&mut variable).is_err() {
            return Ok(None);
        }
        read += (fixed.len() + variable.len()) as u64;
        if !directory.add(central_entry(&fields, &variable, lens, end.shift)) {
            break;
        }
    }
    directory.mark_overlaps();
    Ok(Some(directory))
}

fn central_entry(fields: &Fields<'_>, variable: &[u8], lens: [usize; 3], shift: u64) -> Entry {
    let (name, rest) = variable.split_at(lens[0].min(variable.len()));
    let extra = rest.get(..lens[1]).unwrap_or_default();
    let mut wide = [fields.u32(24), fields.u32(20), fields.u32(42)].map(u64::from);
    widen(&mut wide, extra);
    let [size, compressed, header] = wide;
    Entry {
        name: String::from_utf8_lossy(name).into_owned(),
        header: header.saturating_add(shift),
        flags: fields.u16(8),
        method: fields.u16(10),
        crc: Some(fields.u32(16)),
        compressed,
        size: Some(size),
        overlaps: false,
    }
}

/// Replaces numbers that say "too big for 32 bits" by those of the zip64 extra field.
pub(super) fn widen(numbers: &mut [u64], extra: &[u8]) {
    let mut rest = extra;
    while rest.len() >= 4 {
        let (id, len) = (Fields(rest).u16(0), usize::from(Fields(rest).u16(2)));
        let body = rest.get(4..4 + len).unwrap_or_default();
        if id == 1 {
            let wide = numbers.iter_mut().filter(|number| **number == u64::from(u32::MAX));
            for (number, bytes) in wide.zip(body.chunks_exact(8)) {
                *number = Fields(bytes).u64(0);
            }
        }
        rest = rest.get(4 + len..).unwrap_or_default();
    }
}

fn find_end(mut file: &File, len: u64) -> io::Result<Option<End>> {
    let start = len.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    for at in memchr::memmem::rfind_iter(&tail, END) {
        let record = tail.get(at..).unwrap_or_default();
        let comment = usize::from(Fields(record).u16(20));
        if record.len() < 22 + comment {
            continue;
        }
        let end_at = start + at as u64;
        let fields = Fields(record);
        let (mut len, mut offset) = (u64::from(fields.u32(12)), u64::from(fields.u32(16)));
        let mut directory_end = end_at;
        if let Some((at, wide_len, wide_offset)) = find_end64(file, end_at)? {
            (directory_end, len, offset) = (at, wide_len, wide_offset);
        }
        let Some(real) = directory_end.checked_sub(len) else { continue };
        return Ok(Some(End { start: real, len, shift: real.saturating_sub(offset) }));
    }
    Ok(None)
}

/// Offset of the zip64 end record, and length and offset of the directory it gives.
fn find_end64(mut file: &File, end_at: u64) -> io::Result<Option<(u64, u64, u64)>> {
    let Some(at) = end_at.checked_sub(20) else { return Ok(None) };
    let mut locator = [0; 20];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut locator)?;
    if !locator.starts_with(END64_AT) {
        return Ok(None);
    }
    let at = Fields(&locator).u64(8);
    let mut record = [0; 56];
    file.seek(SeekFrom::Start(at))?;
    if file.read_exact(&mut record).is_err() || !record.starts_with(END64) {
        return Ok(None);
    }
    Ok(Some((at, Fields(&record).u64(40), Fields(&record).u64(48))))
}
