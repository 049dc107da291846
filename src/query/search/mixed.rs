//! Searches inside conditions that the index alone cannot decide, such as
//! `search('x') or tool_name = 'shell'`.
//!
//! Looking at the text of every row would be slow, so the index gives the ids of the rows that
//! match and the text is looked at only for these:
//! `search_match_among(event_id in (select event_id from … where search_match('x', …)), 'x', …)`.
//! Looking again keeps the answer exact where two rows share an id. This is done only where the
//! columns certainly come from `events` as stored; elsewhere the text is looked at.

use super::condition::Condition;
use super::{SEARCH_MATCH, SearchMatchAmong};
use crate::query::events::EventsTable;
use crate::query::provider::LakeTable;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column, Result, Spans, TableReference};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::expr::{InSubquery, ScalarFunction};
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{
    Expr, Filter, LogicalPlan, LogicalPlanBuilder, ScalarUDF, Subquery, TableScan,
};
use datafusion::optimizer::AnalyzerRule;
use std::sync::Arc;

const KEY: &str = "event_id";
const HITS: &str = "search_hits";

/// The rewrite; runs when functions and types are settled.
#[derive(Debug)]
pub(crate) struct MixedSearch {
    among: Arc<ScalarUDF>,
}

impl MixedSearch {
    /// The rewrite.
    pub(crate) fn new() -> Self {
        Self { among: Arc::new(ScalarUDF::from(SearchMatchAmong::new())) }
    }
}

impl AnalyzerRule for MixedSearch {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(|plan| match plan {
            LogicalPlan::Filter(filter) => rewrite(filter, &self.among),
            other => Ok(Transformed::no(other)),
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "mixed_search"
    }
}

fn rewrite(filter: Filter, among: &Arc<ScalarUDF>) -> Result<Transformed<LogicalPlan>> {
    let mixed = |part: &Expr| !Condition::covers(part) && searches(part);
    let parts = split_conjunction(&filter.predicate);
    if !parts.iter().any(|part| mixed(part)) {
        return Ok(Transformed::no(LogicalPlan::Filter(filter)));
    }
    let mut rewritten = Vec::with_capacity(parts.len());
    for part in parts {
        rewritten.push(if mixed(part) { by_id(part, &filter.input, among)? } else { part.clone() });
    }
    let Some(predicate) = conjunction(rewritten) else {
        return Ok(Transformed::no(LogicalPlan::Filter(filter)));
    };
    let filter = Filter::try_new(predicate, filter.input)?;
    Ok(Transformed::yes(LogicalPlan::Filter(filter)))
}

fn is_search(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarFunction(call) if call.name() == SEARCH_MATCH)
}

fn searches(expr: &Expr) -> bool {
    expr.exists(|expr| Ok(is_search(expr))).unwrap_or(false)
}

fn by_id(expr: &Expr, input: &LogicalPlan, among: &Arc<ScalarUDF>) -> Result<Expr> {
    let replace = |expr: Expr| {
        if !is_search(&expr) || !Condition::covers(&expr) {
            return Ok(Transformed::no(expr));
        }
        let Some(table) = expr.column_refs().iter().find_map(|column| column.relation.clone())
        else {
            return Ok(Transformed::no(expr));
        };
        let Some(scan) = events_scan(input, &table) else { return Ok(Transformed::no(expr)) };
        let hits = InSubquery {
            expr: Box::new(Expr::Column(Column::new(Some(table), KEY))),
            subquery: Subquery {
                subquery: Arc::new(hits(scan, &expr)?),
                outer_ref_columns: Vec::new(),
                spans: Spans::new(),
            },
            negated: false,
        };
        let Expr::ScalarFunction(search) = expr else { return Ok(Transformed::no(expr)) };
        let mut args = vec![Expr::InSubquery(hits)];
        args.extend(search.args);
        let call = ScalarFunction::new_udf(among.clone(), args);
        Ok(Transformed::yes(Expr::ScalarFunction(call)))
    };
    expr.clone().transform_up(replace).data()
}

/// The ids of the rows that match.
fn hits(scan: &TableScan, search: &Expr) -> Result<LogicalPlan> {
    let own = search.clone().transform_up(|expr| match expr {
        Expr::Column(column) => {
            Ok(Transformed::yes(Expr::Column(Column::new(Some(HITS), column.name))))
        }
        other => Ok(Transformed::no(other)),
    });
    LogicalPlanBuilder::scan(HITS, scan.source.clone(), None)?
        .filter(own.data()?)?
        .project([Expr::Column(Column::new(Some(HITS), KEY))])?
        .build()
}

/// The scan of `events` that goes by this name, if it is certain that there is one.
fn events_scan<'a>(plan: &'a LogicalPlan, table: &TableReference) -> Option<&'a TableScan> {
    match plan {
        LogicalPlan::TableScan(scan) if scan.table_name == *table => {
            is_events(scan).then_some(scan)
        }
        LogicalPlan::SubqueryAlias(alias) if alias.alias == *table => bare_scan(&alias.input),
        LogicalPlan::Filter(_) | LogicalPlan::Join(_) | LogicalPlan::Sort(_) => {
            plan.inputs().into_iter().find_map(|input| events_scan(input, table))
        }
        _ => None,
    }
}

/// The scan below an alias, if nothing in between changes columns.
fn bare_scan(plan: &LogicalPlan) -> Option<&TableScan> {
    match plan {
        LogicalPlan::TableScan(scan) => is_events(scan).then_some(scan),
        LogicalPlan::Filter(filter) => bare_scan(&filter.input),
        LogicalPlan::SubqueryAlias(alias) => bare_scan(&alias.input),
        _ => None,
    }
}

fn is_events(scan: &TableScan) -> bool {
    source_as_provider(&scan.source).is_ok_and(|provider| {
        provider.is::<EventsTable>()
            || provider.downcast_ref::<LakeTable>().is_some_and(LakeTable::is_events)
    })
}
