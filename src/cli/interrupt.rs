//! What Ctrl-C does: stop at a safe place, or end a command that waits for a person.

use super::ui::Ui;
use crate::pipeline::sweep::Control;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[expect(clippy::exit, reason = "the user asked for it; threads are not waited for")]
fn end_now() -> ! {
    std::process::exit(130)
}

/// Ctrl-C ends the process, for commands that wait for a person: once anything has listened for it, the
/// system no longer does.
pub(super) fn end_on_interrupt() {
    end_after_interrupt(Duration::ZERO);
}

/// How long a query has to end by itself.
const GRACE: Duration = Duration::from_secs(1);

/// Ctrl-C ends the process soon, for a query that may be in the midst of a function that takes long: the engine notices
/// between batches of rows only.
pub(super) fn end_soon_after_interrupt() {
    end_after_interrupt(GRACE);
}

fn end_after_interrupt(grace: Duration) {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if runtime.is_ok_and(|runtime| runtime.block_on(tokio::signal::ctrl_c()).is_ok()) {
            std::thread::sleep(grace);
            end_now();
        }
    });
}

/// The first Ctrl-C stops at the next checkpoint and commits; the second ends the process.
pub(super) fn stop_on_interrupt(control: &Arc<Control>, ui: Ui) {
    let control = control.clone();
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
            return;
        };
        runtime.block_on(async {
            if tokio::signal::ctrl_c().await.is_ok() {
                control.stop.store(true, Ordering::Relaxed);
                ui.tell(
                    "Stopping; what has been read is being committed. Ctrl-C again ends at once.",
                );
            }
            if tokio::signal::ctrl_c().await.is_ok() {
                // At once, as it was promised; the next sweep clears up.
                end_now();
            }
        });
    });
}
