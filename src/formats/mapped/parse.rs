//! The text of a mapping to a [`Mapping`].
//!
//! ```text
//! mapping = entry, { ("," | line end), entry }      # to the end of a line is a comment
//! entry   = target, "=", place, { "//", place }
//! place   = ["$"], ".", …                           as in `path`
//!         | '"', a constant as in JSON, '"'
//! ```
//!
//! What is wrong is said with its column, what was expected, and what to write instead.

use super::mapping::{Alternative, Mapping, Source};
use super::path::{MAX_STEPS, Path, Step, is_plain};
use super::target::Target;
use crate::formats::{Json, json};
use std::fmt;
use std::str::FromStr;

/// A mapping is written by hand.
const MAX_LEN: usize = 64 << 10;
/// Places where one target may be found.
const MAX_ALTERNATIVES: usize = 16;

/// What is wrong with the text of a mapping, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct MapError {
    /// 1-based line.
    pub line: usize,
    /// 1-based column, in characters.
    pub column: usize,
    /// Whether the text has more than one line.
    pub has_lines: bool,
    /// What is wrong and what to do.
    pub what: String,
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.has_lines {
            write!(f, "line {}, ", self.line)?;
        }
        write!(f, "column {}: {}", self.column, self.what)
    }
}

impl FromStr for Mapping {
    type Err = MapError;

    fn from_str(text: &str) -> Result<Self, MapError> {
        let mut scanner = Scanner { text, at: 0 };
        if text.len() > MAX_LEN {
            return Err(scanner.wrong(0, format!("longer than {MAX_LEN} bytes")));
        }
        let mut mapping = Self::default();
        scanner.skip_separators();
        while !scanner.rest().is_empty() {
            scanner.entry(&mut mapping)?;
            scanner.separator()?;
        }
        check(&mapping).map_err(|what| scanner.wrong(scanner.at, what))?;
        Ok(mapping)
    }
}

