//! `reveille rules`: list, check, test, explain.

use super::exit::Exit;
use super::sweep::load_rules;
use super::ui::Ui;
use crate::detect::rules::{Node, RuleSet};
use crate::record::{Event, Kind, Role};
use crate::report::escape;
use crate::report::mask::mask;
use crate::report::summary::counted;
use anyhow::{Context as _, bail};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Work with detection rules (Sigma)
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(ListArgs),
    Check(CheckArgs),
    Test(TestArgs),
    Explain(ExplainArgs),
}

/// List the rules with kind, severity and lane
#[derive(Debug, clap::Args)]
struct ListArgs {
    /// Rule files or folders that add to or replace the shipped rules
    #[arg(long = "rules", value_name = "PATH")]
    rules: Vec<PathBuf>,
}

/// Check rule files and say what is wrong where
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  reveille rules check my-rules/")]
struct CheckArgs {
    /// Rule files or folders; the shipped rules if none
    paths: Vec<PathBuf>,
}

/// Run the cases that rules carry
#[derive(Debug, clap::Args)]
struct TestArgs {
    /// Rule files or folders; the shipped rules if none
    paths: Vec<PathBuf>,
}

/// Show why a rule matches a text, or does not
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  reveille rules explain RULE --kind reasoning 'The year is past, so I act now and say nothing.'")]
struct ExplainArgs {
    /// Rule id
    rule: String,
    /// Text of the event
    text: String,
    /// What the text is: reasoning, assistant_text, user_text, tool_call, tool_result, …
    #[arg(long, default_value = "reasoning")]
    kind: String,
    /// Tool name, for calls
    #[arg(long)]
    tool: Option<String>,
    /// Rule files or folders that add to or replace the shipped rules
    #[arg(long = "rules", value_name = "PATH")]
    rules: Vec<PathBuf>,
}

pub(super) fn run(args: &Args, ui: Ui) -> anyhow::Result<Exit> {
    match &args.command {
        Command::List(args) => list(args),
        Command::Check(args) => check(args, ui),
        Command::Test(args) => test(&args.paths, ui),
        Command::Explain(args) => explain(args),
    }
}

fn list(args: &ListArgs) -> anyhow::Result<Exit> {
    let rules = load_rules(&args.rules)?;
    let mut out = String::new();
    for rule in rules.rules() {
        let _ = writeln!(
            out,
            "{:<4} {:<13} {:<12} {:<44} {}",
            rule.kind.code(),
            rule.level.as_str(),
            rule.status.as_str(),
            rule.id,
            escape::line(&rule.title)
        );
    }
    Ui::data(&out)?;
    Ok(Exit::OK)
}

fn check(args: &CheckArgs, ui: Ui) -> anyhow::Result<Exit> {
    let rules = some_rules(&args.paths)?;
    for warning in rules.warnings() {
        ui.tell(&warning.to_string());
    }
    let always: Vec<&str> =
        rules.rules().filter(|rule| !rule.has_literals).map(|rule| rule.id.as_str()).collect();
    ui.tell(&format!("{} rules, no errors.", rules.rules().count()));
    if !always.is_empty() {
        ui.tell(&format!("Without a literal, so every event pays for them: {}", always.join(", ")));
    }
    Ok(Exit::OK)
}

fn some_rules(paths: &[PathBuf]) -> anyhow::Result<RuleSet> {
    if paths.is_empty() {
        return Ok(RuleSet::embedded());
    }
    RuleSet::load_only(paths).map_err(|found| {
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{} problem(s):\n{}", lines.len(), lines.join("\n"))
    })
}

fn test(paths: &[PathBuf], ui: Ui) -> anyhow::Result<Exit> {
    let rules = some_rules(paths)?;
    let results = rules.run_cases();
    let failed: Vec<_> = results.iter().filter(|case| !case.passed()).collect();
    for case in &failed {
        let wanted = if case.must_hit { "must hit, does not" } else { "must not hit, does" };
        Ui::error(&format!("{}: {wanted}: {}", case.rule, escape::line(&case.text)));
    }
    ui.tell(&format!(
        "{} of {}, {} failed.",
        counted(results.len() as u64, "case"),
        counted(rules.rules().count() as u64, "rule"),
        failed.len()
    ));
    for rule in rules.rules().filter(|rule| !results.iter().any(|case| case.rule == rule.id)) {
        ui.tell(&format!("{} has no cases: nothing of it was tested.", escape::line(&rule.id)));
    }
    if failed.is_empty() { Ok(Exit::OK) } else { bail!("{} case(s) failed", failed.len()) }
}

fn explain(args: &ExplainArgs) -> anyhow::Result<Exit> {
    let rules = load_rules(&args.rules)?;
    let event = event_of(args)?;
    let tree = rules
        .explain(&args.rule, &event)
        .with_context(|| format!("no rule `{}`; `reveille rules list` has them all", args.rule))?;
    let mut out = String::new();
    draw(&mut out, &tree, 0);
    Ui::data(&out)?;
    Ok(Exit::OK)
}

fn event_of(args: &ExplainArgs) -> anyhow::Result<Event> {
    let kind = Kind::parse(&args.kind).with_context(|| format!("unknown kind `{}`", args.kind))?;
    let role = match kind {
        Kind::UserText => Role::User,
        Kind::SystemPrompt | Kind::ToolDefinitions => Role::System,
        Kind::ToolResult => Role::Tool,
        _ => Role::Assistant,
    };
    let mut event = Event::new(kind, role);
    event.tool_name.clone_from(&args.tool);
    let text = Some(args.text.clone());
    match kind {
        Kind::Reasoning => event.reasoning = text,
        Kind::ToolCall => event.tool_call_arguments = text,
        Kind::ToolResult => event.tool_call_result = text,
        _ => event.text = text,
    }
    Ok(event)
}

fn draw(out: &mut String, node: &Node, depth: usize) {
    let mark = if node.matched { "yes" } else { "no " };
    let indent = "  ".repeat(depth);
    let _ = writeln!(out, "{mark} {indent}{}", escape::line(&node.label));
    if let Some(leaf) = &node.leaf {
        let value = leaf.value.as_deref().unwrap_or("(no value)");
        let value = escape::line(&mask(value)).into_owned();
        let _ = writeln!(out, "    {indent}  value: {}", escape::clip(&value, 100));
        if let Some(span) = &leaf.evidence {
            let quote = escape::line(&mask(&span.quote)).into_owned();
            let _ =
                writeln!(out, "    {indent}  matched bytes {}..{}: {quote}", span.start, span.end);
        }
    }
    for child in &node.children {
        draw(out, child, depth + 1);
    }
}
