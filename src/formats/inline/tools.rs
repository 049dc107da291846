//! Tool calls and results written into text.
//!
//! Hermes `<tool_call>{json}</tool_call>`, Qwen3-Coder `<function=n><parameter=k>`, GLM
//! `<arg_key>`, DeepSeek, Mistral `[TOOL_CALLS]` and Llama `<|python_tag|>`. What a model wrote
//! badly is kept as its raw arguments; the sink then marks them invalid.

use super::scan::Found;
use super::{Part, PartKind, arguments_text, cut};
use crate::formats::Json;
use crate::formats::json;
use std::borrow::Cow;

const CALL: &str = "<tool_call>";
const CALL_END: &str = "</tool_call>";
const FUNCTION: &str = "<function=";
const FUNCTION_END: &str = "</function>";
const DEEPSEEK_CALL: &str = "<｜tool▁call▁begin｜>";
const DEEPSEEK_SEP: &str = "<｜tool▁sep｜>";
const DEEPSEEK_CALL_END: &str = "<｜tool▁call▁end｜>";
const MISTRAL: &str = "[TOOL_CALLS]";
/// Longest name and id in front of arguments.
const MAX_NAME: usize = 512;
const LLAMA: &str = "<|python_tag|>";

/// Tokens around calls and results that say nothing themselves.
const MARKUP: [&str; 4] = [
    "<｜tool▁calls▁begin｜>",
    "<｜tool▁calls▁end｜>",
    "<｜tool▁outputs▁begin｜>",
    "<｜tool▁outputs▁end｜>",
];

/// Tags of results.
const RESULTS: [(&str, &str); 3] = [
    ("<tool_response>", "</tool_response>"),
    ("<｜tool▁output▁begin｜>", "<｜tool▁output▁end｜>"),
    ("[TOOL_RESULTS]", "[/TOOL_RESULTS]"),
];

/// The call that starts at `at`, in any syntax.
pub(super) fn read(text: &str, at: usize) -> Option<Found<'_>> {
    let rest = cut(text, at..text.len());
    if rest.starts_with(CALL) {
        return Some(tagged(text, at));
    }
    if rest.starts_with(FUNCTION) {
        let call = function(rest)?;
        return Some(one(at, at + call.len, call));
    }
    if rest.starts_with(DEEPSEEK_CALL) {
        return Some(deepseek(text, at));
    }
    if rest.starts_with(MISTRAL) {
        return mistral(text, at);
    }
    if rest.starts_with(LLAMA) {
        return Some(llama(text, at));
    }
    markup(rest, at)
}

/// Whether a message begins with a tool result.
pub(super) fn starts_with_result(text: &str) -> bool {
    let results = RESULTS.iter().map(|(open, _)| *open);
    results.chain(["<｜tool▁outputs▁begin｜>"]).any(|open| text.starts_with(open))
}

/// The result that starts at `at`.
pub(super) fn result(text: &str, at: usize) -> Option<Found<'_>> {
    let rest = cut(text, at..text.len());
    let Some((open, close)) = RESULTS.iter().find(|(open, _)| rest.starts_with(open)) else {
        return markup(rest, at);
    };
    let content = cut(rest, open.len()..rest.len());
    let len = content.find(close);
    let body = cut(content, 0..len.unwrap_or(content.len())).trim();
    let end = len.map_or(text.len(), |len| at + open.len() + len + close.len());
    let kind = result_kind(body);
    let flag = len.is_none().then_some("unclosed_tool_call");
    Some(Found { parts: vec![Part { kind, range: at..end, body: Cow::Borrowed(body) }], end, flag })
}

/// Hermes and Mistral results name their call inside the JSON.
fn result_kind(body: &str) -> PartKind {
    let value = if body.starts_with('{') { json::parse(body).ok() } else { None };
    let value = value.map(|(value, _)| value).filter(|value| value.has("content"));
    let field = |keys: &[&str]| value.as_ref().and_then(|v| v.any_of(keys).display());
    PartKind::ToolResult { name: field(&["name"]), id: field(&["call_id", "tool_call_id"]) }
}

fn markup(rest: &str, at: usize) -> Option<Found<'_>> {
    let token = MARKUP.iter().find(|token| rest.starts_with(**token))?;
    let end = at + token.len();
    let body = Cow::Borrowed("");
    let parts = vec![Part { kind: PartKind::Markup, range: at..end, body }];
    Some(Found { parts, end, flag: None })
}

/// A call as written, and how many bytes it took.
#[derive(Debug, Default)]
struct Call {
    name: String,
    id: Option<String>,
    arguments: String,
    free_text: bool,
    len: usize,
    unclosed: bool,
}

fn one<'a>(start: usize, end: usize, call: Call) -> Found<'a> {
    let flag = call.unclosed.then_some("unclosed_tool_call");
    Found { parts: vec![part(start, end, call)], end, flag }
}

