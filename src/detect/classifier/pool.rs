//! Copies of a graph that are ready to run, and what happens when a GPU fails.
//!
//! On the CPU there are as many copies as threads ask for at once, up to a number. A GPU has one that all threads wait for:
//! it is busy with a batch anyway, and a second copy could only run out of its memory. It knows nothing of
//! what a graph is, so that a test can be one that fails.

use super::copies::Copies;
use super::onnx::OnnxError;
use super::reader::Rows;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A graph that runs one batch at a time.
pub(super) trait Runs {
    /// Numbers for each row, as many as there are labels.
    ///
    /// # Errors
    /// What the graph or its runtime says.
    fn run(&mut self, rows: &Rows) -> Result<Vec<f32>, Failure>;

    /// Whether it takes rows that are filled up.
    fn has_mask(&self) -> bool;
}

/// Why a graph gave no numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The runtime failed: out of memory, or the device is gone. Fewer rows may do.
    Work(String),
    /// It gave what cannot be: it would with fewer rows, too.
    Numbers(String),
}

impl Failure {
    pub(super) fn why(self) -> String {
        match self {
            Self::Work(why) | Self::Numbers(why) => why,
        }
    }
}

/// What makes copies.
pub(super) trait Source<G> {
    /// Whether graphs run on a GPU, as far as is known.
    fn is_gpu(&self) -> bool;

    /// The copy for the GPU; none if it turns out not to work.
    ///
    /// # Errors
    /// If it must be a GPU.
    fn on_gpu(&self) -> Result<Option<G>, OnnxError>;

    /// A copy for the CPU.
    ///
    /// # Errors
    /// If the graph does not load.
    fn on_cpu(&self) -> Result<G, OnnxError>;

    /// The GPU failed on more rows than this at once and gets no more of them from now on.
    fn fewer(&self, most: usize);

    /// Goes on without the GPU.
    ///
    /// # Errors
    /// If it must not.
    fn lose(&self, why: String) -> Result<(), OnnxError>;

    /// What is said of a graph that failed on the CPU.
    fn error(&self, why: String) -> OnnxError;
}

/// Copies of one graph.
#[derive(Debug)]
pub(super) struct Pool<G> {
    on_cpu: Copies<G>,
    gpu: Mutex<Option<G>>,
    /// Rows that the GPU gets at once; it has failed on more.
    most: AtomicUsize,
}

impl<G: Runs> Pool<G> {
    /// No copies yet; on the CPU there will be `copies` at most.
    pub(super) fn up_to(copies: usize) -> Self {
        let most = AtomicUsize::new(usize::MAX);
        Self { on_cpu: Copies::up_to(copies), gpu: Mutex::default(), most }
    }

    /// What the graph says of rows. On the CPU at most `together` rows run at once.
    ///
    /// A GPU that fails gets half as many rows, and again, and so from then on; when it fails on one it is lost,
    /// and all goes on on the CPU.
    ///
    /// # Errors
    /// If the graph fails on the CPU, or the GPU does and there must be one.
    pub(super) fn run(
        &self,
        source: &impl Source<G>,
        rows: &Rows,
        together: usize,
    ) -> Result<Vec<f32>, OnnxError> {
        if let Some(numbers) = self.on_gpu(source, rows)? {
            return Ok(numbers);
        }
        self.on_cpu.with(
            || source.on_cpu(),
            |graph| {
                let mut run =
                    |rows: &Rows| graph.run(rows).map_err(|failure| source.error(failure.why()));
                let is_even = rows.lengths.iter().all(|of| *of == rows.width);
                if rows.count() <= together && is_even {
                    return run(rows);
                }
                let parts: Result<Vec<_>, _> =
                    rows.parts(together).map(|rows| run(&rows)).collect();
                Ok(parts?.concat())
            },
        )
    }

    /// Whether the GPU's copy takes rows that are filled up; none if there is no GPU.
    ///
    /// # Errors
    /// If it must be a GPU and none works.
    pub(super) fn gpu_fills_up(&self, source: &impl Source<G>) -> Result<Option<bool>, OnnxError> {
        let mut slot = lock(&self.gpu);
        Ok(loaded(&mut slot, source)?.map(|graph| graph.has_mask()))
    }

