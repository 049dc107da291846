//! The cutter: every byte is in exactly one piece or blank, however the bytes arrive.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reveille::ingest::cut::{Cut, Cutter, Position};
use std::io::Read;

/// Hands out at most so many bytes at a time.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.len().min(self.1).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fn cut(data: &[u8], step: usize, limit: u64) -> Vec<(Cut, u64, u64, u64)> {
    let hasher = blake3::Hasher::new();
    let mut cutter = Cutter::new(Slow(data, step), limit, Position::default(), hasher);
    let mut pieces = Vec::new();
    let mut bytes = 0;
    while let Some(piece) = cutter.next_piece() {
        bytes += piece.len;
        pieces.push((piece.cut, piece.line, piece.offset, piece.len));
        if piece.cut == Cut::Pending {
            break;
        }
    }
    assert_eq!(bytes + cutter.blank(), data.len() as u64);
    pieces
}

fuzz_target!(|data: &[u8]| {
    let Some((&step, data)) = data.split_first() else { return };
    let slow = cut(data, usize::from(step) + 1, 1 << 20);
    assert_eq!(slow, cut(data, 1 << 20, 1 << 20));
    cut(data, usize::from(step) + 1, 64);
});
