//! Which sources are known, and whether a file on disk is one of them.
//!
//! A file is *unchanged* if path, size and modification time agree with what was seen. Else it
//! is matched by content: the longest known prefix (all bytes up to a known offset agree) is
//! what has been read already, under whatever name and compression. So a moved, gzip-ed or
//! grown copy is recognised, and a rewritten one is new.

use super::chunk::Progress;
use super::walk::{self, Found};
use crate::record::{Id16, Id32};
use crossbeam_channel::bounded;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Read};
use std::path::Path;

/// How many first bytes identify candidates.
pub const HEAD: usize = 1024;

/// A source as the lake knows it.
#[derive(Debug, Clone)]
pub struct KnownSource {
    /// Id of its path.
    pub file_id: Id16,
    /// Size on disk when last seen.
    pub size: u64,
    /// Modification time when last seen, microseconds.
    pub mtime_micros: i64,
    /// Bytes of the stream read so far.
    pub last_offset: u64,
    /// BLAKE3 of those bytes.
    pub content_hash: Id32,
    /// Length of its head.
    pub head_len: u64,
    /// Hash of its head.
    pub head_hash: Id32,
    /// Status after the last run.
    pub status: String,
    /// Whether any event was made of it.
    pub has_events: bool,
    /// Number of the batch that wrote it; newest wins.
    pub batch_seq: i64,
}

impl KnownSource {
    /// What a run has just learnt, for later files of the same run.
    #[must_use]
    pub fn from_progress(progress: &Progress) -> Self {
        Self {
            file_id: progress.file_id,
            size: progress.size,
            mtime_micros: progress.mtime_micros,
            last_offset: progress.last_offset,
            content_hash: progress.content_hash,
            head_len: progress.head_len,
            head_hash: progress.head_hash,
            status: progress.status.to_owned(),
            has_events: progress.counts.events > 0,
            batch_seq: i64::MAX,
        }
    }
}

/// All known sources. Grows with the number of files in the lake (about 200 bytes each).
#[derive(Debug, Clone, Default)]
pub struct KnownSources {
    /// Sources are known as they were read.
    reading: Option<&'static str>,
    /// Other readings that there are sources of.
    others: BTreeSet<Option<String>>,
    sources: Vec<KnownSource>,
    by_file: HashMap<Id16, usize>,
    by_head: HashMap<(u64, Id32), ByLength>,
    head_lens: BTreeSet<u64>,
}

/// Sources that begin alike, by how many bytes of them are known and the hash of these. Logs of
/// one service may all begin with the same prompt, so there may be very many.
type ByLength = BTreeMap<u64, HashMap<Id32, Vec<usize>>>;

impl KnownSources {
    /// Knows no source yet, and will find those of this reading.
    #[must_use]
    pub fn new(reading: Option<&'static str>) -> Self {
        Self { reading, ..Self::default() }
    }

    /// The source that has not changed since it was read last.
    #[must_use]
    pub fn unchanged(&self, found: &Found) -> Option<&KnownSource> {
        let known = self.at_path(walk::file_id(&found.path, self.reading))?;
        let same = known.size == found.size
            && known.mtime_micros == found.mtime_micros
            && known.status != "partial";
        same.then_some(known)
    }

    /// Remembers that there are sources of this reading.
    pub fn has_reading(&mut self, reading: Option<&str>) {
        let known = self.others.iter().map(Option::as_deref).chain([self.reading]);
        if !known.into_iter().any(|known| known == reading) {
            self.others.insert(reading.map(str::to_owned));
        }
    }

