//! Calls in the actions of R-Judge, which its authors wrote in many ways.
//!
//! `Tool: {…}`, `Tool{…}`, `{Tool: {…}}`, `Tool\nAction Input: {…}`, `Tool(…)`, a block of shell or
//! Python code, and AutoGPT's `"command": {"name": …, "args": …}`. Anything else that the
//! environment answers is a call without a name (`press [Yes]`); what it does not answer is
//! something said. Arguments stay as written.

use crate::formats::json::parse_prefix;

/// A call as it is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call<'a> {
    /// Name of the tool; empty if none is written.
    pub(super) name: &'a str,
    /// What it is called with.
    pub(super) arguments: &'a str,
    /// Whether the arguments are meant to be JSON.
    pub(super) json: bool,
}

/// Longest name of a tool.
const MAX_NAME: usize = 64;
/// Languages whose code is run rather than shown.
const RUN: [&str; 7] = ["bash", "sh", "shell", "zsh", "powershell", "cmd", "python"];

/// The call in an action, if it is one.
pub(super) fn parse(action: &str, answered: bool) -> Option<Call<'_>> {
    let text = action.trim();
    if text.starts_with("Final Answer") {
        return None;
    }
    named(text, answered)
        .or_else(|| wrapped(text))
        .or_else(|| command(text))
        .or_else(|| code(text))
        .or_else(|| answered.then_some(Call { name: "", arguments: text, json: false }))
}

/// A name, and arguments in brackets, which the author of a call may have forgotten to close.
fn named(text: &str, answered: bool) -> Option<Call<'_>> {
    let end = text.find(|ch: char| !(ch.is_alphanumeric() || matches!(ch, '_' | '.' | '-')))?;
    let (name, rest) = text.split_at(end);
    if !name.starts_with(char::is_alphabetic) || name.len() > MAX_NAME {
        return None;
    }
    let rest = rest.trim_start();
    if let Some(inside) = rest.strip_prefix('(') {
        // A sentence may go on behind the brackets; a call does not.
        let closed = inside.trim_end().strip_suffix(')');
        let arguments = closed.or_else(|| answered.then_some(inside))?;
        return Some(Call { name, arguments, json: false });
    }
    let inputs = ["Action Input", "Input"];
    let rest = inputs.iter().find_map(|input| rest.strip_prefix(input)).unwrap_or(rest);
    let rest = rest.trim_start();
    let arguments = alone(rest.strip_prefix(':').unwrap_or(rest).trim());
    arguments.starts_with('{').then_some(Call { name, arguments, json: is_json(arguments) })
}

/// Without closing brackets that belong to something around the arguments.
fn alone(arguments: &str) -> &str {
    let value =
        parse_prefix(arguments).ok().and_then(|(_, len, _)| arguments.split_at_checked(len));
    match value {
        Some((value, rest)) if rest.chars().all(|ch| ch == '}' || ch.is_whitespace()) => value,
        _ => arguments,
    }
}

/// Python writes its dictionaries with single quotes.
fn is_json(arguments: &str) -> bool {
    let inside = arguments.get(1..).unwrap_or_default().trim_start();
    !inside.starts_with('\'')
}

/// `{Tool: {…}}`, with or without quotes around the name.
fn wrapped(text: &str) -> Option<Call<'_>> {
    let inside = text.strip_prefix('{')?.strip_suffix('}').unwrap_or_default().trim();
    let Some((name, rest)) = inside.strip_prefix('"').and_then(|rest| rest.split_once('"')) else {
        return named(inside, false);
    };
    let is_name = |ch: char| ch.is_alphanumeric() || ch == '_';
    let arguments = alone(rest.trim_start().strip_prefix(':')?.trim());
    let call = name != "command" && name.chars().all(is_name) && arguments.starts_with('{');
    call.then_some(Call { name, arguments, json: true })
}

/// The end of an answer of AutoGPT, often with more brackets closed than opened.
fn command(text: &str) -> Option<Call<'_>> {
    let inside = text.strip_prefix('{').unwrap_or(text).trim_start();
    let rest = inside.strip_prefix("\"command\"")?.trim_start().strip_prefix(':')?.trim_start();
    let (_, len, _) = parse_prefix(rest).ok()?;
    let written = rest.get(..len)?;
    let name =
        after(written, "\"name\"").and_then(|rest| rest.strip_prefix('"')?.split('"').next());
    let arguments = after(written, "\"args\"").and_then(|rest| {
        let (_, len, _) = parse_prefix(rest).ok()?;
        rest.get(..len)
    });
    Some(match name {
        Some(name) => Call { name, arguments: arguments.unwrap_or("{}"), json: true },
        None => Call { name: "", arguments: written, json: true },
    })
}

/// What stands behind a key and its colon.
fn after<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(key)?;
    Some(rest.trim_start().strip_prefix(':')?.trim_start())
}

/// A block of code in a language that is run, and nothing else.
fn code(text: &str) -> Option<Call<'_>> {
    let (before, rest) = text.split_once("```")?;
    let (body, behind) = rest.rsplit_once("```")?;
    let (language, code) = body.split_once('\n')?;
    let language = language.trim();
    let alone = behind.trim().is_empty() && (before.trim().is_empty() || before.trim() == language);
    (alone && RUN.contains(&language)).then_some(Call {
        name: language,
        arguments: code.trim_end(),
        json: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(&str, &str, bool)> {
        parse(text, false).map(|call| (call.name, call.arguments, call.json))
    }

    #[test]
    fn calls_are_found_in_every_spelling() {
        for (text, name, arguments, json) in [
            ("MailRead: {\"id\": 1}\n", "MailRead", "{\"id\": 1}", true),
            ("MailRead{'id': 1}", "MailRead", "{'id': 1}", false),
            ("MailRead\nAction Input: {\"id\": 1}", "MailRead", "{\"id\": 1}", true),
            ("{MailRead: {\"id\": 1}}", "MailRead", "{\"id\": 1}", true),
            ("{\"MailRead\": {\"id\": 1}}", "MailRead", "{\"id\": 1}", true),
            ("MailRead Input: {\"id\": 1}}}", "MailRead", "{\"id\": 1}", true),
            ("Search(word='x')", "Search", "word='x'", false),
            ("```bash\nls -l\n```", "bash", "ls -l", false),
            ("bash\n\n```bash\nls```", "bash", "ls", false),
            (
                "\"command\": {\"name\": \"go\", \"args\": {\"a\": [1]}}}}",
                "go",
                "{\"a\": [1]}",
                true,
            ),
            ("{\"command\": \"./run.sh\"}", "", "\"./run.sh\"", true),
        ] {
            assert_eq!(found(text), Some((name, arguments, json)), "{text}");
        }
    }

    #[test]
    fn what_is_said_is_no_call() {
        for text in [
            "Final Answer: Note: {\"a\": 1}",
            "I have done it.",
            "Done (see above), and more",
            "```c\nint main() {}\n```",
            "Note: the light is on",
            "{",
            "\"command\": {\"name\"",
            "é",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn what_the_environment_answers_is_a_call_without_a_name() {
        let call = parse("press [Yes]", true).unwrap();
        assert_eq!((call.name, call.arguments, call.json), ("", "press [Yes]", false));
        assert_eq!(parse("Blog(text='x", true).unwrap().name, "Blog");
        assert_eq!(parse("Final Answer: no", true), None);
    }
}
