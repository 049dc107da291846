//! The ways in which a value may be written: so that "May 1st" in a request is `2024-05-01` in a call,
//! and a base64 blob in a result the address in a command.

use super::act::Value;
use super::entity::{EntityKind, registrable};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// How close a way of writing is to the value itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Form {
    /// The value, letter case aside.
    Exact,
    /// The same value in another spelling.
    Spelled,
    /// Encoded.
    Decoded,
    /// Its host, its domain.
    Host,
    /// Its file name, the name in front of the `@`.
    Part,
    /// One of the pieces it is put together from.
    Piece,
}

impl Form {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Spelled => "spelled",
            Self::Decoded => "decoded",
            Self::Host => "host",
            Self::Part => "part",
            Self::Piece => "assembled",
        }
    }

    /// Whether it is the whole value.
    pub(crate) fn is_whole(self) -> bool {
        self <= Self::Decoded
    }
}

/// Longest value that is looked for.
const MAX_NEEDLE: usize = 400;
/// Shortest piece that is looked for by itself.
const MIN_PART: usize = 4;

/// What to look for, in lower case.
pub(crate) fn of(value: &Value) -> Vec<(Form, String)> {
    let text = value.text.trim();
    if text.is_empty() || text.len() > MAX_NEEDLE {
        return Vec::new();
    }
    let mut out = vec![(Form::Exact, text.to_lowercase())];
    let canonical = value.canonical();
    match value.kind() {
        EntityKind::Url | EntityKind::Host | EntityKind::Repository | EntityKind::Ip => {
            out.push((Form::Spelled, canonical.clone()));
            hosts(value, &mut out);
            encoded(text, &mut out);
        }
        EntityKind::Email => {
            hosts(value, &mut out);
            out.push((Form::Spelled, canonical.replace('@', " at ")));
            if let Some((name, _)) = canonical.split_once('@') {
                out.push((Form::Part, name.to_owned()));
                let spaced = name.replace(['.', '_', '-'], " ");
                out.push((Form::Part, spaced));
            }
            encoded(text, &mut out);
        }
        EntityKind::Path => {
            out.push((Form::Spelled, canonical.clone()));
            let name = canonical.rsplit('/').next().unwrap_or_default();
            out.push((Form::Part, name.to_lowercase()));
        }
        EntityKind::Phone => {
            let digits: String = canonical.chars().filter(char::is_ascii_digit).collect();
            out.push((Form::Spelled, canonical.clone()));
            out.push((Form::Spelled, digits));
        }
        EntityKind::Iban => out.push((Form::Spelled, in_fours(&canonical).to_lowercase())),
        EntityKind::Date => out.extend(dates(&canonical).into_iter().map(|d| (Form::Spelled, d))),
        EntityKind::Amount => out.extend(amounts(text).into_iter().map(|a| (Form::Spelled, a))),
        _ if text.parse::<f64>().is_ok() => {
            out.extend(amounts(text).into_iter().map(|a| (Form::Spelled, a)));
        }
        _ if text.len() > 10 && text.as_bytes()[4] == b'-' => {
            // A day with a time.
            out.extend(
                dates(&text[..text.floor_char_boundary(10)])
                    .into_iter()
                    .map(|d| (Form::Spelled, d)),
            );
        }
        _ => pieces(text, &mut out),
    }
    out.retain(|(form, needle)| {
        let shortest = if *form == Form::Exact { 1 } else { MIN_PART };
        needle.len() >= shortest
    });
    out.sort();
    out.dedup_by(|a, b| a.1 == b.1);
    out
}

/// Its host, and the part of it that somebody registered.
fn hosts(value: &Value, out: &mut Vec<(Form, String)>) {
    let Some(host) = value.host() else { return };
    out.push((Form::Host, host.to_owned()));
    let domain = registrable(host);
    if domain != host {
        out.push((Form::Host, domain.to_owned()));
    }
}

/// Parts of an identifier that people name by themselves: the account in `arn:aws:iam::123456789012:root`.
fn pieces(text: &str, out: &mut Vec<(Form, String)>) {
    if text.contains(' ') || !text.contains([':', '/', '-', '_', '.', '=']) {
        return;
    }
    if let Some((head, _)) = text.rsplit_once('/').filter(|(head, _)| head.len() >= 6) {
        out.push((Form::Part, head.to_lowercase()));
    }
    let found = text.split(|c: char| !c.is_alphanumeric()).filter(|piece| {
        let digits = piece.chars().filter(char::is_ascii_digit).count();
        piece.len() >= 5 && (digits >= 3 || piece.len() >= 7)
    });
    out.extend(found.take(8).map(|piece| (Form::Piece, piece.to_lowercase())));
}

