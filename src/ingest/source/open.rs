//! From a path to a stream: at its beginning, or behind what has been read before.

use super::super::container::{self, Container, Limits};
use super::super::known::{self, HEAD};
use super::Run;
use std::fs::File;
use std::io::{self, Read, Seek as _};
use std::path::Path;

/// Opens a file and looks at its first bytes.
///
/// # Errors
/// What the system says.
pub fn open(path: &Path) -> io::Result<(File, Vec<u8>)> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    (&mut file).take(HEAD as u64).read_to_end(&mut head)?;
    file.rewind()?;
    Ok((file, head))
}

/// The first bytes of a file's logical stream.
///
/// # Errors
/// If it cannot be read or decompressed.
pub fn stream_head(path: &Path, limits: Limits) -> io::Result<(Container, Vec<u8>)> {
    let (file, head) = open(path)?;
    let container = container::detect(&head);
    match container {
        Container::Gzip | Container::Zstd | Container::Utf16 { .. } => {
            let mut head = Vec::new();
            let mut stream = container::open(container, file, limits)?.take(HEAD as u64);
            match stream.read_to_end(&mut head) {
                // What came before a fault still names the stream.
                Err(error) if head.is_empty() => Err(error),
                _ => Ok((container, head)),
            }
        }
        _ => Ok((container, head)),
    }
}

impl Run<'_> {
    /// The stream of a file behind what has been read before, and the hash of that.
    pub(super) fn open_at_position(
        &self,
        container: Container,
        mut file: File,
    ) -> io::Result<(Box<dyn Read>, blake3::Hasher)> {
        let offset = self.state.position.offset;
        let known = self.job.prefix.clone().filter(|hasher| hasher.count() == offset);
        match known {
            Some(hasher) if container == Container::Plain => {
                // It may have been cut since it was hashed.
                if file.metadata()?.len() < offset {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                file.seek(io::SeekFrom::Start(offset))?;
                Ok((container::open(container, file, self.options.limits)?, hasher))
            }
            known => {
                let mut stream = container::open(container, file, self.options.limits)?;
                let hasher = match known {
                    Some(hasher) => {
                        let skipped = io::copy(&mut (&mut stream).take(offset), &mut io::sink())?;
                        if skipped < offset {
                            return Err(io::ErrorKind::UnexpectedEof.into());
                        }
                        hasher
                    }
                    None => known::hash_prefix(&mut stream, offset)?,
                };
                Ok((stream, hasher))
            }
        }
    }
}
