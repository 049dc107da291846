//! Text of a batch with secrets masked, before any format sees it.

use super::Escape;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, LargeBinaryArray, LargeStringArray, RecordBatch,
    StringArray, StringViewArray, make_array,
};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::error::ArrowError;
use std::borrow::Cow;
use std::sync::Arc;

/// The batch with every text passed through `mask`, those inside lists and maps too.
pub(super) fn masked(batch: &RecordBatch, mask: Escape) -> Result<RecordBatch, ArrowError> {
    let columns: Result<Vec<ArrayRef>, ArrowError> =
        batch.columns().iter().map(|column| mask_array(column, mask)).collect();
    let options =
        datafusion::arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(batch.schema(), columns?, &options)
}

fn mask_array(array: &ArrayRef, mask: Escape) -> Result<ArrayRef, ArrowError> {
    Ok(match array.data_type() {
        DataType::Utf8 => {
            let values = array.as_string::<i32>();
            Arc::new(values.iter().map(|v| v.map(mask)).collect::<StringArray>())
        }
        DataType::LargeUtf8 => {
            let values = array.as_string::<i64>();
            Arc::new(values.iter().map(|v| v.map(mask)).collect::<LargeStringArray>())
        }
        DataType::Utf8View => {
            let values = array.as_string_view().iter().map(|v| v.map(mask).map(Cow::into_owned));
            Arc::new(values.collect::<StringViewArray>())
        }
        DataType::Binary => {
            let values = array.as_binary::<i32>();
            Arc::new(values.iter().map(|v| v.map(|v| mask_bytes(v, mask))).collect::<BinaryArray>())
        }
        DataType::LargeBinary => {
            let values = array.as_binary::<i64>().iter();
            Arc::new(values.map(|v| v.map(|v| mask_bytes(v, mask))).collect::<LargeBinaryArray>())
        }
        kind if kind.is_nested() => {
            let data = array.to_data();
            let children: Result<Vec<_>, ArrowError> = data
                .child_data()
                .iter()
                .map(|child| Ok(mask_array(&make_array(child.clone()), mask)?.to_data()))
                .collect();
            make_array(data.into_builder().child_data(children?).build()?)
        }
        _ => array.clone(),
    })
}

/// Raw records are text kept as bytes. Ids and hashes are shorter than any secret.
fn mask_bytes(bytes: &[u8], mask: Escape) -> Cow<'_, [u8]> {
    const LONGEST_ID: usize = 32;
    if bytes.len() <= LONGEST_ID {
        return Cow::Borrowed(bytes);
    }
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => match mask(text) {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        },
        Cow::Owned(text) => Cow::Owned(mask(&text).into_owned().into_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Event;
    use crate::record::columns::{RunStamp, batch_of, events_of};

    fn hide(text: &str) -> Cow<'_, str> {
        text.replace("secret", "…").into()
    }

    #[test]
    fn long_bytes_are_masked_as_text_and_ids_are_left() {
        let raw = b"a record with a secret in its bytes, longer than ids".to_vec();
        let id = [7u8; 16].to_vec();
        let column: ArrayRef = Arc::new(LargeBinaryArray::from_iter_values([&raw, &id]));
        let batch = RecordBatch::try_from_iter([("raw", column)]).unwrap();
        let out = masked(&batch, hide).unwrap();
        let out = out.column(0).as_binary::<i64>();
        assert!(!String::from_utf8_lossy(out.value(0)).contains("secret"));
        assert_eq!(out.value(1), id);
    }

    #[test]
    fn text_is_masked_wherever_it_stands() {
        let event = Event::default().with(|event| {
            event.text = Some("a secret".into());
            event.attrs = vec![("env".into(), "\"secret\"".into())];
            event.line_no = Some(7);
        });
        let batch = batch_of(&[event], &RunStamp::default()).unwrap();
        let back = events_of(&masked(&batch, hide).unwrap()).unwrap();
        assert_eq!(back[0].text.as_deref(), Some("a …"));
        assert_eq!(back[0].attrs[0].1, "\"…\"");
        assert_eq!(back[0].line_no, Some(7));
    }
}
