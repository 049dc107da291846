//! Zip archives: each member a stream of its own, read in place, never extracted.
//!
//! An archive is read whole or not at all: its directory is at the end, so a changed archive
//! has no known prefix. Members are read in directory order, Inspect's in the order in which
//! they refer to each other; of members with the same name the last one counts and the others
//! are kept as superseded evidence. Without a directory members are found by their own headers.
//!
//! All members together may not grow past the limit for the archive as a whole, so that many
//! small bombs are no better than one.

mod directory;
mod recover;

use super::container::{self, Container};
use super::known::HEAD;
use super::source::{Emit, Run, Stopped};
use crate::formats::evals::inspect;
use crate::record::Reason;
use directory::{Directory, Entry, Fields, LOCAL};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::rc::Rc;

const STORED: u16 = 0;
const DEFLATE: u16 = 8;
const ZSTD: u16 = 93;

impl Run<'_> {
    /// Reads all members of an archive.
    pub(super) fn read_zip(&mut self, file: &File, emit: &mut Emit<'_>) -> Result<(), Stopped> {
        let len = self.job.size;
        let directory = match directory::read(file, len) {
            Ok(Some(directory)) => Ok((directory, false)),
            Ok(None) => recover::scan(file, len).map(|directory| (directory, true)),
            Err(error) => Err(error),
        };
        let (directory, recovered) = match directory {
            Ok(found) => found,
            Err(error) => {
                self.archive_failed(&error);
                return Ok(());
            }
        };
        let last = last_of_each_name(&directory);
        let mut left = self.options.limits.of(len);
        for index in reading_order(&directory) {
            let Some(entry) = directory.entries.get(index) else { continue };
            let superseded = last.get(entry.name.as_str()).is_some_and(|at| *at != index);
            if let Err(reason) = refuse(entry) {
                self.reject_member(&entry.name, entry.size.unwrap_or_default(), reason);
            } else if !entry.is_folder() {
                self.enter(&entry.name, superseded, recovered);
                left -= self.read_member(file, entry, left, emit)?;
            }
        }
        if let Some((at, what)) = directory.damage {
            self.archive_damaged(at, what);
        }
        Ok(())
    }

    /// Reads one member and returns how many bytes it had.
    fn read_member(
        &mut self,
        file: &File,
        entry: &Entry,
        left: u64,
        emit: &mut Emit<'_>,
    ) -> Result<u64, Stopped> {
        let limit = self.options.limits.of(entry.compressed).min(left);
        let mut bytes = Bytes { count: Rc::new(Cell::new(0)), limit };
        let opened = open_member(file, entry).map(|stream| {
            let mut stream = bytes.counted(stream);
            let mut head = Vec::new();
            // A fault in the head comes again when the stream is read.
            let fault = (&mut stream).take(HEAD as u64).read_to_end(&mut head).err();
            (stream, head, fault)
        });
        let (stream, head, fault) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                self.member_failed(&error);
                return Ok(0);
            }
        };
        let container = container::detect(&head);
        let stream = io::Read::chain(io::Cursor::new(head.clone()), Faulty(fault, stream));
        match container {
            _ if head.is_empty() && entry.size == Some(0) => {}
            Container::Unsupported(what) => self.reject_unread(&head, entry.size, what),
            Container::Zip => self.reject_unread(&head, entry.size, "zip in a zip"),
            _ => match container::open(container, stream, self.options.limits) {
                Ok(stream) => {
                    let stream = container::capped(stream, limit);
                    let utf16 = matches!(container, Container::Utf16 { .. });
                    self.read_stream(stream, blake3::Hasher::new(), utf16, emit)?;
                }
                Err(error) => self.member_failed(&error),
            },
        }
        Ok(bytes.count.get().min(left))
    }
}

/// Why a member is not even opened.
fn refuse(entry: &Entry) -> Result<(), Reason> {
    if !is_safe(&entry.name) {
        return Err(Reason::BadMemberName);
    }
    if entry.overlaps {
        return Err(Reason::Decompress("the member shares bytes with another".to_owned()));
    }
    if entry.is_encrypted() {
        return Err(Reason::UnsupportedFormat("encrypted zip member"));
    }
    match entry.method {
        STORED | DEFLATE | ZSTD => Ok(()),
        9 => Err(Reason::UnsupportedFormat("deflate64 zip member")),
        12 => Err(Reason::UnsupportedFormat("bzip2 zip member")),
        14 => Err(Reason::UnsupportedFormat("lzma zip member")),
        95 => Err(Reason::UnsupportedFormat("xz zip member")),
        _ => Err(Reason::UnsupportedFormat("zip member")),
    }
}

