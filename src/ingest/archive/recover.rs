//! Members of an archive whose directory is missing: its writer was killed, or it was cut.
//!
//! Every member also has a header of its own in front of its data. They are followed from the
//! start of the file; where one does not say how long its data is, the next header ends it.

use super::directory::{Directory, Entry, Fields, LOCAL, SIZES_BEHIND, widen};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

const BLOCK: usize = 256 << 10;
const BEHIND: &[u8] = b"PK\x07\x08";
const CENTRAL: &[u8] = b"PK\x01\x02";

/// Finds members by their own headers.
///
/// # Errors
/// If the file cannot be read.
pub(super) fn scan(file: &File, len: u64) -> io::Result<Directory> {
    let mut window = Window { file, base: 0, bytes: Vec::new() };
    let mut directory = Directory::default();
    let mut at = 0;
    while let Some((found, signature)) = window.find(at)? {
        at = found + 4;
        if signature == CENTRAL {
            break;
        }
        if signature != LOCAL {
            continue;
        }
        let Some((mut entry, data)) = local_entry(&mut window, found)? else { break };
        // A header still says 0 if its writer was killed before it could go back to it.
        if entry.flags & SIZES_BEHIND != 0 || entry.compressed == 0 {
            measure(&mut window, &mut entry, data, len)?;
        }
        let end = data.saturating_add(entry.compressed);
        entry.compressed = end.min(len).saturating_sub(data);
        at = end.min(len).max(found + 4);
        if !directory.add(entry) {
            return Ok(directory);
        }
    }
    let at = at.min(len);
    directory.damage = Some((at, "the archive has no directory; members were found one by one"));
    Ok(directory)
}

/// The header at `at`, and where its data starts.
fn local_entry(window: &mut Window<'_>, at: u64) -> io::Result<Option<(Entry, u64)>> {
    let fixed = window.get(at, 30)?.to_vec();
    if fixed.len() < 30 {
        return Ok(None);
    }
    let fields = Fields(&fixed);
    let (name, extra) = (usize::from(fields.u16(26)), usize::from(fields.u16(28)));
    let variable = window.get(at + 30, name + extra)?;
    if variable.len() < name + extra {
        return Ok(None);
    }
    let mut wide = [fields.u32(22), fields.u32(18)].map(u64::from);
    widen(&mut wide, variable.get(name..).unwrap_or_default());
    let [size, compressed] = wide;
    let entry = Entry {
        name: String::from_utf8_lossy(variable.get(..name).unwrap_or_default()).into_owned(),
        header: at,
        flags: fields.u16(6),
        method: fields.u16(8),
        crc: Some(fields.u32(14)),
        compressed,
        size: Some(size),
        overlaps: false,
    };
    Ok(Some((entry, at + 30 + (name + extra) as u64)))
}

/// Finds the end of data whose length its header does not tell.
fn measure(window: &mut Window<'_>, entry: &mut Entry, data: u64, len: u64) -> io::Result<()> {
    (entry.crc, entry.size) = (None, None);
    let mut from = data;
    while let Some((at, signature)) = window.find(from)? {
        if signature != BEHIND {
            entry.compressed = at - data;
            return Ok(());
        }
        // It counts if it gives the length that it would have to.
        let descriptor = window.get(at, 24)?.to_vec();
        let fields = Fields(&descriptor);
        let narrow = u64::from(fields.u32(8)) == at - data;
        if narrow || fields.u64(8) == at - data {
            entry.compressed = at - data;
            entry.crc = Some(fields.u32(4));
            return Ok(());
        }
        from = at + 4;
    }
    entry.compressed = len.saturating_sub(data);
    Ok(())
}

/// A part of the file in memory.
struct Window<'a> {
    file: &'a File,
    base: u64,
    bytes: Vec<u8>,
}

impl Window<'_> {
    /// Up to `len` bytes at `at`; fewer only at the end of the file.
    fn get(&mut self, at: u64, len: usize) -> io::Result<&[u8]> {
        let held = at >= self.base && at + len as u64 <= self.base + self.bytes.len() as u64;
        if !held {
            self.base = at;
            self.bytes.clear();
            self.file.seek(SeekFrom::Start(at))?;
            self.file.take(BLOCK.max(len) as u64).read_to_end(&mut self.bytes)?;
        }
        let start = usize::try_from(at - self.base).unwrap_or(usize::MAX);
        let rest = self.bytes.get(start..).unwrap_or_default();
        Ok(rest.get(..len.min(rest.len())).unwrap_or_default())
    }

    /// The next header at or after `from`, and its signature.
    fn find(&mut self, mut from: u64) -> io::Result<Option<(u64, &'static [u8])>> {
        loop {
            self.get(from, 4)?;
            let start = usize::try_from(from.saturating_sub(self.base)).unwrap_or(usize::MAX);
            let rest = self.bytes.get(start..).unwrap_or_default();
            if rest.len() < 4 {
                return Ok(None);
            }
            for at in memchr::memmem::find_iter(rest, b"PK") {
                let here = rest.get(at..).unwrap_or_default();
                let known = [LOCAL, BEHIND, CENTRAL].into_iter().find(|s| here.starts_with(s));
                if let Some(signature) = known {
                    return Ok(Some((from + at as u64, signature)));
                }
            }
            // A signature may begin in the last three bytes.
            from += rest.len() as u64 - 3;
        }
    }
}
