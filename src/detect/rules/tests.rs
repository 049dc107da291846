//! The shipped pack against its cases, and the prefilter against evaluating everything.

use super::*;
use crate::record::{Kind, Role};
use proptest::prelude::*;

/// The shipped pack, compiled once for all tests.
fn pack() -> &'static RuleSet {
    static PACK: std::sync::LazyLock<RuleSet> = std::sync::LazyLock::new(RuleSet::embedded);
    &PACK
}

fn set(detection: &str) -> RuleSet {
    let text = format!(
        "title: t\nname: t\nstatus: test\nlevel: high\nlogsource:\n  product: ai_agent\n  \
         category: agent_events\ndetection:\n{detection}"
    );
    RuleSet::from_text("t.yml", &text).unwrap_or_else(|found| panic!("{text}\n{found:?}"))
}

fn codes(text: &str) -> Vec<Code> {
    let found = RuleSet::from_text("t.yml", text).err().unwrap_or_default();
    found.into_iter().map(|diagnostic| diagnostic.code).collect()
}

fn event(kind: Kind, text: &str) -> Event {
    let mut event = Event::new(kind, Role::Assistant);
    let value = Some(text.to_owned());
    match kind {
        Kind::Reasoning => event.reasoning = value,
        Kind::ToolResult => event.tool_call_result = value,
        Kind::ToolCall => {
            event.tool_name = Some("bash".to_owned());
            event.tool_call_arguments =
                Some(serde_json::json!({ "command": text, "path": "/tmp/x" }).to_string());
        }
        _ => event.text = value,
    }
    event
}

/// Ids of the rules that match when every rule is evaluated.
fn without_prefilter(set: &RuleSet, event: &Event) -> Vec<String> {
    let row = model::Row::new(event);
    set.rules.iter().filter(|rule| scan::matches(rule, &row)).map(|rule| rule.id.clone()).collect()
}

fn with_prefilter(set: &RuleSet, event: &Event) -> Vec<String> {
    let found = set.scan(std::slice::from_ref(event));
    found.into_iter().map(|finding| finding.detector_id).collect()
}

