//! A path into a record, and what it reaches.
//!
//! `.a."b c"[0][]` as in jq: a key, a quoted key, an element (from the end if negative), every
//! element. `$` in front means the record, where a path otherwise begins at the message. A text
//! that holds JSON is opened when a path goes on into it. What is not there is `null`, so that
//! `.calls[].id` and `.calls[].name` stay side by side.

use crate::formats::Json;
use crate::formats::json::{self, NULL};
use crate::record::MAX_NAME;
use std::fmt;

/// Steps of a path; each may have to open JSON that is held as text.
pub(super) const MAX_STEPS: usize = 32;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// The value of a key.
    Key(String),
    /// An element, counted from the end if negative.
    Index(i32),
    /// Every element of an array, every value of an object.
    Each,
}

/// Where something stands in a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Path {
    /// Begins at the record, not at the message.
    pub(super) from_record: bool,
    /// The way from there.
    pub(super) steps: Vec<Step>,
}

/// Takes a value and its JSON pointer.
pub(super) type Found<'f> = dyn FnMut(&Json<'_>, &str) + 'f;

impl Path {
    /// Hands over every value that is reached from `value`, which stands at `at`.
    pub(super) fn visit(&self, value: &Json<'_>, at: &str, found: &mut Found<'_>) {
        walk(&self.steps, value, &mut at.to_owned(), found);
    }

    /// The key that the path begins with.
    pub(super) fn first_key(&self) -> Option<&str> {
        match self.steps.first() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }
}

fn walk(steps: &[Step], value: &Json<'_>, at: &mut String, found: &mut Found<'_>) {
    let Some((step, rest)) = steps.split_first() else {
        found(value, at);
        return;
    };
    if let Some(inner) = value.str().and_then(opened) {
        walk(steps, &inner, at, found);
        return;
    }
    match step {
        Step::Key(key) => enter(rest, key, value.at(key), at, found),
        Step::Index(index) => {
            let place = place(*index, value.items().len());
            let item = place.and_then(|place| value.items().get(place)).unwrap_or(&NULL);
            enter(rest, &place.unwrap_or_default().to_string(), item, at, found);
        }
        Step::Each => {
            for (index, item) in value.items().iter().enumerate() {
                enter(rest, &index.to_string(), item, at, found);
            }
            for (key, item) in value.entries() {
                enter(rest, key, item, at, found);
            }
        }
    }
}

fn enter(rest: &[Step], name: &str, value: &Json<'_>, at: &mut String, found: &mut Found<'_>) {
    let before = at.len();
    // A pointer is kept with every row; what is longer leads nowhere, and a key may be of any length.
    if before + name.len() < MAX_NAME {
        at.push('/');
        at.push_str(&name.replace('~', "~0").replace('/', "~1"));
    }
    walk(rest, value, at, found);
    at.truncate(before);
}

/// The number of an element that may be counted from the end.
pub(super) fn place(index: i32, len: usize) -> Option<usize> {
    let index = isize::try_from(index).ok()?;
    if index < 0 { len.checked_add_signed(index) } else { usize::try_from(index).ok() }
}

/// The object or array that a text holds; never a text again, so that opening ends.
pub(super) fn opened(text: &str) -> Option<Json<'_>> {
    let text = text.trim();
    let (value, _) = text.starts_with(['{', '[']).then(|| json::parse(text).ok()).flatten()?;
    (value.is_object() || value.is_array()).then_some(value)
}

/// Whether a key needs no quotes.
pub(super) fn is_plain(ch: char) -> bool {
    ch.is_alphanumeric() || matches!(ch, '_' | '-' | '@')
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from_record {
            f.write_str("$")?;
        }
        if !matches!(self.steps.first(), Some(Step::Key(_))) {
            f.write_str(".")?;
        }
        for step in &self.steps {
            match step {
                Step::Key(key) if !key.is_empty() && key.chars().all(is_plain) => {
                    write!(f, ".{key}")?;
                }
                Step::Key(key) => write!(f, ".{}", quoted(key))?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Each => f.write_str("[]")?,
            }
        }
        Ok(())
    }
}

/// A text in double quotes, as JSON writes it.
pub(super) fn quoted(text: &str) -> String {
    Json::String(text.into()).compact()
}
