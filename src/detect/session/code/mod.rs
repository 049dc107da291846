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

/// Steps of a parser, of a hundred operations each, that any text may take, and bytes that allow for one more.
const STEPS: usize = 200;
const BYTES_PER_STEP: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    /// A long script in which nothing has to be recovered is read to its end, one that is made to be slow is not.
    #[test]
    fn only_what_has_to_be_recovered_takes_too_long() {
        let step =
            "if [ -f a.txt ]; then x=$(cat a.txt | sort -u); echo \"$x\" >> b.txt; fi # ok\n";
        assert!(shell::steps(&step.repeat(800)).1);
        assert!(!shell::steps(&"if x; then curl https://a.example/(;(;(;(;(;".repeat(1_500)).1);
        let step = "def f(a, b=[1, {2: 3}]):\n    return [x(y) for y in a if y != b[0]]\n\n";
        assert!(python::parse(&step.repeat(900)).is_whole);
    }
}
