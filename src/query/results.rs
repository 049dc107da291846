//! The answer to a query, batch by batch.

use super::error::{Known, QueryError, explain};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::memory::MemoryStream;
use futures::StreamExt;
use std::sync::Arc;

/// The rows of an answer as they come. Dropping it stops the query.
pub struct Results {
    stream: SendableRecordBatchStream,
    query: String,
    known: Arc<Known>,
}

impl std::fmt::Debug for Results {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Results").field("query", &self.query).finish_non_exhaustive()
    }
}

impl Results {
    pub(crate) fn new(stream: SendableRecordBatchStream, query: &str, known: Arc<Known>) -> Self {
        Self { stream, query: query.to_owned(), known }
    }

    /// Rows that are at hand already, to be printed like the answer to a query.
    ///
    /// # Errors
    /// Never, as long as a batch fits its own schema.
    pub fn of(batch: RecordBatch) -> Result<Self, QueryError> {
        let schema = batch.schema();
        let stream = MemoryStream::try_new(vec![batch], schema, None)
            .map_err(|error| explain("", &error, &Known::default()))?;
        Ok(Self::new(Box::pin(stream), "", Arc::default()))
    }

    /// The columns.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.stream.schema()
    }

    /// The next rows; `None` at the end. Batches are never empty.
    ///
    /// # Errors
    /// If the query fails.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>, QueryError> {
        loop {
            match self.stream.next().await {
                None => return Ok(None),
                Some(Ok(batch)) if batch.num_rows() == 0 => {}
                Some(Ok(batch)) => return Ok(Some(batch)),
                Some(Err(error)) => return Err(explain(&self.query, &error, &self.known)),
            }
        }
    }

    /// All rows, for answers that are known to be small.
    ///
    /// # Errors
    /// If the query fails.
    pub async fn collect(mut self) -> Result<Vec<RecordBatch>, QueryError> {
        let mut batches = Vec::new();
        while let Some(batch) = self.next().await? {
            batches.push(batch);
        }
        Ok(batches)
    }
}
