//! `score(text)` and `classify(text)`: what the shipped classifier says of a text, for hunts over what
//! nobody has scored, or over other texts than thoughts. Runs on the embedded runtime unless the
//! process has started another.

use crate::detect::classifier::{Choice, Classifier, Model, Runtime, Scored};
use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array, LargeStringArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use std::sync::{Arc, LazyLock};

static CLASSIFIER: LazyLock<std::result::Result<Classifier, String>> = LazyLock::new(|| {
    let model = Model::shipped().map_err(|error| error.to_string())?;
    let runtime = Runtime::start(&Choice::Embedded).map_err(|error| error.to_string())?;
    Classifier::new(model, runtime).map_err(|error| error.to_string())
});

/// How likely a text is the thought of a turned agent.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct ScoreFunction {
    signature: Signature,
}

/// The labels of a text that pass the model's thresholds, or `none`; that none does is no verdict.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClassifyFunction {
    signature: Signature,
}

impl ScoreFunction {
    /// The function.
    pub(crate) fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ClassifyFunction {
    /// The function.
    pub(crate) fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for ScoreFunction {
    fn name(&self) -> &'static str {
        "score"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _args: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let classifier = classifier("score()")?;
        let scores = scored(&args, "score()")?.into_iter().map(|scored| {
            let scored = scored.filter(|scored| classifier.is_evaluated(scored))?;
            scored.scores.first().map(|score| (f64::from(*score) * 1e6).round() / 1e6)
        });
        Ok(ColumnarValue::Array(Arc::new(scores.collect::<Float64Array>())))
    }
}

impl ScalarUDFImpl for ClassifyFunction {
    fn name(&self) -> &'static str {
        "classify"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _args: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let classifier = classifier("classify()")?;
        let labels = scored(&args, "classify()")?.into_iter().map(|scored| {
            let scored = scored.filter(|scored| classifier.is_evaluated(scored))?;
            let labels = classifier.labels(&scored);
            Some(if labels.is_empty() { "none".to_owned() } else { labels.join(", ") })
        });
        Ok(ColumnarValue::Array(Arc::new(labels.collect::<StringArray>())))
    }
}

fn classifier(name: &str) -> Result<&'static Classifier> {
    CLASSIFIER.as_ref().map_err(|error| exec_datafusion_err!("{name}: {error}"))
}

/// The scores of a column of texts; none where it is null.
fn scored(args: &ScalarFunctionArgs, name: &str) -> Result<Vec<Option<Scored>>> {
    let Some(value) = args.args.first() else {
        return Err(exec_datafusion_err!("{name}: expected a text"));
    };
    let array: ArrayRef = value.clone().into_array(args.number_rows)?;
    let texts: LargeStringArray = cast(&array, &DataType::LargeUtf8)?.as_string::<i64>().clone();
    let present: Vec<&str> = texts.iter().flatten().collect();
    let found = classifier(name)?.score(&present);
    let mut found = found.map_err(|error| exec_datafusion_err!("{name}: {error}"))?.into_iter();
    Ok(texts.iter().map(|text| text.and_then(|_| found.next())).collect())
}
