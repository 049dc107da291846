//! Requests, responses and bare message lists of the model providers' own APIs.

pub mod anthropic;
pub mod openai_chat;
pub mod openai_responses;
pub(crate) mod shared;
pub mod sharegpt;
