//! The arguments of a tool call as a person would read them.
//!
//! Arguments are logged as JSON text, so a command inside them is full of escapes and a rule
//! would have to know them. Here string escapes are undone while keys and structure stay, each
//! byte of the readable text knows where it came from in the raw one, and the values that are
//! commands, paths or addresses are marked. Broken JSON is read as far as it goes; text that
//! is no JSON at all counts as one command.

use std::ops::Range;

/// Keys whose value is something to run.
const COMMAND_KEYS: &[&str] =
    &["command", "cmd", "commands", "script", "code", "shell", "bash", "command_line", "cmdline"];
/// Keys whose value is a path.
const PATH_KEYS: &[&str] = &[
    "file_path",
    "path",
    "paths",
    "filename",
    "file_name",
    "filepath",
    "file",
    "target_file",
    "notebook_path",
    "output_path",
    "destination",
];
/// Keys whose value is an address.
const URL_KEYS: &[&str] = &[
    "url",
    "urls",
    "uri",
    "link",
    "endpoint",
    "href",
    "webhook",
    "webhook_url",
    "callback_url",
    "base_url",
];

/// Readable arguments with the way back to the raw text.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    /// The readable text.
    pub(super) text: String,
    /// Values that are run.
    pub(super) commands: Vec<Range<usize>>,
    /// Values that are paths.
    pub(super) paths: Vec<Range<usize>>,
    /// Values that are addresses, and any web address in the text.
    pub(super) urls: Vec<Range<usize>>,
    /// From each readable offset on (until the next) raw offset = readable + difference.
    shifts: Vec<(usize, usize)>,
}

impl Arguments {
    /// Reads raw argument text.
    pub(super) fn read(raw: &str) -> Self {
        let mut reader = Reader { raw, ..Reader::default() };
        if matches!(raw.trim_start().as_bytes().first(), Some(b'{' | b'[' | b'"')) {
            reader.json();
        } else {
            reader.out.text.push_str(raw);
            reader.out.commands.push(0..raw.len());
        }
        let mut out = reader.out;
        out.find_urls();
        out
    }

    /// The raw span of a readable one.
    pub(super) fn raw_span(&self, span: Range<usize>) -> Range<usize> {
        self.raw_offset(span.start)..self.raw_offset(span.end)
    }

    fn raw_offset(&self, offset: usize) -> usize {
        let after = self.shifts.partition_point(|(from, _)| *from <= offset);
        match after.checked_sub(1).and_then(|index| self.shifts.get(index)) {
            Some((_, shift)) => offset + shift,
            None => offset,
        }
    }

    fn find_urls(&mut self) {
        let mut from = 0;
        while let Some(found) = self.text.get(from..).and_then(|rest| rest.find("://")) {
            let at = from + found;
            let head = self.text.get(..at).unwrap_or_default();
            let start = head
                .char_indices()
                .rev()
                .take_while(|(_, c)| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
                .last()
                .map_or(at, |(index, _)| index);
            let tail = self.text.get(at + 3..).unwrap_or_default();
            let stop = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>');
            let end = at + 3 + tail.find(stop).unwrap_or(tail.len());
            if start < at {
                self.urls.push(start..end);
            }
            from = end;
        }
    }
}

/// What a value that is being read is for.
#[derive(Clone, Copy)]
enum Use {
    Command,
    Path,
    Url,
}

#[derive(Default)]
struct Reader<'a> {
    raw: &'a str,
    at: usize,
    out: Arguments,
    /// Open containers: whether it is an object, and the marked value it lies in.
    open: Vec<(bool, Option<(Use, usize)>)>,
    /// Whether the next string is a key.
    key_next: bool,
    /// The key just read asks for its value to be marked.
    pending: Option<Use>,
    /// Start of the marked value that is being read.
    value: Option<(Use, usize)>,
}

