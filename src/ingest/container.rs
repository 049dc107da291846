//! What a file is by its first bytes, and how its logical stream is read.
//!
//! Never by extension: gzip is called `.jsonl`, plain text `.gz`. Decompression is bounded by
//! ratio, so that a bomb ends as a quarantine row and not as a full disk; nothing is ever
//! extracted to disk.

use flate2::read::MultiGzDecoder;
use std::cell::Cell;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

/// What the first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Text as it is.
    Plain,
    /// UTF-16 text, little-endian or not.
    Utf16 {
        /// Least significant byte first.
        little: bool,
    },
    /// Gzip, any number of members.
    Gzip,
    /// Zstandard, any number of frames.
    Zstd,
    /// Zip archive.
    Zip,
    /// Recognised, but not read.
    Unsupported(&'static str),
}

impl Container {
    /// The column value.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "none",
            Self::Utf16 { .. } => "utf-16",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Zip => "zip",
            Self::Unsupported(what) => what,
        }
    }
}

/// Recognises a container by its first bytes (a few hundred are enough).
#[must_use]
pub fn detect(head: &[u8]) -> Container {
    const MAGIC: &[(&[u8], Container)] = &[
        (b"\x1f\x8b", Container::Gzip),
        (b"\x28\xb5\x2f\xfd", Container::Zstd),
        (b"PK\x03\x04", Container::Zip),
        (b"PK\x05\x06", Container::Zip),
        (b"\xff\xfe", Container::Utf16 { little: true }),
        (b"\xfe\xff", Container::Utf16 { little: false }),
        (b"SQLite format 3", Container::Unsupported("sqlite")),
        (b"PAR1", Container::Unsupported("parquet")),
        (b"\x7fELF", Container::Unsupported("binary")),
        (b"\x89PNG", Container::Unsupported("binary")),
        (b"BZh", Container::Unsupported("bzip2")),
        (b"\xfd7zXZ", Container::Unsupported("xz")),
    ];
    if let Some((_, container)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return *container;
    }
    let head = &head[..head.len().min(512)];
    let nul = head.iter().filter(|b| **b == 0).count();
    if nul > 0 && nul * 3 > head.len() {
        let odd = head.iter().skip(1).step_by(2).filter(|b| **b == 0).count();
        let text = head.iter().any(|b| *b == b'{' || *b == b'[');
        return match (text, odd * 2 > nul) {
            (true, true) if odd == nul => Container::Utf16 { little: true },
            (true, false) if odd == 0 => Container::Utf16 { little: false },
            _ => Container::Plain,
        };
    }
    let control = head.iter().filter(|b| **b < 9 || (14..32).contains(*b)).count();
    if control * 5 > head.len() { Container::Unsupported("binary") } else { Container::Plain }
}

/// How far decompression may go.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Decompressed bytes per compressed byte, past the first [`Limits::free`].
    pub ratio: u64,
    /// Decompressed bytes that are always fine.
    pub free: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { ratio: 500, free: 16 << 20 }
    }
}

/// The error of a stream that went past its limit; found again by [`limit_hit`].
#[derive(Debug, thiserror::Error)]
#[error("decompressed past the limit of {0} bytes")]
struct LimitHit(u64);

/// The limit, if that is what the error says.
#[must_use]
pub fn limit_hit(error: &io::Error) -> Option<u64> {
    error.get_ref()?.downcast_ref::<LimitHit>().map(|hit| hit.0)
}

/// Opens the logical stream of a container that is one stream (not a zip).
///
/// # Errors
/// If the decompressor cannot start.
pub fn open<'a>(
    container: Container,
    input: impl Read + 'a,
    limits: Limits,
) -> io::Result<Box<dyn Read + 'a>> {
    let counted = Rc::new(Cell::new(0));
    let input = Counted { inner: input, bytes: counted.clone() };
    let bounded = |inner: Box<dyn Read + 'a>| -> Box<dyn Read + 'a> {
        Box::new(Bounded { inner, compressed: counted.clone(), bytes: 0, limits, hit: None })
    };
    Ok(match container {
        Container::Gzip => bounded(Box::new(MultiGzDecoder::new(BufReader::new(input)))),
        Container::Zstd => bounded(Box::new(zstd::Decoder::new(input)?)),
        Container::Utf16 { little } => Box::new(Utf16::new(BufReader::new(input), little)),
        _ => Box::new(input),
    })
}

