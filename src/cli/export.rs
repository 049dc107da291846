//! `reveille export`: events as NDJSON that Reveille reads again.

use super::exit::Exit;
use super::options::{Global, LakeArg};
use super::query::{literal, open};
use super::session::find;
use crate::formats::evals::canonical_write::write;
use crate::query::repl::interruptible;
use crate::record::columns::events_of;
use crate::record::{Event, Fields};
use crate::report::mask::mask;
use std::io::Write as _;

/// Write events as JSON lines, all columns, readable by any tool and by `sweep`
///
/// Secrets are masked. With --with-secrets the rows are whole, and a sweep of them into another
/// lake gives the same rows again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  reveille export --session 019982b8-1f | jq -r .text
  reveille export --with-secrets | zstd > events.jsonl.zst")]
pub(crate) struct Args {
    #[command(flatten)]
    lake: LakeArg,
    /// Only this session; the id may be shortened
    #[arg(long)]
    session: Option<String>,
    /// Leave secrets as they were logged
    #[arg(long)]
    with_secrets: bool,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let opened = open(&args.lake, global)?;
    let filter = match &args.session {
        Some(session) => format!("where session_id = {}", literal(&find(&opened, session)?)),
        None => String::new(),
    };
    let sql = format!(
        "select * from events {filter} \
         order by stream_id, seq, message_index, part_index, event_id"
    );
    let mut out = std::io::BufWriter::new(std::io::stdout());
    opened.runtime.block_on(interruptible(async {
        let mut results = opened.session.sql(&sql).await?;
        while let Some(batch) = results.next().await? {
            let events = events_of(&batch)
                .map_err(|error| crate::query::QueryError::Execution(error.to_string()))?;
            for mut event in events {
                if !args.with_secrets {
                    mask_event(&mut event);
                }
                out.write_all(write(&event, None).as_bytes())?;
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    }))?;
    out.flush()?;
    Ok(Exit::OK)
}

fn mask_event(event: &mut Event) {
    let event: &mut Fields = event;
    let texts = [
        &mut event.text,
        &mut event.reasoning,
        &mut event.tool_call_arguments,
        &mut event.tool_call_result,
    ];
    for text in texts.into_iter().flatten() {
        hide(text);
    }
    if event.error_message.is_some() {
        event.error_message.iter_mut().for_each(hide);
    }
    for (_, value) in &mut event.attrs {
        hide(value);
    }
}

fn hide(text: &mut String) {
    if let std::borrow::Cow::Owned(masked) = mask(text) {
        *text = masked;
    }
}
