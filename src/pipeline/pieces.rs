//! Work on a list, piece by piece on several threads, with results in the order of the list.
//!
//! Threads take the next piece when they are done with one: how long a piece takes may differ a
//! thousandfold. It knows nothing of what the work is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What `work` makes of all pieces of `size` items.
///
/// # Errors
/// One of those of `work`; what other threads have begun is finished first.
pub(crate) fn in_pieces<T: Sync, R: Send, E: Send>(
    items: &[T],
    size: usize,
    threads: usize,
    work: impl Fn(&[T]) -> Result<Vec<R>, E> + Sync,
) -> Result<Vec<R>, E> {
    let pieces: Vec<&[T]> = items.chunks(size.max(1)).collect();
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = pieces.get(at) else { return Ok(done) };
            done.push((at, work(piece)?));
        }
    };
    let mut all = BTreeMap::new();
    std::thread::scope(|scope| {
        let count = threads.clamp(1, pieces.len().max(1));
        let running: Vec<_> = (0..count).map(|_| scope.spawn(take)).collect();
        for thread in running {
            let done = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            all.extend(done?);
        }
        Ok(())
    })?;
    Ok(all.into_values().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_on_any_number_of_threads() {
        let items: Vec<u64> = (0..1000).collect();
        let twice = |piece: &[u64]| Ok::<_, ()>(piece.iter().map(|n| n * 2).collect());
        let expected: Vec<u64> = (0..1000).map(|n| n * 2).collect();
        for (size, threads) in [(1, 8), (7, 3), (5000, 4), (0, 0)] {
            assert_eq!(in_pieces(&items, size, threads, twice).unwrap(), expected);
        }
        assert!(in_pieces(&[], 5, 2, twice).unwrap().is_empty());
    }

    #[test]
    fn an_error_is_one_of_the_whole() {
        let items: Vec<u64> = (0..100).collect();
        let odd = |piece: &[u64]| match piece.contains(&77) {
            true => Err("77"),
            false => Ok(piece.to_vec()),
        };
        assert_eq!(in_pieces(&items, 10, 2, odd), Err("77"));
    }
}
