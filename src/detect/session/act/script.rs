//! Shell scripts as actions, with what flows from one command into another.

use super::looks::is_shell;
use super::tool::{Outcome, read_code, sensitive};
use super::{Act, Origin, Source, Value};
use crate::detect::session::class::{Class, Classes};
use crate::detect::session::code::shell::{self, Step};
use crate::detect::session::entity::EntityKind;
use crate::detect::session::tools::{Code, Command, Role, Tools, names_of};
use ahash::AHashMap as HashMap;

/// Programs that are given `user@host`.
const REMOTE: [&str; 7] = ["ssh", "scp", "rsync", "sftp", "ssh-copy-id", "mosh", "autossh"];
/// Scripts inside scripts inside scripts.
const MAX_DEPTH: usize = 4;

/// Adds the actions of a script.
pub(super) fn of_shell(script: &str, tools: &Tools, depth: usize, out: &mut Outcome) {
    if depth > MAX_DEPTH {
        out.is_partial = true;
        return;
    }
    let (steps, is_whole) = shell::steps(script);
    out.is_partial |= !is_whole;
    let mut flow = Flow::default();
    for at in flow_order(&steps) {
        one(&steps, at, tools, depth, &mut flow, out);
    }
}

/// What has reached which step and file.
#[derive(Debug, Default)]
struct Flow {
    into_step: HashMap<usize, Vec<Source>>,
    into_file: HashMap<String, Vec<Source>>,
    /// Steps whose input comes from another machine.
    remote: HashMap<usize, bool>,
    /// Text that is known to go into a step.
    literals: HashMap<usize, String>,
}

/// Steps in the order in which their output is made: what feeds another comes first.
fn flow_order(steps: &[Step]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..steps.len()).collect();
    // Substitutions stand behind the command they feed; a stage stands before the next.
    let depth = |at: usize| {
        let (mut at, mut backwards) = (at, 0);
        for _ in 0..steps.len().min(32) {
            match steps[at].feeds {
                Some(to) if to < at => {
                    at = to;
                    backwards += 1;
                }
                Some(to) if to != at => at = to,
                _ => break,
            }
        }
        (at, backwards)
    };
    order.sort_by_key(|at| {
        let (end, backwards) = depth(*at);
        (steps.get(end).map_or(0, |step| step.range.start), std::cmp::Reverse(backwards), *at)
    });
    order
}

fn one(steps: &[Step], at: usize, tools: &Tools, depth: usize, flow: &mut Flow, out: &mut Outcome) {
    let step = unwrapped(&steps[at], tools);
    let found = tools.commands.program(&step.program, &step.arguments);
    let mut sources = flow.into_step.remove(&at).unwrap_or_default();
    sources.extend(own_sources(&step, found.as_ref(), tools, flow));
    let fed_by_remote = flow.remote.remove(&at).unwrap_or(false);
    let literal = flow.literals.remove(&at);
    if let Some(code) = inner_code(&step, found.as_ref(), literal.as_deref()) {
        let from = out.acts.len();
        read_code(code.0, &code.1, tools, depth + 1, out);
        add_to_new(out, from, &sources);
        let reaches_out = found.as_ref().is_some_and(|command| command.sink.is_some());
        if !reaches_out {
            pass_on(steps, at, &sources, false, flow);
            return;
        }
    }
    pass_literal(steps, at, &step, literal, flow);
    for argument in &step.arguments {
        // `split --filter='curl …'`: a command in an option.
        let inner = argument.split_once('=').map_or("", |(_, inner)| inner);
        if argument.starts_with("--") && is_shell(inner, tools) {
            let from = out.acts.len();
            read_code(Code::Shell, inner, tools, depth + 1, out);
            add_to_new(out, from, &sources);
        }
    }
    let command = found.unwrap_or_else(unknown);
    let mut act = act_of(&step, &command, tools);
    act.sources.extend(sources.iter().cloned());
    if fed_by_remote && command.code.is_some() {
        // `curl … | sh`
        act.class = Class::Execute;
        act.classes = Classes::of(Class::Execute);
        act.classes.insert(Class::Network);
        act.risk = act.risk.max(0.6);
    }
    let is_fed = steps.iter().any(|other| other.feeds == Some(at));
    if is_fed
        && act.class == Class::Network
        && act.values.iter().any(|value| value.host().is_some())
    {
        // What goes into it goes out.
        act.class = Class::Send;
        act.classes.insert(Class::Send);
        act.risk = act.risk.max(0.6);
    }
    for path in &step.writes {
        write_to(path, &sources, &mut act, flow);
    }
    let is_remote = act.classes.has(Class::Network) || act.class == Class::Send;
    pass_on(steps, at, &act.sources, is_remote || (fed_by_remote && command.transform), flow);
    out.acts.push(act);
}

