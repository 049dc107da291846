//! The query grammar: a small recursive-descent parser with bounds and precise complaints.
//!
//! ```text
//! or      = and ( ("OR" | "||") and )*
//! and     = unary ( ("AND" | "&&")? unary )*
//! unary   = ("NOT" | "-" | "!" | "+")? primary
//! primary = "(" or ")" | field ":" primary | phrase | word | "*"
//! phrase  = '"' … '"' or "'" … "'", then optionally "~" digits or "*"
//! word    = anything up to white space, a parenthesis or a double quote, then optionally "*"
//! ```
//! The grammar is the one of the index library minus boosts, ranges and regular expressions;
//! those would make `[x]`, `/etc/passwd` and `a^b` mean something else than the text they are.

use super::query::{Literal, Node, QueryError};
use super::schema::Field;

/// Longest query, in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// Deepest nesting.
const MAX_DEPTH: usize = 32;
/// Most positions a phrase may be stretched by.
const MAX_SLOP: u32 = 1000;
/// Most terms and phrases.
const MAX_LITERALS: usize = 1024;

/// Parses a query.
pub(super) fn parse(text: &str) -> Result<Node, QueryError> {
    if text.len() > MAX_BYTES {
        return Err(QueryError::TooLarge { what: "bytes", limit: MAX_BYTES });
    }
    if text.trim().is_empty() {
        return Err(QueryError::Empty);
    }
    let mut parser = Parser { text, at: 0, depth: 0, literals: 0 };
    let root = parser.or(&Field::DEFAULT)?;
    match parser.peek() {
        None => Ok(root),
        Some(_) => Err(parser.unexpected()),
    }
}

struct Parser<'q> {
    text: &'q str,
    at: usize,
    depth: usize,
    literals: usize,
}

