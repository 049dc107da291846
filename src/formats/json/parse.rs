//! Text to [`Json`], one pass, no backtracking.

use super::{Json, Notes};
use std::borrow::Cow;

/// Deepest nesting that is read.
pub const MAX_DEPTH: usize = 512;

/// Why a text is not JSON, with the byte where reading stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The text ends inside a value.
    Eof(usize),
    /// Something else was expected at this byte.
    Syntax(usize, &'static str),
    /// Nested deeper than [`MAX_DEPTH`].
    Depth(usize),
}

type Parsed<T> = Result<T, Fault>;

/// Reads exactly one value; white space may surround it.
///
/// # Errors
/// A [`Fault`] if `text` is not one JSON value, even by the lenient rules of this module.
pub fn parse(text: &str) -> Result<(Json<'_>, Notes), Fault> {
    let (value, used, notes) = parse_prefix(text)?;
    match text.as_bytes()[used..].iter().position(|b| !b.is_ascii_whitespace()) {
        None => Ok((value, notes)),
        Some(at) => Err(Fault::Syntax(used + at, "expected the end of the value")),
    }
}

/// Reads the value at the start of `text` and says how many bytes it used.
///
/// # Errors
/// A [`Fault`] if no value stands there.
pub fn parse_prefix(text: &str) -> Result<(Json<'_>, usize, Notes), Fault> {
    let mut parser = Parser { text, bytes: text.as_bytes(), at: 0, notes: Notes::default() };
    parser.skip_space();
    let value = parser.value(0)?;
    Ok((value, parser.at, parser.notes))
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    notes: Notes,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Parsed<Json<'a>> {
        match self.peek() {
            None => Err(Fault::Eof(self.at)),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Json::String(self.string()?)),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(b'-' | b'0'..=b'9' | b'N' | b'I') => self.number(),
            Some(_) => Err(Fault::Syntax(self.at, "expected a value")),
        }
    }

    fn word(&mut self, word: &'static str, value: Json<'a>) -> Parsed<Json<'a>> {
        let rest = &self.bytes[self.at..];
        if rest.starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(value)
        } else if word.as_bytes().starts_with(rest) {
            Err(Fault::Eof(self.bytes.len()))
        } else {
            Err(Fault::Syntax(self.at, "expected true, false or null"))
        }
    }

    fn number(&mut self) -> Parsed<Json<'a>> {
        let start = self.at;
        let rest = &self.bytes[start..];
        for word in ["NaN", "Infinity", "-Infinity"] {
            if rest.starts_with(word.as_bytes()) {
                self.at += word.len();
                self.notes.nonfinite_number = true;
                return Ok(Json::Number(self.slice(start, self.at)));
            }
        }
        while matches!(self.peek(), Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) {
            self.at += 1;
        }
        let digits = &self.bytes[start..self.at];
        match check_number(digits) {
            true => {
                let number = self.slice(start, self.at);
                let may_overflow =
                    digits.len() > 300 || memchr::memchr2(b'e', b'E', digits).is_some();
                if may_overflow && number.parse().is_ok_and(f64::is_infinite) {
                    self.notes.nonfinite_number = true;
                }
                Ok(Json::Number(number))
            }
            false if self.at == self.bytes.len() => Err(Fault::Eof(self.at)),
            false => Err(Fault::Syntax(start, "expected a number")),
        }
    }

    /// Both ends are at ASCII bytes or string delimiters, so they are character boundaries.
    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    fn string(&mut self) -> Parsed<Cow<'a, str>> {
        self.at += 1;
        let start = self.at;
        let rest = &self.bytes[start..];
        let Some(step) = memchr::memchr2(b'"', b'\\', rest) else {
            return Err(Fault::Eof(self.bytes.len()));
        };
        self.note_controls(&rest[..step]);
        self.at += step;
        if rest[step] == b'\\' {
            return self.escaped_string(start);
        }
        self.at += 1;
        Ok(Cow::Borrowed(self.slice(start, start + step)))
    }

    fn note_controls(&mut self, run: &[u8]) {
        self.notes.lenient_json |= run.iter().any(|&b| b < 0x20);
    }

    fn escaped_string(&mut self, start: usize) -> Parsed<Cow<'a, str>> {
        let mut text = String::from(self.slice(start, self.at));
        loop {
            match self.peek() {
                None => return Err(Fault::Eof(self.at)),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(text));
                }
                Some(b'\\') => self.escape(&mut text)?,
                Some(_) => self.plain_run(&mut text),
            }
        }
    }

    /// Copies up to the next quote or backslash.
    fn plain_run(&mut self, text: &mut String) {
        let rest = &self.bytes[self.at..];
        let step = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
        let run = self.slice(self.at, self.at + step);
        self.note_controls(run.as_bytes());
        text.push_str(run);
        self.at += step;
    }

    fn escape(&mut self, text: &mut String) -> Parsed<()> {
        let Some(&code) = self.bytes.get(self.at + 1) else {
            return Err(Fault::Eof(self.bytes.len()));
        };
        self.at += 2;
        let plain = match code {
            b'"' | b'\\' | b'/' => char::from(code),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unicode_escape()?,
            _ => return Err(Fault::Syntax(self.at - 1, "unknown escape in a string")),
        };
        text.push(plain);
        Ok(())
    }

    fn unicode_escape(&mut self) -> Parsed<char> {
        let first = self.hex4(self.at)?;
        self.at += 4;
        if !(0xD800..0xE000).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let paired = first < 0xDC00 && self.bytes[self.at..].starts_with(b"\\u");
        if paired {
            let second = self.hex4(self.at + 2)?;
            if (0xDC00..0xE000).contains(&second) {
                self.at += 6;
                let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        self.notes.lone_surrogate = true;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex4(&self, at: usize) -> Parsed<u32> {
        let Some(digits) = self.bytes.get(at..at + 4) else {
            return Err(Fault::Eof(self.bytes.len()));
        };
        let mut code = 0;
        for digit in digits {
            let value = char::from(*digit).to_digit(16);
            code = code * 16 + value.ok_or(Fault::Syntax(at, "expected four hex digits"))?;
        }
        Ok(code)
    }

    fn array(&mut self, depth: usize) -> Parsed<Json<'a>> {
        self.enter(depth)?;
        let mut items = Vec::new();
        if self.closed(b']')? {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.ends(b']')? {
                return Ok(Json::Array(items));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Parsed<Json<'a>> {
        self.enter(depth)?;
        let mut entries: Vec<(Cow<'a, str>, Json<'a>)> = Vec::new();
        if self.closed(b'}')? {
            return Ok(Json::Object(entries));
        }
        loop {
            let key = self.key()?;
            entries.push((key, self.value(depth + 1)?));
            if self.ends(b'}')? {
                self.note_duplicates(&entries);
                return Ok(Json::Object(entries));
            }
        }
    }

    /// A key, its colon and the space around them.
    fn key(&mut self) -> Parsed<Cow<'a, str>> {
        if self.peek() != Some(b'"') {
            return Err(Fault::Syntax(self.at, "expected a key in quotes"));
        }
        let key = self.string()?;
        self.skip_space();
        match self.peek() {
            None => Err(Fault::Eof(self.at)),
            Some(b':') => {
                self.at += 1;
                self.skip_space();
                Ok(key)
            }
            Some(_) => Err(Fault::Syntax(self.at, "expected a colon")),
        }
    }

    fn enter(&mut self, depth: usize) -> Parsed<()> {
        if depth >= MAX_DEPTH {
            return Err(Fault::Depth(self.at));
        }
        self.at += 1;
        Ok(())
    }

    /// Consumes the closing bracket if it is next.
    fn closed(&mut self, bracket: u8) -> Parsed<bool> {
        self.skip_space();
        match self.peek() {
            None => Err(Fault::Eof(self.at)),
            Some(byte) if byte == bracket => {
                self.at += 1;
                Ok(true)
            }
            Some(_) => Ok(false),
        }
    }

    /// After an element: true at the closing bracket, false after a comma. A bracket right
    /// after the comma is noted and accepted.
    fn ends(&mut self, bracket: u8) -> Parsed<bool> {
        if self.closed(bracket)? {
            return Ok(true);
        }
        if self.peek() != Some(b',') {
            return Err(Fault::Syntax(self.at, "expected a comma or a closing bracket"));
        }
        self.at += 1;
        let trailing = self.closed(bracket)?;
        self.notes.lenient_json |= trailing;
        Ok(trailing)
    }

    fn note_duplicates(&mut self, entries: &[(Cow<'a, str>, Json<'a>)]) {
        if self.notes.duplicate_keys || entries.len() < 2 {
            return;
        }
        self.notes.duplicate_keys = if entries.len() <= 24 {
            entries
                .iter()
                .enumerate()
                .any(|(i, (key, _))| entries[..i].iter().any(|(other, _)| other == key))
        } else {
            let mut keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_ref()).collect();
            keys.sort_unstable();
            keys.windows(2).any(|pair| pair[0] == pair[1])
        };
    }
}

/// The grammar of RFC 8259, section 6.
fn check_number(bytes: &[u8]) -> bool {
    let digits = |at: usize| bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && bytes[at] == b'0') {
        return false;
    }
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return false;
        }
        at += 1 + fraction;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = if at <= bytes.len() { digits(at) } else { 0 };
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == bytes.len()
}
