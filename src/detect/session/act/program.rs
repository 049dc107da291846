//! Python and SQL as actions.

use super::tool::{Outcome, read_code, sensitive};
use super::{Act, Origin, Source, Value};
use crate::detect::session::class::Class;
use crate::detect::session::code::{python, sql};
use crate::detect::session::entity::EntityKind;
use crate::detect::session::tools::{Code, Role, Tools, names_of};

/// Adds the actions of Python code; notebook lines that begin with `!` are shell.
pub(super) fn of_python(code: &str, tools: &Tools, depth: usize, out: &mut Outcome) {
    let (magic, plain): (Vec<&str>, Vec<&str>) =
        code.lines().partition(|line| line.trim_start().starts_with(['!', '%']));
    for line in magic {
        if let Some(command) = line.trim_start().strip_prefix('!') {
            read_code(Code::Shell, command, tools, depth + 1, out);
        }
    }
    let program = python::parse(&plain.join("\n"));
    out.is_partial |= !program.is_whole;
    let mut sources = environment(&program, tools);
    let from = out.acts.len();
    for call in &program.calls {
        of_function(call, tools, depth, out, &mut sources);
    }
    // What a script has read may be in anything it sends: which of it is, cannot be told by names.
    for act in &mut out.acts[from..] {
        if matches!(act.class, Class::Send | Class::Network | Class::Write) {
            act.sources.extend(sources.iter().cloned());
        }
    }
    if out.acts.len() == from {
        out.acts.push(Act::new(Class::Execute, 0.03, "python", Origin::Python));
    }
}

fn environment(program: &python::Program, tools: &Tools) -> Vec<Source> {
    let source = |name: &String| match name.as_str() {
        "*" => Some(Source::environment("os.environ")),
        name => Source::known(tools, "variable", name),
    };
    program.environment.iter().filter_map(source).collect()
}

fn of_function(
    call: &python::FunctionCall,
    tools: &Tools,
    depth: usize,
    out: &mut Outcome,
    sources: &mut Vec<Source>,
) {
    let Some(spec) = tools.commands.function(&call.name) else {
        out.acts.extend(of_unknown(call));
        return;
    };
    if let Some(code) = spec.code {
        let text = call.positional.first().or_else(|| call.named.first().map(|(_, value)| value));
        if let Some(text) = text {
            read_code(code, text, tools, depth + 1, out);
        }
        return;
    }
    let mut class = spec.class.unwrap_or(Class::Execute);
    let mut risk = spec.risk.unwrap_or(0.1);
    if let Some(mode) = spec.mode_arg {
        let named = call.named.iter().find(|(name, _)| name == "mode").map(|(_, value)| value);
        let writes = named
            .or(call.positional.get(mode))
            .is_some_and(|mode| mode.contains(['w', 'a', 'x', '+']));
        if !writes {
            (class, risk) = (Class::Read, 0.02);
        }
    }
    let contents = names_of(spec.content.as_ref());
    let gives = |name: &str| contents.iter().any(|content| content == name);
    let has_content = call.positional.iter().enumerate().any(|(at, _)| gives(&at.to_string()))
        || call
            .named
            .iter()
            .any(|(name, _)| gives(name) && !matches!(name.as_str(), "params" | "headers"));
    if class == Class::Network && has_content {
        // A request with a body gives something away.
        (class, risk) = (Class::Send, f64::max(risk, 0.5));
    }
    let mut act = Act::new(class, risk, &call.name, Origin::Python);
    act.reversible = spec.reversible.unwrap_or(act.reversible);
    let sinks = names_of(spec.sink.as_ref());
    for (at, text) in call.positional.iter().enumerate() {
        let is_sink = sinks.contains(&at.to_string());
        push(&mut act, is_sink, &at.to_string(), text);
    }
    for (name, text) in &call.named {
        push(&mut act, sinks.contains(name), name, text);
    }
    for text in &call.strings {
        if !act.values.iter().any(|value| value.text == *text) {
            push(&mut act, false, "", text);
        }
    }
    sensitive(&mut act, tools);
    if act.class == Class::Read {
        sources.append(&mut act.sources.clone());
    }
    if !spec.transform && (act.class != Class::Read || !act.sources.is_empty()) {
        out.acts.push(act);
    }
}