impl<'q> Parser<'q> {
    fn or(&mut self, fields: &[Field]) -> Result<Node, QueryError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(QueryError::TooLarge { what: "levels", limit: MAX_DEPTH });
        }
        let mut nodes = vec![self.and(fields)?];
        while self.operator(&["OR", "||"]) {
            nodes.push(self.and(fields)?);
        }
        self.depth -= 1;
        Ok(one_or(nodes, Node::Or))
    }

    fn and(&mut self, fields: &[Field]) -> Result<Node, QueryError> {
        let mut nodes = vec![self.unary(fields)?];
        loop {
            let explicit = self.operator(&["AND", "&&"]);
            let more = !matches!(self.peek(), None | Some(')')) && !self.sees(&["OR", "||"]);
            if !explicit && !more {
                return Ok(one_or(nodes, Node::And));
            }
            nodes.push(self.unary(fields)?);
        }
    }

    fn unary(&mut self, fields: &[Field]) -> Result<Node, QueryError> {
        let negated = self.operator(&["NOT"]) || self.sign(&['-', '!']);
        if !negated {
            self.sign(&['+']);
        }
        let node = self.primary(fields)?;
        Ok(if negated { Node::Not(Box::new(node)) } else { node })
    }

    fn primary(&mut self, fields: &[Field]) -> Result<Node, QueryError> {
        let start = self.skip_space();
        if self.sees(&["AND", "OR", "NOT", "&&", "||"]) {
            return Err(self.unexpected());
        }
        match self.peek() {
            None | Some(')') => Err(self.unexpected()),
            Some('(') => self.group(fields, start),
            Some(quote @ ('"' | '\'')) => self.phrase(fields, quote),
            Some(_) => self.word(fields),
        }
    }

    fn group(&mut self, fields: &[Field], start: usize) -> Result<Node, QueryError> {
        self.at += 1;
        let node = self.or(fields)?;
        if self.peek() != Some(')') {
            return Err(QueryError::Unclosed { open: '(', at: start });
        }
        self.at += 1;
        Ok(node)
    }

    fn phrase(&mut self, fields: &[Field], quote: char) -> Result<Node, QueryError> {
        let start = self.at;
        let mut literal = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        let closed = loop {
            match chars.next() {
                None => return Err(QueryError::Unclosed { open: quote, at: start }),
                Some((at, c)) if c == quote => break at,
                Some((_, '\\')) => literal.extend(chars.next().map(|(_, c)| c)),
                Some((_, c)) => literal.push(c),
            }
        };
        self.at += closed + 1;
        let slop = self.slop();
        let prefix = slop == 0 && self.rest().starts_with('*');
        self.at += usize::from(prefix);
        self.literal(fields, &literal, prefix, slop, start)
    }

    /// `~3` behind a phrase.
    fn slop(&mut self) -> u32 {
        let Some(rest) = self.rest().strip_prefix('~') else { return 0 };
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let Some(slop) = rest.get(..digits).and_then(|d| d.parse::<u32>().ok()) else { return 0 };
        self.at += 1 + digits;
        slop.min(MAX_SLOP)
    }

    fn word(&mut self, fields: &[Field]) -> Result<Node, QueryError> {
        let start = self.at;
        let rest = self.rest();
        let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"');
        let word = rest.split(ends).next().unwrap_or_default();
        if let Some(name) = field_name(word, rest) {
            self.at += name.len() + 1;
            let field = Field::parse(name);
            let unknown = || QueryError::UnknownField { name: name.to_owned(), at: start };
            return self.in_field(field.ok_or_else(unknown)?);
        }
        self.at += word.len();
        if word == "*" {
            return Ok(self.everything(fields));
        }
        let literal = word.strip_suffix('*').unwrap_or(word);
        if let Some(star) = literal.find('*').filter(|_| has_text(literal)) {
            return Err(QueryError::Wildcard { at: start + star });
        }
        self.literal(fields, literal, literal.len() < word.len(), 0, start)
    }

    /// What follows `field:`.
    fn in_field(&mut self, field: Field) -> Result<Node, QueryError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(QueryError::TooLarge { what: "levels", limit: MAX_DEPTH });
        }
        let node = self.primary(&[field])?;
        self.depth -= 1;
        Ok(node)
    }

    fn everything(&self, fields: &[Field]) -> Node {
        if fields == Field::DEFAULT { Node::All } else { Node::Literal(Literal::any_text(fields)) }
    }

    fn literal(
        &mut self,
        fields: &[Field],
        text: &str,
        prefix: bool,
        slop: u32,
        at: usize,
    ) -> Result<Node, QueryError> {
        self.literals += 1;
        if self.literals > MAX_LITERALS {
            return Err(QueryError::TooLarge { what: "terms", limit: MAX_LITERALS });
        }
        let literal = Literal::new(fields, text, prefix, slop);
        let nothing = || QueryError::NoToken { literal: text.to_owned(), at };
        Ok(Node::Literal(literal.ok_or_else(nothing)?))
    }

    fn rest(&self) -> &'q str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) -> usize {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
        self.at
    }

    fn peek(&mut self) -> Option<char> {
        self.skip_space();
        self.rest().chars().next()
    }

    /// Whether one of these operators comes next, as a word of its own.
    fn sees(&mut self, operators: &[&str]) -> bool {
        self.next_operator(operators).is_some()
    }

    /// Takes one of these operators, if one comes next.
    fn operator(&mut self, operators: &[&str]) -> bool {
        let length = self.next_operator(operators);
        self.at += length.unwrap_or(0);
        length.is_some()
    }

    fn next_operator(&mut self, operators: &[&str]) -> Option<usize> {
        self.skip_space();
        let rest = self.rest();
        let ends = |tail: &str| {
            tail.chars().next().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')' | '"'))
        };
        let found = operators.iter().find(|op| rest.strip_prefix(**op).is_some_and(ends));
        found.map(|operator| operator.len())
    }

    /// Takes a sign that is glued to a term: `-x`, but neither `- x` nor `--x`.
    fn sign(&mut self, signs: &[char]) -> bool {
        self.skip_space();
        let mut chars = self.rest().chars();
        let sign = chars.next().is_some_and(|c| signs.contains(&c));
        let glued = chars.next().is_some_and(|c| c.is_alphanumeric() || "(\"'_/.".contains(c));
        self.at += usize::from(sign && glued);
        sign && glued
    }

    fn unexpected(&mut self) -> QueryError {
        let at = self.skip_space();
        let word = self.rest().split_whitespace().next();
        let found = word.map_or_else(|| "the end".to_owned(), |word| format!("`{word}`"));
        QueryError::Unexpected { found, at }
    }
}

fn one_or(mut nodes: Vec<Node>, many: fn(Vec<Node>) -> Node) -> Node {
    match (nodes.len(), nodes.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            nodes.extend(last);
            many(nodes)
        }
    }
}

fn has_text(literal: &str) -> bool {
    literal.chars().any(char::is_alphanumeric)
}

