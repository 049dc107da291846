//! What a command line program or a function of a library does: `commands.yml`, `functions.yml`.

use super::glob::{Patterns, matches};
use super::taxonomy::Code;
use crate::detect::session::class::{Class, Reversible};
use serde::Deserialize;
use std::sync::Arc;

/// A name or a position.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Name {
    Word(String),
    Number(usize),
}

impl Name {
    fn text(&self) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// A name or a list of them, as people write YAML.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Names {
    One(Name),
    Many(Vec<Name>),
}

impl Names {
    pub(crate) fn list(&self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one.text()],
            Self::Many(many) => many.iter().map(Name::text).collect(),
        }
    }
}

/// The names in an optional list.
pub(crate) fn names_of(names: Option<&Names>) -> Vec<String> {
    names.map(Names::list).unwrap_or_default()
}

/// What a program, a subcommand or a use of it does.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Command {
    #[serde(rename = "match", default)]
    pub(crate) names: Vec<String>,
    #[serde(default)]
    pub(crate) class: Option<Class>,
    #[serde(default)]
    pub(crate) also: Vec<Class>,
    #[serde(default)]
    pub(crate) risk: Option<f64>,
    #[serde(default)]
    pub(crate) sink: Option<Names>,
    #[serde(default)]
    pub(crate) options: Vec<String>,
    #[serde(default)]
    pub(crate) variants: Vec<Command>,
    #[serde(default)]
    pub(crate) subcommands: Vec<Command>,
    /// Runs another command that follows it.
    #[serde(default)]
    pub(crate) wrapper: bool,
    #[serde(default)]
    pub(crate) code: Option<Code>,
    #[serde(default)]
    pub(crate) code_option: Option<Names>,
    #[serde(default)]
    pub(crate) source: Option<Names>,
    /// Only changes how its input looks.
    #[serde(default)]
    pub(crate) transform: bool,
    #[serde(default)]
    pub(crate) mode_arg: Option<usize>,
    #[serde(default)]
    pub(crate) args: Vec<String>,
    #[serde(default)]
    pub(crate) content: Option<Names>,
    #[serde(default)]
    pub(crate) code_args: Option<Names>,
    /// The object a function belongs to is what it works on.
    #[serde(default)]
    pub(crate) receiver: bool,
    #[serde(default)]
    pub(crate) reversible: Option<Reversible>,
    #[serde(default)]
    #[expect(dead_code, reason = "for people who read the file")]
    pub(crate) note: Option<String>,
    /// Of functions: `python`, `javascript` or both. Names hardly ever meet, so it is not looked at.
    #[serde(default)]
    #[expect(dead_code, reason = "for people who read the file")]
    pub(crate) lang: Option<String>,
    /// What it is about; what is not said to be anything else is.
    #[serde(default)]
    #[expect(dead_code, reason = "for people who read the file")]
    pub(crate) object: Option<Names>,
    #[serde(default)]
    #[expect(dead_code, reason = "for people who read the file")]
    pub(crate) method_arg: Option<Name>,
    /// The words of the subcommand that was recognised.
    #[serde(skip)]
    pub(crate) words: Vec<String>,
}

impl Command {
    /// What is said here, without what is said of special uses.
    fn flat(&self) -> Self {
        Self::default().over(self)
    }

    /// What is said here, else what is said of the whole.
    fn over(&self, whole: &Self) -> Self {
        Self {
            names: whole.names.clone(),
            class: self.class.or(whole.class),
            also: if self.also.is_empty() { whole.also.clone() } else { self.also.clone() },
            risk: self.risk.or(whole.risk),
            sink: self.sink.clone().or_else(|| whole.sink.clone()),
            source: self.source.clone().or_else(|| whole.source.clone()),
            code: self.code.or(whole.code),
            code_option: self.code_option.clone().or_else(|| whole.code_option.clone()),
            wrapper: self.wrapper || whole.wrapper,
            transform: self.transform || whole.transform,
            mode_arg: self.mode_arg.or(whole.mode_arg),
            content: self.content.clone().or_else(|| whole.content.clone()),
            code_args: self.code_args.clone().or_else(|| whole.code_args.clone()),
            receiver: self.receiver || whole.receiver,
            reversible: self.reversible.or(whole.reversible),
            options: Vec::new(),
            args: Vec::new(),
            variants: Vec::new(),
            subcommands: Vec::new(),
            words: whole.words.clone(),
            ..Self::default()
        }
    }
}

#[derive(Debug, Deserialize)]
struct CommandFile {
    commands: Vec<Command>,
}

#[derive(Debug, Deserialize)]
struct FunctionFile {
    functions: Vec<Command>,
}

/// All known programs and functions.
#[derive(Debug)]
pub(crate) struct Commands {
    programs: Patterns<Arc<Command>>,
    functions: Patterns<Arc<Command>>,
    /// Those of one's own, which go before them.
    own_programs: Patterns<Arc<Command>>,
    own_functions: Patterns<Arc<Command>>,
}

impl Commands {
    pub(crate) fn load(commands: &str, functions: &str) -> Result<Self, String> {
        let programs: CommandFile =
            yaml_serde::from_str(commands).map_err(|error| format!("commands.yml: {error}"))?;
        let functions: FunctionFile =
            yaml_serde::from_str(functions).map_err(|error| format!("functions.yml: {error}"))?;
        Ok(Self {
            programs: index(programs.commands, str::to_lowercase)?,
            functions: index(functions.functions, str::to_owned)?,
            own_programs: index(Vec::new(), str::to_lowercase)?,
            own_functions: index(Vec::new(), str::to_owned)?,
        })
    }

