//! `hex(bytes)` and `unhex(text)`: ids between how they are stored and how people write them.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BinaryBuilder, StringBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use std::sync::Arc;

/// Bytes as lower-case hex digits.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct HexFunction {
    signature: Signature,
}

impl HexFunction {
    /// The function.
    pub(crate) fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for HexFunction {
    fn name(&self) -> &'static str {
        "hex"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, args: &[DataType]) -> Result<DataType> {
        match args {
            [kind] if is_bytes(kind) || is_text(kind) || *kind == DataType::Null => {
                Ok(DataType::Utf8)
            }
            _ => plan_err!("hex() takes bytes or text; for numbers use to_hex()"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        each(&args, &DataType::Utf8, |array| {
            let bytes = cast(&array, &DataType::LargeBinary)?;
            let mut builder = StringBuilder::with_capacity(array.len(), array.len() * 32);
            for value in bytes.as_binary::<i64>() {
                builder.append_option(value.map(hex::encode));
            }
            Ok(Arc::new(builder.finish()))
        })
    }
}

/// Hex digits as bytes.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct UnhexFunction {
    signature: Signature,
}

impl UnhexFunction {
    /// The function.
    pub(crate) fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for UnhexFunction {
    fn name(&self) -> &'static str {
        "unhex"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, args: &[DataType]) -> Result<DataType> {
        match args {
            [kind] if is_text(kind) || *kind == DataType::Null => Ok(DataType::Binary),
            _ => plan_err!("unhex() takes text of hex digits"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        each(&args, &DataType::Binary, |array| {
            let text = cast(&array, &DataType::LargeUtf8)?;
            let mut builder = BinaryBuilder::new();
            for value in text.as_string::<i64>() {
                let bytes = value.map(hex::decode).transpose().map_err(|error| {
                    exec_datafusion_err!("unhex('{}'): {error}", value.unwrap_or_default())
                })?;
                builder.append_option(bytes);
            }
            Ok(Arc::new(builder.finish()))
        })
    }
}

/// Applies `f` to the one argument; a constant stays a constant.
fn each(
    args: &ScalarFunctionArgs,
    result: &DataType,
    f: impl Fn(ArrayRef) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    match args.args.as_slice() {
        [ColumnarValue::Array(array)] => Ok(ColumnarValue::Array(f(array.clone())?)),
        [ColumnarValue::Scalar(value)] if value.is_null() => {
            Ok(ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from(result)?))
        }
        [ColumnarValue::Scalar(value)] => {
            let array = f(value.to_array()?)?;
            let value = datafusion::common::ScalarValue::try_from_array(&array, 0)?;
            Ok(ColumnarValue::Scalar(value))
        }
        _ => plan_err!("one argument expected"),
    }
}

/// Whether values of this type are bytes.
fn is_bytes(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_)
    )
}

/// Whether values of this type are text.
pub(super) fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}
