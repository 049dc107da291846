//! The tolerant parser: never panics, takes all that `serde_json` takes, and reads back what it
//! writes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reveille::formats::json;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let strict: Result<serde_json::Value, _> = serde_json::from_str(&text);
    match json::parse(&text) {
        Ok((value, _)) => {
            let written = value.compact();
            let (again, _) = json::parse(&written).expect("what was written can be read");
            assert_eq!(again.compact(), written);
            let _ = value.canonical();
        }
        Err(fault) => assert!(strict.is_err(), "{fault:?}"),
    }
});
