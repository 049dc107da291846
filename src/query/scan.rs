//! The leaf of every plan over the lake: a Parquet scan that knows which row selections it must
//! apply.
//!
//! A plan that is rewritten or shipped elsewhere can lose what is attached to its files, and a
//! scan without its selection would quietly return all rows. So the scan remembers which files
//! need one and refuses to run without it. Everything else is passed to the scan inside.

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, Statistics, exec_datafusion_err};
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::physical_plan::parquet::ParquetRowSelection;
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::object_store::path::Path;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr_common::sort_expr::PhysicalSortExpr;
use datafusion::physical_plan::execution_plan::ReplaceChildrenOptions;
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation,
};
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sort_pushdown::SortOrderPushdownResult;
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use std::any::Any;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

type Plan = Arc<dyn ExecutionPlan>;

/// A scan of data files of one table.
#[derive(Debug)]
pub(crate) struct LakeScanExec {
    table: &'static str,
    inner: Plan,
    /// Files that may only be read through a row selection.
    selected: Arc<BTreeSet<Path>>,
}

impl LakeScanExec {
    /// Wraps the scan of `table`. Files in `selected` must carry a row selection.
    pub(crate) fn new(table: &'static str, inner: Plan, selected: BTreeSet<Path>) -> Self {
        Self { table, inner, selected: Arc::new(selected) }
    }

    fn wrap(&self, inner: Plan) -> Plan {
        Arc::new(Self { table: self.table, inner, selected: self.selected.clone() })
    }

    /// Fails if a file that needs a selection has none, or if the files cannot be seen at all.
    fn check(&self) -> Result<()> {
        if self.selected.is_empty() {
            return Ok(());
        }
        let source = self.inner.downcast_ref::<DataSourceExec>().map(DataSourceExec::data_source);
        let config = source
            .and_then(|source| source.downcast_ref::<FileScanConfig>())
            .ok_or_else(|| self.lost("the scan has been replaced"))?;
        for file in config.file_groups.iter().flat_map(|group| group.iter()) {
            let location = &file.object_meta.location;
            let has_selection = file.extension::<ParquetRowSelection>().is_some();
            if self.selected.contains(location) && !has_selection {
                return Err(self.lost(location.as_ref()));
            }
        }
        Ok(())
    }

    fn lost(&self, place: &str) -> DataFusionError {
        exec_datafusion_err!(
            "the row selection of a search in `{}` got lost ({place}); refusing to return all rows",
            self.table
        )
    }
}

impl DisplayAs for LakeScanExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !matches!(format, DisplayFormatType::TreeRender) {
            write!(f, "LakeScanExec: table={}, selected={}, ", self.table, self.selected.len())?;
        }
        self.inner.fmt_as(format, f)
    }
}

impl ExecutionPlan for LakeScanExec {
    fn name(&self) -> &'static str {
        "LakeScanExec"
    }

    fn schema(&self) -> SchemaRef {
        self.inner.schema()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.inner.properties()
    }

    fn children(&self) -> Vec<&Plan> {
        Vec::new()
    }

    fn replace_children(
        self: Arc<Self>,
        _children: Vec<Plan>,
        _options: ReplaceChildrenOptions,
    ) -> Result<Plan> {
        Ok(self)
    }

    fn with_new_children(self: Arc<Self>, _children: Vec<Plan>) -> Result<Plan> {
        Ok(self)
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.inner.apply_expressions(f)
    }

    fn repartitioned(&self, partitions: usize, config: &ConfigOptions) -> Result<Option<Plan>> {
        Ok(self.inner.repartitioned(partitions, config)?.map(|inner| self.wrap(inner)))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        self.check()?;
        self.inner.execute(partition, context)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.inner.metrics()
    }

    fn statistics_from_inputs(
        &self,
        inputs: &[Arc<Statistics>],
        args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        self.inner.statistics_from_inputs(inputs, args)
    }

    fn supports_limit_pushdown(&self) -> bool {
        self.inner.supports_limit_pushdown()
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Plan> {
        self.inner.with_fetch(limit).map(|inner| self.wrap(inner))
    }

    fn fetch(&self) -> Option<usize> {
        self.inner.fetch()
    }

    fn try_swapping_with_projection(&self, projection: &ProjectionExec) -> Result<Option<Plan>> {
        let swapped = self.inner.try_swapping_with_projection(projection)?;
        Ok(swapped.map(|inner| self.wrap(inner)))
    }

    fn handle_child_pushdown_result(
        &self,
        phase: FilterPushdownPhase,
        result: ChildPushdownResult,
        config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Plan>> {
        let pushed = self.inner.handle_child_pushdown_result(phase, result, config)?;
        Ok(FilterPushdownPropagation {
            filters: pushed.filters,
            updated_node: pushed.updated_node.map(|inner| self.wrap(inner)),
        })
    }

    fn try_pushdown_sort(
        &self,
        order: &[PhysicalSortExpr],
    ) -> Result<SortOrderPushdownResult<Plan>> {
        self.inner.try_pushdown_sort(order)?.try_map(|inner| Ok(self.wrap(inner)))
    }

    fn with_preserve_order(&self, preserve: bool) -> Option<Plan> {
        self.inner.with_preserve_order(preserve).map(|inner| self.wrap(inner))
    }

    fn with_new_state(&self, state: Arc<dyn Any + Send + Sync>) -> Option<Plan> {
        self.inner.with_new_state(state).map(|inner| self.wrap(inner))
    }

    fn reset_state(self: Arc<Self>) -> Result<Plan> {
        let inner = self.inner.clone().reset_state()?;
        Ok(self.wrap(inner))
    }
}
