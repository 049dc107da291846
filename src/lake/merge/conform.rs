//! Rows of a file in the schema of its table: other tools write other types for the same
//! columns, and older versions of ours did not have all of them.

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::{can_cast_types, cast};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;

/// Where each column of the table comes from.
pub(super) struct Conform {
    schema: SchemaRef,
    sources: Vec<Option<usize>>,
}

impl Conform {
    /// `None` if the file has a column that would be lost, or one of a wholly different type.
    pub(super) fn new(schema: SchemaRef, file: &Schema) -> Option<Self> {
        if file.fields().iter().any(|field| schema.field_with_name(field.name()).is_err()) {
            return None;
        }
        let sources: Vec<Option<usize>> =
            schema.fields().iter().map(|field| file.index_of(field.name()).ok()).collect();
        let fits = schema.fields().iter().zip(&sources).all(|(field, source)| {
            source.is_none_or(|at| can_cast_types(file.field(at).data_type(), field.data_type()))
        });
        fits.then_some(Self { schema, sources })
    }

    pub(super) fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let column = |(field, source): (&arrow::datatypes::FieldRef, &Option<usize>)| match source {
            None => Ok(new_null_array(field.data_type(), batch.num_rows())),
            Some(at) if batch.column(*at).data_type() == field.data_type() => {
                Ok(batch.column(*at).clone())
            }
            Some(at) => cast(batch.column(*at), field.data_type()),
        };
        let columns = self.schema.fields().iter().zip(&self.sources).map(column);
        let columns: Vec<ArrayRef> = columns.collect::<Result<_, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)
    }
}