    /// The other readings in which events were made of the file at this path.
    pub fn other_readings<'k>(
        &'k self,
        path: &'k Path,
    ) -> impl Iterator<Item = Option<&'k str>> + 'k {
        let others = self.others.iter().map(Option::as_deref);
        others.filter(|reading| {
            self.at_path(walk::file_id(path, *reading)).is_some_and(|source| source.has_events)
        })
    }

    /// Adds or replaces a source; of two rows for one path the newer batch counts.
    pub fn insert(&mut self, source: KnownSource) {
        match self.by_file.get(&source.file_id) {
            Some(&at) if self.sources[at].batch_seq <= source.batch_seq => {
                self.unlink(at);
                self.sources[at] = source;
                self.link(at);
            }
            Some(_) => {}
            None => {
                let at = self.sources.len();
                self.by_file.insert(source.file_id, at);
                self.sources.push(source);
                self.link(at);
            }
        }
    }

    fn link(&mut self, at: usize) {
        let source = &self.sources[at];
        if source.last_offset > 0 {
            self.head_lens.insert(source.head_len);
            let alike = self.by_head.entry((source.head_len, source.head_hash)).or_default();
            let long = alike.entry(source.last_offset).or_default();
            long.entry(source.content_hash).or_default().push(at);
        }
    }

    fn unlink(&mut self, at: usize) {
        let source = &self.sources[at];
        let Some(alike) = self.by_head.get_mut(&(source.head_len, source.head_hash)) else {
            return;
        };
        let Some(long) = alike.get_mut(&source.last_offset) else { return };
        if let Some(same) = long.get_mut(&source.content_hash) {
            same.retain(|other| *other != at);
            if same.is_empty() {
                long.remove(&source.content_hash);
            }
        }
        if long.is_empty() {
            alike.remove(&source.last_offset);
        }
    }

    /// The source last seen at this path.
    #[must_use]
    pub fn at_path(&self, file_id: Id16) -> Option<&KnownSource> {
        self.by_file.get(&file_id).map(|&at| &self.sources[at])
    }

    /// The sources whose head agrees with the first bytes of a stream.
    fn alike(&self, head: &[u8]) -> Vec<&ByLength> {
        let lens = self.head_lens.iter().filter(|len| **len <= head.len() as u64);
        let groups = lens.filter_map(|&len| {
            let hash = head_hash(&head[..usize::try_from(len).unwrap_or(0)], self.reading);
            self.by_head.get(&(len, hash)).filter(|alike| !alike.is_empty())
        });
        groups.collect()
    }

    /// Whether a stream with these first bytes may be known.
    #[must_use]
    pub fn may_know(&self, head: &[u8]) -> bool {
        !self.alike(head).is_empty()
    }

    /// The source that is the longest prefix of `stream`, which begins with `head`, found in one
    /// pass over it, and the hash of that prefix, to go on from.
    ///
    /// # Errors
    /// If the stream fails before all that may be a prefix is ruled out.
    pub fn longest_prefix(
        &self,
        head: &[u8],
        stream: &mut dyn Read,
    ) -> io::Result<Option<(&KnownSource, blake3::Hasher)>> {
        let alike = self.alike(head);
        let mut stream = io::BufReader::new(stream);
        let mut hasher = blake3::Hasher::new();
        let mut read = 0;
        let mut best = None;
        let after = |read: u64| {
            let next = alike.iter().filter_map(|by| by.range(read + 1..).next());
            next.map(|(length, _)| *length).min()
        };
        while let Some(length) = after(read) {
            read += hash_up_to(&mut stream, &mut hasher, length - read)?;
            if read < length {
                break;
            }
            let hash = Id32(*hasher.finalize().as_bytes());
            let same = alike.iter().filter_map(|by| by.get(&length)?.get(&hash)).flatten();
            // Of copies any would do; the choice must only be the same every time.
            if let Some(found) = same.map(|&at| &self.sources[at]).min_by_key(|s| s.file_id) {
                best = Some((found, hasher.clone()));
            }
        }
        Ok(best)
    }

    /// How many sources are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }
}

/// Hash of the first bytes of a stream, by which a reading of it is found again.
#[must_use]
pub fn head_hash(head: &[u8], reading: Option<&str>) -> Id32 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(head);
    if let Some(reading) = reading {
        // Heads have a length of their own column, so no head can imitate a name.
        hasher.update(reading.as_bytes());
    }
    Id32(*hasher.finalize().as_bytes())
}

/// Bytes hashed at a time.
const STEP: usize = 1 << 20;

