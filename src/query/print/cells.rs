//! Values as text.

use super::arrow;
use crate::query::error::QueryError;
use datafusion::arrow::array::{Array, ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::arrow::json::writer::{EncoderOptions, make_encoder};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use std::collections::BTreeSet;
use std::sync::Arc;

const FORMAT: FormatOptions<'static> = FormatOptions::new();

/// The values of one column of a batch as text.
pub(super) enum Cells<'a> {
    Plain(&'a dyn Array, ArrayFormatter<'a>),
    /// Lists and maps, as JSON.
    Nested(&'a FieldRef, &'a ArrayRef),
}

impl<'a> Cells<'a> {
    /// All columns of a batch.
    pub(super) fn of(
        schema: &'a SchemaRef,
        batch: &'a RecordBatch,
    ) -> Result<Vec<Self>, QueryError> {
        let columns = schema.fields().iter().zip(batch.columns());
        columns.map(|(field, array)| Self::column(field, array)).collect()
    }

    fn column(field: &'a FieldRef, array: &'a ArrayRef) -> Result<Self, QueryError> {
        if array.data_type().is_nested() {
            return Ok(Self::Nested(field, array));
        }
        let formatter = ArrayFormatter::try_new(array.as_ref(), &FORMAT).map_err(arrow)?;
        Ok(Self::Plain(array.as_ref(), formatter))
    }

    /// The value in a row; `None` for null.
    pub(super) fn get(&self, row: usize) -> Result<Option<String>, QueryError> {
        match self {
            Self::Plain(array, _) if array.is_null(row) => Ok(None),
            Self::Plain(_, formatter) => {
                formatter.value(row).try_to_string().map(Some).map_err(arrow)
            }
            Self::Nested(_, array) if array.is_null(row) => Ok(None),
            Self::Nested(field, array) => nested(field, &array.slice(row, 1)).map(Some),
        }
    }
}

fn nested(field: &FieldRef, one: &ArrayRef) -> Result<String, QueryError> {
    let options = EncoderOptions::default().with_explicit_nulls(true);
    let mut encoder = make_encoder(field, one.as_ref(), &options).map_err(arrow)?;
    let mut text = Vec::new();
    encoder.encode(0, &mut text);
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Whether values of this type are aligned to the right.
pub(super) fn is_number(kind: &DataType) -> bool {
    kind.is_numeric()
}

/// Whether values of this type are somebody's text.
pub(super) fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
        || matches!(kind, DataType::Dictionary(_, value) if is_text(value))
}

/// The schema with each name once: the second `ts` becomes `ts_2`.
pub(super) fn unique_names(schema: &SchemaRef) -> SchemaRef {
    let mut taken = BTreeSet::new();
    let mut fields: Vec<Field> = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let mut name = field.name().clone();
        let mut number = 2;
        while !taken.insert(name.clone()) {
            name = format!("{}_{number}", field.name());
            number += 1;
        }
        fields.push(field.as_ref().clone().with_name(name));
    }
    Arc::new(Schema::new(fields))
}
