//! What is wrong with a rule file, for people: a code, the place, what and what to do.

use std::fmt;

/// What a diagnostic is about. The code is stable; messages are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// The file cannot be read.
    Io,
    /// Not YAML, or not a Sigma rule.
    Syntax,
    /// A field that events do not have.
    UnknownField,
    /// A selection that the condition names is missing, or one that it never uses.
    Selection,
    /// Sigma that is not supported here; never ignored.
    Unsupported,
    /// A pattern or modifier that does not compile.
    Pattern,
    /// A missing or wrong rule attribute.
    Attribute,
    /// Two rules with one id.
    Duplicate,
    /// A shipped rule without enough cases, or a case that cannot be read.
    Cases,
    /// Nothing to search for beforehand: every event pays for the rule.
    NoLiteral,
}

impl Code {
    /// The stable code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Io => "RULE001",
            Self::Syntax => "RULE002",
            Self::UnknownField => "RULE003",
            Self::Selection => "RULE004",
            Self::Unsupported => "RULE005",
            Self::Pattern => "RULE006",
            Self::Attribute => "RULE007",
            Self::Duplicate => "RULE008",
            Self::Cases => "RULE009",
            Self::NoLiteral => "RULE010",
        }
    }

    /// Whether a rule with it still loads.
    #[must_use]
    pub fn is_warning(self) -> bool {
        matches!(self, Self::NoLiteral)
    }
}

/// One thing that is wrong with one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// File as given, or the path in the shipped pack.
    pub file: String,
    /// 1-based line, where it is known.
    pub line: Option<usize>,
    /// What it is about.
    pub code: Code,
    /// What is wrong.
    pub what: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        let severity = if self.code.is_warning() { "warning" } else { "error" };
        write!(f, ": {severity}[{}]: {}", self.code.as_str(), self.what)?;
        if !self.hint.is_empty() {
            write!(f, "\n  hint: {}", self.hint)?;
        }
        Ok(())
    }
}

/// Collects what is wrong with one file.
pub(super) struct Report<'a> {
    file: &'a str,
    text: &'a str,
    /// Everything found so far.
    pub(super) found: Vec<Diagnostic>,
}

impl<'a> Report<'a> {
    /// A report on `text`, the content of `file`.
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, found: Vec::new() }
    }

    /// Adds a diagnostic at the first line that has `near` in it.
    pub(super) fn add(&mut self, code: Code, near: &str, what: String, hint: impl Into<String>) {
        let line = self.line_of(near).or_else(|| line_in_message(&what));
        let hint = hint.into();
        self.found.push(Diagnostic { file: self.file.to_owned(), line, code, what, hint });
    }

    /// Whether any of them keeps the rule from loading.
    pub(super) fn is_fatal(&self) -> bool {
        self.found.iter().any(|diagnostic| !diagnostic.code.is_warning())
    }

    fn line_of(&self, near: &str) -> Option<usize> {
        if near.is_empty() {
            return None;
        }
        self.text.lines().position(|line| line.contains(near)).map(|index| index + 1)
    }
}

/// YAML errors carry their place as text: `… at line 7 column 3`.
fn line_in_message(message: &str) -> Option<usize> {
    let rest = message.split(" line ").nth(1)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The known name nearest to `name`, if one is near enough to be a slip of the finger.
pub(super) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let limit = (name.chars().count() / 3).max(1) + 1;
    let mut near: Vec<(usize, &str)> = known
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| {
            *distance <= limit || (name.len() > 3 && candidate.contains(name))
        })
        .collect();
    near.sort_unstable();
    near.truncate(3);
    near.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Levenshtein distance, case-insensitive; names are short.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().take(64).enumerate() {
        let mut diagonal = i;
        let mut left_cell = i + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(&right) {
            let same = a.eq_ignore_ascii_case(b);
            let cost = (diagonal + usize::from(!same)).min(left_cell + 1).min(*cell + 1);
            diagonal = *cell;
            left_cell = cost;
            *cell = cost;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name() {
        let names = ["tool_name", "content", "command", "user_id"];
        assert_eq!(nearest("toolname", names.into_iter()), ["tool_name"]);
        assert_eq!(nearest("contents", names.into_iter()), ["content"]);
        assert!(nearest("zzzzzzzz", names.into_iter()).is_empty());
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn a_diagnostic_points_at_its_line() {
        let mut report = Report::new("a.yml", "title: x\ncontnt: y\n");
        report.add(Code::UnknownField, "contnt", "unknown field contnt".into(), "use content");
        assert_eq!(
            report.found.first().map(ToString::to_string).as_deref(),
            Some("a.yml:2: error[RULE003]: unknown field contnt\n  hint: use content")
        );
        assert!(report.is_fatal());
        assert_eq!(line_in_message("bad at line 7 column 3"), Some(7));
    }
}
