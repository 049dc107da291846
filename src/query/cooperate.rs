//! Lets a running query be stopped inside a join that multiplies rows.
//!
//! A task of the engine gives way after a number of batches read from its leaves. A join that
//! makes billions of rows of two small inputs reads almost nothing, so its task would not notice
//! for hours that nobody waits any more. So every join counts its own batches too.

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::joins::{
    CrossJoinExec, HashJoinExec, NestedLoopJoinExec, PiecewiseMergeJoinExec, SortMergeJoinExec,
};
use std::sync::Arc;

/// Wraps joins; runs last.
#[derive(Debug)]
pub(crate) struct CooperateAfterJoins;

impl PhysicalOptimizerRule for CooperateAfterJoins {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            let multiplies = plan.is::<CrossJoinExec>()
                || plan.is::<HashJoinExec>()
                || plan.is::<NestedLoopJoinExec>()
                || plan.is::<PiecewiseMergeJoinExec>()
                || plan.is::<SortMergeJoinExec>();
            Ok(match multiplies {
                true => Transformed::yes(Arc::new(CooperativeExec::new(plan)) as _),
                false => Transformed::no(plan),
            })
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "cooperate_after_joins"
    }

    fn schema_check(&self) -> bool {
        true
    }
}
