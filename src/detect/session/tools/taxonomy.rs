//! What a tool does, by its name: the lists of `rules/actions/tools-*.yml`, and for unknown names the
//! words they are made of.

use super::glob::{Patterns, matches, normal};
use crate::detect::session::class::{Class, Reversible};
use crate::detect::session::words::Languages;
use ahash::AHashMap as HashMap;
use serde::Deserialize;
use std::sync::{Arc, RwLock};

/// A language that an argument may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Code {
    Shell,
    Python,
    Sql,
    Javascript,
    Perl,
    Ruby,
}

/// What a tool is known to do.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tool {
    #[serde(rename = "match", default)]
    pub(crate) names: Vec<String>,
    pub(crate) class: Class,
    #[serde(default)]
    pub(crate) also: Vec<Class>,
    pub(crate) risk: f64,
    #[serde(default = "partly")]
    pub(crate) reversible: Reversible,
    #[serde(default)]
    pub(crate) sink: Vec<String>,
    #[serde(default)]
    pub(crate) object: Vec<String>,
    #[serde(default)]
    pub(crate) content: Vec<String>,
    #[serde(default)]
    pub(crate) source: Vec<String>,
    #[serde(default)]
    pub(crate) code: Option<Code>,
    #[serde(default)]
    pub(crate) code_args: Vec<String>,
    #[serde(default)]
    pub(crate) method_arg: Option<String>,
    /// Its arguments are text for the user, not an act.
    #[serde(default)]
    pub(crate) talk: bool,
    #[serde(default)]
    #[expect(dead_code, reason = "for people who read the file")]
    note: Option<String>,
    /// How sure it is that the tool is this one.
    #[serde(default = "certain")]
    pub(crate) confidence: f64,
    /// Roles of the arguments that were met.
    #[serde(skip)]
    roles: RwLock<HashMap<String, Role>>,
}

/// Arguments of one tool that are remembered.
const MAX_ROLES: usize = 1_000;

fn partly() -> Reversible {
    Reversible::Partly
}

fn certain() -> f64 {
    1.0
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "for people who read the file")]
    family: String,
    tools: Vec<Tool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Heuristics {
    tokens: Vec<Token>,
    arguments: Vec<ArgumentRole>,
}

#[derive(Debug, Deserialize)]
struct Token {
    words: Vec<String>,
    class: Class,
    risk: f64,
    confidence: f64,
}

/// What an argument is for, by its name.
#[derive(Debug, Deserialize)]
struct ArgumentRole {
    #[serde(rename = "match")]
    names: Vec<String>,
    role: String,
}

/// What an argument of a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Where something goes.
    Sink,
    /// What it is about.
    Object,
    /// What is given away or written.
    Content,
    /// What is read.
    Source,
    /// Code in a language of its own.
    Code(CodeOf),
    /// Which of several things the tool does.
    Method,
}

/// As [`Code`], ordered.
pub(crate) type CodeOf = u8;

/// All known tools.
#[derive(Debug)]
pub(crate) struct Taxonomy {
    tools: Patterns<Arc<Tool>>,
    /// Tools of one's own.
    own: Patterns<Arc<Tool>>,
    tokens: Vec<Token>,
    arguments: Vec<ArgumentRole>,
    /// Places in `arguments` by the names that were met: tools differ more than names of arguments do.
    named: RwLock<HashMap<String, Option<usize>>>,
    /// Tools by the names that were met; the same few names come again and again.
    met: RwLock<HashMap<String, Arc<Tool>>>,
}

fn by_name(tools: Vec<Tool>) -> impl Iterator<Item = (String, Arc<Tool>)> {
    tools.into_iter().flat_map(|tool| {
        let names = tool.names.clone();
        let tool = Arc::new(tool);
        names.into_iter().map(move |name| (name, tool.clone()))
    })
}

/// Names that are remembered; beyond, every look-up is made anew.
const MAX_MET: usize = 20_000;

impl Taxonomy {
    /// Reads tool files, and the words for unknown names; `own` are tools that go before all.
    pub(crate) fn load(
        files: &[(String, &str)],
        heuristics: &str,
        own: Vec<Tool>,
    ) -> Result<Self, String> {
        let mut tools = Vec::new();
        for (name, text) in files {
            let file: File =
                yaml_serde::from_str(text).map_err(|error| format!("{name}: {error}"))?;
            tools.extend(by_name(file.tools));
        }
        let heuristics: Heuristics =
            yaml_serde::from_str(heuristics).map_err(|error| format!("heuristics.yml: {error}"))?;
        Ok(Self {
            tools: Patterns::new(tools)?,
            own: Patterns::new(by_name(own))?,
            tokens: heuristics.tokens,
            arguments: heuristics.arguments,
            named: RwLock::default(),
            met: RwLock::default(),
        })
    }

    /// The tool with this name; guessed from its words if nobody knows it.
    pub(crate) fn get(&self, name: &str, languages: &Languages) -> Arc<Tool> {
        if let Some(tool) = self.met.read().ok().and_then(|met| met.get(name).cloned()) {
            return tool;
        }
        let tool = self.find(name, languages);
        if let Ok(mut met) = self.met.write()
            && met.len() < MAX_MET
        {
            met.insert(name.to_owned(), tool.clone());
        }
        tool
    }

    fn find(&self, name: &str, languages: &Languages) -> Arc<Tool> {
        let name = normal(name);
        if let Some(tool) = self.own.get(&name).or_else(|| self.tools.exact(&name)) {
            return tool.clone();
        }
        match self.tools.get(&name) {
            // `read_channel_messages` reads, whatever pattern its last words fit.
            Some(tool)
                if self.only_reads(&name)
                    && !matches!(tool.class, Class::Read | Class::Network) =>
            {
                Arc::new(self.guess(&name, languages))
            }
            Some(tool) => tool.clone(),
            None => Arc::new(self.guess(&name, languages)),
        }
    }

