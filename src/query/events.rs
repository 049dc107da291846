//! The `events` table as people see it: the stored rows, with what became known later laid
//! over them.
//!
//! Stored events never change. That a branch was abandoned, that token counts moved to another
//! row of the same call, or which call a result answers is appended to `event_state`; for each
//! event and column the newest value counts. The join happens only in scans that look at one of
//! these columns, and not at all while the overlay is empty.

use super::provider::LakeTable;
use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Column, JoinType, Result, Statistics};
use datafusion::datasource::{TableType, provider_as_source};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::{
    Expr, LogicalPlan, LogicalPlanBuilder, TableProviderFilterPushDown, col, lit, when,
};
use datafusion::physical_plan::ExecutionPlan;
use std::sync::Arc;

/// Columns that the overlay replaces where it has a value.
const REPLACED: &[&str] = &["branch_state", "tool_join", "tool_call_event_id"];
/// Columns that are empty where the counts moved to another row.
const MOVED: &[&str] = &[
    "usage_input_tokens",
    "usage_output_tokens",
    "usage_reasoning_output_tokens",
    "usage_cache_read_input_tokens",
    "usage_cache_creation_input_tokens",
];

/// The newest overlay value of each column, one row per event. A row leaves open what it says
/// nothing about, so each column has its own newest row.
pub(crate) const OVERLAY_SQL: &str = "
select event_id,
  first_value(branch_state order by branch_state is null, batch_seq desc, ingest_ts desc, branch_state) as branch_state,
  first_value(usage_moved order by usage_moved is null, batch_seq desc, ingest_ts desc, usage_moved) as usage_moved,
  first_value(tool_join order by tool_join is null, batch_seq desc, ingest_ts desc, tool_join) as tool_join,
  first_value(tool_call_event_id order by tool_call_event_id is null, batch_seq desc, ingest_ts desc, tool_call_event_id) as tool_call_event_id
from lake.event_state group by event_id";

const STORED: &str = "stored";
const OVERLAY: &str = "overlay";

/// Stored events with the overlay.
#[derive(Debug)]
pub(crate) struct EventsTable {
    stored: Arc<LakeTable>,
    /// The plan of [`OVERLAY_SQL`].
    overlay: LogicalPlan,
}

impl EventsTable {
    /// Lays `overlay` over `stored`.
    pub(crate) fn new(stored: Arc<LakeTable>, overlay: LogicalPlan) -> Self {
        Self { stored, overlay }
    }

    fn needs_overlay(&self, projection: Option<&Vec<usize>>) -> bool {
        let schema = self.stored.schema();
        let fields = schema.fields();
        match projection {
            None => true,
            Some(indices) => indices
                .iter()
                .filter_map(|index| fields.get(*index))
                .any(|field| is_overlaid(field.name())),
        }
    }

    fn overlaid(
        &self,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<LogicalPlan> {
        let source = provider_as_source(self.stored.clone());
        let mut stored = LogicalPlanBuilder::scan(STORED, source, None)?;
        for filter in filters {
            stored = stored.filter(filter.clone())?;
        }
        let overlay = LogicalPlanBuilder::from(self.overlay.clone()).alias(OVERLAY)?.build()?;
        let key = |table| vec![Column::new(Some(table), "event_id")];
        let joined = stored.join(overlay, JoinType::Left, (key(STORED), key(OVERLAY)), None)?;
        let schema = self.stored.schema();
        let all: Vec<usize> = (0..schema.fields().len()).collect();
        let columns = projection
            .unwrap_or(&all)
            .iter()
            .filter_map(|index| schema.fields().get(*index).map(|field| value_of(field.name())));
        let columns: Vec<Expr> = columns.collect::<Result<_>>()?;
        joined.project(columns)?.limit(0, limit)?.build()
    }
}

/// The plan made here is optimised again as part of the whole query, which may then swap the sides
/// of the join; a join that has got its dynamic filter already cannot be swapped.
fn without_join_filters(state: &SessionState) -> SessionState {
    // The catalogue is shared; a default one made for the copy would take its place.
    let mut config = state.config().clone().with_create_default_catalog_and_schema(false);
    config.options_mut().optimizer.enable_join_dynamic_filter_pushdown = false;
    SessionStateBuilder::new_from_existing(state.clone()).with_config(config).build()
}

fn is_overlaid(name: &str) -> bool {
    REPLACED.contains(&name) || MOVED.contains(&name)
}

/// The value of a column after the overlay.
fn value_of(name: &str) -> Result<Expr> {
    let of = |table: &str, name: &str| col(Column::new(Some(table), name));
    if REPLACED.contains(&name) {
        return Ok(coalesce(vec![of(OVERLAY, name), of(STORED, name)]).alias(name));
    }
    if MOVED.contains(&name) {
        let stays = of(OVERLAY, "usage_moved").is_not_true();
        let null = lit(datafusion::common::ScalarValue::Int64(None));
        return Ok(when(stays, of(STORED, name)).otherwise(null)?.alias(name));
    }
    Ok(of(STORED, name))
}

#[async_trait]
impl TableProvider for EventsTable {
    fn schema(&self) -> SchemaRef {
        self.stored.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if !self.needs_overlay(projection) {
            return self.stored.scan(state, projection, filters, limit).await;
        }
        // A limit is only handed over when the filters given here decide alone; as they are
        // repeated below the join, it may be applied above it.
        let plan = self.overlaid(projection, filters, limit)?;
        match state.as_any().downcast_ref::<SessionState>() {
            Some(state) => without_join_filters(state).create_physical_plan(&plan).await,
            None => state.create_physical_plan(&plan).await,
        }
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let mut support = self.stored.supports_filters_pushdown(filters)?;
        for (filter, support) in filters.iter().zip(&mut support) {
            if filter.column_refs().iter().any(|column| is_overlaid(&column.name)) {
                *support = TableProviderFilterPushDown::Unsupported;
            }
        }
        Ok(support)
    }

    fn statistics(&self) -> Option<Statistics> {
        self.stored.statistics()
    }
}