    fn on_gpu(&self, source: &impl Source<G>, rows: &Rows) -> Result<Option<Vec<f32>>, OnnxError> {
        let mut slot = lock(&self.gpu);
        let Some(graph) = loaded(&mut slot, source)? else { return Ok(None) };
        let before = self.most.load(Ordering::Relaxed);
        let mut most = before;
        let numbers: Result<Vec<_>, _> = match rows.count() <= most {
            // As it is: a row alone keeps its width.
            true => halving(graph, rows, &mut most).map(|numbers| vec![numbers]),
            false => rows.parts(most).map(|part| halving(graph, &part, &mut most)).collect(),
        };
        match numbers {
            Ok(numbers) => {
                if most < before {
                    self.most.store(most, Ordering::Relaxed);
                    source.fewer(most);
                }
                Ok(Some(numbers.concat()))
            }
            Err(failure) => {
                *slot = None;
                source.lose(format!("it failed while it worked: {}", failure.why()))?;
                Ok(None)
            }
        }
    }
}

/// The GPU's copy, loaded when it is first asked for and let go when the GPU is lost.
fn loaded<'s, G>(
    slot: &'s mut MutexGuard<'_, Option<G>>,
    source: &impl Source<G>,
) -> Result<Option<&'s mut G>, OnnxError> {
    if !source.is_gpu() {
        **slot = None;
    } else if slot.is_none() {
        **slot = source.on_gpu()?;
    }
    Ok(slot.as_mut())
}

