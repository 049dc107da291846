//! Session files that coding agents keep on disk.

pub mod claude_code;
pub mod codex;
pub mod openhands;
mod util;
