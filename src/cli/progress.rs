//! Progress on a terminal, and nothing elsewhere.

use super::ui::Ui;
use crate::pipeline::sweep::Control;
use crate::report::summary::count;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often it is looked how far the work is.
const OFTEN: Duration = Duration::from_millis(100);

/// Works with a bar of the bytes that were read.
pub(super) fn with_progress<T>(control: &Arc<Control>, ui: Ui, work: impl FnOnce() -> T) -> T {
    const BAR: &str = "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {elapsed}";
    watched(
        control,
        ui,
        BAR,
        |bar, control| {
            bar.set_length(control.bytes_total.load(Ordering::Relaxed));
            bar.set_position(control.bytes_done.load(Ordering::Relaxed));
        },
        work,
    )
}

/// Works with the number of thoughts that were scored; how many there are is not known before.
pub(super) fn with_count<T>(control: &Arc<Control>, ui: Ui, work: impl FnOnce() -> T) -> T {
    watched(
        control,
        ui,
        "{spinner} {msg} {elapsed}",
        |bar, control| {
            let done = control.thoughts_done.load(Ordering::Relaxed);
            bar.set_message(format!("{} thoughts scored", count(done)));
            bar.tick();
        },
        work,
    )
}

fn watched<T>(
    control: &Arc<Control>,
    ui: Ui,
    template: &str,
    show: impl Fn(&ProgressBar, &Control) + Send + 'static,
    work: impl FnOnce() -> T,
) -> T {
    if !ui.shows_progress() {
        return work();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    let done = Arc::new(AtomicBool::new(false));
    let (watched, finished, shown) = (control.clone(), done.clone(), bar.clone());
    let watcher = std::thread::spawn(move || {
        while !finished.load(Ordering::Relaxed) {
            show(&shown, &watched);
            std::thread::sleep(OFTEN);
        }
    });
    let result = work();
    done.store(true, Ordering::Relaxed);
    let _ = watcher.join();
    bar.finish_and_clear();
    result
}