/// Follows text that the script itself holds: `echo … | base64 -d | sh`.
fn pass_literal(steps: &[Step], at: usize, step: &Step, input: Option<String>, flow: &mut Flow) {
    let Some(to) = steps[at].feeds.filter(|to| *to != at) else { return };
    let decodes = |step: &Step| {
        step.arguments.iter().any(|a| matches!(a.as_str(), "-d" | "-D" | "--decode" | "-di"))
    };
    let output = match step.program.as_str() {
        "echo" | "printf" => {
            let words: Vec<&str> = step
                .arguments
                .iter()
                .map(String::as_str)
                .filter(|a| !a.starts_with(['-', '%']))
                .collect();
            Some(words.join(" "))
        }
        "cat" => step.input.clone().or(input),
        "base64" if decodes(step) => {
            input.or_else(|| step.input.clone()).and_then(|text| decoded(&text))
        }
        "tee" | "tr" => input,
        _ => None,
    };
    if let Some(output) = output {
        flow.literals.insert(to, output);
    }
}

fn decoded(text: &str) -> Option<String> {
    use base64::Engine as _;
    let compact: String =
        text.split_whitespace().collect::<String>().trim_end_matches('=').to_owned();
    let bytes = base64::engine::general_purpose::STANDARD_NO_PAD.decode(compact).ok()?;
    String::from_utf8(bytes).ok()
}

fn add_to_new(out: &mut Outcome, from: usize, sources: &[Source]) {
    for act in &mut out.acts[from..] {
        act.sources.extend(sources.iter().cloned());
    }
}

/// A program nobody knows: a project's own script, most likely.
fn unknown() -> Command {
    Command { class: Some(Class::Execute), risk: Some(0.08), ..Command::default() }
}

/// The command behind `sudo`, `timeout 5`, `env X=1`, `xargs`.
fn unwrapped(step: &Step, tools: &Tools) -> Step {
    let mut step = step.clone();
    for _ in 0..4 {
        let wraps = tools
            .commands
            .program(&step.program, &step.arguments)
            .is_some_and(|command| command.wrapper && command.code.is_none());
        if !wraps {
            break;
        }
        let inner = step.arguments.iter().position(|argument| {
            !argument.starts_with('-')
                && !argument.contains('=')
                && argument.parse::<f64>().is_err()
                && !is_duration(argument)
        });
        let Some(inner) = inner else { break };
        let rest = step.arguments.split_off(inner);
        let mut rest = rest.into_iter();
        step.program = rest
            .next()
            .map(|name| name.rsplit('/').next().unwrap_or(&name).to_owned())
            .unwrap_or_default();
        step.arguments = rest.collect();
    }
    step
}

fn is_duration(text: &str) -> bool {
    text.strip_suffix(['s', 'm', 'h']).is_some_and(|number| number.parse::<f64>().is_ok())
}

