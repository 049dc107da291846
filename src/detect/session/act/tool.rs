//! A call as actions.

use super::looks::{is_commandlike, is_shell, is_sql, names_code, names_no_place};
use super::program::{of_python, of_sql};
use super::script::of_shell;
use super::written::of_contents;
use super::{Act, Origin, Source, Value};
use crate::detect::session::arguments::{Argument, flatten};
use crate::detect::session::class::{Class, Classes};
use crate::detect::session::entity::{self, EntityKind};
use crate::detect::session::tools::{Code, Role, Tool, Tools, sounds_like_sink};
use crate::detect::session::weigh::is_place;

/// What a call is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    pub(crate) acts: Vec<Act>,
    /// Text for the user, if the call says something instead of doing something.
    pub(crate) talk: Option<String>,
    /// Whether code in it could not be parsed as a whole.
    pub(crate) is_partial: bool,
}

/// Entities taken from what is given away.
const MAX_INSIDE: usize = 16;
/// Longest value that can name something; longer ones are content.
pub(super) const MAX_NAME: usize = 300;

/// The actions of a call.
pub(crate) fn of_call(name: &str, arguments: &str, tools: &Tools) -> Outcome {
    let tool = tools.taxonomy.get(name, &tools.languages);
    let given = flatten(arguments);
    let has_recipient =
        given.iter().any(|argument| tools.taxonomy.role(&tool, &argument.path) == Role::Sink);
    if tool.talk && !has_recipient {
        return Outcome { talk: Some(talk_of(&tool, &given, tools)), ..Outcome::default() };
    }
    let mut outcome = Outcome::default();
    let mut act = Act::new(tool.class, tool.risk, name, Origin::Tool);
    act.classes =
        tool.also.iter().fold(Classes::of(tool.class), |all, class| all.union(Classes::of(*class)));
    act.reversible = tool.reversible;
    act.confidence = tool.confidence;
    let mut code: Vec<(Code, String)> = Vec::new();
    let mut is_guessed = false;
    for argument in &given {
        is_guessed |= take(argument, &tool, tools, &mut act, &mut code);
    }
    if let Some(language) = tool.code.filter(|_| code.is_empty()) {
        // A tool for code whose argument has another name: its longest value.
        let longest = given.iter().max_by_key(|argument| argument.text.len());
        code.extend(longest.map(|argument| (language, argument.text.clone())));
    }
    of_one_kind(&mut act);
    by_method(&tool, &given, &mut act);
    by_values(&tool, &mut act);
    // Code says what a call does, unless it only looks like code and the call goes to a place of its own.
    let goes = is_guessed && act.values_as(Role::Sink).any(|value| is_place(value.kind()));
    let had_code = !code.is_empty();
    for (language, text) in code {
        read_code(language, &text, tools, 0, &mut outcome);
    }
    if !had_code || outcome.acts.is_empty() || goes {
        let (later, is_whole) = of_contents(&act, tools);
        outcome.is_partial |= !is_whole;
        find_inside(&mut act);
        sensitive(&mut act, tools);
        outcome.acts.push(act);
        outcome.acts.extend(later);
    }
    outcome
}

fn talk_of(tool: &Tool, given: &[Argument], tools: &Tools) -> String {
    let texts: Vec<&str> = given
        .iter()
        .filter(|argument| tools.taxonomy.role(tool, &argument.path) == Role::Content)
        .map(|argument| argument.text.as_str())
        .collect();
    texts.join("\n")
}

