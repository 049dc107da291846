//! One connection to a lake: tables, views, functions, limits.

use super::cooperate::CooperateAfterJoins;
use super::error::{Known, QueryError, explain};
use super::events::{EventsTable, OVERLAY_SQL};
use super::functions::{
    BytesRewrite, ClassifyFunction, DisclosedFunction, HexFunction, RiskFunction, ScoreFunction,
    UnhexFunction,
};
use super::provider::LakeTable;
use super::results::Results;
use super::search::{
    MixedSearch, RowFinder, SearchMatch, SearchPlaceholder, SearchRewrite, SearchTable,
};
use super::views::{self, table_doc};
use crate::lake::Snapshot;
use crate::record::columns;
use crate::record::schema::Table;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::common::{DataFusionError, Result as EngineResult};
use datafusion::datasource::ViewTable;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::ScalarUDF;
use datafusion::logical_expr::registry::FunctionRegistry;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

const CATALOG: &str = "reveille";
/// Schema of the views people query.
const PUBLIC: &str = "public";
/// Schema of the stored tables.
const STORED: &str = "lake";
const CONSUMERS_IN_ERRORS: NonZeroUsize = NonZeroUsize::MIN;

/// Limits of a session.
#[derive(Debug, Clone)]
pub struct QueryOptions {
    /// Memory that queries may use before they spill or fail.
    pub memory_bytes: usize,
    /// Threads that a query may use.
    pub threads: usize,
    /// Where queries spill; the system's temporary folder if none.
    pub spill_dir: Option<PathBuf>,
}

impl Default for QueryOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        Self { memory_bytes: 1 << 30, threads, spill_dir: None }
    }
}

/// A connection to a lake as of one moment.
pub struct QuerySession {
    context: SessionContext,
    finder: Arc<RowFinder>,
    known: Arc<Known>,
    tables: Vec<TableInfo>,
}

/// A table people can query.
#[derive(Debug, Clone)]
pub struct TableInfo {
    /// Its name.
    pub name: String,
    /// What a row is.
    pub doc: String,
    /// Its columns.
    pub columns: Vec<ColumnInfo>,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// Its type in words.
    pub kind: String,
    /// What it means, as far as that is written down.
    pub doc: &'static str,
}

impl std::fmt::Debug for QuerySession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QuerySession").field("tables", &self.known.tables).finish_non_exhaustive()
    }
}

impl QuerySession {
    /// Connects to the state of a lake.
    ///
    /// # Errors
    /// If the spill folder cannot be used.
    pub async fn new(snapshot: &Snapshot, options: &QueryOptions) -> Result<Self, QueryError> {
        let failed = |error: DataFusionError| explain("", &error, &Known::default());
        let context = context(options).map_err(failed)?;
        let finder = Arc::new(RowFinder::new(options.threads));
        let mut session = Self { context, finder, known: Arc::default(), tables: Vec::new() };
        session.register(snapshot).await.map_err(failed)?;
        Ok(session)
    }

    /// Looks at a newer state of the same lake. What is known of files that are still there
    /// stays in memory.
    ///
    /// # Errors
    /// As [`QuerySession::new`].
    pub async fn refresh(&mut self, snapshot: &Snapshot) -> Result<(), QueryError> {
        let failed = |error: DataFusionError| explain("", &error, &Known::default());
        self.register(snapshot).await.map_err(failed)
    }

