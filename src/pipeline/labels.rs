//! Appends rows to `triage` and `labels`: analysts' decisions and judgements from outside.

use super::rows;
use crate::lake::{Batch, FileWriter, Lake, LakeError, Result};
use crate::record::Id16;
use crate::record::columns::RunStamp;
use crate::record::schema::Table;

/// A judgement on a session or event.
#[derive(Debug, Clone, Default)]
pub struct Label {
    /// Session, if the judgement is on one.
    pub session_id: Option<String>,
    /// Event (hex), if the judgement is on one.
    pub event_id: Option<String>,
    /// What is judged.
    pub name: String,
    /// The judgement as text.
    pub value: Option<String>,
    /// The judgement as a number.
    pub score: Option<f64>,
    /// Who judged.
    pub source: Option<String>,
}

impl Label {
    /// Same judgement, same id: importing a file twice gives rows that fold into one.
    #[must_use]
    pub fn id(&self) -> Id16 {
        let score = self.score.map(|s| s.to_string()).unwrap_or_default();
        let parts = [
            self.session_id.as_deref().unwrap_or_default(),
            self.event_id.as_deref().unwrap_or_default(),
            &self.name,
            self.value.as_deref().unwrap_or_default(),
            &score,
            self.source.as_deref().unwrap_or_default(),
        ];
        Id16::of("label", &parts.map(str::as_bytes))
    }

    fn row(&self) -> Vec<Option<String>> {
        vec![
            Some(self.id().to_string()),
            self.session_id.clone(),
            self.event_id.clone(),
            Some(self.name.clone()),
            self.value.clone(),
            self.score.map(|s| s.to_string()),
            self.source.clone(),
            None,
            None,
        ]
    }
}

/// An analyst's decision on a finding.
#[derive(Debug, Clone)]
pub struct Triage {
    /// The finding (hex).
    pub finding_id: String,
    /// `new`, `investigating`, `confirmed`, `false_positive`, `benign`, `closed`.
    pub state: String,
    /// Free text.
    pub note: Option<String>,
    /// Who decided.
    pub analyst: Option<String>,
}

impl Triage {
    fn row(&self) -> Vec<Option<String>> {
        vec![
            Some(self.finding_id.clone()),
            Some(self.state.clone()),
            self.note.clone(),
            self.analyst.clone(),
            None,
            None,
        ]
    }
}

/// Appends labels.
///
/// # Errors
/// If the lake cannot be written.
pub async fn append_labels(lake: &mut Lake, labels: &[Label]) -> Result<()> {
    let rows: Vec<_> = labels.iter().map(Label::row).collect();
    append(lake, Table::Labels, &rows).await
}

/// Appends a decision.
///
/// # Errors
/// If the lake cannot be written.
pub async fn append_triage(lake: &mut Lake, triage: &[Triage]) -> Result<()> {
    let rows: Vec<_> = triage.iter().map(Triage::row).collect();
    append(lake, Table::Triage, &rows).await
}

const MAX_TRIES: usize = 20;

async fn append(lake: &mut Lake, table: Table, rows: &[Vec<Option<String>>]) -> Result<()> {
    for _ in 0..MAX_TRIES {
        match try_append(lake, table, rows).await {
            // A sweep committed at the same moment.
            Err(LakeError::Conflict) => lake.refresh().await?,
            other => return other,
        }
    }
    Err(LakeError::Conflict)
}

async fn try_append(lake: &mut Lake, table: Table, rows: &[Vec<Option<String>>]) -> Result<()> {
    let mut batch = Batch::begin(lake).await?;
    let ingest_micros = chrono::Utc::now().timestamp_micros();
    let run = RunStamp { batch_id: batch.id().to_owned(), ingest_micros };
    let number = batch.next_number(table);
    let dir = lake.dir(table);
    let mut writer = FileWriter::create(&dir, batch.id(), table, number, rows.len() as u64)?;
    writer.write(&rows::text_rows(table, rows, &run)?)?;
    let file = writer.finish()?;
    batch.commit(lake, vec![file]).await
}