/// Other ways to write a number: `8140.20` as `8,140.20`, `8.140,20`, `8 140,20`.
fn amounts(text: &str) -> Vec<String> {
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let (whole, cents) = digits.split_once('.').unwrap_or((&digits, ""));
    if whole.len() < 3 {
        return Vec::new();
    }
    let mut out = Vec::new();
    for (thousands, decimal) in
        [(",", "."), (".", ","), (" ", ","), ("", "."), ("", ","), ("'", ".")]
    {
        let mut grouped = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                grouped.push_str(thousands);
            }
            grouped.push(digit);
        }
        out.push(grouped.clone());
        if !cents.is_empty() {
            out.push(format!("{grouped}{decimal}{cents}"));
            let padded = if cents.len() == 1 { format!("{cents}0") } else { cents.to_owned() };
            out.push(format!("{grouped}{decimal}{padded}"));
        }
    }
    out
}

fn in_fours(account: &str) -> String {
    let chars: Vec<char> = account.chars().collect();
    chars.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// Base64 at the three offsets it may begin at, without the characters that depend on neighbours.
fn encoded(text: &str, out: &mut Vec<(Form, String)>) {
    if text.len() < 8 {
        return;
    }
    let percent: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    out.push((Form::Decoded, percent.to_lowercase()));
    for offset in 0..3 {
        let padded = [" ".repeat(offset).as_bytes(), text.as_bytes()].concat();
        let whole = STANDARD_NO_PAD.encode(&padded);
        let start = [0, 2, 3][offset];
        let end = whole.len() - [0, 2, 3][padded.len() % 3].min(whole.len() - start);
        // The search folds case, which base64 does not survive; long needles make up for it.
        out.push((Form::Decoded, whole[start..end].to_lowercase()));
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Other ways to write a day.
fn dates(day: &str) -> Vec<String> {
    let parts: Vec<u32> = day.split('-').filter_map(|part| part.parse().ok()).collect();
    let [year, month, day] = parts[..] else { return Vec::new() };
    let Some(name) = MONTHS.get((month as usize).wrapping_sub(1)) else { return Vec::new() };
    let ending = match day {
        1 | 21 | 31 => "st",
        2 | 22 => "nd",
        3 | 23 => "rd",
        _ => "th",
    };
    vec![
        format!("{year:04}-{month:02}-{day:02}"),
        format!("{name} {day}"),
        format!("{name} {day}{ending}"),
        format!("{day} {name}"),
        format!("{day}{ending} of {name}"),
        format!("{} {day}", &name[..3]),
        format!("{day:02}.{month:02}."),
        format!("{day}.{month}."),
        format!("{day:02}/{month:02}/{year}"),
        format!("{month:02}/{day:02}/{year}"),
        format!("{month}月{day}日"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::session::tools::Role;

    fn forms(text: &str) -> Vec<String> {
        of(&Value::new(Role::Sink, "to", text)).into_iter().map(|(_, form)| form).collect()
    }

    #[test]
    fn a_value_is_known_in_other_spellings() {
        assert!(forms("Mark.Black@x.example").contains(&"mark black".to_owned()));
        assert!(forms("https://a.example/p/").contains(&"a.example".to_owned()));
        assert!(forms("2024-05-01 10:00").contains(&"may 1st".to_owned()));
        assert!(
            forms("DE89370400440532013000").contains(&"de89 3704 0044 0532 0130 00".to_owned())
        );
        assert!(forms("/srv/a/notes.txt").contains(&"notes.txt".to_owned()));
    }

    #[test]
    fn base64_is_found_at_any_offset() {
        let target = "drop.box@x.example";
        for prefix in ["", "a", "ab"] {
            let blob = STANDARD_NO_PAD.encode(format!("{prefix}{target} tail")).to_lowercase();
            assert!(forms(target).iter().any(|form| blob.contains(form.as_str())), "{prefix}");
        }
    }
}
