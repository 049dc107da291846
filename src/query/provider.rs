//! One table of the lake as the query engine sees it: its visible Parquet files.
//!
//! A scan leaves out files by their commit statistics, turns searches into row selections, and
//! tells the planner exactly what it may rely on: the number of rows that come out, never the
//! statistics of whole files when only some rows of them are read.

use super::prune::FileStats;
use super::reader::PageIndexReaderFactory;
use super::scan::LakeScanExec;
use super::search::{Condition, Found, RowFinder, Target};
use crate::lake::{DataFile, Snapshot, TableFiles};
use crate::record::schema::Table;
use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{Result, Statistics, exec_datafusion_err, project_schema};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::ParquetRowSelection;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::object_store::ObjectMeta;
use datafusion::object_store::path::Path as StorePath;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A table of the lake.
#[derive(Debug)]
pub(crate) struct LakeTable {
    table: Table,
    schema: SchemaRef,
    files: TableFiles,
    stats: FileStats,
    finder: Arc<RowFinder>,
}

/// A file that a scan reads, whole or in part.
struct Pick {
    index: usize,
    found: Option<Found>,
}

/// What a query wants of a scan.
struct Request<'a> {
    projection: Option<&'a Vec<usize>>,
    /// Whether some rows will be left out.
    filtered: bool,
    limit: Option<usize>,
}

impl LakeTable {
    /// The table as of `snapshot`; empty if nobody has written to it.
    pub(crate) fn new(table: Table, snapshot: &Snapshot, finder: Arc<RowFinder>) -> Self {
        let files = snapshot.tables.get(&table).cloned().unwrap_or_default();
        let schema = table.schema();
        let stats = FileStats::new(schema.clone(), &files.files);
        Self { table, schema, files, stats, finder }
    }

    /// Whether this is the `events` table.
    pub(crate) fn is_events(&self) -> bool {
        self.table == Table::Events
    }

    /// Whether the table has no files.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.files.is_empty()
    }

    /// The files to read, and of each the rows, for filters joined by AND.
    async fn picks(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<Pick>> {
        let (searches, others): (Vec<&Expr>, Vec<&Expr>) =
            filters.iter().partition(|filter| self.is_search(filter));
        let physical = |expr: &Expr, schema: &_| state.create_physical_expr(expr.clone(), schema);
        let keep = self.stats.keep(&others, physical);
        let kept: Vec<usize> = (0..self.files.files.len()).filter(|index| keep[*index]).collect();
        let Some(condition) = conjunction(&searches)? else {
            return Ok(kept.into_iter().map(|index| Pick { index, found: None }).collect());
        };
        let targets = kept.iter().map(|index| self.target(&self.files.files[*index])).collect();
        let found = self.finder.find(condition, targets).await?;
        let picks = kept.into_iter().zip(found);
        Ok(picks
            .filter(|(_, found)| found.hits > 0)
            .map(|(index, found)| Pick { index, found: Some(found) })
            .collect())
    }

    fn is_search(&self, filter: &Expr) -> bool {
        self.table == Table::Events && Condition::covers(filter)
    }

    fn target(&self, file: &DataFile) -> Target {
        Target {
            data: self.files.absolute(file),
            split: self.files.absolute_split(file),
            rows: file.rows,
        }
    }

    fn partitioned(&self, pick: &Pick) -> Result<PartitionedFile> {
        let file = &self.files.files[pick.index];
        let path = self.files.absolute(file);
        // Without `..`, which the object store takes for an attack. The file itself may be gone, which is
        // said, with its name, by whoever reads it.
        let path = match (path.parent().map(std::fs::canonicalize), path.file_name()) {
            (Some(Ok(folder)), Some(name)) => folder.join(name),
            _ => std::path::absolute(path)?,
        };
        let location = StorePath::from_absolute_path(&path)
            .map_err(|error| exec_datafusion_err!("{}: {error}", path.display()))?;
        let modified = chrono::DateTime::from_timestamp_millis(file.modified_millis);
        let meta = ObjectMeta {
            location,
            last_modified: modified.unwrap_or_default(),
            size: file.size,
            e_tag: None,
            version: None,
        };
        // These describe the whole file, which is right with a selection too: the reader uses
        // them to leave out files and for columns with one value only.
        let statistics = Arc::new(self.stats.of_file(pick.index));
        let partitioned = PartitionedFile::new_from_meta(meta).with_statistics(statistics);
        Ok(match &pick.found {
            None => partitioned,
            Some(found) => {
                partitioned.with_extension(ParquetRowSelection::new(found.selection.clone()))
            }
        })
    }

    /// What the planner may rely on.
    fn statistics_of(&self, picks: &[Pick]) -> Statistics {
        let indices: Vec<usize> = picks.iter().map(|pick| pick.index).collect();
        let whole = self.stats.of_files(&indices);
        if picks.iter().all(|pick| pick.found.is_none()) {
            return whole;
        }
        let hits = picks.iter().filter_map(|pick| Some(pick.found.as_ref()?.hits)).sum();
        Statistics { num_rows: Precision::Exact(hits), ..whole.to_inexact() }
    }

    fn exec(
        &self,
        state: &dyn Session,
        picks: &[Pick],
        request: &Request<'_>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut selected = BTreeSet::new();
        let mut group = Vec::with_capacity(picks.len());
        for pick in picks {
            let file = self.partitioned(pick)?;
            if pick.found.is_some() {
                selected.insert(file.object_meta.location.clone());
            }
            group.push(file);
        }
        let url = ObjectStoreUrl::local_filesystem();
        let store = state.runtime_env().object_store(&url)?;
        let factory =
            Arc::new(PageIndexReaderFactory::new(store, state.runtime_env(), request.filtered));
        let mut options = state.table_options().parquet.clone();
        options.global = state.config_options().execution.parquet.clone();
        let source = ParquetSource::new(self.schema.clone())
            .with_table_parquet_options(options)
            .with_parquet_file_reader_factory(factory);
        let groups = FileGroup::new(group).split_files(state.config().target_partitions());
        let config = FileScanConfigBuilder::new(url, Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(self.statistics_of(picks))
            .with_projection_indices(request.projection.cloned())?
            .with_limit(request.limit)
            .build();
        let inner = DataSourceExec::from_data_source(config);
        Ok(Arc::new(LakeScanExec::new(self.table.name(), inner, selected)))
    }
}

/// All searches of a scan as one condition; `None` if there are none.
fn conjunction(searches: &[&Expr]) -> Result<Option<Condition>> {
    let mut all: Option<Condition> = None;
    for search in searches {
        let condition = Condition::of(search)?
            .ok_or_else(|| exec_datafusion_err!("a search was promised but not understood"))?;
        all = Some(match all {
            None => condition,
            Some(before) => Condition::And(Box::new(before), Box::new(condition)),
        });
    }
    Ok(all)
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let picks = self.picks(state, filters).await?;
        if picks.is_empty() {
            return Ok(Arc::new(EmptyExec::new(project_schema(&self.schema, projection)?)));
        }
        let request = Request { projection, filtered: !filters.is_empty(), limit };
        self.exec(state, &picks, &request)
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let support = |filter: &&Expr| match self.is_search(filter) {
            true => TableProviderFilterPushDown::Exact,
            false => TableProviderFilterPushDown::Inexact,
        };
        Ok(filters.iter().map(support).collect())
    }

    fn statistics(&self) -> Option<Statistics> {
        let all: Vec<usize> = (0..self.files.files.len()).collect();
        Some(self.stats.of_files(&all))
    }
}
