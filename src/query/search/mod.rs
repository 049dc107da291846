//! Full text in SQL.
//!
//! ```text
//! search('q')                 written by people, in WHERE or as a table: select * from search('q')
//!   -> search_match('q', …)   the same over the columns of the index; can be evaluated anywhere
//!   -> Condition              a part of WHERE that consists of nothing but searches
//!   -> row lists              from the index split of each file, else by scanning the file
//!   -> row selections         attached to the Parquet scan, which then reads only those pages
//! ```
//!
//! `search_match` gives the same answer as the index by looking at the text, so a search that
//! cannot become a row list (in a SELECT list, on a join) is slower and never wrong. Inside OR
//! with something else it goes by the ids of matching rows (see `mixed`).

mod condition;
mod function;
mod mixed;
mod rewrite;
mod rows;
mod table;

pub(crate) use condition::Condition;
pub(crate) use function::{SearchMatch, SearchMatchAmong, SearchPlaceholder};
pub(crate) use mixed::MixedSearch;
pub(crate) use rewrite::SearchRewrite;
pub(crate) use rows::{Found, RowFinder, Target};
pub(crate) use table::SearchTable;

use crate::index::Query;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;

/// Name of the function people write.
pub(crate) const SEARCH: &str = "search";
/// Name of the function that names its columns.
pub(crate) const SEARCH_MATCH: &str = "search_match";

/// The event columns that decide a query, in a fixed order; never empty.
pub(crate) fn columns_of(query: &Query) -> Vec<&'static str> {
    let columns = query.columns();
    if columns.is_empty() { vec!["text"] } else { columns }
}

/// Name of the function that looks only where the index found something.
const SEARCH_MATCH_AMONG: &str = "search_match_among";

/// The text of a string literal.
pub(crate) fn literal(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(value, _) => string(value),
        Expr::Cast(cast) => literal(&cast.expr),
        Expr::Alias(alias) => literal(&alias.expr),
        _ => None,
    }
}

/// The text of a string value.
pub(crate) fn string(value: &ScalarValue) -> Option<&str> {
    value.try_as_str().flatten()
}