/// Takes an argument; whether it only looks like code.
fn take(
    argument: &Argument,
    tool: &Tool,
    tools: &Tools,
    act: &mut Act,
    code: &mut Vec<(Code, String)>,
) -> bool {
    let mut role = tools.taxonomy.role(tool, &argument.path);
    let is_declared = matches!(role, Role::Code(_)) || names_code(&argument.path);
    if !matches!(role, Role::Code(_)) && is_sql(argument) {
        role = Role::Code(Code::Sql as u8);
    }
    if tool.confidence < 1.0
        && matches!(role, Role::Object | Role::Content)
        && is_shell(&argument.text, tools)
    {
        role = Role::Code(Code::Shell as u8);
    }
    if let Role::Code(number) = role {
        let language = language_of(number);
        match code.last_mut() {
            // `["bash", "-lc", "…"]` is one command.
            Some((last, text)) if *last == language => {
                text.push(' ');
                text.push_str(&quoted(&argument.text));
            }
            _ => code.push((language, argument.text.clone())),
        }
        if !is_declared {
            // It only looks like code: it is given away as well.
            act.values.push(Value::new(Role::Content, &argument.path, &argument.text));
        }
        return !is_declared;
    }
    let long = argument.text.len() > MAX_NAME || argument.text.contains('\n');
    let role = if long && role == Role::Object { Role::Content } else { role };
    // Several addresses or names in one string.
    let is_list = role == Role::Sink
        || (role == Role::Object
            && argument
                .text
                .split([',', ';'])
                .all(|part| part.trim().len() < 40 && !part.trim().contains(' ')));
    if is_list && argument.text.len() < 2000 && argument.text.contains([',', ';']) {
        let parts: Vec<&str> =
            argument.text.split([',', ';']).filter(|part| !part.trim().is_empty()).collect();
        if parts.len() > 1 {
            act.values.extend(
                parts.into_iter().take(32).map(|part| Value::new(role, &argument.path, part)),
            );
            return false;
        }
    }
    act.values.push(Value::new(role, &argument.path, &argument.text));
    false
}

/// A list of permissions, columns or packages holds things of one kind: `mail.read` beside `offline_access` is no host.
fn of_one_kind(act: &mut Act) {
    let plain: Vec<String> = act
        .values
        .iter()
        .filter(|value| value.kind() == EntityKind::Value && value.role == Role::Object)
        .map(|value| value.name.clone())
        .collect();
    for value in &mut act.values {
        let is_host = value.kind() == EntityKind::Host && value.role == Role::Object;
        if is_host && plain.contains(&value.name) && names_no_place(&value.name) {
            value.entity = None;
        }
    }
}