/// Reads and hashes `len` bytes, or what there is; returns how many.
fn hash_up_to(stream: &mut dyn Read, hasher: &mut blake3::Hasher, len: u64) -> io::Result<u64> {
    if len <= STEP as u64 {
        let mut buffer = vec![0; usize::try_from(len).unwrap_or(STEP)];
        let read = fill(stream, &mut buffer)?;
        hasher.update(buffer.get(..read).unwrap_or_default());
        return Ok(read as u64);
    }
    // Of a long file the next part is read while one is hashed.
    std::thread::scope(|scope| {
        let (full, to_hash) = bounded::<(Vec<u8>, usize)>(2);
        let (hashed, empty) = bounded::<Vec<u8>>(4);
        scope.spawn(move || {
            for (buffer, read) in to_hash {
                hasher.update(buffer.get(..read).unwrap_or_default());
                // Nobody takes the last ones back.
                let _ = hashed.try_send(buffer);
            }
        });
        let mut done = 0;
        while done < len {
            // Used again as they are: clearing gigabytes that are overwritten takes its time.
            let mut buffer = empty.try_recv().unwrap_or_else(|_| vec![0; STEP]);
            let wanted = usize::try_from(len - done).map_or(STEP, |rest| rest.min(STEP));
            let read = fill(stream, buffer.get_mut(..wanted).unwrap_or_default())?;
            done += read as u64;
            if read == 0 || full.send((buffer, read)).is_err() {
                break;
            }
        }
        Ok(done)
    })
}

/// Reads until the buffer is full or the stream ends; returns how much was read.
fn fill(stream: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match stream.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Reads and hashes exactly `len` bytes.
///
/// # Errors
/// If the stream fails or ends early.
pub fn hash_prefix(stream: &mut dyn Read, len: u64) -> io::Result<blake3::Hasher> {
    let mut hasher = blake3::Hasher::new();
    if hash_up_to(stream, &mut hasher, len)? < len {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(hasher)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: u8, content: &[u8]) -> KnownSource {
        let head = &content[..content.len().min(HEAD)];
        KnownSource {
            file_id: Id16::of("f", &[&[name]]),
            size: content.len() as u64,
            mtime_micros: 0,
            last_offset: content.len() as u64,
            content_hash: Id32(*blake3::hash(content).as_bytes()),
            head_len: head.len() as u64,
            head_hash: head_hash(head, None),
            has_events: true,
            status: "complete".into(),
            batch_seq: 1,
        }
    }

    #[test]
    fn the_longest_known_prefix_is_found() {
        let mut known = KnownSources::default();
        known.insert(source(1, b"one\n"));
        known.insert(source(2, b"one\ntwo\n"));
        known.insert(source(3, b"one\nTWO\n"));
        let text = b"one\ntwo\nthree\n";
        let (best, hasher) = known.longest_prefix(text, &mut &text[..]).unwrap().unwrap();
        assert_eq!(best.file_id, source(2, b"").file_id);
        assert_eq!(hasher.finalize(), blake3::hash(b"one\ntwo\n"));
        assert!(!known.may_know(b"other") && known.may_know(text));
    }

    /// Gives a few bytes at a time and is interrupted between them.
    struct Slow<'s>(&'s [u8], bool);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let len = buffer.len().min(300_007);
            self.0.read(&mut buffer[..len])
        }
    }

    #[test]
    fn a_long_prefix_is_hashed_whole_however_slowly_it_comes() {
        let text: Vec<u8> = (0..3 * STEP + 77).map(|at| (at % 251) as u8).collect();
        for len in [10, STEP, STEP + 1, 3 * STEP] {
            let hasher = hash_prefix(&mut Slow(&text, false), len as u64).unwrap();
            assert_eq!(hasher.finalize(), blake3::hash(&text[..len]), "{len}");
        }
        let short = hash_prefix(&mut Slow(&text, false), text.len() as u64 + 1);
        assert_eq!(short.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_newer_row_replaces_the_older_one() {
        let mut known = KnownSources::default();
        known.insert(source(1, b"one\n"));
        known.insert(KnownSource { batch_seq: 2, ..source(1, b"one\ntwo\n") });
        known.insert(KnownSource { batch_seq: 0, ..source(1, b"x") });
        assert_eq!(known.len(), 1);
        assert_eq!(known.at_path(source(1, b"").file_id).unwrap().last_offset, 8);
    }
}
