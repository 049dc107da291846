//! Turns `search('q')`, which names no column, into `search_match('q', column, …)` over the
//! events in reach.

use super::condition::Search;
use super::{SEARCH, SearchMatch, columns_of, literal};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, DFSchema, Result, TableReference, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{Expr, ScalarUDF, lit};
use std::sync::Arc;

/// The rewrite; runs before types are checked.
#[derive(Debug)]
pub(crate) struct SearchRewrite {
    function: Arc<ScalarUDF>,
}

impl SearchRewrite {
    /// Rewrites to `function`.
    pub(crate) fn new(function: Arc<ScalarUDF>) -> Self {
        debug_assert!(function.inner().is::<SearchMatch>());
        Self { function }
    }
}

impl FunctionRewrite for SearchRewrite {
    fn name(&self) -> &'static str {
        "search_to_search_match"
    }

    fn rewrite(
        &self,
        expr: Expr,
        schema: &DFSchema,
        _config: &ConfigOptions,
    ) -> Result<Transformed<Expr>> {
        match &expr {
            Expr::ScalarFunction(call) if call.name() == SEARCH => {
                let Some(query) = call.args.first().and_then(literal) else {
                    return plan_err!("search() takes one quoted query, e.g. search('rm -rf')");
                };
                let search = Search::parse(query)?;
                let matched = call_over(&self.function, &search, &events_in(schema, &search)?);
                Ok(Transformed::yes(matched))
            }
            _ => Ok(Transformed::no(expr)),
        }
    }
}

/// `search_match` over the columns that decide the search, under one table's name.
pub(crate) fn call_over(
    function: &Arc<ScalarUDF>,
    search: &Search,
    table: &Option<TableReference>,
) -> Expr {
    let column = |name| Expr::Column(Column::new(table.clone(), name));
    let columns = columns_of(&search.query).into_iter().map(column);
    let args = std::iter::once(lit(search.text.as_str())).chain(columns).collect();
    Expr::ScalarFunction(ScalarFunction::new_udf(function.clone(), args))
}

/// The one table in reach that has all columns of the search.
fn events_in(schema: &DFSchema, search: &Search) -> Result<Option<TableReference>> {
    let columns = columns_of(&search.query);
    let mut tables: Vec<Option<TableReference>> = Vec::new();
    for (table, _) in schema.iter() {
        if !tables.iter().any(|known| known.as_ref() == table) {
            tables.push(table.cloned());
        }
    }
    tables.retain(|table| {
        columns.iter().all(|name| match table {
            Some(table) => schema.has_column_with_qualified_name(table, name),
            None => schema.has_column_with_unqualified_name(name),
        })
    });
    match tables.as_slice() {
        [table] => Ok(table.clone()),
        [] => plan_err!(
            "search() needs a row of `events` here; try: event_id in (select event_id from search('…'))"
        ),
        _ => plan_err!(
            "search() cannot tell which events are meant; try: e.event_id in (select event_id from search('…'))"
        ),
    }
}
