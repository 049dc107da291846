//! Fills `{{…}}` placeholders in script text, each once per session.
//!
//! `{{a|b|c}}` chooses, `{{n:10-99}}` and `{{n2:10-99}}` draw a number, `{{hex:8}}` draws digits,
//! names such as `{{cust}}`, `{{order}}` or `{{today}}` come from the lists below. The same
//! placeholder gives the same value everywhere in a session, so ids agree between a call and its
//! result.

use std::collections::BTreeMap;

use super::clock;
use super::rng::Rng;

const CUSTOMERS: &[&str] = &[
    "Brightwater Ceramics",
    "Osei & Daughters",
    "Tallinn Optik",
    "Corvo Bikes",
    "Mesa Verde Seeds",
    "Linden Paper",
    "Kita Instruments",
    "Fjellro Furniture",
    "Pampa Textil",
    "Northgate Dairy",
    "Aydin Glas",
    "Rivello Coffee",
    "Sable Audio",
    "Greenfinch Toys",
    "Vantar Pumps",
];
const PEOPLE: &[&str] = &[
    "Ines Carvalho",
    "Marek Dvořák",
    "Oyelaran Ade",
    "Solveig Lund",
    "Priya Raman",
    "Tomás Quiroga",
    "Hanna Weiss",
    "Jun Watanabe",
    "Leila Haddad",
    "Pieter Maas",
    "Aoife Brennan",
    "Wanjiru Kamau",
];
const PORTS: &[&str] =
    &["Gothenburg", "Gdynia", "Rotterdam", "Felixstowe", "Bilbao", "Hamburg", "Aarhus", "Le Havre"];

/// The placeholder values of one session.
#[derive(Debug, Clone)]
pub(crate) struct Fill {
    rng: Rng,
    known: BTreeMap<String, String>,
}

impl Fill {
    /// Dates follow the session's start; `year` replaces the year the prompt shows.
    pub(crate) fn new(rng: Rng, start: i64, year: &str) -> Self {
        let real = clock::date(start);
        let (real_year, rest) = real.split_once('-').unwrap_or(("2026", "10-01"));
        let shown = if year.is_empty() { real_year } else { year };
        let mut known = BTreeMap::new();
        known.insert("today".to_owned(), format!("{shown}-{rest}"));
        known.insert("year".to_owned(), shown.to_owned());
        known.insert("real".to_owned(), real.clone());
        Self { rng, known }
    }

    /// `text` with every placeholder replaced.
    pub(crate) fn apply(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, tail)) = after.split_once("}}") else { break };
            out.push_str(before);
            out.push_str(&self.value(name));
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    fn value(&mut self, name: &str) -> String {
        if let Some(value) = self.known.get(name) {
            return value.clone();
        }
        let value = self.draw(name);
        self.known.insert(name.to_owned(), value.clone());
        value
    }

    fn draw(&mut self, name: &str) -> String {
        if name.contains('|') {
            let choices: Vec<&str> = name.split('|').collect();
            return self.rng.pick(&choices).to_owned();
        }
        if let Some((kind, range)) = name.split_once(':')
            && matches!(kind.trim_end_matches(|c: char| c.is_ascii_digit()), "n" | "hex")
        {
            return self.draw_number(kind, range);
        }
        match name.trim_end_matches(|c: char| c.is_ascii_digit()) {
            // Anything else in double braces is part of the text (templates, CI files).
            "cust" => self.rng.pick(CUSTOMERS).to_owned(),
            "person" => self.rng.pick(PEOPLE).to_owned(),
            "port" => self.rng.pick(PORTS).to_owned(),
            "order" => format!("HF-{}", self.rng.range(204_100, 291_900)),
            "ticket" => format!("FRT-{}", self.rng.range(4_100, 6_980)),
            "box" => format!("HLDU{}", self.rng.range(2_000_000, 7_999_999)),
            _ => format!("{{{{{name}}}}}"),
        }
    }

    fn draw_number(&mut self, kind: &str, range: &str) -> String {
        if kind.starts_with("hex") {
            return self.rng.hex(range.parse().unwrap_or(8));
        }
        let (low, high) = range.split_once('-').unwrap_or((range, range));
        self.rng.range(low.parse().unwrap_or(0), high.parse().unwrap_or(0)).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_keeps_its_value_and_the_year_can_be_shown_wrong() {
        let mut fill = Fill::new(Rng::new(3), clock::FIRST_DAY, "2027");
        let once = fill.apply("{{order}} {{a|b}} {{n:5-9}} {{today}} {{real}}");
        assert_eq!(once, fill.apply("{{order}} {{a|b}} {{n:5-9}} {{today}} {{real}}"));
        assert!(once.ends_with("2027-09-28 2026-09-28"), "{once}");
        assert_eq!(fill.apply("{{open"), "{{open");
    }
}
