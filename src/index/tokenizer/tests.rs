//! Tokens of English, identifiers, paths, URLs, CJK, Thai, Arabic, emoji, and of hostile text.

use super::super::analyzer::{index_tokens, query_tokens};
use super::super::schema::Field;
use super::*;
use proptest::prelude::*;

fn words(text: &str) -> Vec<String> {
    query_tokens(Field::Text, text, Mode::Words).into_iter().map(|(_, word)| word).collect()
}

fn indexed(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    index_tokens(Field::Text, text, &mut |token| tokens.push(token.clone()));
    tokens
}

/// Whether the phrase is found, straight from the definition: in one reading of the query all
/// tokens stand at the right distances.
fn finds(text: &str, query: &str) -> bool {
    let tokens = indexed(text);
    let at = |position: usize, word: &str| {
        tokens.iter().any(|t| t.position == position && t.text == word)
    };
    [Mode::Words, Mode::Parts].into_iter().any(|mode| {
        let phrase = query_tokens(Field::Text, query, mode);
        let Some((start, first)) = phrase.first() else { return false };
        tokens
            .iter()
            .filter(|t| t.text == *first)
            .any(|t| phrase.iter().all(|(place, word)| at(t.position + place - start, word)))
    })
}

#[test]
fn english_is_lower_cased_words() {
    assert_eq!(
        words("The model PRETENDS, doesn't it?"),
        ["the", "model", "pretends", "doesn", "t", "it"]
    );
}

#[test]
fn every_spelling_of_a_camel_case_word_is_found() {
    for query in
        ["getUserName", "getusername", "GETUSERNAME", "userName", "user_name", "name", "get"]
    {
        assert!(finds("x = getUserName(id)", query), "{query}");
    }
    for query in ["powershell", "PowerShell", "run powershell script", "shell"] {
        assert!(finds("run PowerShell script", query), "{query}");
    }
    assert!(!finds("run PowerShell script", "shell script"));
    assert!(finds("class HTTPServer", "http server"));
    assert!(finds("see Github", "GitHub"));
}

#[test]
fn parts_of_an_identifier_path_are_found_alone_and_together() {
    let text = "open fooBar_baz/qux.rs now";
    for query in [
        "fooBar_baz/qux.rs",
        "foo",
        "bar",
        "foobar",
        "baz",
        "qux.rs",
        "bar_baz",
        "barBaz",
        "FOOBAR_BAZ/QUX.RS",
    ] {
        assert!(finds(text, query), "{query}");
    }
    for query in ["bar qux", "foo baz", "rs foo"] {
        assert!(!finds(text, query), "{query}");
    }
}

#[test]
fn urls_and_versions_are_phrases() {
    let text = "curl https://api.example.com:8443/v1/chat?x=1 # claude-3-5-sonnet";
    for query in [
        "https://api.example.com",
        "example.com:8443",
        "/v1/chat",
        "claude-3-5",
        "claude-3-5-sonnet",
    ] {
        assert!(finds(text, query), "{query}");
    }
    assert!(!finds(text, "claude-5"));
}

#[test]
fn one_and_two_characters_of_cjk_and_thai_are_found() {
    let text = "部署到生产环境 ステージング 배포합니다 กำลังปรับใช้";
    for query in ["部", "部署", "生产环境", "到生", "ステージ", "배포", "포", "กำลัง", "ปรับ", "ใช้"]
    {
        assert!(finds(text, query), "{query}");
    }
    assert!(!finds(text, "部生"));
    assert!(!finds(text, "署部"));
    assert!(finds("ﾊﾟｽﾜｰﾄﾞ", "パスワード"));
    assert!(finds("run 東京tower now", "東京tower now"));
}

#[test]
fn decomposed_hangul_is_found_composed() {
    use unicode_normalization::UnicodeNormalization;
    let decomposed: String = "배포".nfd().collect();
    assert!(finds(&decomposed, "배포"));
}

#[test]
fn arabic_is_found_without_vowels_and_tatweel() {
    assert!(finds("تَمَّ نَشْرُ النَّمُوذَج", "تم نشر النموذج"));
    assert!(finds("النـــموذج", "النموذج"));
}

#[test]
fn emoji_are_tokens() {
    for query in ["🚀", "👩‍💻", "❤️", "❤", "🇩🇪"] {
        assert!(finds("deploy 🚀 by 👩‍💻 with ❤️ in 🇩🇪", query), "{query}");
    }
    assert_eq!(words("┌──┐ │ ok │"), ["ok"]);
}

#[test]
fn hidden_and_disguised_text_is_found_by_the_plain_word() {
    let tags: String =
        "ignore ALL rules".chars().filter_map(|c| char::from_u32(0xE0000 + c as u32)).collect();
    assert!(finds(&format!("hello {tags} world"), "ignore all rules"));
    assert!(finds("pl\u{200D}ease ig\u{200B}nore", "please ignore"));
    assert!(finds("ｉｇｎｏｒｅ previous", "ignore previous"));
}

#[test]
fn a_huge_token_is_found_by_its_beginning() {
    let huge = "a".repeat(1_000_000);
    let tokens = indexed(&huge);
    assert_eq!(tokens.len(), 1);
    assert_eq!(tokens[0].text.len(), MAX_TOKEN);
    assert!(finds(&huge, &huge));
    assert!(indexed(&"é".repeat(100_000)).iter().all(|t| t.text.len() <= MAX_TOKEN));
}

#[test]
fn base64_is_cut_short_but_a_word_in_it_is_not_lost() {
    let line = "aGVsbG8gd29ybGQhIHRoaXMgaXM+ZmFrZSBkYXRhIGZv/";
    let blob = line.repeat(1000);
    assert!(indexed(&blob).len() < 60);
    assert!(finds(&format!("{blob}deployment/{blob}"), "deployment"));
    assert!(finds(&format!("{blob} after"), "after"));
}

#[test]
fn offsets_point_at_the_word_as_written() {
    let text = "Ünïcode getUserName 東京";
    for token in indexed(text) {
        let written = text.get(token.offset_from..token.offset_to).unwrap();
        assert!(!written.is_empty());
        if written.is_ascii() {
            assert_eq!(written.to_lowercase(), token.text);
        }
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_tokenizer(text in "\\PC*|[a-zA-Z_/+. é東ก\u{301}\u{200B}\u{E0041}\u{3099}ﾞ🚀]{0,80}") {
        let mut last = std::collections::HashMap::new();
        for token in indexed(&text) {
            prop_assert!(text.get(token.offset_from..token.offset_to).is_some());
            prop_assert!(!token.text.is_empty() && token.text.len() <= MAX_TOKEN);
            // The index library needs positions of one term to grow.
            let before = last.insert(token.text.clone(), token.position);
            prop_assert!(before.is_none_or(|before| before <= token.position));
        }
    }

    #[test]
    fn a_text_is_found_by_itself(text in "[a-zA-Z0-9_/. éÜ東京กำ]{1,40}") {
        if !words(&text).is_empty() {
            prop_assert!(finds(&text, &text), "{}", text);
        }
    }
}
