//! The classifier: no text makes it fail, and its windows are places in the text; hashed words and tokens.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reveille::detect::classifier::{Choice, Classifier, Model, Runtime};
use std::path::Path;
use std::sync::LazyLock;

static CLASSIFIERS: LazyLock<[Classifier; 2]> = LazyLock::new(|| {
    let runtime = Runtime::start(&Choice::Embedded).unwrap();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/example");
    [Model::shipped().unwrap(), Model::load(&example).unwrap()]
        .map(|model| Classifier::new(model, runtime).unwrap())
});

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    for classifier in CLASSIFIERS.iter() {
        let scored = &classifier.score(&[&text]).unwrap()[0];
        assert!(scored.scores.iter().all(|score| (0.0..=1.0).contains(score)));
        for window in &scored.windows {
            assert!(text.get(window.clone()).is_some());
        }
    }
});