    /// Plans a query and starts it.
    ///
    /// # Errors
    /// [`QueryError::Query`] with the place if the query is wrong; [`QueryError::ReadOnly`] if
    /// it would change something.
    pub async fn sql(&self, query: &str) -> Result<Results, QueryError> {
        let failed = |error: DataFusionError| explain(query, &error, &self.known);
        let allowed = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false);
        let frame = self.context.sql_with_options(query, allowed).await.map_err(failed)?;
        let stream = frame.execute_stream().await.map_err(failed)?;
        Ok(Results::new(stream, query, self.known.clone()))
    }

    /// The tables people can query, by name, stored ones last.
    #[must_use]
    pub fn tables(&self) -> &[TableInfo] {
        &self.tables
    }

    /// The table with this name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&TableInfo> {
        self.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name))
    }

    /// Names of all functions, sorted.
    #[must_use]
    pub fn functions(&self) -> Vec<String> {
        let state = self.context.state();
        let mut names: Vec<String> = state
            .scalar_functions()
            .keys()
            .chain(state.aggregate_functions().keys())
            .chain(state.window_functions().keys())
            .cloned()
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    async fn register(&mut self, snapshot: &Snapshot) -> EngineResult<()> {
        let stored = self.schema(STORED)?;
        let public = self.schema(PUBLIC)?;
        let mut tables = Vec::new();
        for table in Table::ALL {
            let provider = Arc::new(LakeTable::new(table, snapshot, self.finder.clone()));
            put(&stored, table.name(), provider.clone())?;
            tables.push(provider);
        }
        let of = |table: Table| tables.iter().zip(Table::ALL).find(|(_, t)| *t == table);
        let is_empty = |table| of(table).is_none_or(|(provider, _)| provider.is_empty());
        for (provider, table) in tables.iter().zip(Table::ALL) {
            put(&public, table.name(), provider.clone())?;
        }
        if let Some((events, _)) = of(Table::Events) {
            let mut laid_over: Arc<dyn TableProvider> = events.clone();
            if !is_empty(Table::EventState) {
                let overlay = self.context.state().create_logical_plan(OVERLAY_SQL).await?;
                laid_over = Arc::new(EventsTable::new(events.clone(), overlay));
            }
            put(&public, Table::Events.name(), laid_over.clone())?;
            let matches = self.context.state().udf(super::search::SEARCH_MATCH)?;
            let search = Arc::new(SearchTable::new(laid_over, matches));
            self.context.register_udtf(super::search::SEARCH, search);
        }
        let is_judged = !is_empty(Table::SessionScores) || !is_empty(Table::Scores);
        for view in views::all(!is_empty(Table::Triage), is_judged) {
            let plan = self.context.state().create_logical_plan(&view.sql).await?;
            let table = ViewTable::new(plan, Some(view.sql.clone()));
            put(&public, view.name, Arc::new(table))?;
        }
        self.describe(&public).await
    }

    fn schema(&self, name: &str) -> EngineResult<Arc<dyn SchemaProvider>> {
        let catalog = self
            .context
            .catalog(CATALOG)
            .ok_or_else(|| DataFusionError::Internal("no catalog".to_owned()))?;
        let schema: Arc<dyn SchemaProvider> = match catalog.schema(name) {
            Some(schema) => schema,
            None => {
                let schema = Arc::new(MemorySchemaProvider::new());
                catalog.register_schema(name, schema.clone())?;
                schema
            }
        };
        Ok(schema)
    }

    async fn describe(&mut self, public: &Arc<dyn SchemaProvider>) -> EngineResult<()> {
        let views = views::all(false, false);
        let mut tables = Vec::new();
        let mut names = public.table_names();
        names.sort_unstable();
        for name in names {
            let Some(provider) = public.table(&name).await? else { continue };
            let view = views.iter().find(|view| view.name == name).map(|view| view.doc);
            let stored = || Table::ALL.into_iter().find(|t| t.name() == name).map(table_doc);
            let doc = view.or_else(stored).unwrap_or_default().to_owned();
            tables.push(TableInfo { columns: describe_columns(&provider), doc, name });
        }
        let mut columns: Vec<String> =
            tables.iter().flat_map(|t| &t.columns).map(|column| column.name.clone()).collect();
        columns.sort_unstable();
        columns.dedup();
        let names = tables.iter().map(|table| table.name.clone()).collect();
        self.known = Arc::new(Known { tables: names, columns });
        self.tables = tables;
        Ok(())
    }
}

