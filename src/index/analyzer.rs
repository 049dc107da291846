//! Presents the tokenizer to the index library and to the query side.

use super::fold::head;
use super::schema::{Field, ID_TOKENIZER, TEXT_TOKENIZER};
use super::tokenizer::{Mode, Scanner};
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};

/// Longest id, in bytes.
const MAX_ID: usize = 256;

/// The tokenizers that the schema names.
pub(super) fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::new();
    manager.register(TEXT_TOKENIZER, TextAnalyzer::from(EventTokenizer::default()));
    manager.register(ID_TOKENIZER, TextAnalyzer::from(IdTokenizer));
    manager
}

/// The tokens of a query literal with their positions.
pub(super) fn query_tokens(field: Field, text: &str, mode: Mode) -> Vec<(usize, String)> {
    if field.is_id() {
        return vec![(0, fold_id(text))].into_iter().filter(|(_, id)| !id.is_empty()).collect();
    }
    let mut tokens = Vec::new();
    let mut keep = |token: &Token| tokens.push((token.position, token.text.clone()));
    Scanner::default().scan(text, mode, &mut keep);
    tokens
}

/// Gives the tokens under which a text of this field is indexed to `sink`.
pub(super) fn index_tokens(field: Field, text: &str, sink: &mut dyn FnMut(&Token)) {
    if field.is_id() {
        return id_token(text).iter().for_each(sink);
    }
    Scanner::default().scan(text, Mode::Index, sink);
}

/// Ids are searched as a whole, in any case.
fn fold_id(id: &str) -> String {
    head(id.trim(), MAX_ID).to_lowercase()
}

/// The token of an id; none if it is blank.
pub(super) fn id_token(id: &str) -> Option<Token> {
    let text = fold_id(id);
    (!text.is_empty()).then(|| Token { offset_to: id.len(), position: 0, text, ..Token::default() })
}

/// Tokenizer of running text.
#[derive(Clone, Default)]
struct EventTokenizer {
    scanner: Scanner,
}

impl Tokenizer for EventTokenizer {
    type TokenStream<'a> = EventStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> EventStream<'a> {
        EventStream { scanner: &mut self.scanner, text, tokens: None, current: Token::default() }
    }
}

/// The index only calls `process`, which streams; `advance` is there for the trait.
struct EventStream<'a> {
    scanner: &'a mut Scanner,
    text: &'a str,
    tokens: Option<std::vec::IntoIter<Token>>,
    current: Token,
}

impl TokenStream for EventStream<'_> {
    fn advance(&mut self) -> bool {
        let (scanner, text) = (&mut *self.scanner, self.text);
        let tokens = self.tokens.get_or_insert_with(|| {
            let mut all = Vec::new();
            scanner.scan(text, Mode::Index, &mut |token| all.push(token.clone()));
            all.into_iter()
        });
        let Some(token) = tokens.next() else { return false };
        self.current = token;
        true
    }

    fn token(&self) -> &Token {
        &self.current
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.current
    }

    fn process(&mut self, sink: &mut dyn FnMut(&Token)) {
        if self.tokens.is_none() {
            return self.scanner.scan(self.text, Mode::Index, sink);
        }
        while self.advance() {
            sink(&self.current);
        }
    }
}

/// Tokenizer of ids.
#[derive(Clone)]
struct IdTokenizer;

impl Tokenizer for IdTokenizer {
    type TokenStream<'a> = IdStream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> IdStream {
        let token = id_token(text);
        IdStream { done: token.is_none(), token: token.unwrap_or_default() }
    }
}

/// One token, or none for an empty id.
struct IdStream {
    token: Token,
    done: bool,
}

impl TokenStream for IdStream {
    fn advance(&mut self) -> bool {
        !std::mem::replace(&mut self.done, true)
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stepping_and_streaming_give_the_same_tokens() {
        let text = "call getUserName in src/東京.rs 🚀";
        let mut tokenizer = EventTokenizer::default();
        let mut stepped = Vec::new();
        let mut stream = tokenizer.token_stream(text);
        while stream.advance() {
            stepped.push(stream.token().clone());
        }
        let mut streamed = Vec::new();
        tokenizer.token_stream(text).process(&mut |token| streamed.push(token.clone()));
        assert_eq!(stepped, streamed);
    }

    #[test]
    fn an_empty_id_has_no_token() {
        assert!(!IdTokenizer.token_stream(" ").advance());
        assert!(query_tokens(Field::Conversation, " ", Mode::Words).is_empty());
    }
}
