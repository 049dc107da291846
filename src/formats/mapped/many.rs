//! Bounds the rows of a record: what has no row of its own shares one.
//!
//!   elements of a list of messages -> turns, and one row for all that are too many
//!   values of tools -> rows, and one row for those beyond what a turn may have
//!
//! An element takes two bytes in a log and its row a thousand in memory, and a record may have millions
//! of them. So elements in which nothing is found have rows up to [`MAX_UNREAD`], and a record has
//! no more than [`MAX_ROWS`] for its messages. All beyond share one row each that has their texts, line by line, says how
//! many they are in the attribute `elements`, and is flagged `many_elements`. No text is lost, only
//! rows are; the row has the session of the first of them.

use super::left::Left;
use super::rows::Turn;
use super::target::Target;
use crate::formats::Json;
use crate::record::{Event, Kind, Role};

/// Elements of a record in which nothing is found that have rows of their own.
pub(super) const MAX_UNREAD: usize = 100;
/// Rows that the messages of a record have, up to those of the last one.
pub(super) const MAX_ROWS: usize = 100_000;
/// Values of one target that are read in a turn.
pub(super) const MAX_CELLS: usize = 10_000;

/// The messages of a record as they are read.
#[derive(Debug, Default)]
pub(super) struct Elements {
    turns: Vec<Turn>,
    rows: usize,
    unread: usize,
    together: Option<(Turn, Together)>,
    /// What is left by those without rows.
    rest: Left,
}

/// Texts that share a row.
#[derive(Debug, Default)]
pub(super) struct Together {
    text: String,
    count: u64,
    pointer: String,
}

impl Elements {
    /// Adds an element: `read` gives its turn, `unread` one that has its session and a row to fill.
    pub(super) fn add(
        &mut self,
        (here, at): (&Json<'_>, &str),
        read: impl FnOnce() -> Turn,
        unread: impl FnOnce() -> Turn,
    ) {
        let turn = if self.rows < MAX_ROWS { Some(read()) } else { None };
        match turn.filter(|turn| !turn.is_unread || self.unread < MAX_UNREAD) {
            Some(turn) => {
                self.rows += turn.events.len();
                self.unread += usize::from(turn.is_unread);
                // Elements without rows are `null` for the most part, and may be as many as bytes are.
                match turn.events.is_empty() {
                    true => self.rest.append(turn.left),
                    false => self.turns.push(turn),
                }
            }
            None => {
                let Some(text) = here.display() else { return };
                let (_, together) =
                    self.together.get_or_insert_with(|| (unread(), Together::default()));
                together.add(&text, at);
            }
        }
    }

    /// All turns, in the order of the record but for the row that many share.
    pub(super) fn turns(mut self) -> Vec<Turn> {
        if let Some((mut turn, together)) = self.together {
            if let Some((_, event)) = turn.events.first_mut() {
                together.fill(event);
            }
            self.turns.push(turn);
        }
        self.turns.push(Turn { left: self.rest, ..Turn::default() });
        self.turns
    }
}

impl Together {
    /// Adds the text of an element that stands at `at`.
    fn add(&mut self, text: &str, at: &str) {
        if self.count == 0 {
            self.pointer = at.to_owned();
        } else {
            self.text.push('\n');
        }
        self.text.push_str(text);
        self.count += 1;
    }

    /// Adds a value of a target, by its name.
    pub(super) fn value(&mut self, target: Target, value: &Json<'_>, at: &str) {
        if let Some(text) = value.display() {
            self.add(&format!("{} {text}", target.name()), at);
        }
    }

    /// The row of all values, if there are any.
    pub(super) fn row(self) -> Option<Event> {
        let mut event = Event::new(Kind::Unknown, Role::Other);
        (self.count > 0).then(|| {
            self.fill(&mut event);
            event
        })
    }

    fn fill(self, event: &mut Event) {
        event.text = Some(self.text);
        event.json_pointer = Some(self.pointer);
        event.flag("unknown_content");
        event.flag("many_elements");
        event.attr("elements", self.count.to_string());
    }
}
