//! A sweep that is killed where it hurts most, then run again.

use crate::support::{demo, events, query, sweep};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

fn command(lake: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("reveille"));
    command.args(["sweep", "--no-rules", "--quiet", "--commit-every", "200k", "--lake"]);
    command.arg(lake).arg(demo()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn a_sweep_that_dies_between_commits_loses_and_doubles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let undisturbed = dir.path().join("undisturbed");
    sweep(&[&demo()], &undisturbed);
    let wanted = events(&undisturbed);
    for point in [
        "after-raw-write",
        "after-split-write",
        "after-events-write",
        "after-small-write",
        "before-companion-commit",
        "before-events-commit",
        "after-events-commit",
    ] {
        let lake = dir.path().join(point);
        let status = command(&lake).env("REVEILLE_FAIL_POINT", point).status().unwrap();
        assert!(!status.success(), "{point} was not reached");
        // Half a batch is never visible: rows of companion tables need their events.
        let orphans = query(
            &lake,
            "select count(*) as n from raw_records r where not exists \
             (select 1 from events e where e.batch_id = r.batch_id)",
        );
        assert_eq!(orphans.trim(), "{\"n\":0}", "{point}");
        assert!(matches!(command(&lake).status().unwrap().code(), Some(0 | 4)));
        assert!(events(&lake) == wanted, "{point}: rows differ from an undisturbed sweep");
    }
}

#[test]
fn kills_at_any_moment_lose_and_double_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let undisturbed = dir.path().join("undisturbed");
    let started = std::time::Instant::now();
    command(&undisturbed).status().unwrap();
    let duration = started.elapsed();
    let wanted = events(&undisturbed);
    let lake = dir.path().join("killed");
    for kill in 1..=8u32 {
        let mut child = command(&lake).spawn().unwrap();
        std::thread::sleep((duration * kill / 8).min(Duration::from_secs(20)));
        let _ = child.kill();
        let _ = child.wait();
    }
    // 4 if anything was left to read (the corpus has a cut line), 0 if the last kill came late.
    assert!(matches!(command(&lake).status().unwrap().code(), Some(0 | 4)));
    assert!(events(&lake) == wanted, "rows differ from an undisturbed sweep");
}
