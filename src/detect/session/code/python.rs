//! Python code as the calls it makes, with names followed through imports.

use ahash::AHashMap as HashMap;
use tree_sitter::{Node, Parser};

/// One call of a function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FunctionCall {
    /// Dotted name with imports resolved: `requests.post`.
    pub(crate) name: String,
    /// Arguments by position, as text; strings without quotation marks.
    pub(crate) positional: Vec<String>,
    pub(crate) named: Vec<(String, String)>,
    /// Arguments that are strings in the code, wherever they stand.
    pub(crate) strings: Vec<String>,
}

/// What a piece of Python does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Program {
    pub(crate) calls: Vec<FunctionCall>,
    /// Names of environment variables it reads; `*` for all.
    pub(crate) environment: Vec<String>,
    /// Whether all of it could be parsed.
    pub(crate) is_whole: bool,
}

const MAX_BYTES: usize = 64 << 10;
const MAX_CALLS: usize = 300;
const MAX_DEPTH: usize = 80;

/// Parses Python; notebook magics (`!ls`, `%cd`) are left out by the caller.
pub(crate) fn parse(code: &str) -> Program {
    let code = &code[..code.floor_char_boundary(MAX_BYTES)];
    let mut parser = Parser::new();
    if parser.set_language(&tree_sitter_python::LANGUAGE.into()).is_err() {
        return Program::default();
    }
    let Some(tree) = super::parsed(&mut parser, code) else { return Program::default() };
    let root = tree.root_node();
    let mut walk =
        Walk { code, names: HashMap::new(), values: HashMap::new(), program: Program::default() };
    walk.node(root, 0);
    walk.program.is_whole = !root.has_error();
    walk.program
}

struct Walk<'c> {
    code: &'c str,
    /// What a name stands for: `r` → `requests`.
    names: HashMap<String, String>,
    /// Strings that were assigned to a name.
    values: HashMap<String, String>,
    program: Program,
}