/// A function nobody knows that is given an address: it reaches there, and if its name says so, it
/// sends.
fn of_unknown(call: &python::FunctionCall) -> Option<Act> {
    const SENDS: [&str; 9] =
        ["post", "put", "upload", "send", "push", "publish", "write", "open", "save"];
    let place = |text: &&String| {
        crate::detect::session::entity::whole(text)
            .is_some_and(|entity| matches!(entity.kind, EntityKind::Url | EntityKind::Email))
    };
    let target = call.strings.iter().find(place)?;
    let name = call.name.rsplit('.').next().unwrap_or_default().to_lowercase();
    let to_write = name != "open"
        || call.positional.iter().any(|mode| matches!(mode.as_str(), "w" | "wb" | "a" | "ab"));
    let sends = to_write && SENDS.iter().any(|verb| name.contains(verb));
    let (class, risk) = if sends { (Class::Send, 0.5) } else { (Class::Network, 0.15) };
    let mut act = Act::new(class, risk, &call.name, Origin::Python);
    act.confidence = 0.6;
    act.values.push(Value::new(Role::Sink, "", target));
    Some(act)
}

fn push(act: &mut Act, is_sink: bool, name: &str, text: &str) {
    if text.is_empty() || act.values.len() >= 64 {
        return;
    }
    let long = text.len() > 300 || text.contains('\n');
    let role = match (is_sink, long) {
        (true, _) => Role::Sink,
        (false, true) => Role::Content,
        (false, false) => Role::Object,
    };
    let mut value = Value::new(role, name, text);
    let leaves = matches!(act.class, Class::Send | Class::Network);
    if leaves && role == Role::Object && matches!(value.kind(), EntityKind::Url | EntityKind::Email)
    {
        value.role = Role::Sink;
    }
    act.values.push(value);
}

/// Adds the actions of SQL.
pub(super) fn of_sql(text: &str, tools: &Tools, out: &mut Outcome) {
    let (steps, is_whole) = sql::steps(text);
    out.is_partial |= !is_whole;
    for mut step in steps {
        let from = out.acts.len();
        let program = step.sinks.iter().find(|sink| sink.contains(' ')).cloned();
        if let Some(program) = program {
            // `COPY … TO PROGRAM '…'` runs a command, and that is what reaches out.
            read_code(Code::Shell, &program, tools, 2, out);
            if out.acts[from..].iter().any(|act| matches!(act.class, Class::Send | Class::Network))
            {
                step.sinks.clear();
                (step.class, step.risk) = (Class::Read, 0.05);
            }
        }
        let mut act = Act::new(step.class, step.risk, &step.verb, Origin::Sql);
        for literal in step.literals.iter().filter(|literal| literal.len() <= 300) {
            // A state or a word of the schema is no target; a login, a number, an address is.
            let names = literal.contains(|c: char| c.is_ascii_digit() || "@._".contains(c))
                && !literal.contains(' ');
            if (names || step.class == Class::Grant) && !step.sinks.contains(literal) {
                let role = if step.class == Class::Grant { Role::Sink } else { Role::Object };
                act.values.push(Value::new(role, "value", literal));
            }
        }
        for table in &step.tables {
            act.values.push(Value::new(Role::Object, "table", table));
            let name = table.rsplit('.').next().unwrap_or(table);
            let found = Source::known(tools, "sql", name);
            act.sources.extend(found.map(|source| Source { name: table.clone(), ..source }));
        }
        for sink in &step.sinks {
            act.values.push(Value::new(Role::Sink, "to", sink));
            if let Some(entity) = crate::detect::session::entity::find(sink).into_iter().next() {
                let text = sink[entity.range.clone()].to_owned();
                act.values.push(Value {
                    role: Role::Sink,
                    name: "to".into(),
                    text,
                    entity: Some(entity),
                });
            }
        }
        for one in &mut out.acts[from..] {
            one.sources.extend(act.sources.iter().cloned());
        }
        out.acts.push(act);
    }
}
