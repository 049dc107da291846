//! How `sweep` is told what its input is: a format by name, or a mapping.

use crate::formats::mapped::{self, Mapped, Mapping};
use crate::formats::registry::{self, Forced};
use anyhow::{Context as _, bail};
use std::io::Read as _;

/// What everything is read as, if not by its content.
#[derive(Debug, clap::Args)]
pub(super) struct ReadAs {
    /// Read everything as this format instead of looking at the content
    #[arg(long, value_name = "FORMAT")]
    input_format: Option<String>,
    /// Read any JSON by paths, as 'user=.prompt,reasoning=.thinking', or @FILE
    ///
    /// Each TARGET=PATH says where something stands in a record. Said, thought and done: system,
    /// user, reasoning, assistant; role with content; tool_name, tool_call_id, tool_arguments,
    /// tool_result, tool_error, tool_status, tool_exit_code. Around it: session, agent, agent_id,
    /// model, time, host, user_id. Roles are read as people write them: user, human, assistant,
    /// gpt, tool, system; thought, thinking, reasoning, analysis, cot or scratchpad is thought.
    ///
    /// A path is `.key`, `.a.b`, `."odd key"`, `.list[0]`, `.list[-1]`, `.list[]` (every element)
    /// or `.` (all of it); it goes on into JSON that is held as text. `.one//.other` takes the
    /// first that is there. A constant stands in double quotes: `model="gpt-x"`.
    ///
    /// With `messages=.turns[]` the other paths begin at each message (`system` at the record), and
    /// at the record if they begin with `$`. Records of one session form a conversation; without a session each record
    /// is one. A file may have one TARGET=PATH per line, and `#` comments.
    ///
    /// What was read without or with another mapping is read again, under new ids, and what is
    /// in the lake stays: try a mapping on a lake of its own.
    #[arg(long, value_name = "MAPPING", conflicts_with = "input_format")]
    map: Option<String>,
}

/// More than any mapping may have.
const MAX_FILE: u64 = 1 << 20;

impl ReadAs {
    /// What the arguments say, if anything.
    pub(super) fn forced(&self) -> anyhow::Result<Option<Forced>> {
        match (&self.map, &self.input_format) {
            (Some(map), _) => mapping(map).map(|map| Some(Forced::Mapped(Mapped::new(map)))),
            (None, Some(name)) => match registry::by_id(name) {
                Some(format) => Ok(Some(Forced::Known(format))),
                None if name == mapped::ID => {
                    bail!("`{name}` is read with --map, which says where things stand in a record")
                }
                None => bail!("unknown format `{name}`; `reveille formats` lists them"),
            },
            (None, None) => Ok(None),
        }
    }
}

/// The mapping that an argument is, or names the file of.
fn mapping(argument: &str) -> anyhow::Result<Mapping> {
    let Some(path) = argument.strip_prefix('@') else {
        return argument.parse().context("--map");
    };
    let file = std::fs::File::open(path).with_context(|| format!("--map: cannot open {path}"))?;
    let mut text = String::new();
    file.take(MAX_FILE + 1)
        .read_to_string(&mut text)
        .with_context(|| format!("--map: cannot read {path}"))?;
    if text.len() as u64 > MAX_FILE {
        bail!("--map {path}: longer than 1 MiB, as no mapping is");
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    text.parse().with_context(|| format!("--map {path}"))
}
