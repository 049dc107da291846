//! Text of a batch with secrets masked, before any format sees it.

use super::Escape;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, LargeStringArray, RecordBatch, StringArray, StringViewArray,
    make_array,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Event;
    use crate::record::columns::{RunStamp, batch_of, events_of};

    fn hide(text: &str) -> Cow<'_, str> {
        text.replace("secret", "…").into()
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