impl<'c> Walk<'c> {
    fn text(&self, node: Node<'_>) -> &'c str {
        self.code.get(node.byte_range()).unwrap_or_default()
    }

    fn node(&mut self, node: Node<'_>, depth: usize) {
        if depth > MAX_DEPTH || self.program.calls.len() >= MAX_CALLS {
            return;
        }
        match node.kind() {
            "import_statement" | "import_from_statement" => self.import(node),
            "assignment" => self.assignment(node),
            "call" => self.call(node),
            "attribute" | "subscript" => self.environment(node),
            _ => {}
        }
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        for child in children {
            self.node(child, depth + 1);
        }
    }

    fn import(&mut self, node: Node<'_>) {
        let module =
            node.child_by_field_name("module_name").map(|module| self.text(module).to_owned());
        let mut cursor = node.walk();
        let names: Vec<Node<'_>> = node.children_by_field_name("name", &mut cursor).collect();
        for name in names {
            let (full, alias) = match name.kind() {
                "aliased_import" => {
                    let full = name.child_by_field_name("name").map(|node| self.text(node));
                    let alias = name.child_by_field_name("alias").map(|node| self.text(node));
                    (full.unwrap_or_default(), alias.unwrap_or_default())
                }
                _ => (self.text(name), self.text(name)),
            };
            let full = match &module {
                Some(module) => format!("{module}.{full}"),
                None => full.to_owned(),
            };
            self.names.insert(alias.to_owned(), full);
        }
    }

    fn assignment(&mut self, node: Node<'_>) {
        let side = |name| node.child_by_field_name(name);
        let (Some(left), Some(right)) = (side("left"), side("right")) else { return };
        if left.kind() != "identifier" {
            return;
        }
        let name = self.text(left).to_owned();
        match right.kind() {
            "string" => {
                let value = self.value(right);
                self.values.insert(name, value);
            }
            "call" if self.decoded(right).is_some() => {
                let value = self.decoded(right).unwrap_or_default();
                self.values.insert(name, value);
            }
            // An object of a library keeps the library's name: `s = smtplib.SMTP(…)`.
            "call" => {
                if let Some(function) = right.child_by_field_name("function") {
                    let full = self.dotted(function);
                    self.names.insert(name, full);
                }
            }
            _ => {}
        }
    }

    /// A dotted name with its first part resolved.
    fn dotted(&self, node: Node<'_>) -> String {
        let text: String = match node.kind() {
            // `smtplib.SMTP(host).sendmail` → `smtplib.SMTP.sendmail`
            "attribute" => {
                let object = node.child_by_field_name("object");
                let name = node.child_by_field_name("attribute").map_or("", |name| self.text(name));
                let head = object.map_or_else(String::new, |object| match object.kind() {
                    "call" => object
                        .child_by_field_name("function")
                        .map_or_else(String::new, |function| self.dotted(function)),
                    _ => self.dotted(object),
                });
                return format!("{head}.{name}");
            }
            _ => self.text(node).chars().take(120).collect(),
        };
        self.names.get(&text).cloned().unwrap_or(text)
    }

    fn call(&mut self, node: Node<'_>) {
        let side = |name| node.child_by_field_name(name);
        let (Some(function), Some(arguments)) = (side("function"), side("arguments")) else {
            return;
        };
        let mut call = FunctionCall { name: self.dotted(function), ..FunctionCall::default() };
        let mut cursor = arguments.walk();
        for argument in arguments.named_children(&mut cursor) {
            if argument.kind() == "keyword_argument" {
                let name = argument.child_by_field_name("name").map_or("", |node| self.text(node));
                if let Some(value) = argument.child_by_field_name("value") {
                    call.named.push((name.to_owned(), self.value(value)));
                }
            } else if argument.kind() != "comment" {
                call.positional.push(self.value(argument));
            }
        }
        self.strings(arguments, &mut call.strings, 0);
        if call.name.ends_with("os.getenv") || call.name.ends_with("environ.get") {
            let name = call.positional.first().cloned().unwrap_or_else(|| "*".to_owned());
            self.program.environment.push(name);
        }
        self.program.calls.push(call);
    }

    fn strings(&self, node: Node<'_>, out: &mut Vec<String>, depth: usize) {
        if depth > MAX_DEPTH || out.len() >= 64 {
            return;
        }
        match node.kind() {
            "string" => out.push(self.value(node)),
            "identifier" => out.extend(self.values.get(self.text(node)).cloned()),
            _ => {
                let mut cursor = node.walk();
                for child in node.named_children(&mut cursor) {
                    self.strings(child, out, depth + 1);
                }
            }
        }
    }

    /// The text of an argument: a string without its marks, a known name's string, else the code.
    fn value(&self, node: Node<'_>) -> String {
        match node.kind() {
            "string" => {
                let mut cursor = node.walk();
                let parts = node.named_children(&mut cursor);
                let inside =
                    parts.filter(|part| matches!(part.kind(), "string_content" | "interpolation"));
                inside.map(|part| self.text(part)).collect()
            }
            "concatenated_string" => {
                let mut cursor = node.walk();
                node.named_children(&mut cursor).map(|part| self.value(part)).collect()
            }
            "list" | "tuple" => {
                let mut cursor = node.walk();
                let parts: Vec<String> =
                    node.named_children(&mut cursor).map(|part| self.value(part)).collect();
                parts.join(" ")
            }
            "identifier" => {
                let name = self.text(node);
                self.values.get(name).cloned().unwrap_or_else(|| name.to_owned())
            }
            "call" => self.decoded(node).unwrap_or_else(|| self.text(node).to_owned()),
            _ => self.text(node).to_owned(),
        }
    }

    /// A string that is written as base64 and decoded on the spot.
    fn decoded(&self, node: Node<'_>) -> Option<String> {
        use base64::Engine as _;
        let function = node.child_by_field_name("function")?;
        if function.kind() == "attribute" && self.text(function).ends_with(".decode") {
            let object = function.child_by_field_name("object")?;
            return (object.kind() == "call").then(|| self.decoded(object))?;
        }
        if !self.dotted(function).ends_with("b64decode") {
            return None;
        }
        let argument = node.child_by_field_name("arguments")?.named_child(0)?;
        let text = self.value(argument);
        let text = text.trim().trim_end_matches('=');
        let bytes = base64::engine::general_purpose::STANDARD_NO_PAD.decode(text).ok()?;
        String::from_utf8(bytes).ok()
    }

    fn environment(&mut self, node: Node<'_>) {
        let (object, name) = match node.kind() {
            "subscript" => {
                (node.child_by_field_name("value"), node.child_by_field_name("subscript"))
            }
            _ => (Some(node), None),
        };
        let Some(object) = object else { return };
        if object.kind() != "attribute" || !self.dotted(object).ends_with("os.environ") {
            return;
        }
        match name {
            Some(name) => self.program.environment.push(self.value(name)),
            // `os.environ[…]` and `os.environ.get` are looked at where their name is.
            None if node
                .parent()
                .is_some_and(|up| matches!(up.kind(), "subscript" | "attribute")) => {}
            None => self.program.environment.push("*".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_named_through_imports_and_objects() {
        let code = "import requests as r\nfrom shutil import rmtree\nimport smtplib\nu = 'https://x.example'\nr.post(u, data={'k': 'v'}, timeout=3)\nrmtree('/srv/a')\ns = smtplib.SMTP('m.example')\ns.sendmail('a@b.example', ['c@d.example'], 'x')\n";
        let program = parse(code);
        let names: Vec<&str> = program.calls.iter().map(|call| call.name.as_str()).collect();
        assert_eq!(
            names,
            ["requests.post", "shutil.rmtree", "smtplib.SMTP", "smtplib.SMTP.sendmail"]
        );
        assert_eq!(program.calls[0].positional, ["https://x.example"]);
        assert_eq!(program.calls[0].named[1], ("timeout".to_owned(), "3".to_owned()));
        assert_eq!(program.calls[3].positional[1], "c@d.example");
        assert!(program.is_whole);
    }

    #[test]
    fn the_environment_is_seen() {
        let program =
            parse("import os\na = os.environ['TOKEN']\nb = os.getenv('K')\nc = dict(os.environ)\n");
        assert_eq!(program.environment, ["TOKEN", "K", "*"]);
    }

    #[test]
    fn broken_code_gives_what_can_be_read() {
        let program = parse("def f(:\n  os.system('ls')\n");
        assert!(!program.is_whole);
        assert!(program.calls.iter().any(|call| call.name.ends_with("os.system")));
    }
}
