//! Token counts in every spelling, brought to one meaning: input includes the cache.

use super::value::Attrs;
use crate::formats::json::Json;
use crate::record::Usage;

const INPUT: &[&str] = &[
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.usage.prompt_tokens",
    "llm.usage.input_tokens",
    "llm.token_count.prompt",
    "ai.usage.inputTokens",
    "ai.usage.promptTokens",
];
const OUTPUT: &[&str] = &[
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.usage.completion_tokens",
    "llm.usage.output_tokens",
    "llm.token_count.completion",
    "ai.usage.outputTokens",
    "ai.usage.completionTokens",
];
const REASONING: &[&str] = &[
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.usage.reasoning_output_tokens",
    "gen_ai.usage.output_tokens.reasoning",
    "gen_ai.usage.details.reasoning_tokens",
    "llm.usage.reasoning_tokens",
    "llm.token_count.completion_details.reasoning",
    "ai.usage.reasoningTokens",
];
const CACHE_READ: &[&str] = &[
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.input_tokens.cached",
    "gen_ai.usage.details.cache_read_tokens",
    "gen_ai.usage.cached_tokens",
    "llm.usage.cache_read_input_tokens",
    "llm.token_count.prompt_details.cache_read",
    "ai.usage.cachedInputTokens",
];
const CACHE_CREATION: &[&str] = &[
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_write_input_tokens",
    "gen_ai.usage.details.cache_write_tokens",
    "llm.usage.cache_creation_input_tokens",
    "llm.token_count.prompt_details.cache_write",
];
const TOTAL: &[&str] =
    &["gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total"];

/// Takes the token counts from the attributes of a model call.
pub(super) fn take(attrs: &mut Attrs<'_>) -> Usage {
    let usage = Usage {
        input: count(&attrs.take_any(INPUT)),
        output: count(&attrs.take_any(OUTPUT)),
        reasoning: count(&attrs.take_any(REASONING)),
        cache_read: count(&attrs.take_any(CACHE_READ)),
        cache_creation: count(&attrs.take_any(CACHE_CREATION)),
    };
    let total = TOTAL.iter().find_map(|key| count(attrs.get(key)));
    inclusive(usage, total, false)
}

/// Whether the attributes count tokens at all.
pub(super) fn present(attrs: &Attrs<'_>) -> bool {
    [INPUT, OUTPUT].into_iter().flatten().any(|key| attrs.has(key))
}

fn count(value: &Json<'_>) -> Option<i64> {
    value.i64().filter(|count| *count >= 0)
}

/// Adds the cache to the input where it is not in it already: always for an interface that is
/// known to count so, else if the total or the size of the cache proves it.
pub(super) fn inclusive(mut usage: Usage, total: Option<i64>, excludes: bool) -> Usage {
    let Some(input) = usage.input else { return usage };
    let read = usage.cache_read.unwrap_or_default();
    let cache = read.saturating_add(usage.cache_creation.unwrap_or_default());
    let with_cache = input.saturating_add(cache);
    let output = usage.output.unwrap_or_default();
    let proven = cache > 0 && total == Some(with_cache.saturating_add(output));
    if excludes || proven || cache > input {
        usage.input = Some(with_cache);
    }
    usage
}

/// Reads the `usage` of a raw body.
pub(super) fn from_body(usage: &Json<'_>) -> Usage {
    let first = |keys: &[&str]| count(usage.any_of(keys));
    let nested = |outer: &[&str], inner: &str| count(usage.any_of(outer).at(inner));
    let input_details = ["prompt_tokens_details", "input_tokens_details"];
    let output_details = ["completion_tokens_details", "output_tokens_details"];
    let thoughts = first(&["thoughtsTokenCount"]);
    let output = first(&["completion_tokens", "output_tokens", "outputTokens"]);
    let gemini = first(&["candidatesTokenCount"]).map(|n| n.saturating_add(thoughts.unwrap_or(0)));
    let found = Usage {
        input: first(&["prompt_tokens", "input_tokens", "promptTokenCount", "inputTokens"]),
        output: output.or(gemini),
        reasoning: nested(&output_details, "reasoning_tokens").or(thoughts),
        cache_read: first(&["cache_read_input_tokens", "cachedContentTokenCount"])
            .or_else(|| nested(&input_details, "cached_tokens")),
        cache_creation: first(&["cache_creation_input_tokens"]),
    };
    // Only the Anthropic interface has these names, and it leaves the cache out of the input.
    let cached = usage.has("cache_read_input_tokens") || usage.has("cache_creation_input_tokens");
    let excludes = cached && !usage.has("prompt_tokens");
    inclusive(found, None, excludes)
}

/// Two reports of one call as one: the larger count is the one that includes more.
pub(super) fn merge(one: Usage, other: Usage) -> Usage {
    Usage {
        input: one.input.max(other.input),
        output: one.output.max(other.output),
        reasoning: one.reasoning.max(other.reasoning),
        cache_read: one.cache_read.max(other.cache_read),
        cache_creation: one.cache_creation.max(other.cache_creation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::json::parse;

    fn usage(input: i64, read: i64) -> Usage {
        Usage { input: Some(input), cache_read: Some(read), output: Some(10), ..Usage::default() }
    }

    #[test]
    fn input_includes_the_cache_when_that_can_be_proven() {
        assert_eq!(inclusive(usage(60, 12), Some(82), false).input, Some(72));
        assert_eq!(inclusive(usage(72, 12), Some(82), false).input, Some(72));
        assert_eq!(inclusive(usage(5, 900), None, false).input, Some(905));
        assert_eq!(inclusive(usage(60, 12), None, true).input, Some(72));
    }

    #[test]
    fn raw_bodies_are_counted_by_the_rules_of_their_interface() {
        let read = |text: &str| from_body(&parse(text).unwrap().0);
        let anthropic =
            read(r#"{"input_tokens":60,"cache_read_input_tokens":12,"output_tokens":4}"#);
        assert_eq!(anthropic.input, Some(72));
        let openai = read(
            r#"{"prompt_tokens":41,"completion_tokens":33,"prompt_tokens_details":{"cached_tokens":8},
                "completion_tokens_details":{"reasoning_tokens":17}}"#,
        );
        assert_eq!(
            (openai.input, openai.cache_read, openai.reasoning),
            (Some(41), Some(8), Some(17))
        );
        let gemini =
            read(r#"{"promptTokenCount":9,"candidatesTokenCount":5,"thoughtsTokenCount":7}"#);
        assert_eq!((gemini.input, gemini.output, gemini.reasoning), (Some(9), Some(12), Some(7)));
    }
}
