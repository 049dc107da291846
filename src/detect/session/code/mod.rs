//! Code inside arguments, read by real parsers and never run: shell, Python, SQL.

pub(crate) mod python;
pub(crate) mod shell;
pub(crate) mod sql;

/// The same text with every byte beyond ASCII replaced by a letter. The scanners of the parsers ask
/// the C library about single characters and read beyond its tables for those it does not know;
/// places stay the same, and values are taken from the text itself.
fn in_ascii(text: &str) -> Vec<u8> {
    text.bytes().map(|byte| if byte.is_ascii() { byte } else { b'x' }).collect()
}
