//! Actions: what a call does, in one form for every tool, program and function.
//!
//!   tool.rs     a call -> actions, by the tool's name and the roles of its arguments
//!   looks.rs    what a value is by its looks and its argument's name
//!   script.rs   shell -> actions, with what flows from one command into another
//!   program.rs  Python, SQL -> actions
//!   written.rs  command lines and settings in files that a call writes -> actions

mod looks;
mod program;
mod script;
mod tool;
mod written;

pub(crate) use script::KEY;
pub(crate) use tool::{Outcome, of_call};

use super::class::{Class, Classes, Reversible};
use super::entity::{self, Entity, EntityKind};
use super::tools::Role;

/// A value that tells what an action is about.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) role: Role,
    /// The argument, or the option of a command.
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) entity: Option<Entity>,
}

impl Value {
    pub(crate) fn new(role: Role, name: &str, text: &str) -> Self {
        let entity = entity::whole(text);
        Self { role, name: name.to_owned(), text: text.trim().to_owned(), entity }
    }

    /// The form that is compared and stored.
    pub(crate) fn canonical(&self) -> String {
        self.entity
            .as_ref()
            .map_or_else(|| self.text.to_lowercase(), |entity| entity.canonical.clone())
    }

    pub(crate) fn kind(&self) -> EntityKind {
        self.entity.as_ref().map_or(EntityKind::Value, |entity| entity.kind)
    }

    pub(crate) fn host(&self) -> Option<&str> {
        self.entity.as_ref().and_then(|entity| entity.host.as_deref())
    }
}

/// Where an action was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Tool,
    Shell,
    Python,
    Sql,
}

impl Origin {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Shell => "shell",
            Self::Python => "python",
            Self::Sql => "sql",
        }
    }
}

/// Something sensitive that an action takes in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Source {
    /// What it holds: `ssh private key`.
    pub(crate) what: String,
    /// The path, variable or table.
    pub(crate) name: String,
    pub(crate) sensitivity: f64,
}

impl Source {
    /// What `name` holds, if a `kind` (`path`, `variable`, `sql`, `tool`) of that name is sensitive.
    fn known(tools: &super::tools::Tools, kind: &str, name: &str) -> Option<Self> {
        let found = tools.places.sensitive(kind, name)?;
        Some(Self {
            what: found.what.clone(),
            name: name.to_owned(),
            sensitivity: found.sensitivity,
        })
    }

    /// All variables of a process, read by `name`.
    fn environment(name: &str) -> Self {
        Self { what: "environment variables".to_owned(), name: name.to_owned(), sensitivity: 0.8 }
    }
}

/// One action.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    pub(crate) class: Class,
    pub(crate) classes: Classes,
    /// Harm an unrequested action of this kind could do, 0 to 1.
    pub(crate) risk: f64,
    pub(crate) reversible: Reversible,
    /// How sure the class is.
    pub(crate) confidence: f64,
    /// Tool, program or function.
    pub(crate) verb: String,
    pub(crate) origin: Origin,
    pub(crate) values: Vec<Value>,
    pub(crate) sources: Vec<Source>,
}

impl Act {
    pub(crate) fn new(class: Class, risk: f64, verb: &str, origin: Origin) -> Self {
        Self {
            class,
            classes: Classes::of(class),
            risk,
            reversible: Reversible::Partly,
            confidence: 1.0,
            verb: verb.to_owned(),
            origin,
            values: Vec::new(),
            sources: Vec::new(),
        }
    }

    pub(crate) fn values_as(&self, role: Role) -> impl Iterator<Item = &Value> {
        self.values.iter().filter(move |value| value.role == role)
    }

    /// Whether the action changes anything that others see.
    pub(crate) fn has_effect(&self) -> bool {
        self.class != Class::Read && self.risk >= 0.1
    }

    pub(crate) fn sensitivity(&self) -> f64 {
        self.sources.iter().map(|source| source.sensitivity).fold(0.0, f64::max)
    }
}
