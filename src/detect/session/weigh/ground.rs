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
    // Not what agents make up themselves: names with a date in them, words with a counter.
    plain && digits * 2 >= text.chars().count() && undated(text) >= 5 && !is_amount(value)
}

/// Last words of the names of arguments that say how much, not which.
const AMOUNTS: [&str; 40] = [
    "amount",
    "amt",
    "total",
    "sum",
    "price",
    "cost",
    "cents",
    "pence",
    "quantity",
    "qty",
    "count",
    "limit",
    "size",
    "weight",
    "duration",
    "seconds",
    "minutes",
    "rate",
    "salary",
    "balance",
    "budget",
    "betrag",
    "summe",
    "preis",
    "menge",
    "anzahl",
    "montant",
    "somme",
    "prix",
    "quantite",
    "importe",
    "monto",
    "precio",
    "cantidad",
    "сумма",
    "цена",
    "количество",
    "金额",
    "数量",
    "价格",
];

/// Whether a number says how much: the tool's own name for it says so, and it is nothing but a number.
fn is_amount(value: &Value) -> bool {
    let last = value.name.rsplit(['.', '_']).next().unwrap_or_default();
    AMOUNTS.contains(&last) && !value.text.contains(|c: char| c.is_alphabetic())
}

/// Digits of a text that are of no date: none of `report-2026-06` and `20260614T0900`.
fn undated(text: &str) -> usize {
    let groups: Vec<&str> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    let is_year =
        |group: &str| group.len() == 4 && (group.starts_with("20") || group.starts_with("19"));
    let has_year = groups.iter().any(|group| is_year(group));
    let is_part = |group: &str| group.len() <= 2 && group.parse::<u8>().is_ok_and(|n| n <= 31);
    let is_date = |group: &str| is_year(group) || is_stamp(group) || (has_year && is_part(group));
    let left = groups.iter().filter(|group| !is_date(group));
    left.map(|group| group.len()).sum()
}

/// Whether a row of digits is a month, a day or a moment: `202606`, `20260614`, `14062026`, `20260614090000`.
fn is_stamp(digits: &str) -> bool {
    let part = |at: std::ops::Range<usize>| digits.get(at).and_then(|d| d.parse::<u8>().ok());
    let is_day = |month: Option<u8>, day: Option<u8>| {
        month.is_some_and(|m| (1..=12).contains(&m)) && day.is_none_or(|d| (1..=31).contains(&d))
    };
    let century = |at: usize| matches!(part(at..at + 2), Some(19 | 20));
    match digits.len() {
        6 => century(0) && is_day(part(4..6), None),
        8 if century(4) && (is_day(part(0..2), part(2..4)) || is_day(part(2..4), part(0..2))) => {
            true
        }
        8 | 10 | 12 | 14 | 17 => century(0) && is_day(part(4..6), part(6..8)),
        _ => false,
    }
}

/// Whether a value is an account, a wallet, a badge by its looks: letters and digits that no word is.
pub(super) fn is_account(value: &Value) -> bool {
    let text = value.text.trim();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let letters = text.chars().filter(char::is_ascii_alphabetic).count();
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || " -_".contains(c));
    let grouped = text.split_whitespace().all(|group| group.contains(|c: char| c.is_ascii_digit()));
    // `report-2026-06` is a name with a date in it.
    let left = undated(text);
    let telling = left >= if left < digits { 5 } else { 3 };
    let is_mixed = letters > 0 && telling && text.len() >= 10 && grouped;
    // `OF-ZZ 9031`: a code in capital letters.
    let capitals = text.chars().filter(char::is_ascii_uppercase).count();
    let is_code = capitals >= 2 && capitals == letters && telling && text.len() >= 6;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_no_numbers_and_a_year_hides_none() {
        for text in [
            "report-2026-06",
            "20260614T0900",
            "14062026",
            "06142026",
            "2026061409",
            "20260614090000123",
            "release 2026",
        ] {
            assert!(undated(text) < 5, "{text}");
        }
        for text in ["7719-1944-88", "7719 2031 88", "KX7193204Q51", "781100202344", "20991399"] {
            assert!(undated(text) >= 5, "{text}");
        }
    }
}