fn part<'a>(start: usize, end: usize, call: Call) -> Part<'a> {
    let kind = PartKind::ToolCall { name: call.name, id: call.id, json: !call.free_text };
    Part { kind, range: start..end, body: Cow::Owned(call.arguments) }
}

/// `<tool_call>` around JSON, `<function=…>` or GLM's keys. The end is looked for *after* the
/// call, because arguments may contain the closing tag.
fn tagged(text: &str, at: usize) -> Found<'_> {
    let content = cut(text, at + CALL.len()..text.len());
    let blank = content.len() - content.trim_start().len();
    let inner = cut(content, blank..content.len());
    let mut call = match inner.as_bytes().first() {
        Some(b'{') => json_call(inner),
        Some(b'<') => function(inner),
        _ => None,
    }
    .unwrap_or_else(|| unparsed(inner));
    let after = cut(inner, call.len..inner.len());
    let gap = after.len() - after.trim_start().len();
    let closed = after.trim_start().starts_with(CALL_END);
    call.unclosed |= !closed;
    let tail = if closed { gap + CALL_END.len() } else { 0 };
    let end = at + CALL.len() + blank + call.len + tail;
    one(at, end, call)
}

fn json_call(inner: &str) -> Option<Call> {
    let (value, len, _) = json::parse_prefix(inner).ok()?;
    Some(Call { len, ..call_of(&value)? })
}

/// The call an object describes.
fn call_of(value: &Json<'_>) -> Option<Call> {
    let function = if value.at("function").is_object() { value.at("function") } else { value };
    let name = function.any_of(&["name", "tool_name", "function"]).display()?;
    let arguments = arguments_text(function.any_of(&["arguments", "parameters", "args", "input"]));
    Some(Call { name, id: value.string("id"), arguments, ..Call::default() })
}

/// What stands up to the closing tag, if it is in no known syntax or cut off.
fn unparsed(inner: &str) -> Call {
    let len = inner.find(CALL_END);
    let raw = cut(inner, 0..len.unwrap_or(inner.len()));
    let call = glm(raw).unwrap_or_else(|| Call {
        name: salvaged_name(raw).unwrap_or_default(),
        arguments: raw.trim().to_owned(),
        ..Call::default()
    });
    Call { len: raw.len(), ..call }
}

/// The value of the first `"name"` in broken JSON.
fn salvaged_name(raw: &str) -> Option<String> {
    let (_, rest) = raw.split_once("\"name\"")?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    let (value, _, _) = json::parse_prefix(rest).ok()?;
    value.str().map(str::to_owned)
}

/// `name <arg_key>k</arg_key> <arg_value>v</arg_value> …`
fn glm(raw: &str) -> Option<Call> {
    let (name, rest) = raw.split_once("<arg_key>")?;
    let mut arguments = Vec::new();
    for pair in rest.split("<arg_key>") {
        let (key, value) = pair.split_once("</arg_key>")?;
        let (_, value) = value.split_once("<arg_value>")?;
        let value = value.rsplit_once("</arg_value>").map_or(value, |(value, _)| value);
        arguments.push((Cow::Borrowed(key.trim()), Json::String(Cow::Borrowed(value))));
    }
    let arguments = Json::Object(arguments).compact();
    Some(Call { name: name.trim().to_owned(), arguments, ..Call::default() })
}

/// `<function=name> <parameter=key> value </parameter> … </function>`
fn function(text: &str) -> Option<Call> {
    let rest = text.strip_prefix(FUNCTION)?;
    let (name, mut rest) = rest.split_once(['>', '<', '\n'])?;
    if !text.get(FUNCTION.len() + name.len()..)?.starts_with('>') {
        return None;
    }
    let mut arguments = Vec::new();
    while let Some(parameter) = rest.trim_start().strip_prefix("<parameter=") {
        let Some((key, value)) = parameter.split_once('>') else { break };
        let (value, after) = parameter_end(value);
        let value = value.strip_prefix('\n').unwrap_or(value);
        let value = value.strip_suffix('\n').unwrap_or(value);
        arguments.push((Cow::Borrowed(key.trim()), Json::String(Cow::Borrowed(value))));
        rest = after;
    }
    let closed = rest.trim_start().strip_prefix(FUNCTION_END);
    let rest = closed.unwrap_or(rest);
    Some(Call {
        name: name.trim().to_owned(),
        arguments: Json::Object(arguments).compact(),
        len: text.len() - rest.len(),
        unclosed: closed.is_none(),
        ..Call::default()
    })
}

/// A value ends at the `</parameter>` that another parameter or the end follows; earlier ones
/// belong to the value.
fn parameter_end(value: &str) -> (&str, &str) {
    const END: &str = "</parameter>";
    let mut from = 0;
    while let Some(found) = cut(value, from..value.len()).find(END) {
        let at = from + found;
        let after = cut(value, at + END.len()..value.len());
        let next = after.trim_start();
        let ends = ["<parameter=", FUNCTION_END, CALL_END].iter().any(|tag| next.starts_with(tag));
        if ends || next.is_empty() {
            return (cut(value, 0..at), after);
        }
        from = at + END.len();
    }
    (value, "")
}

