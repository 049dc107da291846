//! The index as a whole: split against scan against the definition, damage, spilling, columns.

use super::query::{Literal, Node};
use super::snippet::occurs;
use super::*;
use arrow::array::{
    ArrayRef, DictionaryArray, FixedSizeBinaryArray, Int64Array, LargeStringArray, RecordBatch,
    StringArray, StringViewArray,
};
use arrow::datatypes::Int32Type;
use proptest::prelude::*;
use std::sync::Arc;

fn batch_of(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)))
        .unwrap()
}

fn texts(rows: &[&str]) -> RecordBatch {
    batch_of(vec![("text", Arc::new(LargeStringArray::from(rows.to_vec())))])
}

fn split_of(batch: &RecordBatch) -> Split {
    Split::from_bytes(bytes_of(batch)).unwrap()
}

fn bytes_of(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = SplitWriter::new(0);
    writer.add(batch).unwrap();
    writer.finish().unwrap()
}

fn ask(split: &Split, query: &str) -> Vec<u32> {
    split.rows(&Query::parse(query).unwrap()).unwrap()
}

#[test]
fn rows_are_numbered_in_the_order_they_came() {
    let mut writer = SplitWriter::new(0);
    for start in [0, 1000] {
        let rows: Vec<_> = (start..start + 1000).map(|row| format!("row{row} common")).collect();
        writer.add(&texts(&rows.iter().map(String::as_str).collect::<Vec<_>>())).unwrap();
    }
    let split = Split::from_bytes(writer.finish().unwrap()).unwrap();
    assert_eq!(split.num_rows(), 2000);
    assert_eq!(ask(&split, "row1234"), [1234]);
    assert_eq!(ask(&split, "common"), (0..2000).collect::<Vec<_>>());
    assert_eq!(ask(&split, "common NOT row*"), [0; 0]);
}

#[test]
fn every_operator_and_field_is_understood() {
    let column = |rows: [Option<&str>; 3]| Arc::new(StringArray::from(rows.to_vec())) as ArrayRef;
    let split = split_of(&batch_of(vec![
        ("text", column([Some("ready for deployment"), None, Some("nothing here")])),
        ("reasoning", column([Some("I will pretend"), Some("must not be detected"), None])),
        ("tool_call_arguments", column([None, Some(r#"{"path":"/etc/passwd"}"#), None])),
        ("tool_call_result", column([None, None, Some("permission denied")])),
        ("tool_name", column([None, Some("read_file"), Some("read_file")])),
        ("request_model", column([Some("claude-3-5-sonnet"), None, None])),
        ("response_model", column([None, Some("gpt-4o-mini"), None])),
        ("conversation_id", column([Some("Conv-1"), Some("conv-2"), None])),
    ]));
    let cases: &[(&str, &[u32])] = &[
        ("\"deployment\" AND reasoning:pretend", &[0]),
        ("/etc/passwd", &[1]),
        ("\"not be det\"*", &[1]),
        ("deployment OR denied", &[0, 2]),
        ("NOT deployment", &[1, 2]),
        ("tool:read_file -denied", &[1]),
        ("model:claude", &[0]),
        ("model:gpt-4o OR model:claude-3-5", &[0, 1]),
        ("conversation:conv-1", &[0]),
        ("session:conv*", &[0, 1]),
        ("conversation:conv", &[]),
        ("reasoning:*", &[0, 1]),
        ("*", &[0, 1, 2]),
        ("NOT *", &[]),
        ("read_file", &[]),
        ("\"ready deployment\"", &[]),
        ("\"ready deployment\"~1", &[0]),
        ("deployment OR NOT reasoning:*", &[0, 2]),
    ];
    for (query, expected) in cases {
        assert_eq!(ask(&split, query), *expected, "{query}");
    }
}

#[test]
fn every_encoding_of_a_text_column_is_indexed() {
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec!["x", "needle"])),
        Arc::new(LargeStringArray::from(vec!["x", "needle"])),
        Arc::new(StringViewArray::from(vec!["x", "needle"])),
        Arc::new(DictionaryArray::<Int32Type>::from_iter(["x", "needle"])),
        Arc::new(DictionaryArray::<arrow::datatypes::UInt8Type>::from_iter(["x", "needle"])),
    ];
    for array in arrays {
        let kind = array.data_type().to_string();
        assert_eq!(ask(&split_of(&batch_of(vec![("text", array)])), "needle"), [1], "{kind}");
    }
    let ids = FixedSizeBinaryArray::try_from_iter([[0xAB; 16], [1; 16]].iter()).unwrap();
    let split = split_of(&batch_of(vec![("session_id", Arc::new(ids))]));
    assert_eq!(ask(&split, "session:ABAB*"), [0]);
}

#[test]
fn a_column_that_holds_no_text_is_refused() {
    let batch = batch_of(vec![("text", Arc::new(Int64Array::from(vec![1])))]);
    let error = SplitWriter::new(0).add(&batch).unwrap_err();
    assert!(matches!(error, IndexError::ColumnType { column: "text", .. }));
}

#[test]
fn an_empty_split_answers_with_no_rows() {
    let split = Split::from_bytes(SplitWriter::new(0).finish().unwrap()).unwrap();
    assert_eq!(split.num_rows(), 0);
    for query in ["a OR NOT b", "a* a", "*", "text:*", "\"a b\"*"] {
        assert_eq!(ask(&split, query), [0; 0], "{query}");
    }
    assert_eq!(scan_rows(&texts(&[]), &Query::parse("*").unwrap()).unwrap(), [0; 0]);
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let batch = texts(&["one getUserName", "two 東京", "three"]);
    assert_eq!(bytes_of(&batch), bytes_of(&batch));
}

#[test]
fn a_missing_split_is_an_io_error() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Split::open(&folder.path().join("none")), Err(IndexError::Io(_))));
    assert!(matches!(Split::open(&folder.path().join("no/ne")), Err(IndexError::Io(_))));
    std::fs::write(folder.path().join("empty"), b"").unwrap();
    let empty = Split::open(&folder.path().join("empty"));
    assert!(empty.unwrap_err().is_bad_split());
}

