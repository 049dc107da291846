//! What a value is by its looks and by the name of its argument, where nothing says so: SQL, a command, a name that
//! only has dots. It knows nothing of what a call does.

use super::tool::MAX_NAME;
use crate::detect::session::arguments::Argument;
use crate::detect::session::tools::{Tools, normal};

/// Last words of the names of arguments whose dotted values are no hosts.
const NO_PLACES: [&str; 14] = [
    "scope",
    "scopes",
    "permission",
    "permissions",
    "right",
    "rights",
    "column",
    "columns",
    "field",
    "fields",
    "package",
    "packages",
    "dependencies",
    "modules",
];

/// Last words of the names of arguments that hold code.
const CODE: [&str; 8] = ["query", "sql", "statement", "command", "cmd", "script", "code", "filter"];

/// Whether dotted values of an argument are no hosts.
pub(super) fn names_no_place(argument: &str) -> bool {
    NO_PLACES.contains(&last_word(argument).as_str())
}

/// Whether an argument holds code by its name.
pub(super) fn names_code(argument: &str) -> bool {
    CODE.contains(&last_word(argument).as_str())
}

fn last_word(name: &str) -> String {
    normal(name).rsplit('_').next().unwrap_or_default().to_owned()
}

/// Words that a statement of SQL begins with.
const SQL_WORDS: [&str; 13] = [
    "select ",
    "insert ",
    "update ",
    "delete ",
    "drop ",
    "copy ",
    "grant ",
    "create ",
    "alter ",
    "truncate ",
    "with ",
    "explain ",
    "analyze ",
];

/// What statements that define something define.
const SQL_THINGS: [&str; 14] = [
    "publication",
    "subscription",
    "share",
    "database",
    "schema",
    "function",
    "procedure",
    "extension",
    "server",
    "stage",
    "view",
    "trigger",
    "sequence",
    "group",
];

/// Whether a value is SQL, whatever its argument is called.
pub(super) fn is_sql(argument: &Argument) -> bool {
    let head: String =
        argument.text.trim_start().chars().take(12).flat_map(char::to_lowercase).collect();
    let lower = argument.text.to_lowercase();
    let goes_on = [
        " from ", " into ", " set ", " table ", " index ", " to ", " on ", " values", " where ",
        " role ", " user ", " login ",
    ];
    let defines = lower.split_whitespace().nth(1).is_some_and(|word| SQL_THINGS.contains(&word));
    SQL_WORDS.iter().any(|word| head.starts_with(word))
        && (defines || goes_on.iter().any(|word| lower.contains(word)))
}

/// Whether a value of an unknown tool is a command line: it begins with a program and goes on.
pub(super) fn is_shell(text: &str, tools: &Tools) -> bool {
    let mut words =
        text.split_whitespace().skip_while(|word| word.contains('=') || *word == "sudo");
    let Some(first) = words.next() else { return false };
    let program = first.rsplit('/').next().unwrap_or(first);
    let plain =
        program.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c));
    let goes_on = words.next().is_some_and(|word| {
        word.starts_with(['-', '/', '.', '~', '$', '"', '\'', '<', '>', '|'])
            || word.contains(['/', '.', ':', '=', '@'])
    });
    // `docker system prune -af`: an option or a file it writes may come later.
    let goes_on = goes_on
        || words.any(|word| {
            let option = word.strip_prefix('-').unwrap_or_default().trim_start_matches('-');
            option.starts_with(|c: char| c.is_ascii_alphabetic()) || matches!(word, ">" | ">>")
        });
    let pipes = text.contains(" | ") || text.contains(" && ") || text.contains("; ");
    plain && program.len() >= 2 && (goes_on || pipes) && tools.commands.knows(program)
}

/// Whether a text is written like a command, of whatever program: it has options.
pub(super) fn is_commandlike(text: &str) -> bool {
    text.len() <= MAX_NAME
        && text.split_whitespace().any(|word| {
            let option = word.trim_start_matches('-');
            option.len() < word.len() && option.starts_with(|c: char| c.is_ascii_alphabetic())
        })
}
