//! A session's graph as text, DOT or Mermaid.
//!
//! Labels are transcript text: masked, escaped and cut here, so that no drawing tool is given
//! anything it could take for an instruction.

use super::escape;
use super::mask::mask;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How a graph is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphFormat {
    /// For reading.
    Text,
    /// For Graphviz.
    Dot,
    /// For Markdown.
    Mermaid,
}

impl GraphFormat {
    /// Reads `text`, `dot` or `mermaid`.
    ///
    /// # Errors
    /// With the names there are.
    pub fn parse(name: &str) -> Result<Self, String> {
        match name {
            "text" => Ok(Self::Text),
            "dot" => Ok(Self::Dot),
            "mermaid" => Ok(Self::Mermaid),
            _ => Err("expected text, dot or mermaid".to_owned()),
        }
    }
}

/// An event.
#[derive(Debug, Clone, Default)]
pub struct Node {
    /// Its id.
    pub id: String,
    /// `user_text`, `tool_call`, ….
    pub kind: String,
    /// Its tool, for calls and results.
    pub tool: String,
    /// What it says.
    pub text: String,
    /// What was judged of it, for calls.
    pub note: String,
}

/// An edge between two events.
#[derive(Debug, Clone, Default)]
pub struct Link {
    /// Where it begins.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// `request`, `result`, `value_flow`, ….
    pub kind: String,
    /// The value that flows.
    pub detail: String,
}

const MAX_LABEL: usize = 72;

fn short(text: &str) -> String {
    let masked = mask(text);
    let line = escape::line(&masked);
    let mut cut: String = line.chars().take(MAX_LABEL).collect();
    if cut.len() < line.len() {
        cut.push('…');
    }
    cut
}

fn label(node: &Node) -> String {
    let tool = if node.tool.is_empty() { String::new() } else { format!(" {}", short(&node.tool)) };
    format!("{}{tool}: {}", node.kind, short(&node.text))
}

/// Draws a graph; nodes in order of the session.
#[must_use]
pub fn draw(nodes: &[Node], links: &[Link], format: GraphFormat) -> String {
    match format {
        GraphFormat::Text => text(nodes, links),
        GraphFormat::Dot => dot(nodes, links),
        GraphFormat::Mermaid => mermaid(nodes, links),
    }
}

/// Every node with what leads to it.
fn text(nodes: &[Node], links: &[Link]) -> String {
    let numbers: BTreeMap<&str, usize> =
        nodes.iter().enumerate().map(|(at, node)| (node.id.as_str(), at + 1)).collect();
    let mut into: BTreeMap<&str, Vec<&Link>> = BTreeMap::new();
    for link in links {
        into.entry(link.to.as_str()).or_default().push(link);
    }
    let mut out = String::new();
    for (at, node) in nodes.iter().enumerate() {
        let id: String = node.id.chars().take(12).collect();
        let _ = writeln!(out, "{:>4}  {id}  {}", at + 1, label(node));
        for link in into.get(node.id.as_str()).into_iter().flatten() {
            let Some(from) = numbers.get(link.from.as_str()) else { continue };
            let detail = if link.detail.is_empty() {
                String::new()
            } else {
                format!("  {}", short(&link.detail))
            };
            let _ = writeln!(out, "        ← {from} {}{detail}", link.kind);
        }
        if !node.note.is_empty() {
            let _ = writeln!(out, "        = {}", short(&node.note));
        }
    }
    out
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn dot(nodes: &[Node], links: &[Link]) -> String {
    let mut out =
        String::from("digraph session {\n  rankdir=TB;\n  node [shape=box, fontsize=10];\n");
    for node in nodes {
        let _ = writeln!(out, "  \"{}\" [label=\"{}\"];", node.id, quoted(&label(node)));
    }
    for link in links {
        let detail = quoted(&short(&link.detail));
        let _ = writeln!(
            out,
            "  \"{}\" -> \"{}\" [label=\"{} {detail}\"];",
            link.from, link.to, link.kind
        );
    }
    out.push_str("}\n");
    out
}

/// What Mermaid would take for markup becomes an entity.
fn entity(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '"' => "#quot;".to_owned(),
            '<' => "#lt;".to_owned(),
            '>' => "#gt;".to_owned(),
            '&' => "#amp;".to_owned(),
            '#' => "#35;".to_owned(),
            '`' | '|' | '[' | ']' | '{' | '}' => format!("#{};", c as u32),
            _ => c.to_string(),
        })
        .collect()
}

fn mermaid(nodes: &[Node], links: &[Link]) -> String {
    let mut out = String::from("flowchart TD\n");
    for node in nodes {
        let _ = writeln!(out, "  n{}[\"{}\"]", node.id, entity(&label(node)));
    }
    for link in links {
        let detail = entity(&short(&link.detail));
        let _ = writeln!(out, "  n{} -->|\"{} {detail}\"| n{}", link.from, link.kind, link.to);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph() -> (Vec<Node>, Vec<Link>) {
        let node = |id: &str, kind: &str, text: &str| Node {
            id: id.into(),
            kind: kind.into(),
            text: text.into(),
            ..Node::default()
        };
        let nodes = vec![
            node("a1", "user_text", "mail \"it\" <b>\u{1b}[2J"),
            node("b2", "tool_call", "AKIAIOSFODNN7EXAMPLE"),
        ];
        let link = Link {
            from: "a1".into(),
            to: "b2".into(),
            kind: "request".into(),
            detail: "x]\"y".into(),
        };
        (nodes, vec![link])
    }

    #[test]
    fn all_forms_draw_the_same_graph_and_none_lets_markup_through() {
        let (nodes, links) = graph();
        for format in [GraphFormat::Text, GraphFormat::Dot, GraphFormat::Mermaid] {
            let drawn = draw(&nodes, &links, format);
            assert!(drawn.contains("request"), "{drawn}");
            assert!(!drawn.contains('\u{1b}') && !drawn.contains("IOSFODNN7"), "{drawn}");
        }
        assert!(draw(&nodes, &links, GraphFormat::Dot).contains("\\\"it\\\""));
        assert!(draw(&nodes, &links, GraphFormat::Mermaid).contains("#lt;b#gt;"));
        assert_eq!(GraphFormat::parse("dot"), Ok(GraphFormat::Dot));
    }
}
