//! Lakes written by earlier versions stay readable. `tests/compat/v1` was written by the first
//! version of the layout and is never written again; a change that cannot read it needs a new
//! version of the layout and a way to come from the old one. `tests/compat/judged` was written by the
//! judge of sessions before there were heads beside it.

use crate::small::{snapshot, told};
use crate::support::{query, sweep};
use reveille::record::schema::Table;
use std::path::{Path, PathBuf};

fn kept(name: &str) -> PathBuf {
    crate::support::root().join("tests/compat").join(name)
}

/// A copy of a kept lake, which must not change.
fn copy(name: &str, dir: &Path) -> PathBuf {
    let (lake, kept) = (dir.join("lake"), kept(name).join("lake"));
    for entry in walkdir::WalkDir::new(&kept) {
        let entry = entry.unwrap();
        let target = lake.join(entry.path().strip_prefix(&kept).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(target).unwrap();
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
    lake
}

#[test]
fn a_lake_of_the_first_version_opens_and_has_its_rows() {
    let dir = tempfile::tempdir().unwrap();
    let lake = copy("v1", dir.path());
    let snapshot = snapshot(&lake);
    let rows = [Table::Events, Table::RawRecords, Table::Files, Table::Quarantine, Table::Labels]
        .map(|table| (table.name(), snapshot.rows(table)));
    let wanted =
        [("events", 8), ("raw_records", 4), ("files", 1), ("quarantine", 1), ("labels", 1)];
    assert_eq!(rows, wanted);
    let kinds = query(&lake, "select kind, count(*) as n from events group by kind order by kind");
    assert_eq!(kinds, "{\"kind\":\"assistant_text\",\"n\":4}\n{\"kind\":\"reasoning\",\"n\":4}\n");
    let found = query(&lake, "select reasoning from events where search('tide')");
    assert_eq!(found, "{\"reasoning\":\"The tide turns at six.\"}\n");
}

#[test]
fn a_lake_of_the_first_version_can_be_verified_swept_and_compacted() {
    let dir = tempfile::tempdir().unwrap();
    let lake = copy("v1", dir.path());
    let (code, said) = told(&["lake", "verify"], &lake);
    assert_eq!(code, Some(0), "{said}");
    // Known by content: nothing of it is read twice.
    sweep(&[&kept("v1").join("chat.jsonl")], &lake);
    assert_eq!(snapshot(&lake).rows(Table::Events), 8);
    assert_eq!(told(&["lake", "compact"], &lake).0, Some(0));
    assert_eq!(snapshot(&lake).rows(Table::Events), 8);
    let (code, said) = told(&["lake", "verify"], &lake);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_lake_judged_before_there_were_heads_is_read_judged_again_and_compacted() {
    let dir = tempfile::tempdir().unwrap();
    let lake = copy("judged", dir.path());
    let sql = "select score, omits, combined, head_evidence from session_scores";
    let before = query(&lake, sql);
    assert_eq!(
        before.trim(),
        r#"{"score":0.258089,"omits":null,"combined":null,"head_evidence":null}"#
    );
    let alerts = "select lane, severity, kind_code, title, score from findings order by finding_id";
    let found = query(&lake, alerts);
    let (code, said) = told(&["judge"], &lake);
    assert!(code == Some(0) && said.contains("Judged 1 session of 1"), "{said}");
    let after = query(
        &lake,
        "select score, omits between 0 and 1 as omits, combined between 0 and 1 as combined, \
         cardinality(head_evidence) as why from session_scores",
    );
    assert_eq!(after.trim(), r#"{"score":0.258089,"omits":true,"combined":true,"why":9}"#);
    // The heads order; what alerts and how grave it is stays.
    assert_eq!(query(&lake, alerts), found);
    assert_eq!(told(&["lake", "compact"], &lake).0, Some(0));
    assert_eq!(query(&lake, "select count(*) as n from session_scores").trim(), r#"{"n":1}"#);
    let (code, said) = told(&["lake", "verify"], &lake);
    assert_eq!(code, Some(0), "{said}");
}