impl Reader<'_> {
    fn json(&mut self) {
        while let Some(byte) = self.raw.as_bytes().get(self.at).copied() {
            match byte {
                b'"' => self.string(),
                b'{' | b'[' => {
                    self.begin_value();
                    self.copy_char();
                    let value = self.value.take();
                    self.open.push((byte == b'{', value));
                    self.key_next = byte == b'{';
                }
                b'}' | b']' => {
                    self.end_value();
                    self.copy_char();
                    self.value = self.open.pop().and_then(|(_, value)| value);
                    self.key_next = false;
                }
                b',' => {
                    self.end_value();
                    self.copy_char();
                    self.key_next = self.open.last().is_some_and(|(object, _)| *object);
                }
                _ => {
                    if !byte.is_ascii_whitespace() && byte != b':' {
                        self.begin_value();
                    }
                    self.copy_char();
                }
            }
        }
        self.end_value();
    }

    fn copy_char(&mut self) {
        if let Some(c) = self.raw.get(self.at..).and_then(|rest| rest.chars().next()) {
            self.out.text.push(c);
            self.at += c.len_utf8();
        } else {
            self.at += 1;
        }
    }

    fn begin_value(&mut self) {
        if let Some(purpose) = self.pending.take() {
            self.value = Some((purpose, self.out.text.len()));
        }
    }

    fn end_value(&mut self) {
        if let Some((purpose, start)) = self.value.take() {
            self.mark(purpose, start..self.out.text.len());
        }
    }

    fn mark(&mut self, purpose: Use, span: Range<usize>) {
        match purpose {
            Use::Command => self.out.commands.push(span),
            Use::Path => self.out.paths.push(span),
            Use::Url => self.out.urls.push(span),
        }
    }

    /// One string, quotes included; escapes are undone.
    fn string(&mut self) {
        self.copy_char();
        let start = self.out.text.len();
        while let Some(rest) = self.raw.get(self.at..) {
            let plain = rest.bytes().take_while(|b| !matches!(b, b'"' | b'\\')).count();
            self.out.text.push_str(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            match self.raw.as_bytes().get(self.at) {
                Some(b'\\') => self.escape(),
                _ => break,
            }
        }
        let end = self.out.text.len();
        self.copy_char();
        if self.key_next {
            self.key_next = false;
            let key = self.out.text.get(start..end).unwrap_or_default();
            self.pending = purpose_of(key);
        } else if let Some(purpose) = self.pending.take() {
            self.mark(purpose, start..end);
        }
    }

    fn escape(&mut self) {
        let rest = self.raw.get(self.at..).unwrap_or_default();
        let (c, used) = match rest.as_bytes().get(1) {
            Some(b'n') => ('\n', 2),
            Some(b't') => ('\t', 2),
            Some(b'r') => ('\r', 2),
            Some(b'b') => ('\u{8}', 2),
            Some(b'f') => ('\u{c}', 2),
            Some(b'u') => unicode_escape(rest),
            Some(byte @ (b'"' | b'\\' | b'/')) => (char::from(*byte), 2),
            _ => ('\\', 1),
        };
        self.out.text.push(c);
        self.at += used;
        self.out.shifts.push((self.out.text.len(), self.at.saturating_sub(self.out.text.len())));
    }
}

fn purpose_of(key: &str) -> Option<Use> {
    let among = |keys: &[&str]| keys.iter().any(|known| known.eq_ignore_ascii_case(key));
    if among(COMMAND_KEYS) {
        Some(Use::Command)
    } else if among(PATH_KEYS) {
        Some(Use::Path)
    } else if among(URL_KEYS) {
        Some(Use::Url)
    } else {
        None
    }
}

/// The character of a `\uXXXX` escape, a surrogate pair included, and the bytes it took. No
/// character is longer than its escape, so readable text only shrinks.
fn unicode_escape(rest: &str) -> (char, usize) {
    let unit = |at: usize| rest.get(at..at + 4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    let Some(first) = unit(2) else { return ('\\', 1) };
    if (0xD800..0xDC00).contains(&first)
        && rest.get(6..8) == Some("\\u")
        && let Some(second) = unit(8).filter(|low| (0xDC00..0xE000).contains(low))
    {
        let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12);
    }
    (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn marked<'a>(arguments: &'a Arguments, spans: &[Range<usize>]) -> Vec<&'a str> {
        spans.iter().map(|span| &arguments.text[span.clone()]).collect()
    }

    #[test]
    fn values_are_unescaped_and_marked_at_any_depth() {
        let raw = r#"{"a":{"cmd":"echo \"x\"\nls"},"path":"/tmp/\u00e9","n":1,"url":"http://h/p"}"#;
        let arguments = Arguments::read(raw);
        assert_eq!(marked(&arguments, &arguments.commands), ["echo \"x\"\nls"]);
        assert_eq!(marked(&arguments, &arguments.paths), ["/tmp/é"]);
        assert_eq!(arguments.urls.len(), 2, "by key and by shape");
        let at = arguments.text.find("ls\"").unwrap();
        let span = arguments.raw_span(at..at + 2);
        assert_eq!(&raw[span], "ls");
    }

    #[test]
    fn a_list_of_words_is_one_command() {
        let arguments = Arguments::read(r#"{"command":["bash","-lc","curl x | sh"],"t":3}"#);
        assert_eq!(marked(&arguments, &arguments.commands), [r#"["bash","-lc","curl x | sh"]"#]);
    }

    #[test]
    fn plain_text_is_a_command() {
        let arguments = Arguments::read("ls -la https://example.org/x y");
        assert_eq!(marked(&arguments, &arguments.commands), [&arguments.text]);
        assert_eq!(marked(&arguments, &arguments.urls), ["https://example.org/x"]);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(raw in "[{\\[]?[\\x00-\\x7Fäß字😀\\\\u\"]{0,60}") {
            let arguments = Arguments::read(&raw);
            for span in arguments.commands.iter().chain(&arguments.paths).chain(&arguments.urls) {
                prop_assert!(arguments.text.get(span.clone()).is_some());
            }
            let whole = arguments.raw_span(0..arguments.text.len());
            prop_assert!(whole.end <= raw.len());
        }

        #[test]
        fn what_json_escapes_is_read_back(text in "\\PC{0,40}") {
            let raw = serde_json::json!({ "command": text }).to_string();
            let arguments = Arguments::read(&raw);
            prop_assert_eq!(marked(&arguments, &arguments.commands), vec![text.as_str()]);
        }
    }
}
