//! Going through findings in the terminal, one decision each.
//!
//! Answers are lines of standard input, so that what a person types a script can type too. Every
//! decision is a commit of its own: whoever closes the window loses nothing.

use crate::cli::exit::Exit;
use crate::cli::findings::{Filter, RANK, decide, shown};
use crate::cli::interrupt::end_on_interrupt;
use crate::cli::options::{Global, LakeArg};
use crate::cli::query::{literal, open};
use crate::cli::ui::Ui;
use crate::pipeline::labels::Triage;
use crate::report::summary::counted;
use crate::report::{escape, rows};
use std::collections::BTreeMap;
use std::io::{BufRead, Read as _};

#[derive(Debug, clap::Args)]
pub(super) struct Review {
    #[command(flatten)]
    lake: LakeArg,
    #[command(flatten)]
    filter: Filter,
    /// In which order: sample (fair, so that `stats` speaks for the rest too) or severity
    #[arg(long, value_enum, default_value_t)]
    order: Order,
    /// Most findings to go through
    #[arg(long, default_value_t = 100)]
    limit: usize,
    /// Who decides [default: the user of this session]
    #[arg(long, env = "USER")]
    analyst: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Order {
    #[default]
    Sample,
    Severity,
}

impl Order {
    /// Ids are hashes of what was found, so their order has nothing to do with it.
    fn sql(self) -> String {
        match self {
            Self::Sample => "finding_id".to_owned(),
            Self::Severity => format!("{RANK} desc, finding_id"),
        }
    }
}

/// Longest answer; what is longer is several.
const MAX_ANSWER: u64 = 64 << 10;

const ASK: &str = "[c]onfirmed, [f]alse positive, [b]enign (right, but no harm), [s]kip, [u]ndo, [q]uit; a note may \
     follow: f CI job talks about triggers";

pub(super) fn run(args: &Review, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    let opened = open(&args.lake, global)?;
    let sql = format!(
        "select finding_id from findings where {} and coalesce(triage_state, 'new') = 'new' order by {}",
        args.filter.condition(),
        args.order.sql()
    );
    let mut ids = Vec::new();
    for batch in opened.rows(&sql)? {
        ids.extend((0..batch.num_rows()).filter_map(|row| rows::text(&batch, row, "finding_id")));
    }
    let waiting = ids.len();
    if ids.is_empty() {
        ui.tell(
            "No finding of these waits for a decision; `reveille findings` shows what there is.",
        );
        return Ok(Exit::OK);
    }
    ids.truncate(args.limit);
    ui.tell(&format!(
        "{} nobody has decided on, {} shown. {ASK}.",
        counted(waiting as u64, "finding"),
        ids.len()
    ));
    end_on_interrupt();
    let mut input = std::io::stdin().lock();
    let mut done = Done::default();
    let mut at = 0;
    loop {
        let is_over = at == ids.len();
        if is_over && done.0.is_empty() {
            break;
        }
        match is_over {
            true => Ui::error("That was the last one."),
            false => {
                Ui::data(&format!(
                    "({}/{})\n{}",
                    at + 1,
                    ids.len(),
                    shown(&opened, &ids[at], ui)?
                ))?;
            }
        }
        let answer = if is_over { ask_at_the_end(&mut input)? } else { ask(&mut input)? };
        match answer {
            Answer::Undo => match done.last() {
                None => ui.tell("Nothing was decided yet."),
                Some((before, state)) => {
                    let own = format!("{state}{}", by(args.analyst.as_deref()));
                    match decided(args, global, &ids[before])?.filter(|said| *said != own) {
                        Some(already) => {
                            Ui::error(&format!("Left as it is: {already} by now."));
                        }
                        None => {
                            write(args, &ids[before], "new", None)?;
                            at = before;
                        }
                    }
                }
            },
            Answer::Quit => break,
            Answer::Skip => at += 1,
            Answer::Decide(state, note) => {
                match decided(args, global, &ids[at])? {
                    Some(already) => Ui::error(&format!("Left as it is: {already} by now.")),
                    None => {
                        write(args, &ids[at], state, note)?;
                        done.0.push((at, state));
                    }
                }
                at += 1;
            }
        }
    }
    ui.tell(&done.told());
    Ok(Exit::OK)
}

/// What somebody else has decided on a finding while it was shown here.
fn decided(args: &Review, global: &Global, id: &str) -> anyhow::Result<Option<String>> {
    let sql = format!(
        "select triage_state || coalesce(' by ' || triage_analyst, '') as said from findings \
         where finding_id = {} and triage_state <> 'new'",
        literal(id)
    );
    let batches = open(&args.lake, global)?.rows(&sql)?;
    let said = batches.iter().find(|batch| batch.num_rows() > 0);
    Ok(said
        .and_then(|batch| rows::text(batch, 0, "said"))
        .map(|said| escape::line(&said).into_owned()))
}

fn write(args: &Review, id: &str, state: &str, note: Option<String>) -> anyhow::Result<()> {
    decide(
        &args.lake,
        Triage {
            finding_id: id.to_owned(),
            state: state.to_owned(),
            note,
            analyst: args.analyst.clone(),
        },
    )
}

/// What was decided, in order: place in the list and state.
#[derive(Debug, Default)]
struct Done(Vec<(usize, &'static str)>);

impl Done {
    /// Takes back the last decision and says which it was, and on what.
    fn last(&mut self) -> Option<(usize, &'static str)> {
        self.0.pop()
    }

    fn told(&self) -> String {
        let mut by_state: BTreeMap<&str, u64> = BTreeMap::new();
        self.0.iter().for_each(|(_, state)| *by_state.entry(state).or_default() += 1);
        let states: Vec<String> =
            by_state.iter().map(|(state, count)| format!("{count} {state}")).collect();
        match states.is_empty() {
            true => "Nothing was decided.".to_owned(),
            false => format!("Decided: {}. `reveille label stats` adds up.", states.join(", ")),
        }
    }
}

#[derive(Debug, PartialEq)]
enum Answer {
    Decide(&'static str, Option<String>),
    Skip,
    Undo,
    Quit,
}

/// Who decided, as it is told.
fn by(analyst: Option<&str>) -> String {
    analyst.map(|name| format!(" by {}", escape::line(name))).unwrap_or_default()
}

/// After the last finding: whether its decision, or the one before, is taken back.
fn ask_at_the_end(input: &mut impl BufRead) -> anyhow::Result<Answer> {
    loop {
        Ui::error("u takes the latest decision back, q ends; u or q?");
        match line(input)?.as_deref().map(Answer::parse) {
            None | Some(Some(Answer::Quit)) => return Ok(Answer::Quit),
            Some(Some(Answer::Undo)) => return Ok(Answer::Undo),
            Some(_) => Ui::error("There is nothing left to decide on."),
        }
    }
}

/// A line of the input; none at its end.
fn line(input: &mut impl BufRead) -> anyhow::Result<Option<String>> {
    let mut line = Vec::new();
    let read = input.by_ref().take(MAX_ANSWER).read_until(b'\n', &mut line)?;
    Ok((read > 0).then(|| String::from_utf8_lossy(&line).into_owned()))
}

/// Asks until the answer is one; the end of the input is the end.
fn ask(input: &mut impl BufRead) -> anyhow::Result<Answer> {
    loop {
        // A question is no chatter: it is asked of the quiet too.
        Ui::error("c, f, b, s, u or q?");
        let Some(line) = line(input)? else { return Ok(Answer::Quit) };
        match Answer::parse(&line) {
            Some(answer) => return Ok(answer),
            None => Ui::error(&format!("Expected {ASK}.")),
        }
    }
}

impl Answer {
    fn parse(line: &str) -> Option<Self> {
        let line = line.trim();
        let (word, note) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let note = Some(note.trim().to_owned()).filter(|note| !note.is_empty());
        let has_note = note.is_some();
        let answer = match word.to_ascii_lowercase().as_str() {
            "c" | "confirmed" => Self::Decide("confirmed", note),
            "f" | "false" | "false_positive" => Self::Decide("false_positive", note),
            "b" | "benign" => Self::Decide("benign", note),
            // A note here would be lost without a word.
            _ if has_note => return None,
            "s" | "skip" => Self::Skip,
            "u" | "undo" => Self::Undo,
            "q" | "quit" => Self::Quit,
            _ => return None,
        };
        Some(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_letters_or_words_and_decisions_may_have_notes() {
        let note = |text: &str| Some(text.to_owned());
        assert_eq!(Answer::parse("c\n"), Some(Answer::Decide("confirmed", None)));
        let parsed = Answer::parse(" F  CI job, triggers \n");
        assert_eq!(parsed, Some(Answer::Decide("false_positive", note("CI job, triggers"))));
        assert_eq!(Answer::parse("benign x"), Some(Answer::Decide("benign", note("x"))));
        assert_eq!(Answer::parse("q"), Some(Answer::Quit));
        for odd in ["", "x", "cc", "s because", "yes", "\u{1b}[A"] {
            assert_eq!(Answer::parse(odd), None, "{odd:?}");
        }
    }
}
