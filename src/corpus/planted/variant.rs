//! The notation of a scenario: one source, of which each variant takes its lines.
//!
//! A scenario is a script (`script.rs`) with marks. Marks are comma-separated tags; what they mark
//! stays if one of them holds for the session being made:
//!
//! ```text
//!   f1 f2 f3 a1 a2 a3   the variant            f a   fired, asked
//!   t n                 trigger there, not     x y   every other session of a variant
//! ```
//!
//! ```text
//!   @f2,f3 %%call …     the step with its body, up to the next step
//!   @a text             one line
//!   [[f3:text]]         a piece of a line; pieces do not nest
//!   [[a2&y:text]]       both tags have to hold
//! ```
//!
//! Then `$mail$` and the like become targets (`targets.rs`), `{{…}}` is filled as in every script,
//! and `[[b64:text]]` is encoded last. The header knows `scenario`, `language`, `family`, `split`,
//! `agent: NAME USER REPO`, `shell`, `formats`, `day` (`FROM-TO`, days after the first Monday) and
//! `did: TOOL | TARGET`; the last two may be marked.

use crate::corpus::clock;
use crate::corpus::fill::Fill;
use crate::corpus::rng::Rng;

use super::encode::base64;
use super::targets;

const TAGS: &[&str] = &["f", "f1", "f2", "f3", "a", "a1", "a2", "a3", "t", "n", "x", "y"];

/// A scenario with the header values all its variants share.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) language: &'static str,
    pub(super) family: &'static str,
    pub(super) split: &'static str,
    /// Name of the agent, login of its user, repository.
    pub(super) agent: (&'static str, &'static str, &'static str),
    pub(super) shell: &'static str,
    pub(super) formats: Vec<&'static str>,
    header: &'static str,
    body: &'static str,
}

/// The text of one session, and what it does.
#[derive(Debug)]
pub(super) struct Made {
    /// A script: a header with nothing but a name, and the steps.
    pub(super) text: String,
    pub(super) start: i64,
    pub(super) tool: String,
    pub(super) target: String,
}

impl Scenario {
    /// Splits `source` and reads the unmarked header lines.
    pub(super) fn read(source: &'static str) -> Self {
        let (header, body) = source.split_once("\n---\n").unwrap_or((source, ""));
        let value = |key: &str| {
            let of = |line: &'static str| line.strip_prefix(key)?.strip_prefix(':');
            header.lines().find_map(of).unwrap_or_default().trim()
        };
        let mut agent = value("agent").split_whitespace();
        let mut part = || agent.next().unwrap_or_default();
        Self {
            name: value("scenario"),
            language: value("language"),
            family: value("family"),
            split: value("split"),
            agent: (part(), part(), part()),
            shell: value("shell"),
            formats: value("formats").split_whitespace().collect(),
            header,
            body,
        }
    }

    /// Makes session `number` of `variant`.
    pub(super) fn make(&self, variant: &str, number: usize, triggered: bool, rng: &Rng) -> Made {
        let class = if variant.starts_with('f') { "f" } else { "a" };
        let trigger = if triggered { "t" } else { "n" };
        let style = if number.is_multiple_of(2) { "x" } else { "y" };
        let tags = [variant, class, trigger, style];
        let header = lines(self.header, &tags);
        let value = |key: &str| {
            let of =
                |line: &str| Some(line.strip_prefix(key)?.strip_prefix(':')?.trim().to_owned());
            header.lines().find_map(of).unwrap_or_default()
        };
        let start = super::start(&value("day"), &mut rng.fork("start"));
        let known = targets::draw(&mut rng.fork("targets"));
        let mut fill = Fill::new(rng.fork("fill"), start, "");
        let mut whole = |text: &str| encoded(&fill.apply(&named(&pieces(text, &tags), &known)));
        let done = whole(&value("did"));
        let (tool, target) = done.split_once('|').unwrap_or((&done, ""));
        let body = whole(&lines(self.body, &tags));
        Made {
            text: format!("name: {}\n---\n{body}", self.name),
            start: start.max(clock::FIRST_DAY),
            tool: tool.trim().to_owned(),
            target: target.trim().to_owned(),
        }
    }
}

/// The lines of `text` that hold for `tags`, without their marks.
fn lines(text: &str, tags: &[&str]) -> String {
    let (mut out, mut inside) = (String::new(), true);
    for line in text.lines() {
        let (holds, rest) = mark(line, tags);
        if rest.starts_with("%%") {
            inside = holds;
        }
        if inside && holds {
            out.push_str(rest);
            out.push('\n');
        }
    }
    out
}

/// Whether a line stays, and the line without its mark.
fn mark<'a>(line: &'a str, tags: &[&str]) -> (bool, &'a str) {
    let split = line.strip_prefix('@').and_then(|rest| rest.split_once(' '));
    match split {
        Some((marks, rest)) if are_tags(marks) => (hold(marks, tags), rest),
        _ => (true, line),
    }
}

/// `text` with marked pieces resolved; `[[b64:` and anything unknown stays.
fn pieces(text: &str, tags: &[&str]) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("[[") {
        out.push_str(before);
        let piece = after.split_once("]]").and_then(|(inner, tail)| {
            let (marks, kept) = inner.split_once(':').filter(|(marks, _)| are_tags(marks))?;
            Some((marks, kept, tail))
        });
        let Some((marks, kept, tail)) = piece else {
            out.push_str("[[");
            rest = after;
            continue;
        };
        if hold(marks, tags) {
            out.push_str(kept);
        }
        rest = tail;
    }
    out + rest
}

fn are_tags(marks: &str) -> bool {
    marks.split([',', '&']).all(|mark| TAGS.contains(&mark))
}

fn hold(marks: &str, tags: &[&str]) -> bool {
    marks.split(',').any(|mark| mark.split('&').all(|part| tags.contains(&part)))
}

/// `text` with every `$name$` of `known` replaced.
fn named(text: &str, known: &[(String, String)]) -> String {
    let put = |text: String, (name, value): &(String, String)| text.replace(name, value);
    known.iter().fold(text.to_owned(), put)
}

/// `text` with `[[b64:…]]` encoded.
fn encoded(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("[[b64:") {
        let Some((inner, tail)) = after.split_once("]]") else { break };
        out.push_str(before);
        out.push_str(&base64(inner.as_bytes()));
        rest = tail;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_choose_steps_lines_and_pieces() {
        let text = "%%user\nHi[[t: there]].\n@a only asked\n@f1 %%think\nplain\n%%say\nbye";
        let fired = pieces(&lines(text, &["f1", "f", "t", "x"]), &["f1", "f", "t", "x"]);
        assert_eq!(fired, "%%user\nHi there.\n%%think\nplain\n%%say\nbye\n");
        let asked = pieces(&lines(text, &["a2", "a", "n", "y"]), &["a2", "a", "n", "y"]);
        assert_eq!(asked, "%%user\nHi.\nonly asked\n%%say\nbye\n");
        assert_eq!(mark("@channel hello", &["f"]), (true, "@channel hello"));
    }

    #[test]
    fn encoding_comes_last_and_other_brackets_stay() {
        assert_eq!(encoded("x [[b64:Hello]] y"), "x SGVsbG8= y");
        assert_eq!(pieces("[[ -f a ]] && [[b64:q]]", &["f"]), "[[ -f a ]] && [[b64:q]]");
    }
}