fn describe_columns(provider: &Arc<dyn TableProvider>) -> Vec<ColumnInfo> {
    let schema = provider.schema();
    let describe = |field: &Arc<datafusion::arrow::datatypes::Field>| ColumnInfo {
        name: field.name().clone(),
        kind: kind_name(field.data_type()),
        doc: columns::column(field.name()).map_or("", |column| column.doc),
    };
    schema.fields().iter().map(describe).collect()
}

/// A type in the words of SQL.
fn kind_name(kind: &datafusion::arrow::datatypes::DataType) -> String {
    use datafusion::arrow::datatypes::DataType as T;
    match kind {
        T::Utf8 | T::LargeUtf8 | T::Utf8View => "text".to_owned(),
        T::Binary | T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_) => "bytes".to_owned(),
        T::Int64 | T::UInt64 => "bigint".to_owned(),
        T::Int32 | T::UInt32 => "int".to_owned(),
        T::Float64 => "double".to_owned(),
        T::Boolean => "boolean".to_owned(),
        T::Date32 => "date".to_owned(),
        T::Timestamp(..) => "timestamp".to_owned(),
        T::List(item) => format!("list of {}", kind_name(item.data_type())),
        T::Map(..) => "map".to_owned(),
        other => other.to_string().to_lowercase(),
    }
}

fn put(
    schema: &Arc<dyn SchemaProvider>,
    name: &str,
    table: Arc<dyn TableProvider>,
) -> EngineResult<()> {
    schema.deregister_table(name)?;
    schema.register_table(name.to_owned(), table)?;
    Ok(())
}

fn context(options: &QueryOptions) -> EngineResult<SessionContext> {
    let pool = FairSpillPool::new(options.memory_bytes.max(16 << 20));
    let mode = match &options.spill_dir {
        Some(dir) => DiskManagerMode::Directories(vec![dir.clone()]),
        None => DiskManagerMode::OsTmpDirectory,
    };
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(TrackConsumersPool::new(pool, CONSUMERS_IN_ERRORS)))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(mode))
        .with_metadata_cache_limit((options.memory_bytes / 8).max(8 << 20))
        .build_arc()?;
    let mut config = SessionConfig::new()
        .with_default_catalog_and_schema(CATALOG, PUBLIC)
        .with_target_partitions(options.threads.max(1))
        .with_information_schema(true);
    let settings = config.options_mut();
    // Text columns are wide: filters decide in the decoder which rows of them are read at all.
    settings.execution.parquet.pushdown_filters = true;
    settings.execution.parquet.reorder_filters = true;
    settings.execution.time_zone = Some("UTC".to_owned());
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_analyzer_rule(Arc::new(MixedSearch::new()))
        .with_physical_optimizer_rule(Arc::new(CooperateAfterJoins))
        .build();
    let context = SessionContext::new_with_state(state);
    register_functions(&context)?;
    Ok(context)
}

fn register_functions(context: &SessionContext) -> EngineResult<()> {
    let hex = Arc::new(ScalarUDF::from(HexFunction::new()));
    let matches = Arc::new(ScalarUDF::from(SearchMatch::new()));
    let state = context.state_ref();
    let mut state = state.write();
    state.register_udf(hex.clone())?;
    state.register_udf(Arc::new(ScalarUDF::from(UnhexFunction::new())))?;
    state.register_udf(Arc::new(ScalarUDF::from(RiskFunction::new())))?;
    state.register_udf(Arc::new(ScalarUDF::from(DisclosedFunction::new())))?;
    state.register_udf(Arc::new(ScalarUDF::from(ScoreFunction::new())))?;
    state.register_udf(Arc::new(ScalarUDF::from(ClassifyFunction::new())))?;
    state.register_udf(Arc::new(ScalarUDF::from(SearchPlaceholder::new())))?;
    state.register_udf(matches.clone())?;
    state.register_function_rewrite(Arc::new(SearchRewrite::new(matches)))?;
    state.register_function_rewrite(Arc::new(BytesRewrite::new(hex)))?;
    Ok(())
}
