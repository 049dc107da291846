//! `risk(tool, arguments)` and `disclosed(value, text)`: what the judge of sessions would say to one
//! call or one value, for hunts that look for what nobody has judged yet.

use crate::detect::session::{SessionJudge, told_in};
use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array, LargeStringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use std::sync::{Arc, LazyLock};

static JUDGE: LazyLock<std::result::Result<SessionJudge, String>> =
    LazyLock::new(SessionJudge::embedded);

/// The highest risk of what a call does.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct RiskFunction {
    signature: Signature,
}

/// How far a text names a value.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct DisclosedFunction {
    signature: Signature,
}

impl RiskFunction {
    /// The function.
    pub(crate) fn new() -> Self {
        Self { signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl DisclosedFunction {
    /// The function.
    pub(crate) fn new() -> Self {
        Self { signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for RiskFunction {
    fn name(&self) -> &'static str {
        "risk"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _args: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let judge = JUDGE.as_ref().map_err(|error| exec_datafusion_err!("risk(): {error}"))?;
        pairs(&args, |tool, arguments| judge.call_risk(tool, arguments))
    }
}

impl ScalarUDFImpl for DisclosedFunction {
    fn name(&self) -> &'static str {
        "disclosed"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _args: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        pairs(&args, told_in)
    }
}

/// Applies a function to two columns of text; null where one of them is.
fn pairs(args: &ScalarFunctionArgs, of: impl Fn(&str, &str) -> f64) -> Result<ColumnarValue> {
    let rows = args.number_rows;
    let column = |at: usize| -> Result<LargeStringArray> {
        let array: ArrayRef = match args.args.get(at) {
            Some(value) => value.clone().into_array(rows)?,
            None => return Err(exec_datafusion_err!("expected two texts")),
        };
        Ok(cast(&array, &DataType::LargeUtf8)?.as_string::<i64>().clone())
    };
    let (left, right) = (column(0)?, column(1)?);
    let values = left.iter().zip(right.iter()).map(|pair| match pair {
        (Some(left), Some(right)) => Some(of(left, right)),
        _ => None,
    });
    Ok(ColumnarValue::Array(Arc::new(values.collect::<Float64Array>())))
}
