//! Searches through row selections give what looking at the text gives.

use super::{Lake, ask, event, haystack, one};
use crate::record::Kind;

/// The same question as LIKE.
fn like(word: &str) -> String {
    format!(
        "(coalesce(text, '') || coalesce(reasoning, '') || coalesce(tool_call_arguments, '')) like '%{word}%'"
    )
}

/// Asks with searches and with LIKE and compares.
async fn same(lake: &Lake, template: &str) {
    let session = lake.session().await;
    let mut plain = template.to_owned();
    for word in ["needle", "fork", "absent"] {
        plain = plain.replace(&format!("search('{word}')"), &like(word));
    }
    assert_ne!(plain, template);
    assert_eq!(ask(&session, template).await, ask(&session, &plain).await, "{template}");
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_agree_with_like_in_every_combination() {
    let lake = Lake::of(&haystack(3, 200));
    for condition in [
        "search('needle')",
        "search('absent')",
        "not search('needle')",
        "search('needle') and search('fork')",
        "search('needle') or search('fork')",
        "search('fork') and not search('needle')",
        "not (search('fork') or search('needle'))",
        "search('needle') and kind = 'reasoning'",
        "search('needle') or kind = 'reasoning'",
        "search('fork') and seq between 100 and 450",
        "search('fork') and request_model = 'model-1' and ts > '2023-11-14T22:15:00Z'",
        "(search('needle') and seq < 300) or (search('fork') and seq > 500)",
        "search('fork') is not true",
        "not (search('fork') or kind = 'reasoning')",
        "case when seq < 200 then search('fork') else search('needle') end",
    ] {
        same(&lake, &format!("select count(*) from events where {condition}")).await;
        same(&lake, &format!("select seq, text from events where {condition} order by seq")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_agree_with_like_in_joins_aggregates_and_select_lists() {
    let lake = Lake::of(&haystack(3, 150));
    same(
        &lake,
        "select kind, count(*), sum(seq) from events where search('fork') group by kind order by kind",
    )
    .await;
    same(
        &lake,
        "select a.seq from events a join (select session_id, max(seq) as top from events where search('needle') group by session_id) b
         on a.session_id = b.session_id and a.seq = b.top order by 1",
    )
    .await;
    same(&lake, "select seq, search('needle') as hit from events order by seq").await;
    same(
        &lake,
        "select request_model, count(*) filter (where search('fork')) from events group by 1 order by 1",
    )
    .await;
    same(
        &lake,
        "with e as (select * from events where kind = 'tool_call') select seq from e where search('fork') order by seq",
    )
    .await;
    same(&lake, "select seq from events where search('fork') order by seq desc limit 7").await;
    same(&lake, "select seq from events where search('fork') order by ts limit 5 offset 3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_gives_that_many_rows_that_match() {
    let lake = Lake::of(&haystack(3, 150));
    let session = lake.session().await;
    let rows = ask(
        &session,
        "select text, reasoning, tool_call_arguments from events where search('needle') limit 5",
    )
    .await;
    assert_eq!(rows.len(), 5);
    assert!(rows.iter().all(|row| row.contains("needle")), "{rows:?}");
    let query = "select count(*) from (select * from events where search('needle') limit 5)";
    assert_eq!(one(&session, query).await, "5");
    assert_eq!(one(&session, "select count(*) from (select * from events limit 3)").await, "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn search_is_a_table_too() {
    let lake = Lake::of(&haystack(2, 100));
    let session = lake.session().await;
    let with_table = ask(&session, "select seq from search('needle') order by seq").await;
    let with_where =
        ask(&session, "select seq from events where search('needle') order by seq").await;
    assert_eq!(with_table, with_where);
    assert!(!with_table.is_empty());
    let joined =
        "select count(*) from events where event_id in (select event_id from search('needle'))";
    assert_eq!(one(&session, joined).await, with_where.len().to_string());
    let filtered = "select count(*) from search('needle') s where s.kind = 'reasoning'";
    let expected = "select count(*) from events where search('needle') and kind = 'reasoning'";
    assert_eq!(one(&session, filtered).await, one(&session, expected).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_in_a_query_is_respected() {
    let files = vec![vec![
        event(0, Kind::Reasoning, "deploy quietly"),
        event(1, Kind::AssistantText, "deploy loudly"),
    ]];
    let lake = Lake::of(&files);
    let session = lake.session().await;
    for (query, rows) in [
        ("reasoning:deploy", "0"),
        ("text:deploy", "1"),
        ("deploy -quietly", "1"),
        ("\"deploy quietly\"", "0"),
        ("model:\"model-0\"", "0"),
        ("conversation:session-1", "1"),
    ] {
        let query = query.replace('\'', "''");
        let found = one(&session, &format!("select seq from search('{query}')")).await;
        assert_eq!(found, rows, "{query}");
        // In an OR with something else the text is looked at.
        let looked = format!("select seq from events where search('{query}') or seq = 99");
        assert_eq!(one(&session, &looked).await, rows, "{query}");
    }
    let some = "select count(*) from events where search_match('deploy', text)";
    assert_eq!(one(&session, some).await, "1");
    let all = "select count(*) from events where search('*')";
    assert_eq!(one(&session, all).await, "2");
    assert_eq!(one(&session, "select search_match('big cat', 'a BIG cat') as x").await, "true");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_reads_little_and_counts_without_reading() {
    let lake = Lake::of(&haystack(3, 400));
    let session = lake.session().await;
    let plan = ask(&session, "explain select count(*) from events where search('needle')")
        .await
        .join("\n");
    assert!(plan.contains("PlaceholderRowExec"), "{plan}");
    let plan =
        ask(&session, "explain select text from events where search('needle')").await.join("\n");
    assert!(plan.contains("LakeScanExec: table=events, selected=3"), "{plan}");
    assert!(!plan.contains("FilterExec"), "{plan}");
    let scanned = |analyzed: &str| -> u64 {
        let text = analyzed.split("bytes_scanned=").nth(1).expect(analyzed);
        let number: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').trim_start();
        let factor = if unit.starts_with('K') {
            1000.0
        } else if unit.starts_with('M') {
            1e6
        } else {
            1.0
        };
        (number.parse::<f64>().unwrap() * factor) as u64
    };
    let analyzed = ask(
        &session,
        "explain analyze select text, seq, attrs from events where search('number777')",
    )
    .await
    .join("\n");
    let all = ask(&session, "explain analyze select text, seq, attrs from events").await.join("\n");
    assert!(scanned(&analyzed) * 5 < scanned(&all), "{analyzed}\n{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_beside_something_else_goes_by_the_index_too() {
    let mut files = haystack(2, 150);
    // A forged row: the id of a row that matches, with other text.
    let mut forged = files[0][3].clone();
    forged.text = Some("nothing to see".to_owned());
    forged.reasoning = None;
    forged.tool_call_arguments = None;
    files[1].push(forged);
    let lake = Lake::of(&files);
    let query = "select count(*) from events e where search('needle') or kind = 'reasoning'";
    same(&lake, query).await;
    let joined = "select count(*) from events a join events b on a.event_id = b.event_id
        where search_match('needle', b.reasoning, b.text, b.tool_call_arguments, b.tool_call_result) or b.seq = 7";
    let session = lake.session().await;
    assert!(one(&session, joined).await.parse::<u64>().unwrap() > 5);
    let plan = ask(&session, &format!("explain {query}")).await.join("\n");
    assert!(plan.contains("LakeScanExec: table=events, selected=2"), "{plan}");
    assert!(!plan.contains("predicate=search_match"), "text is looked at in every row: {plan}");
}
