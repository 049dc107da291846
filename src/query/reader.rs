//! Opens Parquet files for scans, with their page index wherever rows will be left out.
//!
//! The library loads the page index only when a filter can use its statistics. With a row
//! selection, or a filter that is decided while decoding, it would read whole column chunks to
//! return a handful of rows (measured: 13.7 MB instead of 1.1 MB for 60 rows of 200,000). A scan
//! of all rows does not need it. Footer and index are kept in the session's cache.

use bytes::Bytes;
use datafusion::common::Result;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::object_store::ObjectStore;
use datafusion::parquet::arrow::arrow_reader::ArrowReaderOptions;
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::errors::Result as ParquetResult;
use datafusion::parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::future::BoxFuture;
use std::ops::Range;
use std::sync::Arc;

/// Makes readers that load the page index whatever they are asked for, if `always`.
#[derive(Debug)]
pub(crate) struct PageIndexReaderFactory {
    inner: CachedParquetFileReaderFactory,
    always: bool,
}

impl PageIndexReaderFactory {
    /// Reads from `store`, caching metadata in the session's runtime.
    pub(crate) fn new(store: Arc<dyn ObjectStore>, runtime: &RuntimeEnv, always: bool) -> Self {
        let cache = runtime.cache_manager.get_file_metadata_cache();
        Self { inner: CachedParquetFileReaderFactory::new(store, cache), always }
    }
}

impl ParquetFileReaderFactory for PageIndexReaderFactory {
    fn create_reader(
        &self,
        partition_index: usize,
        file: PartitionedFile,
        metadata_size_hint: Option<usize>,
        metrics: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>> {
        let inner = self.inner.create_reader(partition_index, file, metadata_size_hint, metrics)?;
        Ok(if self.always { Box::new(PageIndexReader { inner }) } else { inner })
    }
}

struct PageIndexReader {
    inner: Box<dyn AsyncFileReader + Send>,
}

impl AsyncFileReader for PageIndexReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        self.inner.get_bytes(range)
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, ParquetResult<Vec<Bytes>>> {
        self.inner.get_byte_ranges(ranges)
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        let options =
            options.cloned().unwrap_or_default().with_page_index_policy(PageIndexPolicy::Optional);
        Box::pin(async move { self.inner.get_metadata(Some(&options)).await })
    }
}