    /// Whether the first verb of a name is one that only looks.
    fn only_reads(&self, name: &str) -> bool {
        let verb = name.split('_').find_map(|word| {
            self.tokens.iter().find(|token| token.words.iter().any(|known| known == word))
        });
        verb.is_some_and(|token| token.class == Class::Read && token.confidence >= 0.6)
    }

    fn guess(&self, name: &str, languages: &Languages) -> Tool {
        let words: Vec<&str> = name.split('_').collect();
        let last = words.len().saturating_sub(1);
        let found = words.iter().enumerate().find_map(|(at, word)| {
            let token = self.tokens.iter().find(|token| token.words.iter().any(|w| w == word))?;
            let factor = if at == 0 || at == last { 1.0 } else { 0.7 };
            Some((token, token.confidence * factor))
        });
        let by_language = || {
            let class = words.iter().find_map(|word| languages.class_of(word))?;
            Some((class, usual_risk(class), 0.5))
        };
        let (class, risk, confidence) = found
            .map(|(token, sure)| (token.class, token.risk, sure))
            .or_else(by_language)
            .unwrap_or((Class::Execute, 0.25, 0.1));
        Tool {
            names: Vec::new(),
            class,
            also: Vec::new(),
            risk,
            reversible: Reversible::Partly,
            sink: Vec::new(),
            object: Vec::new(),
            content: Vec::new(),
            source: Vec::new(),
            code: None,
            code_args: Vec::new(),
            method_arg: None,
            talk: false,
            note: None,
            confidence,
            roles: RwLock::default(),
        }
    }

    /// What an argument of `tool` is for; `name` in normal form, parts of a path joined by `.`.
    pub(crate) fn role(&self, tool: &Tool, name: &str) -> Role {
        if let Some(role) = tool.roles.read().ok().and_then(|roles| roles.get(name).copied()) {
            return role;
        }
        let role = self.find_role(tool, name);
        if let Ok(mut roles) = tool.roles.write()
            && roles.len() < MAX_ROLES
        {
            roles.insert(name.to_owned(), role);
        }
        role
    }

    /// Whether the name of a setting says that something goes to or comes from there.
    pub(crate) fn is_place(&self, name: &str) -> bool {
        let role = self.arguments.iter().find(|role| role.names.iter().any(|p| fits(p, name)));
        role.is_some_and(|role| role.role == "sink") || sounds_like_sink(name)
    }

    fn find_role(&self, tool: &Tool, name: &str) -> Role {
        let own = |list: &[String]| list.iter().any(|pattern| fits(pattern, name));
        if let Some(code) = tool.code
            && own(&tool.code_args)
        {
            return Role::Code(code as u8);
        }
        let lists = [
            (Role::Sink, &tool.sink),
            (Role::Source, &tool.source),
            (Role::Object, &tool.object),
            (Role::Content, &tool.content),
        ];
        if let Some((role, _)) = lists.into_iter().find(|(_, list)| own(list)) {
            return role;
        }
        match self.named(name).map(|role| role.role.as_str()) {
            // A known tool has said which of its arguments are code.
            Some("sink") => Role::Sink,
            Some("content") => Role::Content,
            Some("source") => Role::Source,
            Some("method") => Role::Method,
            Some("code_shell") if tool.confidence < 1.0 => Role::Code(Code::Shell as u8),
            Some("code_sql") if tool.confidence < 1.0 => Role::Code(Code::Sql as u8),
            Some("code_python") if tool.confidence < 1.0 => Role::Code(Code::Python as u8),
            _ if sounds_like_sink(name) => Role::Sink,
            _ => Role::Object,
        }
    }

    /// What is known of an argument by its name alone.
    fn named(&self, name: &str) -> Option<&ArgumentRole> {
        let known = self.named.read().ok().and_then(|named| named.get(name).copied());
        let at = known.unwrap_or_else(|| {
            let fits = |role: &ArgumentRole| role.names.iter().any(|p| fits(p, name));
            let at = self.arguments.iter().position(fits);
            if let Ok(mut named) = self.named.write()
                && named.len() < MAX_MET
            {
                named.insert(name.to_owned(), at);
            }
            at
        });
        self.arguments.get(at?)
    }
}

/// Whether an argument nobody knows says by its name that something goes there.
pub(crate) fn sounds_like_sink(name: &str) -> bool {
    const SINKS: [&str; 9] = [
        "deliver",
        "dest",
        "forward",
        "webhook",
        "callback",
        "endpoint",
        "recipient",
        "notify",
        "upload",
    ];
    let last = name.rsplit('.').next().unwrap_or(name);
    last.ends_with("_to") || SINKS.iter().any(|sink| last.contains(sink))
}

/// The risk of a tool of which only the verb is known.
fn usual_risk(class: Class) -> f64 {
    match class {
        Class::Read => 0.02,
        Class::Write => 0.2,
        Class::Network | Class::Configure | Class::Execute => 0.3,
        Class::Send | Class::Delete => 0.5,
        Class::Grant | Class::Persist => 0.6,
        Class::Pay => 0.7,
    }
}

/// Whether a pattern names an argument: the whole path or its last part.
fn fits(pattern: &str, path: &str) -> bool {
    if pattern.contains('.') {
        return matches(pattern, path);
    }
    path.split('.').any(|part| matches(pattern, part))
}
