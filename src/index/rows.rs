//! The indexed texts of the rows of a record batch, without copying them.

use super::error::IndexError;
use super::schema::Field;
use arrow::array::{
    Array, ArrayRef, DictionaryArray, FixedSizeBinaryArray, LargeStringArray, RecordBatch,
    StringArray, StringViewArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type};

/// The indexed columns of a batch, in the order of the schema.
#[derive(Debug)]
pub(super) struct Rows {
    columns: Vec<(Field, Strings)>,
}

impl Rows {
    /// Picks the indexed columns out of a batch; a column that is not there has no text.
    pub(super) fn new(batch: &RecordBatch) -> Result<Self, IndexError> {
        let mut columns = Vec::new();
        for field in Field::ALL {
            for column in field.columns() {
                if let Some(array) = batch.column_by_name(column) {
                    columns.push((field, Strings::new(column, array)?));
                }
            }
        }
        Ok(Self { columns })
    }

    /// The texts of one row, in the order of the schema.
    pub(super) fn values(&self, row: usize) -> impl Iterator<Item = (Field, &str)> {
        let columns = self.columns.iter();
        columns.filter_map(move |(field, strings)| Some((*field, strings.get(row)?)))
    }
}

/// A text column of any encoding.
#[derive(Debug)]
enum Strings {
    Small(StringArray),
    Large(LargeStringArray),
    View(StringViewArray),
    Dictionary(DictionaryArray<Int32Type>, Box<Strings>),
}

impl Strings {
    fn new(column: &'static str, array: &ArrayRef) -> Result<Self, IndexError> {
        let any = array.as_any();
        if let Some(small) = any.downcast_ref::<StringArray>() {
            return Ok(Self::Small(small.clone()));
        }
        if let Some(large) = any.downcast_ref::<LargeStringArray>() {
            return Ok(Self::Large(large.clone()));
        }
        if let Some(view) = any.downcast_ref::<StringViewArray>() {
            return Ok(Self::View(view.clone()));
        }
        if let Some(dictionary) = any.downcast_ref::<DictionaryArray<Int32Type>>() {
            let values = Box::new(Self::new(column, dictionary.values())?);
            return Ok(Self::Dictionary(dictionary.clone(), values));
        }
        if let Some(ids) = any.downcast_ref::<FixedSizeBinaryArray>() {
            return Ok(Self::Large(ids.iter().map(|id| id.map(hex)).collect()));
        }
        Self::converted(column, array)
    }

    /// Other encodings of text (dictionaries with other keys), through Arrow.
    fn converted(column: &'static str, array: &ArrayRef) -> Result<Self, IndexError> {
        let refused = || IndexError::ColumnType { column, found: array.data_type().to_string() };
        if !matches!(array.data_type(), DataType::Dictionary(..) | DataType::Null) {
            return Err(refused());
        }
        let text = cast(array, &DataType::LargeUtf8).map_err(|_| refused())?;
        let text = text.as_any().downcast_ref::<LargeStringArray>().ok_or_else(refused)?;
        Ok(Self::Large(text.clone()))
    }

    fn get(&self, row: usize) -> Option<&str> {
        match self {
            Self::Small(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Large(array) => array.is_valid(row).then(|| array.value(row)),
            Self::View(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Dictionary(array, values) => values.get(array.key(row)?),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
