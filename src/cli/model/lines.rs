//! Texts that come line by line on standard input: a line that is none is named, and the others go on. It does not know
//! what becomes of them.

use crate::cli::exit::Exit;
use crate::cli::ui::Ui;
use crate::report::escape;
use anyhow::Context as _;
use serde::Deserialize;
use std::io::BufRead as _;

/// A text and what it is called.
#[derive(Debug, Deserialize)]
pub(super) struct Text {
    #[serde(deserialize_with = "named")]
    pub(super) id: String,
    pub(super) text: String,
}

/// An id, which others write as a number.
fn named<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "`id` is neither text nor a whole number")]
    enum Id {
        Text(String),
        Number(i64),
        Large(u64),
    }
    Ok(match Id::deserialize(from)? {
        Id::Text(text) => text,
        Id::Number(number) => number.to_string(),
        Id::Large(number) => number.to_string(),
    })
}

/// Longest line of standard input.
const MAX_LINE: usize = 64 << 20;

/// Calls `each` with every text of standard input; a line that is none is named and counted, and the
/// others go on, until `each` says that nobody wants more.
pub(super) fn read(mut each: impl FnMut(Text) -> anyhow::Result<bool>) -> anyhow::Result<Exit> {
    let mut bad = false;
    let mut input = std::io::stdin().lock();
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let mut limited = std::io::Read::take(&mut input, MAX_LINE as u64 + 1);
        if limited.read_until(b'\n', &mut line).context("standard input")? == 0 {
            break;
        }
        if line.len() > MAX_LINE {
            bad = true;
            Ui::error(&format!(
                "standard input, line {number}: longer than {MAX_LINE} bytes, left out"
            ));
            skip_line(&mut input).context("standard input")?;
            continue;
        }
        if number == 1 && line.starts_with(BOM) {
            line.drain(..BOM.len());
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        // Without its end, which the library would take for a line of its own.
        match serde_json::from_slice::<Text>(line.trim_ascii_end()) {
            Ok(text) => {
                if !each(text)? {
                    break;
                }
            }
            Err(error) => {
                bad = true;
                // The library counts lines too, and knows of one.
                let (said, column) = (error.to_string(), error.column());
                let why = said.rsplit_once(" at line ").map_or(said.as_str(), |(why, _)| why);
                Ui::error(&format!(
                    "standard input, line {number}, column {column}: expected {{\"id\": …, \"text\": …}}: {}",
                    escape::line(why)
                ));
            }
        }
    }
    Ok(Exit { partial: bad, ..Exit::OK })
}

/// What some editors put before the first line.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Reads on to the end of a line and keeps nothing of it.
fn skip_line(input: &mut impl std::io::BufRead) -> std::io::Result<()> {
    loop {
        let held = input.fill_buf()?;
        let end = held.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(held.len(), |at| at + 1);
        let is_over = end.is_some() || held.is_empty();
        input.consume(used);
        if is_over {
            return Ok(());
        }
    }
}