    /// With programs and functions of one's own.
    pub(crate) fn with(
        mut self,
        programs: Vec<Command>,
        functions: Vec<Command>,
    ) -> Result<Self, String> {
        self.own_programs = index(programs, str::to_lowercase)?;
        self.own_functions = index(functions, str::to_owned)?;
        Ok(self)
    }

    /// What a program does with these arguments.
    pub(crate) fn program(&self, name: &str, arguments: &[String]) -> Option<Command> {
        let name = name.to_lowercase();
        let program = self.own_programs.get(&name).or_else(|| self.programs.get(&name))?;
        let mut found = program.flat();
        let mut variants = &program.variants;
        if let Some((sub, words)) = subcommand(program, arguments) {
            let looks = words.iter().any(|word| LOOKS.iter().any(|head| word.starts_with(head)));
            found = sub.over(&found);
            found.words = words;
            if looks && sub.names.iter().any(|name| name.ends_with(" *")) {
                // `organizations *` may be anything, but `organizations list-accounts` looks.
                (found.class, found.risk) = (Some(Class::Read), Some(0.05));
            }
            if !sub.variants.is_empty() {
                variants = &sub.variants;
            }
        }
        if let Some(variant) = variants.iter().find(|variant| applies(variant, arguments)) {
            found = variant.over(&found);
        }
        Some(found)
    }

    /// Whether a program is known by its whole name.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.own_programs.exact(name).or_else(|| self.programs.exact(name)).is_some()
    }

    /// What a function does, by its dotted name.
    pub(crate) fn function(&self, name: &str) -> Option<&Arc<Command>> {
        self.own_functions.get(name).or_else(|| self.functions.get(name))
    }
}

/// How subcommands of clouds begin that change nothing.
const LOOKS: [&str; 2] = ["list-", "describe-"];

/// `fold` is the form that is looked up: programs are found in any letter case.
fn index(
    commands: Vec<Command>,
    fold: fn(&str) -> String,
) -> Result<Patterns<Arc<Command>>, String> {
    let mut entries = Vec::new();
    for command in commands {
        let names = command.names.clone();
        let command = Arc::new(command);
        entries.extend(names.into_iter().map(|name| (fold(&name), command.clone())));
    }
    Patterns::new(entries)
}

/// The subcommand with most words that the arguments begin with, options aside.
fn subcommand<'c>(
    program: &'c Command,
    arguments: &[String],
) -> Option<(&'c Command, Vec<String>)> {
    let plain: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|arg| !arg.starts_with('-')).take(6).collect();
    // Values of options before the subcommand look like words: `git -c a=b push`.
    (0..plain.len().min(3)).find_map(|from| {
        let plain = &plain[from..];
        let mut best: Option<(usize, &Command)> = None;
        for sub in &program.subcommands {
            for name in &sub.names {
                let words: Vec<&str> = name.split_whitespace().collect();
                let fits = words.len() <= plain.len()
                    && words.iter().zip(plain).all(|(pattern, word)| matches(pattern, word));
                if fits && best.is_none_or(|(len, _)| words.len() > len) {
                    best = Some((words.len(), sub));
                }
            }
        }
        best.map(|(len, sub)| (sub, plain[..len].iter().map(|word| (*word).to_owned()).collect()))
    })
}

/// Whether a variant is meant: one of its options is there, and one of its arguments, if it has any.
fn applies(variant: &Command, arguments: &[String]) -> bool {
    let mut plain = arguments.iter().filter(|argument| !argument.starts_with('-'));
    let by_argument = variant.args.is_empty()
        || plain.any(|argument| variant.args.iter().any(|pattern| fits(pattern, argument)));
    let by_option = variant.options.is_empty() || has_option(variant, arguments);
    by_argument && by_option
}

/// Whether an argument is what a pattern describes. Behind `=` the star is a star: what a shell makes of it is not known.
fn fits(pattern: &str, argument: &str) -> bool {
    pattern.strip_prefix('=').map_or_else(|| matches(pattern, argument), |exact| exact == argument)
}

/// Whether one of the options is there; `-X POST` is an option with its value.
fn has_option(variant: &Command, arguments: &[String]) -> bool {
    variant.options.iter().any(|option| {
        let mut words = option.split_whitespace();
        let Some(name) = words.next() else { return false };
        let value = words.next();
        arguments.iter().enumerate().any(|(at, argument)| {
            let joined = value.is_some_and(|value| {
                let rest = argument.strip_prefix(name).map(|rest| rest.trim_start_matches('='));
                rest.is_some_and(|rest| matches(value, rest))
            });
            let apart = is_option(name, argument)
                && value.is_none_or(|value| {
                    arguments.get(at + 1).is_some_and(|next| matches(value, next))
                });
            joined || apart
        })
    })
}

/// Whether an argument is the option: `--data=x`, `-rf` for `-r`, `-d@file`.
fn is_option(option: &str, argument: &str) -> bool {
    if !option.starts_with('-') {
        return matches(option, argument);
    }
    if let Some(long) = option.strip_prefix("--") {
        return argument
            .strip_prefix("--")
            .is_some_and(|given| matches(long, given.split('=').next().unwrap_or(given)));
    }
    let (Some(letter), Some(given)) = (option.strip_prefix('-'), argument.strip_prefix('-')) else {
        return false;
    };
    if given.starts_with('-') {
        return false;
    }
    matches(option, argument)
        || (letter.len() == 1 && letter.chars().all(char::is_alphabetic) && {
            // A cluster of single letters, or the letter with its value behind.
            let cluster = given.len() <= 5 && given.chars().all(char::is_alphabetic);
            (cluster && given.contains(letter)) || given.starts_with(letter)
        })
}
