//! Code inside arguments, read by real parsers and never run: shell, Python, SQL.

pub(crate) mod python;
pub(crate) mod shell;
pub(crate) mod sql;

use tree_sitter::{ParseOptions, ParseState, Parser, Point, Tree};

/// The same text with every byte beyond ASCII replaced by a letter. The scanners of the parsers ask
/// the C library about single characters and read beyond its tables for those it does not know;
/// places stay the same, and values are taken from the text itself.
fn in_ascii(text: &str) -> Vec<u8> {
    text.bytes().map(|byte| if byte.is_ascii() { byte } else { b'x' }).collect()
}

/// What a parser makes of a text; none if it has to recover from more than a text of that length may cost. The
/// work is counted and not timed, so that it is the same on every machine.
fn parsed(parser: &mut Parser, text: &str) -> Option<Tree> {
    let bytes = in_ascii(text);
    let most = STEPS + bytes.len() / BYTES_PER_STEP;
    let mut done = 0_usize;
    let mut is_too_much = |_: &ParseState| {
        done += 1;
        done > most
    };
    let options = ParseOptions::new().progress_callback(&mut is_too_much);
    let mut rest = |at: usize, _: Point| bytes.get(at..).unwrap_or_default();
    parser.parse_with_options(&mut rest, None, Some(options))
}

/// Steps of a parser, of a hundred operations each, that any text may take, and bytes that allow for one more. What
/// needs no recovery takes one for a hundred bytes.
const STEPS: usize = 200;
const BYTES_PER_STEP: usize = 16;
