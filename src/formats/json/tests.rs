//! Tests of the tolerant reader, `serde_json` as the oracle for strict input.

use super::{Fault, Json, MAX_DEPTH, parse, parse_prefix};
use proptest::prelude::*;

fn same(ours: &Json<'_>, theirs: &serde_json::Value) -> bool {
    match (ours, theirs) {
        (Json::Null, serde_json::Value::Null) => true,
        (Json::Bool(a), serde_json::Value::Bool(b)) => a == b,
        (Json::Number(_), serde_json::Value::Number(b)) => close(ours.f64(), b.as_f64()),
        (Json::String(a), serde_json::Value::String(b)) => a == b,
        (Json::Array(a), serde_json::Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Json::Object(a), serde_json::Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|((ka, va), (kb, vb))| ka == kb && same(va, vb))
        }
        _ => false,
    }
}

/// `serde_json` may round the last digit of a float; integers must agree.
fn close(ours: Option<f64>, theirs: Option<f64>) -> bool {
    match (ours, theirs) {
        (Some(a), Some(b)) => a == b || ((a - b) / b).abs() < 1e-14,
        _ => false,
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (-1e6..1e6f64).prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::vec((any::<String>(), inner), 0..8)
                .prop_map(|pairs| serde_json::Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn strict_json_reads_as_serde_json_reads_it(value in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.unwrap();
        let (ours, notes) = parse(&text).unwrap();
        prop_assert!(same(&ours, &value));
        prop_assert_eq!(notes, super::Notes::default());
        let again: serde_json::Value = serde_json::from_str(&ours.compact()).unwrap();
        prop_assert!(same(&ours, &again));
    }

    #[test]
    fn no_text_panics_and_what_serde_accepts_we_accept(text in any::<String>()) {
        let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
        prop_assert!(!theirs || parse(&text).is_ok());
    }

    #[test]
    fn every_cut_is_an_early_end(value in any_json(), cut in any::<prop::sample::Index>()) {
        let text = serde_json::to_string(&value).unwrap();
        prop_assume!(text.starts_with(['{', '[', '"']));
        let at = cut.index(text.len());
        prop_assume!(text.is_char_boundary(at));
        prop_assert!(matches!(parse(&text[..at]), Err(Fault::Eof(_))));
    }
}

#[test]
fn oddities_are_read_and_noted() {
    let (value, notes) = parse(r#"{"a":NaN,"a":"\ud83d","b":1e999,"c":[1,],}"#).unwrap();
    assert!(notes.nonfinite_number && notes.duplicate_keys);
    assert!(notes.lone_surrogate && notes.lenient_json);
    assert_eq!(value.text("a"), Some("\u{fffd}"));
    assert_eq!(value.at("b"), &Json::Number("1e999"));
    let (raw, notes) = parse("{\"a\":\"x\ty\"}").unwrap();
    assert_eq!(raw.text("a"), Some("x\ty"));
    assert!(notes.lenient_json);
}

#[test]
fn big_integers_keep_their_digits() {
    let (value, _) = parse(r#"{"id":123456789012345678901234567890}"#).unwrap();
    assert_eq!(value.compact(), r#"{"id":123456789012345678901234567890}"#);
}

#[test]
fn nesting_is_bounded() {
    let deep = "[".repeat(MAX_DEPTH + 1);
    assert!(matches!(parse(&deep), Err(Fault::Depth(_))));
    let fine = "[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH);
    assert!(parse(&fine).is_ok());
}

#[test]
fn a_prefix_says_where_it_ends() {
    let (_, used, _) = parse_prefix(r#" {"a":1}{"b":2}"#).unwrap();
    assert_eq!(used, 8);
    assert!(matches!(parse(r#"{"a":1}{"b":2}"#), Err(Fault::Syntax(7, _))));
}

#[test]
fn canonical_text_ignores_key_order() {
    let (a, _) = parse(r#"{"b":[1,{"y":0,"x":0}],"a":"é"}"#).unwrap();
    let (b, _) = parse(r#"{ "a": "é", "b": [1, {"x":0, "y":0}] }"#).unwrap();
    assert_eq!(a.canonical(), b.canonical());
    assert_eq!(a.canonical(), r#"{"a":"é","b":[1,{"x":0,"y":0}]}"#);
}
