//! Reading and judging at the same time: one thread puts sessions together, the others judge some at a time.

use super::gather::Gather;
use super::select::Selection;
use super::summary::FAILED;
use crate::detect::session::Judgement;
use crate::lake::Result;
use crate::pipeline::sweep::Control;
use crate::record::Event;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;

/// Sessions that are judged together.
pub(super) const MAX_HELD: usize = 512;
/// Text of the sessions that are judged together.
pub(super) const MAX_HELD_BYTES: usize = 64 << 20;

/// Puts sessions together and hands them on, some at a time; gives the selection back, or nothing if the run is to stop or
/// nobody takes them any more.
pub(super) fn read(
    mut gather: Gather,
    control: &Control,
    give: &SyncSender<Vec<Vec<Event>>>,
) -> Result<Option<Selection>> {
    let mut held: Vec<Vec<Event>> = Vec::new();
    let mut bytes = 0;
    while let Some(session) = gather.next_session()? {
        if control.is_stopping() {
            return Ok(None);
        }
        bytes += session.iter().map(|event| event.text_len()).sum::<usize>();
        held.push(session);
        if held.len() >= MAX_HELD || bytes >= MAX_HELD_BYTES {
            if give.send(std::mem::take(&mut held)).is_err() {
                return Ok(None);
            }
            bytes = 0;
        }
    }
    Ok(give.send(held).is_ok().then(|| gather.into_selection()))
}

/// A session on which the judge fails is one that was not evaluated, and the others are judged: nobody may write
/// a transcript that ends the judging of all.
pub(super) fn guarded(events: &[Event], judge: impl FnOnce() -> Judgement) -> Judgement {
    let judged = catch_unwind(AssertUnwindSafe(judge));
    judged.unwrap_or_else(|_| Judgement::not_evaluated(events, FAILED))
}

/// What `judge` makes of sessions, on some threads, in any order.
pub(super) fn judged<T: Send>(
    sessions: &[Vec<Event>],
    threads: usize,
    judge: &(impl Fn(&[Event]) -> T + Sync),
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let mut all = Vec::with_capacity(sessions.len());
    std::thread::scope(|scope| {
        let work = || {
            let mut own = Vec::new();
            while let Some(session) = sessions.get(next.fetch_add(1, Ordering::Relaxed)) {
                own.push(judge(session));
            }
            own
        };
        let threads: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            // What panics must not pass for judged: the run ends before the ledger says so.
            all.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::judge::JudgeSummary;
    use crate::record::{Kind, Role, Verdict};

    #[test]
    fn a_session_on_which_the_judge_fails_is_not_evaluated_and_said() {
        let events =
            [Event::new(Kind::UserText, Role::User).with(|event| event.text = Some("a".into()))];
        let judgement = guarded(&events, || panic!("an odd session"));
        assert_eq!((judgement.verdict, judgement.reason), (Verdict::NotEvaluated, Some(FAILED)));
        assert_eq!(judgement.session_id, events[0].session_id);
        let summary =
            JudgeSummary { not_evaluated: [(FAILED, 2)].into(), ..JudgeSummary::default() };
        assert_eq!(summary.failed(), 2);
    }
}