/// Runs rows, in halves where all of them are too many; `most` becomes what was not too many.
fn halving<G: Runs>(graph: &mut G, rows: &Rows, most: &mut usize) -> Result<Vec<f32>, Failure> {
    match graph.run(rows) {
        Err(Failure::Work(_)) if rows.count() > 1 => {
            let half = rows.count().div_ceil(2);
            *most = half.min(*most);
            let mut numbers = Vec::new();
            for part in rows.parts(half) {
                numbers.extend(halving(graph, &part, most)?);
            }
            Ok(numbers)
        }
        done => done,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::classifier::reader::Row;
    use std::cell::{Cell, RefCell};

    /// A graph that says the first number of each row; where it runs and on how many rows is kept.
    struct Echo<'t> {
        is_gpu: bool,
        machine: &'t Machine,
    }

    #[derive(Default)]
    struct Machine {
        /// Rows that its GPU takes at once; none if it has no GPU.
        gpu: Cell<Option<usize>>,
        gives_junk: bool,
        must: bool,
        ran: RefCell<Vec<(bool, usize, usize)>>,
        lost: RefCell<Option<String>>,
        told: RefCell<Vec<usize>>,
    }

    impl Runs for Echo<'_> {
        fn run(&mut self, rows: &Rows) -> Result<Vec<f32>, Failure> {
            self.machine.ran.borrow_mut().push((self.is_gpu, rows.count(), rows.width));
            if self.is_gpu && self.machine.gives_junk {
                return Err(Failure::Numbers("gives NaN".to_owned()));
            }
            if self.is_gpu && self.machine.gpu.get().is_none_or(|most| rows.count() > most) {
                return Err(Failure::Work("out of memory".to_owned()));
            }
            Ok(rows.ids.chunks(rows.width).map(|row| row[0] as f32).collect())
        }

        fn has_mask(&self) -> bool {
            true
        }
    }

    impl<'t> Source<Echo<'t>> for &'t Machine {
        fn is_gpu(&self) -> bool {
            self.lost.borrow().is_none()
        }

        fn on_gpu(&self) -> Result<Option<Echo<'t>>, OnnxError> {
            Ok(Some(Echo { is_gpu: true, machine: self }))
        }

        fn on_cpu(&self) -> Result<Echo<'t>, OnnxError> {
            Ok(Echo { is_gpu: false, machine: self })
        }

        fn fewer(&self, most: usize) {
            self.told.borrow_mut().push(most);
        }

        fn lose(&self, why: String) -> Result<(), OnnxError> {
            *self.lost.borrow_mut() = Some(why.clone());
            if self.must { Err(OnnxError::Device(why)) } else { Ok(()) }
        }

        fn error(&self, why: String) -> OnnxError {
            OnnxError::Run { graph: "echo".to_owned(), why }
        }
    }

    /// Rows of one to three tokens, filled up to four.
    fn rows(count: i32) -> Rows {
        let mut rows = Rows::default();
        for at in 0..count {
            let ids = vec![at; 1 + at as usize % 3];
            rows.push(&Row { bytes: 0..1, types: vec![0; ids.len()], ids }, 4);
        }
        rows
    }

    fn expected(count: i32) -> Vec<f32> {
        (0..count).map(|at| at as f32).collect()
    }

    #[test]
    fn a_gpu_that_takes_fewer_gets_fewer_and_is_kept() {
        let machine = Machine { gpu: Cell::new(Some(2)), ..Machine::default() };
        let pool = Pool::up_to(8);
        assert_eq!(pool.run(&&machine, &rows(7), 1).unwrap(), expected(7));
        assert!(machine.ran.borrow().iter().all(|(is_gpu, ..)| *is_gpu));
        assert_eq!(*machine.lost.borrow(), None);
        // It says so once, and does not try again what was too much.
        assert_eq!(*machine.told.borrow(), [2]);
        machine.ran.borrow_mut().clear();
        assert_eq!(pool.run(&&machine, &rows(5), 1).unwrap(), expected(5));
        assert!(machine.ran.borrow().iter().all(|(_, count, _)| *count <= 2));
        assert_eq!(*machine.told.borrow(), [2]);
    }

    #[test]
    fn a_gpu_that_is_gone_is_lost_and_rows_run_alone_on_the_cpu_as_they_always_do() {
        let machine = Machine { gpu: Cell::new(Some(8)), ..Machine::default() };
        let pool = Pool::up_to(8);
        assert_eq!(pool.run(&&machine, &rows(5), 1).unwrap(), expected(5));
        machine.gpu.set(None);
        machine.ran.borrow_mut().clear();
        assert_eq!(pool.run(&&machine, &rows(5), 1).unwrap(), expected(5));
        let by_gpu: Vec<usize> =
            machine.ran.borrow().iter().filter(|ran| ran.0).map(|ran| ran.1).collect();
        assert_eq!(by_gpu, [5, 3, 2, 1]);
        let by_cpu: Vec<_> = machine.ran.borrow().iter().filter(|ran| !ran.0).copied().collect();
        // Without what they were filled up with.
        assert_eq!(by_cpu, [1, 2, 3, 1, 2].map(|width| (false, 1, width)));
        assert!(machine.lost.borrow().as_ref().unwrap().contains("out of memory"));
        assert_eq!(pool.gpu_fills_up(&&machine).unwrap(), None);
    }

    #[test]
    fn what_cannot_be_is_not_tried_with_fewer() {
        let machine = Machine { gpu: Cell::new(Some(8)), gives_junk: true, ..Machine::default() };
        let pool = Pool::up_to(8);
        assert_eq!(pool.run(&&machine, &rows(4), 256).unwrap(), expected(4));
        assert_eq!(*machine.ran.borrow(), [(true, 4, 4), (false, 4, 4)]);
    }

    /// A source whose copies take until somebody else makes one too, or for long.
    #[derive(Default)]
    struct Slow {
        making: AtomicUsize,
        together: AtomicUsize,
    }

    struct Still;

    impl Runs for Still {
        fn run(&mut self, rows: &Rows) -> Result<Vec<f32>, Failure> {
            Ok(vec![0.0; rows.count()])
        }

        fn has_mask(&self) -> bool {
            false
        }
    }

    impl Source<Still> for Slow {
        fn is_gpu(&self) -> bool {
            false
        }

        fn on_gpu(&self) -> Result<Option<Still>, OnnxError> {
            Ok(None)
        }

        fn on_cpu(&self) -> Result<Still, OnnxError> {
            self.making.fetch_add(1, Ordering::SeqCst);
            let began = std::time::Instant::now();
            while began.elapsed().as_secs() < 10 {
                if self.making.load(Ordering::SeqCst) == 2 {
                    self.together.fetch_add(1, Ordering::SeqCst);
                    break;
                }
                std::thread::yield_now();
            }
            Ok(Still)
        }

        fn fewer(&self, _: usize) {}

        fn lose(&self, _: String) -> Result<(), OnnxError> {
            Ok(())
        }

        fn error(&self, why: String) -> OnnxError {
            OnnxError::Start(why)
        }
    }

    #[test]
    fn threads_load_their_copies_at_the_same_time() {
        let (pool, slow) = (Pool::up_to(8), Slow::default());
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| pool.run(&slow, &rows(1), 1).unwrap());
            }
        });
        assert_eq!(slow.together.into_inner(), 2);
    }

    #[test]
    fn a_gpu_that_must_be_and_fails_is_an_error() {
        let machine = Machine { must: true, ..Machine::default() };
        let error = Pool::up_to(8).run(&&machine, &rows(2), 1).unwrap_err().to_string();
        assert!(error.contains("it failed while it worked: out of memory"), "{error}");
    }
}