fn deepseek(text: &str, at: usize) -> Found<'_> {
    let content = cut(text, at + DEEPSEEK_CALL.len()..text.len());
    let len = content.find(DEEPSEEK_CALL_END);
    let body = cut(content, 0..len.unwrap_or(content.len()));
    let (head, tail) = body.split_once(DEEPSEEK_SEP).unwrap_or(("", body));
    // V3 and R1: `function<sep>name\n```json\n{…}\n```; V3.1: `name<sep>{…}`.
    let (name, arguments) = match tail.split_once("```json") {
        Some((name, fenced)) => {
            let fenced = fenced.trim().strip_suffix("```").unwrap_or(fenced);
            (name.trim(), fenced.trim())
        }
        None => (head.trim(), tail.trim()),
    };
    let call = Call {
        name: name.to_owned(),
        arguments: arguments.to_owned(),
        unclosed: len.is_none(),
        ..Call::default()
    };
    let tail = len.map_or(content.len(), |len| len + DEEPSEEK_CALL_END.len());
    one(at, at + DEEPSEEK_CALL.len() + tail, call)
}

/// `[TOOL_CALLS][{…}, …]`, or from v11 on `[TOOL_CALLS]name[CALL_ID]id[ARGS]{…}`.
fn mistral(text: &str, at: usize) -> Option<Found<'_>> {
    let start = at + MISTRAL.len();
    let content = cut(text, start..text.len());
    let blank = content.len() - content.trim_start().len();
    let inner = content.trim_start();
    if inner.starts_with(['[', '{'])
        && let Ok((value, len, _)) = json::parse_prefix(inner)
    {
        return several(&value, at, start + blank + len);
    }
    // Names are short; the bound keeps the search linear.
    let mut window = inner.len().min(MAX_NAME);
    while !inner.is_char_boundary(window) {
        window -= 1;
    }
    let (head, _) = cut(inner, 0..window).split_once("[ARGS]")?;
    let rest = cut(inner, head.len() + "[ARGS]".len()..inner.len());
    let (name, id) = head.split_once("[CALL_ID]").map_or((head, None), |(n, id)| (n, Some(id)));
    let len = json::parse_prefix(rest).map_or(rest.len(), |(_, len, _)| len);
    let call = Call {
        name: name.trim().to_owned(),
        id: id.map(|id| id.trim().to_owned()),
        arguments: cut(rest, 0..len).trim().to_owned(),
        ..Call::default()
    };
    Some(one(at, text.len() - rest.len() + len, call))
}

/// Several calls in one JSON value: the first part gets the bytes, the others stand at its end.
fn several<'a>(value: &Json<'_>, start: usize, end: usize) -> Option<Found<'a>> {
    let calls = match value {
        Json::Array(items) => items.iter().filter_map(call_of).collect(),
        other => vec![call_of(other)?],
    };
    let mut from = start;
    let mut parts = Vec::new();
    for call in calls {
        parts.push(part(from, end, call));
        from = end;
    }
    (!parts.is_empty()).then_some(Found { parts, end, flag: None })
}

/// JSON calls separated by `;`, or the source text of a built-in tool.
fn llama(text: &str, at: usize) -> Found<'_> {
    let start = at + LLAMA.len();
    let content = cut(text, start..text.len());
    let ends = |at: &usize| ["<|eom_id|>", "<|eot_id|>"].contains(&cut(content, *at..*at + 10));
    let len = memchr::memchr_iter(b'<', content.as_bytes()).find(ends);
    let end = start + len.map_or(content.len(), |len| len + "<|eom_id|>".len());
    let body = cut(content, 0..len.unwrap_or(content.len())).trim();
    let values: Vec<Json<'_>> = json_list(body);
    if !values.is_empty()
        && let Some(found) = several(&Json::Array(values), at, end)
    {
        return found;
    }
    let name = body.split_once(".call(").map_or("python", |(name, _)| name).trim();
    let name =
        if name.len() <= 64 && !name.contains(char::is_whitespace) { name } else { "python" };
    let call = Call {
        name: name.to_owned(),
        arguments: body.to_owned(),
        free_text: true,
        ..Call::default()
    };
    one(at, end, call)
}

fn json_list(body: &str) -> Vec<Json<'_>> {
    let mut values = Vec::new();
    let mut rest = body;
    while rest.starts_with('{') {
        let Ok((value, len, _)) = json::parse_prefix(rest) else { break };
        values.push(value);
        rest = cut(rest, len..rest.len()).trim_start_matches([';', ' ', '\n']);
    }
    values
}