/// The field name in front of a word. A known name always is one; another word with a colon is
/// taken for a mistyped name unless it looks like text: `https://…`, `12:30`, `C:\…`, `a::b`,
/// `note: this`.
fn field_name<'q>(word: &'q str, rest: &str) -> Option<&'q str> {
    let (name, value) = word.split_once(':')?;
    if Field::parse(name).is_some() {
        return Some(name);
    }
    let value_starts = rest.get(name.len() + 1..)?.chars().next()?;
    let identifier = name.len() > 1 && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
    let text_like = value.is_empty() && !matches!(value_starts, '(' | '"')
        || matches!(value_starts, '/' | '\\' | ':');
    (identifier && !text_like).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree in brackets: fields by initial, needles by their tokens.
    fn shape(query: &str) -> String {
        draw(&parse(query).unwrap())
    }

    fn draw(node: &Node) -> String {
        let list = |nodes: &[Node], sign: &str| {
            format!("({})", nodes.iter().map(draw).collect::<Vec<_>>().join(sign))
        };
        match node {
            Node::All => "*".to_owned(),
            Node::And(nodes) => list(nodes, " & "),
            Node::Or(nodes) => list(nodes, " | "),
            Node::Not(inner) => format!("!{}", draw(inner)),
            Node::Literal(literal) => draw_literal(literal),
        }
    }

    fn draw_literal(literal: &Literal) -> String {
        let default = literal.fields == Field::DEFAULT;
        let field = if default { "" } else { literal.fields[0].name() };
        let words = literal.needles.iter().map(|needle| {
            let words: Vec<_> = needle.terms.iter().map(|(_, term)| term.as_str()).collect();
            let slop = if needle.slop > 0 { format!("~{}", needle.slop) } else { String::new() };
            format!("{}{}{slop}", words.join(" "), if needle.prefix { "*" } else { "" })
        });
        format!("{field}[{}]", words.collect::<Vec<_>>().join("/"))
    }

    #[test]
    fn operators_bind_as_expected() {
        assert_eq!(shape("a b OR c"), "(([a] & [b]) | [c])");
        assert_eq!(shape("a AND (b || c) -d"), "([a] & ([b] | [c]) & ![d])");
        assert_eq!(shape("NOT a"), "![a]");
        assert_eq!(shape("+a !b"), "([a] & ![b])");
        assert_eq!(shape("a OR NOT b"), "([a] | ![b])");
    }

    #[test]
    fn phrases_prefixes_and_fields() {
        assert_eq!(
            shape("\"deployment\" AND reasoning:pretend"),
            "([deployment] & reasoning[pretend])"
        );
        assert_eq!(shape("'not be det'*"), "[not be det*]");
        assert_eq!(shape("\"a b\"~3"), "[a b~3]");
        assert_eq!(shape("reasoning: pretend"), "reasoning[pretend]");
        assert_eq!(shape("cot:(a OR b)"), "(reasoning[a] | reasoning[b])");
        assert_eq!(shape("tool:*"), "tool[*]");
        assert_eq!(shape("*"), "*");
        assert_eq!(shape("session:ABC-1"), "conversation[abc-1]");
        assert_eq!(shape("getUserN*"), "[getusern*/get user n*]");
        assert_eq!(shape(r#""say \"hi\"""#), "[say hi]");
        assert_eq!(shape("東京*"), "[東京]");
    }

    #[test]
    fn text_that_looks_like_syntax_is_text() {
        assert_eq!(shape("https://example.com/x"), "[https example com x]");
        assert_eq!(shape("12:30"), "[12 30]");
        assert_eq!(shape(r"C:\Windows"), "[c windows]");
        assert_eq!(shape("std::fs"), "[std fs]");
        assert_eq!(shape("/etc/passwd"), "[etc passwd]");
        assert_eq!(shape("--force don't [x]"), "([force] & [don t] & [x])");
        assert_eq!(shape("and or not"), "([and] & [or] & [not])");
    }

    #[test]
    fn mistakes_are_explained_with_their_place() {
        let error = |query: &str| parse(query).unwrap_err();
        assert_eq!(error(" "), QueryError::Empty);
        assert_eq!(error("a \"b"), QueryError::Unclosed { open: '"', at: 2 });
        assert_eq!(error("(a"), QueryError::Unclosed { open: '(', at: 0 });
        assert_eq!(
            error("resoning:x"),
            QueryError::UnknownField { name: "resoning".into(), at: 0 }
        );
        assert_eq!(error("de*oy"), QueryError::Wildcard { at: 2 });
        assert_eq!(error("a !!!"), QueryError::NoToken { literal: "!!!".into(), at: 2 });
        for query in ["a AND", "OR a", "a )", "()", "NOT", "text:", "a AND OR b"] {
            assert!(parse(query).is_err(), "{query}");
        }
        assert!(error("a AND").to_string().contains("the end"));
    }

    #[test]
    fn size_and_depth_are_bounded() {
        for (open, close) in [("(", ")"), ("text:(", ")"), ("NOT (", ")"), ("text:", "")] {
            let deep = format!("{}a{}", open.repeat(10_000), close.repeat(10_000));
            assert!(matches!(parse(&deep), Err(QueryError::TooLarge { .. })), "{open}");
        }
        assert!(matches!(parse(&"a ".repeat(2000)), Err(QueryError::TooLarge { .. })));
        assert!(matches!(parse(&"a".repeat(100_000)), Err(QueryError::TooLarge { .. })));
    }

    proptest::proptest! {
        #[test]
        fn no_query_breaks_the_parser(query in "\\PC{0,60}|[a-c:()\"' *+!~-]{0,40}|(AND|OR|NOT| |a|\\(|\\)){0,20}") {
            let _ = parse(&query);
        }
    }
}