/// Code that a command is given: `bash -c '…'`, `python - <<E`, `psql -c '…'`.
fn inner_code(
    step: &Step,
    command: Option<&Command>,
    literal: Option<&str>,
) -> Option<(Code, String)> {
    let language = command?.code?;
    // `eval "$(… | base64 -d)"`: what comes out of the substitution, if that is known.
    let resolved = |code: String| match literal {
        Some(literal) if code.trim_start().starts_with("$(") => literal.to_owned(),
        _ => code,
    };
    let options = names_of(command.and_then(|command| command.code_option.as_ref()));
    let plain = |argument: &&String| !argument.starts_with('-');
    for (at, argument) in step.arguments.iter().enumerate() {
        let clustered = argument.starts_with('-')
            && !argument.starts_with("--")
            && argument.len() <= 5
            && options.iter().any(|option| option.len() == 2 && argument.ends_with(&option[1..]));
        if options.contains(argument) || clustered {
            return step.arguments.get(at + 1).map(|code| (language, resolved(code.clone())));
        }
        let joined = options.iter().find_map(|option| argument.strip_prefix(&format!("{option}=")));
        if let Some(code) = joined {
            return Some((language, code.to_owned()));
        }
    }
    let by_place = options.iter().find_map(|option| match option.as_str() {
        "arg" => step.arguments.iter().find(plain).cloned(),
        "last" => step.arguments.iter().rfind(plain).cloned(),
        "rest" => {
            // Behind the machine or container it runs in; values of options stand before that.
            let plain: Vec<&str> =
                step.arguments.iter().filter(plain).map(String::as_str).collect();
            let place = plain
                .iter()
                .position(|word| word.contains('@'))
                .unwrap_or_else(|| plain.iter().position(|word| !word.contains('=')).unwrap_or(0));
            let rest = plain.get(place + 1..).unwrap_or_default();
            (!rest.is_empty()).then(|| rest.join(" "))
        }
        _ => None,
    });
    let code = by_place.or_else(|| step.input.clone()).or_else(|| literal.map(str::to_owned));
    code.filter(|code| !code.trim().is_empty()).map(|code| (language, resolved(code)))
}

fn own_sources(step: &Step, command: Option<&Command>, tools: &Tools, flow: &Flow) -> Vec<Source> {
    let mut sources = Vec::new();
    sources.extend(step.variables.iter().filter_map(|name| Source::known(tools, "variable", name)));
    // What stands in an address is there, and not here: `/in/customers.sql` of some host is no dump that is read.
    let is_here = |argument: &&String| !argument.contains("://") || argument.contains("file://");
    for argument in step.arguments.iter().filter(is_here) {
        let path = argument.trim_start_matches('@').rsplit('=').next().unwrap_or(argument);
        sources.extend(Source::known(tools, "path", path.trim_start_matches('@')));
    }
    if let Some(source) = command.and_then(|command| command.source.as_ref())
        && source.list().iter().any(|name| name == "environment")
        && step.arguments.iter().all(|argument| argument.starts_with('-'))
    {
        sources.push(Source::environment(&step.program));
    }
    for argument in &step.arguments {
        let path = argument.rsplit(['=', '@']).next().unwrap_or(argument);
        sources.extend(flow.into_file.get(path).into_iter().flatten().cloned());
    }
    sources
}

fn pass_on(steps: &[Step], at: usize, sources: &[Source], is_remote: bool, flow: &mut Flow) {
    let Some(to) = steps[at].feeds.filter(|to| *to != at) else { return };
    flow.into_step.entry(to).or_default().extend(sources.iter().cloned());
    *flow.remote.entry(to).or_default() |= is_remote;
}

fn write_to(path: &str, sources: &[Source], act: &mut Act, flow: &mut Flow) {
    if path == "/dev/null" || path.starts_with('&') {
        return;
    }
    let mut file = Value::new(Role::Sink, ">", path);
    act.classes.insert(Class::Write);
    act.risk = act.risk.max(0.1);
    if PERSISTS.iter().any(|end| path.contains(end)) {
        // Whoever stands in there may come in, or what stands there runs again.
        act.class = Class::Persist;
        act.classes.insert(Class::Persist);
        act.risk = act.risk.max(0.6);
        let mut named = act.values.iter_mut().filter(|value| value.host().is_some()).peekable();
        if named.peek().is_some() {
            // Everybody has such a file; who is let in is what matters.
            file.role = Role::Object;
        }
        named.for_each(|value| value.role = Role::Sink);
        // Anything may stand behind a key as its comment; the key is who is let in.
        let keys: Vec<Value> = act.values.iter().filter_map(public_key).collect();
        act.values.extend(keys);
    }
    act.values.push(file);
    flow.into_file.entry(path.to_owned()).or_default().extend(sources.iter().cloned());
}