/// Ends a stream with the error of [`limit_hit`] if it has more than `limit` bytes.
#[must_use]
pub fn capped<'a>(inner: Box<dyn Read + 'a>, limit: u64) -> Box<dyn Read + 'a> {
    let limits = Limits { ratio: 0, free: limit };
    Box::new(Bounded { inner, compressed: Rc::new(Cell::new(0)), bytes: 0, limits, hit: None })
}

impl Limits {
    /// How many bytes `compressed` bytes may become.
    #[must_use]
    pub fn of(self, compressed: u64) -> u64 {
        self.free.max(compressed.saturating_mul(self.ratio))
    }
}

struct Counted<R> {
    inner: R,
    bytes: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes.set(self.bytes.get() + count as u64);
        Ok(count)
    }
}

struct Bounded<'a> {
    inner: Box<dyn Read + 'a>,
    compressed: Rc<Cell<u64>>,
    bytes: u64,
    limits: Limits,
    hit: Option<u64>,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(limit) = self.hit {
            return Err(io::Error::other(LimitHit(limit)));
        }
        let count = self.inner.read(buffer)?;
        let limit = self.limits.of(self.compressed.get());
        let left = limit.saturating_sub(self.bytes);
        if count as u64 <= left {
            self.bytes += count as u64;
            return Ok(count);
        }
        // What is within the limit still counts.
        self.hit = Some(limit);
        if left == 0 { self.read(buffer) } else { Ok(usize::try_from(left).unwrap_or(count)) }
    }
}

/// UTF-16 to UTF-8; unpaired surrogates become U+FFFD.
struct Utf16<R> {
    inner: R,
    decoder: encoding_rs::Decoder,
    input: Vec<u8>,
    output: Vec<u8>,
    taken: usize,
    ended: bool,
}

impl<R: Read> Utf16<R> {
    fn new(inner: R, little: bool) -> Self {
        let encoding = if little { encoding_rs::UTF_16LE } else { encoding_rs::UTF_16BE };
        Self {
            inner,
            decoder: encoding.new_decoder_without_bom_handling(),
            input: vec![0; 64 << 10],
            output: Vec::new(),
            taken: 0,
            ended: false,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        let count = self.inner.read(&mut self.input)?;
        self.ended = count == 0;
        self.output.clear();
        self.taken = 0;
        let worst = self.decoder.max_utf8_buffer_length(count).unwrap_or(count * 3 + 16);
        self.output.resize(worst, 0);
        let (_, _, written, _) =
            self.decoder.decode_to_utf8(&self.input[..count], &mut self.output, self.ended);
        self.output.truncate(written);
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.output.len() && !self.ended {
            self.refill()?;
        }
        let rest = &self.output[self.taken..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn containers_are_known_by_their_bytes() {
        assert_eq!(detect(b"{\"a\":1}"), Container::Plain);
        assert_eq!(detect(b"\x1f\x8b\x08\x00"), Container::Gzip);
        assert_eq!(detect(b"SQLite format 3\0"), Container::Unsupported("sqlite"));
        assert_eq!(detect(b"{\0\"\0a\0\"\0"), Container::Utf16 { little: true });
        assert_eq!(detect(b""), Container::Plain);
        assert_eq!(detect(&[0; 512]), Container::Plain);
    }

    #[test]
    fn a_bomb_ends_at_the_limit_and_a_log_does_not() {
        let mut file = tempfile::tempfile().unwrap();
        let mut encoder = flate2::write::GzEncoder::new(&mut file, flate2::Compression::best());
        encoder.write_all(&vec![b'x'; 40 << 20]).unwrap();
        encoder.finish().unwrap();
        io::Seek::rewind(&mut file).unwrap();
        let mut stream = open(Container::Gzip, file, Limits::default()).unwrap();
        let error = io::copy(&mut stream, &mut io::sink()).unwrap_err();
        assert!(limit_hit(&error).is_some());
    }

    #[test]
    fn utf16_reads_as_utf8() {
        let bytes: Vec<u8> = "{\"é\":\"😀\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut text = String::new();
        Utf16::new(&bytes[..], true).read_to_string(&mut text).unwrap();
        assert_eq!(text, "{\"é\":\"😀\"}");
    }
}