/// Whether a name stays in its archive and can be shown.
fn is_safe(name: &str) -> bool {
    let rooted = name.starts_with(['/', '\\']) || name.as_bytes().get(1) == Some(&b':');
    let climbs = name.split(['/', '\\']).any(|part| part == "..");
    !name.is_empty() && !rooted && !climbs && !name.contains(char::is_control)
}

fn last_of_each_name(directory: &Directory) -> BTreeMap<&str, usize> {
    directory.entries.iter().enumerate().map(|(at, entry)| (entry.name.as_str(), at)).collect()
}

/// Directory order; members of an Inspect archive in the order in which they refer to each other.
fn reading_order(directory: &Directory) -> Vec<usize> {
    let mut order: Vec<usize> = (0..directory.entries.len()).collect();
    let name = |at: usize| directory.entries.get(at).map_or("", |entry| entry.name.as_str());
    let is_inspect = |name: &str| {
        matches!(name, "header.json" | "_journal/start.json") || inspect::told_by_path(name)
    };
    if directory.entries.iter().any(|entry| is_inspect(&entry.name)) {
        order.sort_by(|one, other| {
            inspect::member_order(name(*one)).cmp(&inspect::member_order(name(*other)))
        });
    }
    order
}

/// The decompressed bytes of a member; they end with an error unless length and checksum agree.
fn open_member<'a>(mut file: &'a File, entry: &Entry) -> io::Result<Box<dyn Read + 'a>> {
    let mut header = [0; 30];
    file.seek(SeekFrom::Start(entry.header))?;
    file.read_exact(&mut header)?;
    if !header.starts_with(LOCAL) {
        return Err(io::Error::other("no member where the directory says"));
    }
    let fields = Fields(&header);
    let skip = u64::from(fields.u16(26)) + u64::from(fields.u16(28));
    file.seek(SeekFrom::Start(entry.header + header.len() as u64 + skip))?;
    let input = BufReader::new(file.take(entry.compressed));
    let inner: Box<dyn Read> = match entry.method {
        DEFLATE => Box::new(flate2::bufread::DeflateDecoder::new(input)),
        ZSTD => Box::new(zstd::Decoder::with_buffer(input)?),
        _ => Box::new(input),
    };
    Ok(Box::new(Checked {
        inner,
        sum: flate2::Crc::new(),
        bytes: 0,
        size: entry.size,
        crc: entry.crc,
    }))
}

struct Checked<'a> {
    inner: Box<dyn Read + 'a>,
    sum: flate2::Crc,
    bytes: u64,
    size: Option<u64>,
    crc: Option<u32>,
}

impl Read for Checked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.sum.update(buffer.get(..count).unwrap_or_default());
        self.bytes += count as u64;
        if count > 0 || buffer.is_empty() {
            return Ok(count);
        }
        if self.size.is_some_and(|size| size != self.bytes) {
            return Err(io::Error::other("the member has not the length that the archive says"));
        }
        if self.crc.is_some_and(|crc| crc != self.sum.sum()) {
            return Err(io::Error::other("the member has not the checksum that the archive says"));
        }
        Ok(0)
    }
}

/// Counts the decompressed bytes of a member and ends it at its limit.
struct Bytes {
    count: Rc<Cell<u64>>,
    limit: u64,
}

impl Bytes {
    fn counted<'a>(&mut self, inner: Box<dyn Read + 'a>) -> impl Read + use<'a> {
        Counted { inner: container::capped(inner, self.limit), count: self.count.clone() }
    }
}

struct Counted<'a> {
    inner: Box<dyn Read + 'a>,
    count: Rc<Cell<u64>>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count.set(self.count.get() + count as u64);
        Ok(count)
    }
}

/// A fault that was met before, then the stream.
struct Faulty<R>(Option<io::Error>, R);

impl<R: Read> Read for Faulty<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or_else(|| self.1.read(buffer), Err)
    }
}

#[cfg(test)]
mod tests;
