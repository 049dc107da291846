//! Reads single values out of batches, whatever string type the engine chose.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// The text of a column in a row; `None` if it is null or absent. Binary values come as hex,
/// everything else as Arrow prints it.
#[must_use]
pub fn text(batch: &RecordBatch, row: usize, column: &str) -> Option<String> {
    let array = batch.column_by_name(column)?;
    if array.is_null(row) {
        return None;
    }
    if let Some(bytes) = array.as_binary_opt::<i32>() {
        return Some(hex::encode(bytes.value(row)));
    }
    plain(array, row)
}

fn plain(array: &ArrayRef, row: usize) -> Option<String> {
    if let Some(values) = array.as_string_opt::<i32>() {
        return Some(values.value(row).to_owned());
    }
    if let Some(values) = array.as_string_opt::<i64>() {
        return Some(values.value(row).to_owned());
    }
    if let Some(values) = array.as_string_view_opt() {
        return Some(values.value(row).to_owned());
    }
    let options = FormatOptions::default().with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S"));
    let formatter = ArrayFormatter::try_new(array.as_ref(), &options).ok()?;
    Some(formatter.value(row).to_string())
}

/// The strings of a list column in a row.
#[must_use]
pub fn list(batch: &RecordBatch, row: usize, column: &str) -> Vec<String> {
    let Some(array) = batch.column_by_name(column) else { return Vec::new() };
    let Some(lists) = array.as_list_opt::<i32>() else { return Vec::new() };
    if lists.is_null(row) {
        return Vec::new();
    }
    let values = lists.value(row);
    (0..values.len()).filter_map(|at| plain(&values, at)).collect()
}