/// What only the whole can be wrong with.
fn check(mapping: &Mapping) -> Result<(), String> {
    let has = |target| mapping.entries.contains_key(&target);
    if !mapping.entries.keys().any(|target| target.says()) {
        return Err(
            "nothing that is said: give at least one of content (with role), system, user, \
                    reasoning, assistant, tool_name, tool_arguments, tool_result"
                .to_owned(),
        );
    }
    if let Some(target) = mapping.mixed() {
        return Err(format!(
            "`{}` is looked for in each message and, with `$`, in the record; give one or the other",
            target.name()
        ));
    }
    match (has(Target::Role), has(Target::Content)) {
        (true, false) => Err("`role` without `content`; add content=.PATH".to_owned()),
        (false, true) => {
            Err("`content` without `role`; add role=.PATH, or say who speaks: role=\"assistant\""
                .to_owned())
        }
        _ => Ok(()),
    }
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scanner<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn eat(&mut self, token: &str) -> bool {
        let eaten = self.rest().starts_with(token);
        if eaten {
            self.at += token.len();
        }
        eaten
    }

    fn eat_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let len = rest.find(|ch| !wanted(ch)).unwrap_or(rest.len());
        self.at += len;
        rest.get(..len).unwrap_or_default()
    }

    /// Spaces, and a comment up to the end of its line. A `#` right behind a path is none: it may
    /// be meant as a part of it.
    fn skip_blank(&mut self) {
        self.eat_while(|ch| ch.is_whitespace() && ch != '\n');
        let before = self.text.get(..self.at).unwrap_or_default().chars().next_back();
        let apart = before.is_none_or(|ch| ch.is_whitespace() || ch == ',');
        if apart && self.peek() == Some('#') {
            self.eat_while(|ch| ch != '\n');
        }
    }

    fn skip_separators(&mut self) {
        loop {
            self.skip_blank();
            if !self.eat(",") && !self.eat("\n") {
                return;
            }
        }
    }

    fn separator(&mut self) -> Result<(), MapError> {
        self.skip_blank();
        match self.peek() {
            None => Ok(()),
            Some(',' | '\n') => {
                self.skip_separators();
                Ok(())
            }
            Some(_) => Err(self.expected(
                "a comma or the end; a key with other characters than letters, digits, _, - and @ \
                 needs quotes: .\"such a key\"",
            )),
        }
    }

    fn wrong(&self, at: usize, what: impl Into<String>) -> MapError {
        let before = self.text.get(..at).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        MapError {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            has_lines: self.text.trim_end().contains('\n'),
            what: what.into(),
        }
    }

    fn expected(&self, what: &str) -> MapError {
        let found = match self.peek() {
            None | Some('\n') => "it ends here".to_owned(),
            Some(ch) => format!("found `{}`", ch.escape_debug()),
        };
        self.wrong(self.at, format!("expected {what}; {found}"))
    }

    fn entry(&mut self, mapping: &mut Mapping) -> Result<(), MapError> {
        let start = self.at;
        let name = self.eat_while(|ch| ch.is_alphanumeric() || ch == '_');
        if name.is_empty() {
            return Err(self.expected(&format!("a target ({})", Target::all_names())));
        }
        let Some(target) = Target::parse(name) else {
            let what = format!("unknown target `{name}`; there are {}", Target::all_names());
            return Err(self.wrong(start, what));
        };
        self.skip_blank();
        if !self.eat("=") {
            return Err(self.expected(&format!("`=` and a path, as in {name}=.key")));
        }
        let source = self.source(target)?;
        if mapping.entries.insert(target, source).is_some() {
            let name = target.name();
            let what = format!("`{name}` is given twice; alternatives are {name}=.one//.other");
            return Err(self.wrong(start, what));
        }
        Ok(())
    }

    fn source(&mut self, target: Target) -> Result<Source, MapError> {
        let mut alternatives = Vec::new();
        loop {
            self.skip_blank();
            if alternatives.len() >= MAX_ALTERNATIVES {
                let what = format!("more than {MAX_ALTERNATIVES} alternatives");
                return Err(self.wrong(self.at, what));
            }
            alternatives.push(self.alternative(target)?);
            self.skip_blank();
            if !self.eat("//") {
                return Ok(Source(alternatives));
            }
        }
    }

    fn alternative(&mut self, target: Target) -> Result<Alternative, MapError> {
        match self.peek() {
            Some('.' | '$') => self.path().map(Alternative::Path),
            Some('"') if target.may_be_constant() => self.text().map(Alternative::Text),
            Some('"') => {
                let what = format!(
                    "`{}` cannot be a constant, for no record says it; give a path, as in .key",
                    target.name()
                );
                Err(self.wrong(self.at, what))
            }
            _ if target.may_be_constant() => {
                Err(self.expected("a path like .key or a constant in double quotes"))
            }
            _ => Err(self.expected("a path like .key, .key[].other or $.key")),
        }
    }

    /// A text in double quotes, as JSON writes it.
    fn text(&mut self) -> Result<String, MapError> {
        let start = self.at;
        let rest = self.rest();
        let mut escaped = false;
        let end = rest.char_indices().skip(1).find(|(_, ch)| {
            let ends = *ch == '"' && !escaped;
            escaped = *ch == '\\' && !escaped;
            ends
        });
        let Some(literal) = end.and_then(|(end, _)| rest.get(..=end)) else {
            return Err(self.wrong(start, "the text that begins here has no closing quote"));
        };
        self.at += literal.len();
        match json::parse(literal) {
            Ok((Json::String(text), _)) => Ok(text.into_owned()),
            _ => Err(self.wrong(start, "not a text as JSON writes it; a backslash is \\\\")),
        }
    }

    fn path(&mut self) -> Result<Path, MapError> {
        let mut path = Path { from_record: self.eat("$"), steps: Vec::new() };
        if self.peek() != Some('.') && !(path.from_record && self.peek() == Some('[')) {
            return Err(self.expected("a dot and a key, as in $.key"));
        }
        let mut first = true;
        while let Some(step) = self.step(first)? {
            first = false;
            path.steps.extend(step);
            if path.steps.len() > MAX_STEPS {
                return Err(self.wrong(self.at, format!("more than {MAX_STEPS} steps")));
            }
        }
        Ok(path)
    }

    /// The next step; `Some(None)` for the dot alone that means the whole, or stands before a
    /// bracket.
    fn step(&mut self, first: bool) -> Result<Option<Option<Step>>, MapError> {
        if self.eat("[") {
            return self.bracket().map(|step| Some(Some(step)));
        }
        if !self.eat(".") {
            return Ok(None);
        }
        if self.peek() == Some('"') {
            return self.text().map(|key| Some(Some(Step::Key(key))));
        }
        let key = self.eat_while(is_plain);
        match key {
            "" if first || self.peek() == Some('[') => Ok(Some(None)),
            "" => Err(self.expected("a key after the dot, or a key in double quotes")),
            key => Ok(Some(Some(Step::Key(key.to_owned())))),
        }
    }

    /// What stands behind `[`.
    fn bracket(&mut self) -> Result<Step, MapError> {
        let start = self.at;
        let step = match self.peek() {
            Some(']') => Step::Each,
            Some('"') => Step::Key(self.text()?),
            _ => {
                let digits = self.eat_while(|ch| ch.is_ascii_digit() || ch == '-');
                let wrong = "expected a number, as in [0], or [] for every element";
                Step::Index(digits.parse().map_err(|_| self.wrong(start, wrong))?)
            }
        };
        if self.eat("]") { Ok(step) } else { Err(self.expected("`]`")) }
    }
}
