//! `reveille session --graph`: what led to what.

use super::super::query::{Opened, literal};
use crate::report::graph::{GraphFormat, Link, Node, draw};
use crate::report::rows;
use anyhow::bail;
use std::collections::BTreeSet;

/// The drawing of a session that was judged.
pub(super) fn drawing(
    opened: &Opened,
    session: &str,
    format: GraphFormat,
) -> anyhow::Result<String> {
    let links = links(opened, session)?;
    if links.is_empty() {
        bail!("no graph of this session: it has no calls, or was not judged; try `reveille judge`");
    }
    let named: BTreeSet<&str> =
        links.iter().flat_map(|link| [link.from.as_str(), link.to.as_str()]).collect();
    let mut nodes = nodes(opened, session)?;
    nodes.retain(|node| named.contains(node.id.as_str()));
    Ok(draw(&nodes, &links, format))
}

fn links(opened: &Opened, session: &str) -> anyhow::Result<Vec<Link>> {
    let sql = format!(
        "select hex(from_event_id) as f, hex(to_event_id) as t, edge, detail from session_graph \
         where session_id = {} order by to_event_id, edge, from_event_id, detail",
        literal(session)
    );
    let mut links = Vec::new();
    for batch in opened.rows(&sql)? {
        for row in 0..batch.num_rows() {
            let value = |name: &str| rows::text(&batch, row, name).unwrap_or_default();
            links.push(Link {
                from: value("f"),
                to: value("t"),
                kind: value("edge"),
                detail: value("detail"),
            });
        }
    }
    Ok(links)
}

fn nodes(opened: &Opened, session: &str) -> anyhow::Result<Vec<Node>> {
    let id = literal(session);
    let sql = format!(
        "select hex(e.event_id) as id, e.kind, coalesce(e.tool_name, '') as tool, \
         coalesce(e.text, e.reasoning, e.tool_call_arguments, e.tool_call_result, '') as text, \
         coalesce(a.note, '') as note \
         from events e left join (select event_id, \
           string_agg(class || ' ' || verb || coalesce(' → ' || target, '') || ' from ' || coalesce(target_origin, 'nothing named') \
             || ', asked ' || cast(round(entailed, 2) as varchar) || ', told ' || cast(round(disclosed, 2) as varchar) \
             || ', score ' || cast(round(score, 2) as varchar), '; ' order by score desc) as note \
           from actions where session_id = {id} group by event_id) a on e.event_id = a.event_id \
         where e.session_id = {id} order by e.stream_id, e.seq, e.message_index, e.part_index, e.event_id"
    );
    let mut nodes = Vec::new();
    for batch in opened.rows(&sql)? {
        for row in 0..batch.num_rows() {
            let value = |name: &str| rows::text(&batch, row, name).unwrap_or_default();
            nodes.push(Node {
                id: value("id"),
                kind: value("kind"),
                tool: value("tool"),
                text: value("text"),
                note: value("note"),
            });
        }
    }
    Ok(nodes)
}