#[test]
fn the_shipped_pack_loads_without_a_complaint_and_its_cases_come_out() {
    let set = pack();
    let complaints: Vec<String> = set.warnings().iter().map(ToString::to_string).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(set.rules().count() >= 42);
    let results = set.run_cases();
    let wrong: Vec<_> = results.iter().filter(|result| !result.passed()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_the_shipped_pack_explains_is_what_it_finds() {
    let set = pack();
    for rule in &set.rules {
        for case in &rule.cases {
            let matched = without_prefilter(set, &case.event).contains(&rule.id);
            let tree = set.explain(&rule.id, &case.event).expect("the rule is there");
            assert_eq!(tree.matched, matched, "{} on {}", rule.id, case.text);
        }
        let hit = rule.cases.iter().find(|case| case.must_hit).expect("three of them");
        let found = set.scan(std::slice::from_ref(&hit.event));
        let finding = found.iter().find(|finding| finding.detector_id == rule.id);
        let finding = finding.expect("cases hit");
        assert!(!finding.evidence.is_empty(), "{} quotes nothing", rule.id);
        for evidence in &finding.evidence {
            let column = crate::record::columns::column(&evidence.column).expect("a column");
            let crate::record::columns::Access::Large(get, _) = column.access else {
                panic!("{} is no text", evidence.column)
            };
            let text = get(&hit.event).expect("it was quoted");
            assert!(text[evidence.start..evidence.end].starts_with(&evidence.quote));
        }
    }
}

#[test]
fn findings_do_not_depend_on_the_batch() {
    let set = pack();
    let events: Vec<Event> = set
        .rules
        .iter()
        .flat_map(|rule| rule.cases.iter().map(|case| case.event.clone()))
        .collect();
    let at_once = set.scan(&events);
    let one_by_one: Vec<Finding> =
        events.iter().flat_map(|event| set.scan(std::slice::from_ref(event))).collect();
    assert_eq!(at_once, one_by_one);
}

#[test]
fn conditions_follow_sigma() {
    let text = "  a:\n    content|contains|all: [hide, report]\n  b:\n    content|re|i: 'un ?seen'\n  \
                c_1:\n    content|endswith: quickly\n  c_2:\n    content|startswith: quietly\n  \
                condition: (a and not b) or all of c_*\n";
    let set = set(text);
    let hits = |text: &str| !set.scan(&[event(Kind::UserText, text)]).is_empty();
    assert!(hits("Hide the REPORT"));
    assert!(!hits("hide the report unSeen"));
    assert!(hits("quietly, not quickly"));
    assert!(!hits("not quickly"));
}

#[test]
fn letter_case_is_ignored_in_every_script() {
    for (needle, text) in [
        ("straße", "DIE STRAßE"),
        ("ärger", "ÄRGER"),
        ("скрыть", "НАДО СКРЫТЬ ЭТО"),
        ("key", "the \u{212A}EY"),
        ("odds", "οδδ ODDS"),
        ("σίγμας", "ΣΊΓΜΑΣ"),
    ] {
        let set = set(&format!("  a:\n    content|contains: '{needle}'\n  condition: a\n"));
        assert_eq!(with_prefilter(&set, &event(Kind::Reasoning, text)), ["t"], "{needle}");
    }
    let folded = set("  a:\n    content|re|i: 'mask'\n  condition: a\n");
    assert_eq!(with_prefilter(&folded, &event(Kind::Reasoning, "MA\u{17F}K")), ["t"]);
}

#[test]
fn encodings_of_a_needle_are_searched_for() {
    let set = set("  a:\n    arguments|base64offset|contains: 'curl http'\n  condition: a\n");
    assert!(set.rules().all(|rule| rule.has_literals));
    let call = event(Kind::ToolCall, "echo Y3VybCBodHRwOi8v | base64 -d");
    assert_eq!(with_prefilter(&set, &call), ["t"]);
    let dashes = super::tests::set("  a:\n    command|windash|contains: ' -enc'\n  condition: a\n");
    assert_eq!(with_prefilter(&dashes, &event(Kind::ToolCall, "x –ENC y")), ["t"]);
}

#[test]
fn what_is_not_supported_is_an_error() {
    let rule = |detection: &str| {
        format!(
            "title: t\nname: t\nstatus: test\nlevel: low\nlogsource:\n  product: ai_agent\n  \
             category: agent_events\ndetection:\n{detection}"
        )
    };
    assert_eq!(codes(&rule("  a:\n    contnt: x\n  condition: a\n")), [Code::UnknownField]);
    assert_eq!(codes(&rule("  a:\n    content: x\n  condition: a and b\n")), [Code::Selection]);
    assert_eq!(
        codes(&rule("  a:\n    content: x\n  b:\n    content: y\n  condition: a\n")),
        [Code::Selection]
    );
    assert_eq!(codes(&rule("  a:\n    content|re: '('\n  condition: a\n")), [Code::Pattern]);
    assert_eq!(
        codes(&rule("  a:\n    content|expand: '%x%'\n  condition: a\n")),
        [Code::Unsupported]
    );
    assert_eq!(codes(": :"), [Code::Syntax]);
    let windows = rule("  a:\n    content: x\n  condition: a\n").replace("ai_agent", "windows");
    assert_eq!(codes(&windows), [Code::Unsupported]);
}

#[test]
fn names_of_other_detectors_are_no_names_of_rules() {
    for (name, is_taken) in [("session", true), ("model.theft", true), ("models-theft", false)] {
        let text = format!(
            "title: mine\nname: {name}\nstatus: test\nlevel: low\nlogsource:\n  product: ai_agent\n  \
             category: agent_events\ndetection:\n  a:\n    content: x\n  condition: a\n"
        );
        assert_eq!(codes(&text).contains(&Code::Attribute), is_taken, "{name}");
    }
}

#[test]
fn a_rule_replaces_the_shipped_one_of_its_name() {
    let shipped = pack();
    let id = shipped.rules().next().expect("there are some").id.clone();
    let folder = std::env::temp_dir().join(format!("reveille-rules-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let text = format!(
        "title: mine\nname: {id}\nstatus: test\nlevel: low\nlogsource:\n  product: ai_agent\n  \
         category: agent_events\ndetection:\n  a:\n    content: x\n  condition: a\n"
    );
    std::fs::write(folder.join("mine.yml"), text).expect("a file");
    let own = RuleSet::load(std::slice::from_ref(&folder));
    std::fs::remove_dir_all(&folder).expect("it was made above");
    let own = own.unwrap_or_else(|found| panic!("{found:?}"));
    assert_eq!(own.rules().count(), shipped.rules().count());
    assert_eq!(own.rule(&id).map(|rule| rule.title.as_str()), Some("mine"));
    assert_ne!(own.version(), shipped.version());
}

/// Rules of all shapes that the literal extractor knows.
const SHAPES: &[&str] = &[
    "  a:\n    content|contains: ab\n  condition: a\n",
    "  a:\n    content|contains: [ab, 'ж', BA]\n  b:\n    content|contains: k\n  condition: a and b\n",
    "  a:\n    content|contains|all: [ab, b]\n  condition: not a\n",
    "  a:\n    content|re|i: 'a.{0,3}(?:b|ж)'\n  condition: a\n",
    "  a:\n    content|re: ['ab+k', '^b.a', '[abk]{3}ж']\n  condition: a\n",
    "  a:\n    content|re|i: ['жa|sk', 'b(?:a|k)?s']\n  b:\n    event_type: tool_call\n  condition: a and not b\n",
    "  a:\n    content|startswith: 'aж'\n  b:\n    content|endswith: ['ba', 'S']\n  condition: 1 of them\n",
    "  a:\n    command|contains: ab\n  b:\n    event_type: reasoning\n    content|contains: k\n  condition: a or b\n",
    "  a:\n    event_type: [reasoning, tool_response]\n  b_1:\n    content: ab\n  b_2:\n    content|contains: bk\n  condition: a and 1 of b_*\n",
    "  a:\n    tool_name: bash\n  b:\n    arguments|contains: 'b a'\n  condition: a and b\n",
    "  a:\n    - content|contains: sж\n    - content|re: '\\bk\\b'\n  condition: a\n",
    "  a:\n    - abk\n    - bash\n  condition: a\n",
    "  a:\n    content|contains|cased: aB\n  b:\n    content|exists: false\n  condition: a or b\n",
    "  a:\n    content|re: '[\\x{200B}-\\x{200F}]{2,}'\n  condition: a\n",
    "  a:\n    content|neq: ab\n  b:\n    content|contains: ab\n  condition: 2 of them\n",
    "  a:\n    content|re|i: 'a[^x\\n]*k'\n  b:\n    content|re: ['a.*\\.', 'ж+b']\n  condition: a or b\n",
    "  a:\n    content|re: 'k[^x]*k'\n    content|contains: b\n  condition: a\n",
    "  a:\n    content|contains: ['Σ', 'ĳ']\n  condition: a\n",
    "  a:\n    content|contains: ['ſa', 'aİ', 'b\u{212A}']\n  condition: a\n",
    "  a:\n    content|re: ['[ſx]a', 'aſ', '[iİ]b']\n    content|contains: b\n  condition: a\n",
    "  a:\n    content|re|i: ['s.{0,2}k', 'тb', '[ks]a']\n    content|contains: ['ai', 'тa']\n  condition: 1 of them\n",
];

fn shapes() -> RuleSet {
    let mut text = String::new();
    for (number, detection) in SHAPES.iter().enumerate() {
        text.push_str(&format!(
            "---\ntitle: t{number}\nname: t{number:02}\nstatus: test\nlevel: low\nlogsource:\n  \
             product: ai_agent\n  category: agent_events\ndetection:\n{detection}"
        ));
    }
    RuleSet::from_text("shapes.yml", &text).unwrap_or_else(|found| panic!("{found:?}"))
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![
        Kind::Reasoning,
        Kind::UserText,
        Kind::ToolCall,
        Kind::ToolResult,
        Kind::AssistantText,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_prefilter_loses_nothing(
        kind in kind(),
        text in "[abkiAB sSжЖтΣσς\u{212A}\u{17F}\u{130}\u{1C85}\u{200B}ĳ\n\"]{0,12}",
    ) {
        thread_local!(static SET: RuleSet = shapes());
        SET.with(|set| {
            let event = event(kind, &text);
            prop_assert_eq!(with_prefilter(set, &event), without_prefilter(set, &event));
            for rule in &set.rules {
                let tree = set.explain(&rule.id, &event).expect("the rule is there");
                let matched = scan::matches(rule, &model::Row::new(&event));
                prop_assert_eq!(tree.matched, matched);
            }
            Ok(())
        })?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Cases cut in pieces and put together anew: text on which rules almost match.
    #[test]
    fn the_prefilter_of_the_shipped_pack_loses_nothing(
        kind in kind(),
        picks in prop::collection::vec((any::<prop::sample::Index>(), 0..4_usize), 1..5),
    ) {
        let set = pack();
        let cases: Vec<&str> = set.rules.iter()
            .flat_map(|rule| rule.cases.iter().map(|case| case.text.as_str()))
            .collect();
        let text: String = picks.iter().map(|(pick, part)| {
            let words: Vec<&str> = pick.get(&cases).split_inclusive(' ').collect();
            let from = words.len() * part / 8;
            words[from..].concat()
        }).collect();
        let event = event(kind, &text);
        prop_assert_eq!(with_prefilter(set, &event), without_prefilter(set, &event));
    }
}
