//! What label files may look like, and what is refused.

use super::*;

fn of() -> Rows<'static> {
    Rows { path: Path::new("l"), source: Some("me"), found: Found::default() }
}

fn refused(text: &str) -> String {
    format!("{:#}", of().read(BufReader::new(text.as_bytes())).unwrap_err())
}

fn rows(text: impl AsRef<[u8]>) -> (Vec<String>, Vec<String>) {
    let mut rows = of();
    rows.read(BufReader::new(text.as_ref())).unwrap();
    assert_eq!(rows.found.rejected as usize, rows.found.told.len());
    let shown = rows.found.labels.iter().map(|label| {
        let of = |text: &Option<String>| text.clone().unwrap_or_default();
        let on = label.session_id.as_ref().or(label.event_id.as_ref()).cloned();
        let (value, source) = (of(&label.value), of(&label.source));
        format!("{} {} {value:?} {:?} {source}", of(&on), label.name, label.score)
    });
    (shown.collect(), rows.found.told)
}

#[test]
fn labels_read_from_both_shapes() {
    let csv = "\u{feff}\n Session,name,value,score\ns1,verdict,\"bad, \"\"very\"\"\",0.5\n\ns2,verdict,good\n,,,\n";
    let (labels, rejected) = rows(csv);
    assert_eq!(
        labels,
        [r#"s1 verdict "bad, \"very\"" Some(0.5) me"#, r#"s2 verdict "good" None me"#]
    );
    assert!(rejected.is_empty(), "{rejected:?}");
    let json = "\n{\"event\":\"ab\",\"name\":\"probe\",\"score\":0.9,\"source\":\"p\"}\n{\"name\":\"probe\",\"score\":1}\n";
    let (labels, rejected) = rows(json);
    assert_eq!(labels, [r#"ab probe "" Some(0.9) p"#]);
    assert_eq!(rejected, ["l:3: neither `session` nor `event`"]);
}

#[test]
fn line_breaks_in_quotes_are_part_of_a_field_and_lines_are_still_counted() {
    let (labels, rejected) =
        rows("session,name,value\ns1,note,\"one\ntwo\r\nthree\"\ns2,,x\r\ns3,note,y\n");
    assert_eq!(labels, [r#"s1 note "one\ntwo\r\nthree" None me"#, r#"s3 note "y" None me"#]);
    assert_eq!(rejected, ["l:5: no `name`"]);
    // A quote inside of a field opens nothing; one more field than the header has is a comma too many.
    let (labels, rejected) = rows("session,name,value\ns1,size,5\" disk\ns2,n,a,b\n");
    assert_eq!(labels, [r#"s1 size "5\" disk" None me"#]);
    assert_eq!(rejected, ["l:3: 4 fields; the header has 3; put a field with commas in quotes"]);
}

#[test]
fn what_is_wrong_is_refused_with_its_place_and_takes_no_other_row_with_it() {
    // Blanks before a quote change nothing about what stands in it.
    let (labels, rejected) = rows("session,name,value,source\ns1, verdict, \"bad, very\"\n");
    assert_eq!(
        (&labels[..], rejected.len()),
        (&[r#"s1 verdict "bad, very" None me"#.to_owned()][..], 0)
    );
    let (_, rejected) = rows("session,name,value\n\n\n\ns1,,x\n");
    assert_eq!(rejected, ["l:5: no `name`"]);
    let (labels, rejected) = rows("session,name,value\ns1,n,x\ns2,n,\"open\ns3,n,y\n");
    assert_eq!((labels.len(), rejected.len()), (1, 1), "{rejected:?}");
    assert!(rejected[0].starts_with("l:3: line 3 column 6: a quote that is never"), "{rejected:?}");
    assert!(rejected[0].ends_with("(lines 3 to 5 are not read)"), "{rejected:?}");
    for long in ["x".repeat(2 << 20), format!("\"{}\"", "x\n".repeat(1 << 20))] {
        let (labels, rejected) = rows(format!("session,name,value\ns1,n,{long}\ns2,n,y\n"));
        assert_eq!(labels, [r#"s2 n "y" None me"#]);
        assert!(rejected[0].starts_with("l:2: longer than 1024 KiB"), "{rejected:?}");
    }
    let (labels, _) = rows("session,name,value\n\u{1}end of the labels\u{1}\ns2,n,y\n");
    assert_eq!(labels.len(), 1);
    let (labels, rejected) = rows(b"session,name,value\ns1,n,g\xfcd\ns2,n,y\n");
    assert_eq!(labels.len(), 1);
    assert_eq!(rejected, ["l:2: line 2 column 6: not UTF-8; save the file as UTF-8"]);
}

#[test]
fn a_file_that_is_something_else_is_refused_with_what_to_do() {
    assert!(refused("[{\"session\":\"s\"}]").contains("`jq -c '.[]'`"));
    let said = refused("\nsession;name;value\ns1;n;v\n");
    assert_eq!(
        said,
        format!(
            "line 2: the header is `session;name;value`; expected {EXPECTED}, with commas between"
        )
    );
    let said = refused("name,session,value,Session_ID\n");
    assert_eq!(said, "line 1: columns 2 and 4 of the header are both the session; leave one out");
    assert!(
        refused("session,\"name,value\n").contains("line 1: the header: line 1 column 9: a quote")
    );
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend("session".encode_utf16().flat_map(u16::to_le_bytes));
    assert!(of().read(BufReader::new(&utf16[..])).unwrap_err().to_string().contains("UTF-16"));
}

#[test]
fn objects_are_taken_to_the_letter_or_not_at_all() {
    let long = format!("{{\"session\":\"{}\"}}", "x".repeat(3 << 20));
    let lines = [
        "{\"session\":12345678901234567890123,\"name\":\"n\",\"value\":0.10}",
        "{\"session\":\"a\",\"name\":\"n\",\"value\":1,\"value\":0}",
        "{\"session\":\"a\",\"session_id\":\"b\",\"name\":\"n\",\"value\":1}",
        "{\"session\":{\"id\":1},\"name\":\"n\",\"value\":1}",
        "{\"session\":\" \",\"name\":\"n\",\"value\":1}",
        "[1]",
        "{\"session\":",
        &long,
        "{\"event\":\"e\",\"name\":\"n\",\"value\":true}",
    ];
    let (labels, rejected) = rows([lines.join("\n").as_bytes(), b"\n{\xff}\n"].concat());
    assert_eq!(labels, [r#"12345678901234567890123 n "0.10" None me"#, r#"e n "true" None me"#]);
    let whys: Vec<&str> = rejected.iter().map(|line| line.as_str()).collect();
    assert_eq!(
        whys,
        [
            "l:2: duplicate_keys, which may be read in two ways; write each key once and plain text",
            "l:3: `session_id` says again what the session is; leave one out",
            "l:4: `session` is no text; expected one",
            "l:5: neither `session` nor `event`",
            "l:6: no object; expected one with `session` or `event`, `name`, and `value` or `score`",
            "l:7: byte 12: not JSON: it ends inside of a value; expected one object per line",
            "l:8: longer than 1 MiB, as no label is",
            "l:10: byte 2: not UTF-8; save the file as UTF-8",
        ]
    );
}

#[test]
fn scores_that_are_no_numbers_are_rejected_with_their_line() {
    let (labels, rejected) =
        rows("session,name,value,score\ns1,n,v,NaN\ns2,n,v,inf\ns3,n,v,high\ns4,n,v,1e-3\n");
    assert_eq!(labels, [r#"s4 n "v" Some(0.001) me"#]);
    assert_eq!(rejected.len(), 3);
    assert_eq!(rejected[0], "l:2: `score` is `NaN`; expected a finite number");
    let (labels, rejected) = rows(
        "{\"session\":\"a\",\"name\":\"n\",\"value\":\"v\",\"score\":\"-inf\"}\n{\"session\":\"b\",\"name\":\"n\",\"score\":\"0.5\"}\n",
    );
    assert_eq!(labels, [r#"b n "" Some(0.5) me"#]);
    assert_eq!(rejected, ["l:1: `score` is `-inf`; expected a finite number"]);
}
