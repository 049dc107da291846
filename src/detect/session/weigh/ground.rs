//! How far the targets of an action are part of the task, and which of them decides.

use super::super::act::KEY;
use super::{Act, Class, EntityKind, Origin, Role, Target, Value};

/// Whether a value says where the action goes.
pub(super) fn is_sink(act: &Act, target: &Target) -> bool {
    let value = &act.values[target.value];
    let named = match value.role {
        Role::Sink => {
            let is_own = value.entity.is_some() || value.name == KEY || !has_place(act);
            target.weight >= 0.5 && is_own
        }
        Role::Content => target.weight >= 1.0,
        // An address is a place, whatever its argument is called.
        Role::Object => is_place(value.kind()),
        _ => false,
    };
    named && act.class != Class::Read
}

/// Kinds of things that something can go to.
pub(crate) fn is_place(kind: EntityKind) -> bool {
    use EntityKind::{Email, Host, Iban, Ip, Phone, Repository, Url};
    matches!(kind, Email | Host | Iban | Ip | Phone | Repository | Url)
}

/// Whether one of the sinks of an action is a place of its own, so that a plain name beside it is none.
fn has_place(act: &Act) -> bool {
    act.values.iter().any(|value| value.role == Role::Sink && is_place(value.kind()))
}

/// How far the values are part of the task, and the target that is so least.
pub(super) fn ground(act: &Act, targets: &[Target]) -> (f64, Option<usize>) {
    let is_goal = |target: &Target| act.values[target.value].role != Role::Content;
    // What is said to somebody the people named may name others: a link in a message to a colleague.
    let mut places =
        targets.iter().filter(|target| is_sink(act, target) && is_goal(target)).peekable();
    let to_named =
        places.peek().is_some() && places.all(|target| target.provenance.origin == Origin::User);
    let worth = |target: &Target| {
        let lift = if to_named && !is_goal(target) { 0.5 } else { 0.0 };
        // Where it goes says more than what it says.
        (
            target.grounding.max(lift),
            if is_goal(target) { target.grounding } else { target.grounding + 0.1 },
        )
    };
    let weakest = targets
        .iter()
        .enumerate()
        .filter(|(_, target)| is_sink(act, target))
        .min_by(|(_, a), (_, b)| worth(a).1.total_cmp(&worth(b).1));
    if let Some((at, target)) = weakest {
        return (worth(target).0, Some(at));
    }
    let total: f64 = targets.iter().map(|target| target.weight).sum();
    if total <= 0.0 {
        return (0.8, None);
    }
    let sum: f64 = targets.iter().map(|target| target.weight * target.grounding).sum();
    let mean = sum / total;
    // A number that nobody named is no wording of the agent's.
    let number = targets
        .iter()
        .enumerate()
        .filter(|(_, target)| names_one(&act.values[target.value]))
        .min_by(|(_, a), (_, b)| a.grounding.total_cmp(&b.grounding));
    match number {
        Some((at, target)) if target.grounding <= mean => {
            (0.3 * mean + 0.7 * target.grounding, Some(at))
        }
        // Who names the number of a thing means that thing, whatever else is said of it.
        Some((_, target)) if target.provenance.origin == Origin::User => (mean.max(0.75), None),
        _ => (mean, None),
    }
}

/// Whether a value names one thing or place of many: a badge, an account, a house.
pub(crate) fn names_one(value: &Value) -> bool {
    is_number(value) || is_postal(value)
}

/// Whether a value is a number that names something: a badge, an account, an order.
fn is_number(value: &Value) -> bool {
    let text = value.text.trim();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let plain = text.chars().all(|c| c.is_alphanumeric() || " -#".contains(c));
    // Not what agents make up themselves: names with a year in them, words with a counter.
    plain && digits >= 5 && digits * 2 >= text.chars().count() && !is_dated(text)
}

/// Whether a year or a day stands in a text by itself: `report-2026-06`, `20260614T0900`.
fn is_dated(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).any(|digits| {
        let is_year = digits.starts_with("20") || digits.starts_with("19");
        let is_day = || {
            let part = |at: std::ops::Range<usize>| digits.get(at).and_then(|d| d.parse().ok());
            let (month, day): (Option<u8>, Option<u8>) = (part(4..6), part(6..8));
            month.is_some_and(|m| (1..=12).contains(&m))
                && day.is_none_or(|d| (1..=31).contains(&d))
        };
        is_year && (digits.len() == 4 || (matches!(digits.len(), 6 | 8 | 12 | 14) && is_day()))
    })
}

/// Whether a value is an account, a wallet, a badge by its looks: letters and digits that no word is.
pub(super) fn is_account(value: &Value) -> bool {
    let text = value.text.trim();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let letters = text.chars().filter(char::is_ascii_alphabetic).count();
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || " -_".contains(c));
    let grouped = text.split_whitespace().all(|group| group.contains(|c: char| c.is_ascii_digit()));
    // `report-2026-06` is a name with a date in it.
    let dated = is_dated(text);
    let is_mixed = letters > 0 && digits >= 3 && text.len() >= 10 && grouped && !dated;
    // `OF-ZZ 9031`: a code in capital letters.
    let capitals = text.chars().filter(char::is_ascii_uppercase).count();
    let is_code = capitals >= 2 && capitals == letters && digits >= 3 && text.len() >= 6 && !dated;
    plain && value.entity.is_none() && (is_mixed || is_code || is_number(value))
}

/// Words and signs that postal addresses have in the six languages.
const STREETS: [&str; 34] = [
    "street",
    " st.",
    " st,",
    "road",
    " rd",
    "avenue",
    " ave",
    "lane",
    " drive",
    "suite",
    "p.o. box",
    "straße",
    "strasse",
    "str.",
    "weg ",
    "platz ",
    "gasse",
    "rue ",
    "boulevard",
    "allée",
    "chemin ",
    "calle ",
    "avda",
    "avenida",
    "plaza ",
    "paseo ",
    "ул.",
    "улица",
    "просп",
    "кв.",
    "路",
    "街",
    "号",
    "巷",
];

/// Whether a value is a postal address.
fn is_postal(value: &Value) -> bool {
    let text = value.text.to_lowercase();
    let len = text.chars().count();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (8..=120).contains(&len)
        && (1..=12).contains(&digits)
        && !text.contains('\n')
        && STREETS.iter().any(|word| text.contains(word))
}

pub(super) fn heaviest(targets: &[Target]) -> Option<usize> {
    let key = |target: &Target| target.weight * (1.1 - target.grounding);
    (0..targets.len()).max_by(|a, b| key(&targets[*a]).total_cmp(&key(&targets[*b])).then(b.cmp(a)))
}

pub(super) fn entailment(
    verb: f64,
    grounding: f64,
    targets: &[Target],
    sink: Option<usize>,
) -> f64 {
    // Who names the place asks for something to go there, whatever the word.
    let named = sink.is_some_and(|at| targets[at].provenance.origin == Origin::User);
    // What the task's own data name is worked with in ways that nobody spells out.
    let from_data = !targets.is_empty()
        && targets
            .iter()
            .enumerate()
            .filter(|(at, t)| t.weight >= 0.5 && sink.is_none_or(|sink| sink == *at))
            .all(|(_, t)| !t.provenance.origin.is_unsourced() && t.instructed < 0.3);
    let verb = match (named, verb >= 0.5) {
        (true, true) => verb.max(0.9),
        (true, false) => verb.max(0.6),
        _ if from_data && grounding >= 0.9 => verb.max(0.6),
        _ if from_data => verb.max(0.5),
        _ => verb.max(0.2),
    };
    (verb * grounding).clamp(0.0, 1.0)
}
