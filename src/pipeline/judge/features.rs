//! What the heads look at, session by session, for training. Reads the lake and writes nothing.

use super::Options;
use super::around::Around;
use super::gather::Gather;
use super::newest::Newest;
use super::select::Selection;
use super::work::{MAX_HELD, MAX_HELD_BYTES, judged};
use crate::detect::session::{Features, Judgement, SessionJudge};
use crate::lake::{Lake, Result};
use crate::pipeline::sweep::{SweepError, runtime};
use crate::record::Event;

/// Judges every session of a lake and gives what `each` makes of it to `take`, until that says no.
/// Sessions in which there was nothing to look at are left out.
///
/// # Errors
/// If the lake cannot be read.
pub fn features<T: Send>(
    options: &Options,
    each: impl Fn(Judgement, Features) -> T + Sync,
    mut take: impl FnMut(Vec<T>) -> bool,
) -> std::result::Result<(), SweepError> {
    let judge = SessionJudge::with(&options.own).map_err(SweepError::Judge)?;
    let runtime = runtime()?;
    Ok(read(options, &runtime, &judge, &each, &mut take)?)
}

fn read<T: Send>(
    options: &Options,
    runtime: &tokio::runtime::Runtime,
    judge: &SessionJudge,
    each: &(impl Fn(Judgement, Features) -> T + Sync),
    take: &mut impl FnMut(Vec<T>) -> bool,
) -> Result<()> {
    let lake = runtime.block_on(Lake::open(&options.lake))?;
    let snapshot = runtime.block_on(lake.snapshot())?;
    let newest = Newest::load(&snapshot)?;
    let selection = Selection::of(&snapshot, judge, &newest, true)?;
    let around = Around::load(&snapshot, &newest, selection.again(&newest))?;
    let mut gather = Gather::new(&snapshot, selection, options.memory / 4)?;
    let one = |events: &[Event]| {
        let (judgement, features) = judge.judge_with_features(events, &around);
        let id = judgement.session_id.clone();
        features.map(|features| (id, each(judgement, features)))
    };
    let mut goes_on = true;
    while goes_on {
        let mut held: Vec<Vec<Event>> = Vec::new();
        let mut bytes = 0;
        while held.len() < MAX_HELD && bytes < MAX_HELD_BYTES {
            let Some(session) = gather.next_session()? else { break };
            bytes += session.iter().map(|event| event.text_len()).sum::<usize>();
            held.push(session);
        }
        let mut found: Vec<(String, T)> =
            judged(&held, options.threads, &one).into_iter().flatten().collect();
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        goes_on = !held.is_empty() && take(found.into_iter().map(|(_, one)| one).collect());
    }
    Ok(())
}
