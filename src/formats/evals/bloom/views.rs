//! Which messages each view holds after all edits.
//!
//! A view is a stack of messages. `add` puts one on the views of its event, `rollback` takes the
//! newest off (`count` of them, or all after the message `to_id`), `reset` empties them and puts
//! `new_messages` there. A message counts by its *own* view: the target's if it is in that, else
//! the first one named. Time and memory are linear in the edits, whatever they say.

use crate::formats::Json;
use std::collections::{BTreeMap, BTreeSet};

/// The view of the model under test; events that name none belong to it.
pub(super) const TARGET: &str = "target";

/// The views an event names: one, or a list.
pub(super) fn of_event<'x>(event: &'x Json<'_>) -> impl Iterator<Item = &'x str> {
    let view = event.at("view");
    let named = view.items().iter().filter_map(Json::str);
    view.str().into_iter().chain(named).filter(|name| !name.is_empty())
}

/// The view by which the messages of an event count.
pub(super) fn own<'x>(event: &'x Json<'_>) -> &'x str {
    match of_event(event).find(|view| *view == TARGET) {
        Some(target) => target,
        None => of_event(event).next().unwrap_or(TARGET),
    }
}

/// A message is known by where it stands in memory, because ids may be missing or repeated.
type Name = usize;

fn name(message: &Json<'_>) -> Name {
    std::ptr::from_ref(message).addr()
}

/// The outcome of all edits of a transcript.
pub(super) struct Views<'x> {
    stacks: BTreeMap<&'x str, Stack<'x>>,
    /// The view of each message that has rows.
    own: BTreeMap<Name, &'x str>,
}

/// The messages of one view, and where each of them stands.
#[derive(Default)]
struct Stack<'x> {
    messages: Vec<Name>,
    places: BTreeMap<Name, usize>,
    /// By id, the newest message that has it, taken back or not.
    by_id: BTreeMap<&'x str, &'x Json<'x>>,
}

impl<'x> Stack<'x> {
    fn push(&mut self, message: &'x Json<'x>) {
        self.places.insert(name(message), self.messages.len());
        self.messages.push(name(message));
        if let Some(id) = message.text("id") {
            self.by_id.insert(id, message);
        }
    }

    /// The message with the same id that says the same.
    fn known(&self, message: &Json<'_>) -> Option<&'x Json<'x>> {
        self.by_id.get(message.text("id")?).copied().filter(|known| *known == message)
    }

    fn truncate(&mut self, len: usize) {
        for message in self.messages.drain(len.min(self.messages.len())..) {
            if self.places.get(&message).is_some_and(|place| *place >= len) {
                self.places.remove(&message);
            }
        }
    }
}

/// Views of one event that are followed.
const MAX_VIEWS: usize = 16;

impl<'x> Views<'x> {
    pub(super) fn of(events: &'x [Json<'x>]) -> Self {
        let mut views = Self { stacks: BTreeMap::new(), own: BTreeMap::new() };
        for event in events {
            let edit = event.at("edit");
            // More views than any conversation has: each message is kept once per view.
            let named: BTreeSet<&str> = of_event(event).take(MAX_VIEWS).collect();
            let named = if named.is_empty() { BTreeSet::from([TARGET]) } else { named };
            match edit.text("operation").unwrap_or("add") {
                "add" if !edit.at("message").is_null() => {
                    views.add(event, edit.at("message"), &named);
                }
                "rollback" => views.rollback(edit, &named),
                "reset" => {
                    named.iter().for_each(|view| views.stack(view).truncate(0));
                    for message in edit.at("new_messages").items() {
                        let known = views.stack(own(event)).known(message);
                        views.add(event, known.unwrap_or(message), &named);
                    }
                }
                _ => {}
            }
        }
        views
    }

    fn stack(&mut self, view: &'x str) -> &mut Stack<'x> {
        self.stacks.entry(view).or_default()
    }

    fn add(&mut self, event: &'x Json<'x>, message: &'x Json<'x>, named: &BTreeSet<&'x str>) {
        self.own.entry(name(message)).or_insert_with(|| own(event));
        named.iter().for_each(|view| self.stack(view).push(message));
    }

    fn rollback(&mut self, edit: &Json<'_>, named: &BTreeSet<&'x str>) {
        let to = edit.text("to_id");
        let count = edit.at("count").u64().and_then(|count| usize::try_from(count).ok());
        for view in named {
            let stack = self.stack(view);
            let len = stack.messages.len();
            let left = match to {
                Some(id) => {
                    let message = stack.by_id.get(id).map(|message| name(message));
                    let place = message.and_then(|message| stack.places.get(&message));
                    place.map_or(len, |place| place + 1)
                }
                None => len.saturating_sub(count.unwrap_or_default()),
            };
            stack.truncate(left);
        }
    }

    /// Whether a message of a reset is not just one that its view had before.
    pub(super) fn is_new(&self, message: &Json<'_>) -> bool {
        self.own.contains_key(&name(message))
    }

    /// Whether the view a message counts by has it no more.
    pub(super) fn is_abandoned(&self, message: &Json<'_>) -> bool {
        let own = self.own.get(&name(message)).and_then(|own| self.stacks.get(own));
        own.is_none_or(|stack| !stack.places.contains_key(&name(message)))
    }
}