/// A word of a command that was given as a list, so that it stays one word.
fn quoted(word: &str) -> String {
    let plain = word.chars().all(|c| c.is_alphanumeric() || "-_./=:@%+,".contains(c));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

fn language_of(number: u8) -> Code {
    const ALL: [Code; 6] =
        [Code::Shell, Code::Python, Code::Sql, Code::Javascript, Code::Perl, Code::Ruby];
    ALL.get(usize::from(number)).copied().unwrap_or(Code::Shell)
}

/// Reads code in any of the known languages into actions.
pub(super) fn read_code(
    language: Code,
    text: &str,
    tools: &Tools,
    depth: usize,
    out: &mut Outcome,
) {
    match language {
        Code::Shell => of_shell(text, tools, depth, out),
        Code::Python => of_python(text, tools, depth, out),
        Code::Sql => of_sql(text, tools, out),
        // No parser for these: what can be found in them are places.
        Code::Javascript | Code::Perl | Code::Ruby => {
            let mut act = Act::new(Class::Execute, 0.2, "script", Origin::Tool);
            act.values.push(Value::new(Role::Content, "code", text));
            find_inside(&mut act);
            if act.values_as(Role::Content).any(|value| value.host().is_some()) {
                act.classes.insert(Class::Network);
            }
            sensitive(&mut act, tools);
            out.acts.push(act);
        }
    }
}

/// What the values say of a tool that is not well known: something that is given an address sends
/// there, and a changed account number moves money.
fn by_values(tool: &Tool, act: &mut Act) {
    let has = |kinds: &[EntityKind]| act.values.iter().any(|value| kinds.contains(&value.kind()));
    let mail_sink = act.values_as(Role::Sink).any(|value| {
        let delivers = value.kind() == EntityKind::Url && sounds_like_sink(&value.name);
        value.kind() == EntityKind::Email || delivers
    });
    let vague = tool.confidence < 0.4
        && has(&[EntityKind::Email, EntityKind::Url, EntityKind::Iban])
        && act.class == Class::Execute;
    let guessed = tool.confidence < 1.0
        && mail_sink
        && matches!(act.class, Class::Read | Class::Execute | Class::Network);
    if vague || guessed {
        (act.class, act.risk, act.confidence) = (Class::Send, 0.4, 0.6);
        act.classes = Classes::of(Class::Send);
    }
    if has(&[EntityKind::Iban]) && matches!(act.class, Class::Write | Class::Configure) {
        act.risk = act.risk.max(0.6);
        act.confidence = act.confidence.max(0.8);
        act.classes.insert(Class::Pay);
    }
    if has(&[EntityKind::Email]) && act.class == Class::Write {
        // Whose address it is decides who hears of things from now on.
        act.risk = act.risk.max(0.3);
    }
}

/// Verbs of HTTP, which are what they are under any argument's name.
const HTTP: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// What a tool with a method argument does this time.
fn by_method(tool: &Tool, given: &[Argument], act: &mut Act) {
    let method = given.iter().find(|argument| {
        tool.method_arg.as_deref() == Some(argument.path.as_str())
            || (tool.confidence < 1.0 && argument.path == "method")
    });
    let verb = given.iter().find(|argument| HTTP.contains(&argument.text.as_str()));
    let method = method.or(verb);
    let default = (tool.method_arg.as_deref() == Some("method")).then_some("get");
    let Some(method) = method.map(|argument| argument.text.as_str()).or(default) else { return };
    let (class, risk) = match method.to_lowercase().as_str() {
        "get" | "head" | "options" | "view" | "read" | "list" | "search" | "show" | "status" => {
            (Class::Network, 0.15)
        }
        "post" | "put" | "patch" | "send" | "upload" | "publish" => {
            (Class::Send, act.risk.max(0.5))
        }
        "delete" | "remove" | "destroy" | "drop" => (Class::Delete, act.risk.max(0.5)),
        _ => return,
    };
    let has_url = act.values.iter().any(|value| value.kind() == EntityKind::Url);
    let class = match class {
        Class::Network if !has_url => Class::Read,
        // An editor's or a store's own "send" stays what the tool is.
        Class::Send if !has_url => act.class,
        other => other,
    };
    act.class = class;
    act.classes = Classes::of(class);
    act.risk = if class == Class::Read { 0.02 } else { risk };
}

/// Addresses inside what is given away are targets of their own.
fn find_inside(act: &mut Act) {
    if act.class == Class::Read || (act.risk < 0.2 && act.confidence >= 0.6) {
        return;
    }
    let mut inside = Vec::new();
    for value in act.values_as(Role::Content).chain(act.values_as(Role::Object)) {
        // What a list of one kind has made a plain name stays one.
        let is_name = value.role == Role::Object && !value.text.contains(' ');
        if value.entity.is_some() {
            continue;
        }
        for entity in entity::find(&value.text) {
            use EntityKind::{Email, Host, Iban, Ip, Phone, Repository, Secret, Url};
            let in_command = act.confidence < 0.6 && is_commandlike(&value.text);
            let names_host = entity.kind == Host
                && !is_name
                && (in_command || !matches!(act.class, Class::Execute | Class::Write));
            let tells = names_host
                || matches!(entity.kind, Url | Email | Ip | Iban | Phone | Repository | Secret);
            if tells && inside.len() < MAX_INSIDE {
                let text = value.text[entity.range.clone()].to_owned();
                inside.push(Value {
                    role: Role::Content,
                    name: value.name.clone(),
                    text,
                    entity: Some(entity),
                });
            }
        }
    }
    act.values.extend(inside);
}

/// Sensitive files, variables and tools among the values.
pub(super) fn sensitive(act: &mut Act, tools: &Tools) {
    let mut sources = Vec::new();
    for value in &act.values {
        if value.kind() == EntityKind::Path
            || value.role == Role::Source
            || value.name.contains("attach")
        {
            sources.extend(Source::known(tools, "path", &value.text));
        }
    }
    sources.extend(Source::known(tools, "tool", &act.verb));
    for value in act.values.iter().filter(|value| value.kind() == EntityKind::Secret) {
        let what = value.canonical();
        sources.push(Source { what, name: value.name.clone(), sensitivity: 0.9 });
    }
    act.sources.extend(sources);
}
