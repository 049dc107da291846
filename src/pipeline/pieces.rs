//! Work on a list, piece by piece on several threads, with results in the order of the list.
//!
//! Threads take the next piece when they are done with one: how long a piece takes may differ a
//! thousandfold. It knows nothing of what the work is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What `work` makes of all pieces of `size` items; if `is_stopping` says so in between, of those that had been begun,
/// which are the first.
///
/// # Errors
/// That of the first piece that has one, whatever the number of threads; no thread begins another piece.
pub(crate) fn in_pieces<T: Sync, R: Send, E: Send>(
    items: &[T],
    size: usize,
    threads: usize,
    is_stopping: impl Fn() -> bool + Sync,
    work: impl Fn(&[T]) -> Result<Vec<R>, E> + Sync,
) -> Result<Vec<R>, E> {
    let pieces: Vec<&[T]> = items.chunks(size.max(1)).collect();
    let next = AtomicUsize::new(0);
    let is_over = AtomicBool::new(false);
    let take = || {
        let mut done = Vec::new();
        while !is_over.load(Ordering::Relaxed) && !is_stopping() {
            // Pieces are begun in order: when one fails, all before it are done or being worked on.
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = pieces.get(at) else { break };
            let made = work(piece);
            if made.is_err() {
                is_over.store(true, Ordering::Relaxed);
            }
            done.push((at, made));
        }
        done
    };
    let mut all = BTreeMap::new();
    std::thread::scope(|scope| {
        let count = threads.clamp(1, pieces.len().max(1));
        let running: Vec<_> = (0..count).map(|_| scope.spawn(take)).collect();
        for thread in running {
            all.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
    });
    let done = all.into_values().collect::<Result<Vec<_>, E>>()?;
    Ok(done.into_iter().flatten().collect())
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
            let made = in_pieces(&items, size, threads, || false, twice);
            assert_eq!(made.unwrap(), expected);
        }
        assert!(in_pieces(&[], 5, 2, || false, twice).unwrap().is_empty());
    }

    #[test]
    fn the_first_error_is_the_error_and_ends_it() {
        let items: Vec<u64> = (0..1000).collect();
        for threads in [1, 2, 8] {
            let begun = AtomicUsize::new(0);
            let odd = |piece: &[u64]| {
                begun.fetch_add(1, Ordering::Relaxed);
                if piece[0] == 70 {
                    // Others go ahead meanwhile, and fail before this does.
                    std::thread::sleep(std::time::Duration::from_millis(20));
                }
                if piece[0] >= 70 { Err(piece[0]) } else { Ok(piece.to_vec()) }
            };
            assert_eq!(in_pieces(&items, 10, threads, || false, odd), Err(70));
            assert!(begun.into_inner() <= 8 + threads, "each thread ends with its piece");
        }
    }

    #[test]
    fn who_is_told_to_stop_begins_nothing_and_keeps_what_is_done() {
        let items: Vec<u64> = (0..100).collect();
        for threads in [2, 4] {
            let begun = AtomicUsize::new(0);
            let slow = |piece: &[u64]| {
                begun.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(std::time::Duration::from_millis(piece[0] % 3));
                Ok::<_, ()>(piece.to_vec())
            };
            let is_stopping = || begun.load(Ordering::Relaxed) >= 5;
            let made = in_pieces(&items, 3, threads, is_stopping, slow).unwrap();
            assert_eq!(made, items[..3 * begun.into_inner()]);
        }
        let begun = AtomicUsize::new(0);
        let count = |piece: &[u64]| {
            begun.fetch_add(1, Ordering::Relaxed);
            Ok::<_, ()>(piece.to_vec())
        };
        let is_stopping = || begun.load(Ordering::Relaxed) >= 3;
        assert_eq!(in_pieces(&items, 10, 1, is_stopping, count).unwrap(), items[..30]);
        assert_eq!(begun.into_inner(), 3);
    }
}