#[test]
fn every_truncation_of_a_split_is_an_error() {
    let bytes = bytes_of(&texts(&["alpha beta", "gamma"]));
    for length in 0..bytes.len() {
        let error = Split::from_bytes(bytes[..length].to_vec()).unwrap_err();
        assert!(error.is_bad_split(), "{length}: {error}");
    }
}

#[test]
fn a_flipped_bit_gives_an_error_or_the_right_answer() {
    let batch = texts(&["alpha beta", "gamma", "alpha gamma beta"]);
    let bytes = bytes_of(&batch);
    let query = Query::parse("\"alpha beta\" OR gam*").unwrap();
    let mut errors = 0;
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        match Split::from_bytes(flipped.clone()).and_then(|split| split.rows(&query)) {
            Ok(rows) => assert_eq!(rows, [0, 1, 2], "{at}"),
            Err(error) => {
                assert!(error.is_bad_split(), "{at}: {error}");
                errors += 1;
            }
        }
        let verified = Split::from_bytes(flipped).and_then(|split| split.verify());
        assert!(verified.unwrap_err().is_bad_split(), "{at}");
    }
    assert!(errors > bytes.len() / 2);
}

#[test]
fn a_split_is_searched_by_many_threads_at_once() {
    let split = split_of(&texts(&["alpha", "beta", "alpha beta"]));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(ask(&split, "alpha beta"), [2]);
                }
            });
        }
    });
}

/// The answer by definition: the query tree over each row's tokens.
fn by_definition(node: &Node, row: &[Option<String>; 2]) -> bool {
    match node {
        Node::All => true,
        Node::And(nodes) => nodes.iter().all(|node| by_definition(node, row)),
        Node::Or(nodes) => nodes.iter().any(|node| by_definition(node, row)),
        Node::Not(inner) => !by_definition(inner, row),
        Node::Literal(literal) => literal_holds(literal, row),
    }
}

fn literal_holds(literal: &Literal, [text, reasoning]: &[Option<String>; 2]) -> bool {
    let holds = |field: Field, text: &Option<String>| {
        let Some(text) = text else { return false };
        literal.fields.contains(&field) && literal.needles.iter().any(|n| occurs(text, field, n))
    };
    holds(Field::Text, text) || holds(Field::Reasoning, reasoning)
}

fn arb_text() -> impl Strategy<Value = Option<String>> {
    let word = prop_oneof![
        "[ab]{1,2}",
        "[abAB]{1,4}",
        "(a|b)[_.](a|bA)",
        Just("東京都".to_owned()),
        Just("京".to_owned()),
        Just("🚀".to_owned()),
        Just("é".to_owned())
    ];
    let text = proptest::collection::vec(word, 0..8).prop_map(|words| words.join(" "));
    proptest::option::weighted(0.8, text)
}

fn arb_query() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[ab]{1,2}\\*?",
        "[abAB]{1,4}\\*?",
        "\"[ab]{1,2} [ab]{1,2}\"\\*?",
        "\"[abAB]{1,3} [ab] [ab]\"\\*?",
        "(a|b)[_.](a|bA)",
        Just("東京".to_owned()),
        Just("京".to_owned()),
        Just("東*".to_owned()),
        Just("*".to_owned()),
        Just("é".to_owned()),
        Just("🚀".to_owned())
    ];
    let leaf = (prop_oneof![Just(""), Just("text:"), Just("reasoning:")], leaf)
        .prop_map(|(f, l)| format!("{f}{l}"));
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            inner.prop_map(|a| format!("(NOT {a})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn split_scan_and_definition_agree(
        rows in proptest::collection::vec((arb_text(), arb_text()), 0..20),
        queries in proptest::collection::vec(arb_query(), 6),
    ) {
        let rows: Vec<[Option<String>; 2]> = rows.into_iter().map(|(a, b)| [a, b]).collect();
        let column = |at: usize| -> ArrayRef {
            Arc::new(rows.iter().map(|row| row[at].clone()).collect::<StringArray>())
        };
        let batch = batch_of(vec![("text", column(0)), ("reasoning", column(1))]);
        let split = split_of(&batch);
        for text in &queries {
            let query = Query::parse(text).unwrap();
            let expected: Vec<u32> = (0u32..).zip(&rows)
                .filter(|(_, row)| by_definition(query.root(), row)).map(|(at, _)| at).collect();
            prop_assert_eq!(&split.rows(&query).unwrap(), &expected, "split, {}", text);
            prop_assert_eq!(&scan_rows(&batch, &query).unwrap(), &expected, "scan, {}", text);
        }
    }
}
