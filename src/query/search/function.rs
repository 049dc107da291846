//! The SQL functions behind searching.

use super::condition::Search;
use super::{SEARCH, SEARCH_MATCH, SEARCH_MATCH_AMONG, columns_of, string};
use crate::index::{Field as IndexField, scan_rows};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions,
};
use datafusion::arrow::compute::{cast, filter};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::{Result, exec_datafusion_err, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use std::sync::{Arc, Mutex, PoisonError};

/// `search('q')`: never evaluated, the rewrite replaces it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct SearchPlaceholder {
    signature: Signature,
}

impl SearchPlaceholder {
    /// The function.
    pub(crate) fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for SearchPlaceholder {
    fn name(&self) -> &'static str {
        SEARCH
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _args: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        exec_err!("search() needs a row of `events`")
    }
}

/// `search_match('q', text, …)`: whether the text matches, by looking at it.
///
/// The names of the arguments say which field of the query they answer. If they are other
/// names, as many arguments as the query has columns stand for these, in their order; else each
/// takes the next free one of the columns that a query searches by default.
#[derive(Debug)]
pub(crate) struct SearchMatch {
    signature: Signature,
    /// The last query, parsed: a plan evaluates one query over many batches.
    last: Mutex<Option<Arc<Search>>>,
}

impl PartialEq for SearchMatch {
    fn eq(&self, other: &Self) -> bool {
        self.signature == other.signature
    }
}

impl Eq for SearchMatch {}

impl std::hash::Hash for SearchMatch {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.signature.hash(state);
    }
}

impl SearchMatch {
    /// The function.
    pub(crate) fn new() -> Self {
        Self { signature: Signature::variadic_any(Volatility::Immutable), last: Mutex::default() }
    }

    fn parsed(&self, text: &str) -> Result<Arc<Search>> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(search) = last.as_ref().filter(|search| search.text == text) {
            return Ok(search.clone());
        }
        let search = Arc::new(Search::parse(text)?);
        *last = Some(search.clone());
        Ok(search)
    }
}

impl ScalarUDFImpl for SearchMatch {
    fn name(&self) -> &'static str {
        SEARCH_MATCH
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, args: &[DataType]) -> Result<DataType> {
        if args.len() < 2 {
            return plan_err!("search_match() takes a query and at least one text column");
        }
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let matched = self.evaluate(&args.args, &args.arg_fields, args.number_rows)?;
        Ok(ColumnarValue::Array(Arc::new(matched)))
    }
}

impl SearchMatch {
    /// Looks at the text of every row.
    fn evaluate(
        &self,
        args: &[ColumnarValue],
        fields: &[FieldRef],
        rows: usize,
    ) -> Result<BooleanArray> {
        let Some((ColumnarValue::Scalar(query), columns)) = args.split_first() else {
            return exec_err!("the query of search_match() must be a literal");
        };
        let Some(query) = string(query) else {
            return exec_err!("the query of search_match() must be a string");
        };
        let search = self.parsed(query)?;
        let given: Vec<&str> = fields.iter().skip(1).map(|field| field.name().as_str()).collect();
        let batch = batch(&names(&search, &given)?, columns, rows)?;
        let hits = scan_rows(&batch, &search.query)
            .map_err(|error| exec_datafusion_err!("search_match: {error}"))?;
        let mut matched = vec![false; rows];
        for hit in hits {
            if let Some(row) = matched.get_mut(hit as usize) {
                *row = true;
            }
        }
        Ok(BooleanArray::from(matched))
    }
}

/// `search_match_among(condition, 'q', text, …)`: `condition and search_match('q', text, …)`,
/// looking at the text only where the condition holds. One function, so that the planner cannot
/// take the two apart.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct SearchMatchAmong {
    signature: Signature,
    matches: SearchMatch,
}

impl SearchMatchAmong {
    /// The function.
    pub(crate) fn new() -> Self {
        let signature = Signature::variadic_any(Volatility::Immutable);
        Self { signature, matches: SearchMatch::new() }
    }
}

impl ScalarUDFImpl for SearchMatchAmong {
    fn name(&self) -> &'static str {
        SEARCH_MATCH_AMONG
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, args: &[DataType]) -> Result<DataType> {
        match args {
            [DataType::Boolean, _, _, ..] => Ok(DataType::Boolean),
            _ => plan_err!("search_match_among() takes a condition, a query and text columns"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let Some((condition, rest)) = args.args.split_first() else {
            return exec_err!("search_match_among() takes a condition");
        };
        let condition = condition.to_array(rows)?;
        let condition: BooleanArray =
            condition.as_boolean().iter().map(|row| Some(row == Some(true))).collect();
        let mut kept = Vec::with_capacity(rest.len());
        for value in rest {
            kept.push(match value {
                ColumnarValue::Array(array) => ColumnarValue::Array(filter(array, &condition)?),
                scalar @ ColumnarValue::Scalar(_) => scalar.clone(),
            });
        }
        let fields = args.arg_fields.get(1..).unwrap_or_default();
        let found = self.matches.evaluate(&kept, fields, condition.true_count())?;
        let mut found = found.iter();
        let matched = condition
            .iter()
            .map(|row| if row == Some(true) { found.next().flatten() } else { Some(false) });
        Ok(ColumnarValue::Array(Arc::new(matched.collect::<BooleanArray>())))
    }
}

/// Which event column each argument stands for.
fn names(search: &Search, given: &[&str]) -> Result<Vec<&'static str>> {
    let indexed = || IndexField::ALL.iter().flat_map(|field| field.columns()).copied();
    let by_name = |name: &str| indexed().find(|column| *column == name);
    let deciding = columns_of(&search.query);
    let all_known = given.iter().all(|name| by_name(name).is_some());
    if !all_known && given.len() == deciding.len() {
        return Ok(deciding);
    }
    let taken: Vec<&str> = given.iter().filter_map(|name| by_name(name)).collect();
    let mut free = IndexField::DEFAULT
        .iter()
        .flat_map(|field| field.columns())
        .copied()
        .filter(|column| !taken.contains(column));
    let mut names = Vec::with_capacity(given.len());
    for name in given {
        match by_name(name).filter(|name| !names.contains(name)).or_else(|| free.next()) {
            Some(name) => names.push(name),
            None => return exec_err!("search_match() has more columns than it can tell apart"),
        }
    }
    Ok(names)
}

fn batch(names: &[&str], columns: &[ColumnarValue], rows: usize) -> Result<RecordBatch> {
    let mut fields = Vec::with_capacity(columns.len());
    let mut arrays = Vec::with_capacity(columns.len());
    for (name, column) in names.iter().zip(columns) {
        let array = text_array(column.to_array(rows)?)?;
        fields.push(Field::new(*name, array.data_type().clone(), true));
        arrays.push(array);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)?)
}

/// Strings in one of the types the index knows.
fn text_array(array: ArrayRef) -> Result<ArrayRef> {
    match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => Ok(array),
        _ => Ok(cast(&array, &DataType::LargeUtf8)?),
    }
}
