//! `select * from search('q')`: the matching rows of `events`.

use super::condition::Search;
use super::literal;
use super::rewrite::call_over;
use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{Result, TableReference, plan_err};
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::logical_expr::{LogicalPlanBuilder, ScalarUDF};
use std::sync::Arc;

/// The table function.
#[derive(Debug)]
pub(crate) struct SearchTable {
    events: Arc<dyn TableProvider>,
    function: Arc<ScalarUDF>,
}

impl SearchTable {
    /// Searches `events` with `function`.
    pub(crate) fn new(events: Arc<dyn TableProvider>, function: Arc<ScalarUDF>) -> Self {
        Self { events, function }
    }
}

impl TableFunctionImpl for SearchTable {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        let [query] = args.exprs() else {
            return plan_err!("search() takes one quoted query, e.g. search('rm -rf')");
        };
        let Some(query) = literal(query) else {
            return plan_err!("search() takes one quoted query, e.g. search('rm -rf')");
        };
        let search = Search::parse(query)?;
        let source = provider_as_source(self.events.clone());
        let matched = call_over(&self.function, &search, &Some(TableReference::bare("events")));
        let plan = LogicalPlanBuilder::scan("events", source, None)?.filter(matched)?.build()?;
        Ok(Arc::new(ViewTable::new(plan, None)))
    }
}
