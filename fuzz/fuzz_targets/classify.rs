//! The classifier: no text makes it fail, and its windows are places in the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reveille::detect::classifier::{Choice, Classifier, Model, Runtime};
use std::sync::LazyLock;

static CLASSIFIER: LazyLock<Classifier> = LazyLock::new(|| {
    let runtime = Runtime::start(&Choice::Embedded).unwrap();
    Classifier::new(Model::shipped().unwrap(), runtime).unwrap()
});

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let scored = &CLASSIFIER.score(&[&text]).unwrap()[0];
    assert!(scored.scores.iter().all(|score| (0.0..=1.0).contains(score)));
    for window in &scored.windows {
        assert!(text.get(window.clone()).is_some());
    }
});