/// Name of the value that is somebody's key.
pub(crate) const KEY: &str = "key";
/// How the keys of OpenSSH begin (RFC 4253, section 6.6: the length of the algorithm's name).
const KEY_STARTS: &str = "AAAA";

/// The key in a line; a variable that may hold it.
fn public_key(value: &Value) -> Option<Value> {
    let is_key = |word: &&str| word.starts_with(KEY_STARTS) && word.len() >= 12;
    let text = value.text.replace("\\t", " ").replace("\\n", " ");
    let mut words = text.split(|c: char| c.is_whitespace() || matches!(c, '\'' | '"'));
    let key = words.clone().find(is_key).or_else(|| words.find(|word| word.starts_with('$')))?;
    Some(Value { role: Role::Sink, name: KEY.to_owned(), text: key.to_owned(), entity: None })
}

/// Files that give access or start something by themselves.
const PERSISTS: [&str; 10] = [
    "authorized_keys",
    "/etc/sudoers",
    "/etc/cron",
    "/var/spool/cron",
    ".bashrc",
    ".profile",
    ".zshrc",
    "/etc/systemd/system/",
    ".git/hooks/",
    "/etc/ld.so.preload",
];

fn act_of(step: &Step, command: &Command, tools: &Tools) -> Act {
    let class = command.class.unwrap_or(Class::Execute);
    let mut act = Act::new(class, command.risk.unwrap_or(0.08), &step.program, Origin::Shell);
    for class in &command.also {
        act.classes.insert(*class);
    }
    act.reversible = command.reversible.unwrap_or(act.reversible);
    let sinks = names_of(command.sink.as_ref());
    let is_plain = |(at, argument): &(usize, &String)| {
        // `-o Name=value`: the value of an option.
        let after_option =
            at.checked_sub(1).is_some_and(|before| step.arguments[before].starts_with('-'));
        let is_value = after_option && argument.contains('=');
        !argument.starts_with('-') && !is_value
    };
    let plain: Vec<&String> =
        step.arguments.iter().enumerate().filter(is_plain).map(|(_, argument)| argument).collect();
    for (at, argument) in step.arguments.iter().enumerate() {
        let is_word = command.words.contains(argument);
        if is_word || (!argument.starts_with('-') && !plain.contains(&argument)) {
            continue;
        }
        if argument.starts_with('-') {
            let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
            if sinks.iter().any(|sink| sink == name) && !value.is_empty() {
                act.values.push(Value::new(Role::Sink, name, value));
            }
            continue;
        }
        let role = role_of(argument, at, step, &sinks, &plain);
        let mut value = Value::new(role, "", argument);
        if REMOTE.contains(&step.program.as_str())
            && let Some(entity) =
                value.entity.as_mut().filter(|entity| entity.kind == EntityKind::Email)
        {
            // A login, not a mail address.
            entity.kind = EntityKind::Host;
            entity.canonical = entity.host.clone().unwrap_or_default();
        }
        if value.entity.is_none() {
            // `user@host:path` and `name=value` hold a place inside.
            value.entity = crate::detect::session::entity::find(argument)
                .into_iter()
                .find(|entity| entity.host.is_some());
        }
        if role == Role::Object
            && matches!(value.kind(), EntityKind::Url | EntityKind::Repository)
            && class != Class::Read
        {
            value.role = Role::Sink;
        }
        act.values.push(value);
    }
    sensitive(&mut act, tools);
    act
}

fn role_of(argument: &str, at: usize, step: &Step, sinks: &[String], plain: &[&String]) -> Role {
    let is = |position: &str| sinks.iter().any(|sink| sink == position);
    let before = at.checked_sub(1).and_then(|at| step.arguments.get(at));
    let after_option = before.is_some_and(|before| sinks.contains(before));
    let remote = argument.contains("://")
        || (argument.contains(':') && argument.contains('@'))
        || crate::detect::session::entity::whole(argument)
            .is_some_and(|entity| entity.host.is_some());
    let named = is("args")
        || (is("last") && plain.last().is_some_and(|last| *last == argument))
        || (is("first") && plain.first().is_some_and(|first| *first == argument));
    if after_option || named || (is("url") && remote) { Role::Sink } else { Role::Object }
}
