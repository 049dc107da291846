//! Copies of something that one thread uses at a time: made when all are busy, up to a number, then waited for.
//!
//! A copy of an encoder takes a hundred and thirty megabytes, and a machine may have a hundred cores: without an end to
//! copies memory would grow with the cores. It does not know what is copied.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Copies, of which there are so many at most.
#[derive(Debug)]
pub(super) struct Copies<G> {
    shelf: Mutex<Shelf<G>>,
    changed: Condvar,
    most: usize,
}

#[derive(Debug)]
struct Shelf<G> {
    idle: Vec<G>,
    /// Copies that are idle or in use or being made.
    count: usize,
}

/// Room for a copy, and the copy while it is not in use; what it holds at its end goes back, else there is room for another.
struct Taken<'c, G> {
    from: &'c Copies<G>,
    copy: Option<G>,
}

impl<G> Copies<G> {
    /// None yet, and never more than `most`, or one.
    pub(super) fn up_to(most: usize) -> Self {
        let shelf = Mutex::new(Shelf { idle: Vec::new(), count: 0 });
        Self { shelf, changed: Condvar::new(), most: most.max(1) }
    }

    /// Uses a copy alone. One that fails is thrown away: what state it is in nobody knows.
    ///
    /// # Errors
    /// Those of making or of using it.
    pub(super) fn with<T, E>(
        &self,
        make: impl FnOnce() -> Result<G, E>,
        work: impl FnOnce(&mut G) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut taken = self.take();
        // Nobody waits for the lock while a copy loads.
        let mut copy = taken.copy.take().map_or_else(make, Ok)?;
        let done = work(&mut copy)?;
        taken.copy = Some(copy);
        Ok(done)
    }

    fn take(&self) -> Taken<'_, G> {
        let mut shelf = self.lock();
        loop {
            if let Some(copy) = shelf.idle.pop() {
                return Taken { from: self, copy: Some(copy) };
            }
            if shelf.count < self.most {
                shelf.count += 1;
                return Taken { from: self, copy: None };
            }
            shelf = self.changed.wait(shelf).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shelf<G>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<G> Drop for Taken<'_, G> {
    fn drop(&mut self) {
        let mut shelf = self.from.lock();
        match self.copy.take() {
            Some(copy) => shelf.idle.push(copy),
            None => shelf.count -= 1,
        }
        drop(shelf);
        self.from.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn there_are_never_more_than_allowed_and_all_work_is_done() {
        let (copies, made) = (Copies::up_to(2), AtomicUsize::new(0));
        let done = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let make = || Ok::<_, ()>(made.fetch_add(1, Ordering::SeqCst));
                        copies.with(make, |_| Ok(done.fetch_add(1, Ordering::SeqCst))).unwrap();
                    }
                });
            }
        });
        assert_eq!(done.into_inner(), 400);
        assert!((1..=2).contains(&made.into_inner()));
    }

    #[test]
    fn whoever_waits_goes_on_when_one_that_is_in_use_fails() {
        let (copies, is_waiting) = (Copies::up_to(1), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let fails = |_: &mut u8| {
                    while is_waiting.load(Ordering::SeqCst) == 0 {
                        std::thread::yield_now();
                    }
                    Err::<(), _>("gone")
                };
                assert_eq!(copies.with(|| Ok(1), fails), Err("gone"));
            });
            while copies.lock().count == 0 {
                std::thread::yield_now();
            }
            is_waiting.store(1, Ordering::SeqCst);
            assert_eq!(copies.with(|| Ok::<_, &str>(2), |copy| Ok(*copy)), Ok(2));
        });
    }

    #[test]
    fn one_that_fails_or_panics_makes_room_for_another() {
        let copies = Copies::up_to(1);
        assert_eq!(copies.with(|| Err::<u8, _>("no"), |_| Ok(())), Err("no"));
        assert_eq!(copies.with(|| Ok(1), |_| Err::<(), _>("broken")), Err("broken"));
        let copies = std::panic::AssertUnwindSafe(copies);
        let panics = std::panic::catch_unwind(|| {
            copies.with(|| Ok::<_, ()>(2), |_| -> Result<(), ()> { panic!("on purpose") })
        });
        assert!(panics.is_err());
        assert_eq!(copies.with(|| Ok::<_, ()>(3), |copy| Ok(*copy)), Ok(3));
        assert_eq!(copies.with(|| Err(()), |copy| Ok(*copy)), Ok(3), "kept");
    }
}
