//! What the lake knows of targets: in how many sessions each was used, and in how many of them it was
//! part of the task.

use crate::detect::session::Surroundings;
use crate::lake::{Result, Snapshot, read_table};
use crate::record::schema::Table;
use arrow::array::{Array, AsArray};
use arrow::datatypes::Float64Type;
use std::collections::HashMap;

/// Counts by target. Grows with the number of distinct targets in the lake.
#[derive(Debug, Default)]
pub(super) struct Around {
    targets: HashMap<String, (u64, u64)>,
}

/// Share of the task from which a target counts as part of it.
const PART_OF_TASK: f64 = 0.6;

impl Around {
    /// Reads the actions of earlier judgements.
    pub(super) fn load(snapshot: &Snapshot) -> Result<Self> {
        let mut targets: HashMap<String, (u64, u64)> = HashMap::new();
        let mut last = (String::new(), String::new());
        read_table(snapshot, Table::Actions, &["session_id", "target", "entailed"], |_, batch| {
            let text =
                |name: &str| batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>());
            let entailed =
                batch.column_by_name("entailed").and_then(|c| c.as_primitive_opt::<Float64Type>());
            let (Some(sessions), Some(names), Some(entailed)) =
                (text("session_id"), text("target"), entailed)
            else {
                return Ok(());
            };
            for row in 0..batch.num_rows() {
                if names.is_null(row) {
                    continue;
                }
                // Actions of a session stand together; a target used twice in a row counts once.
                let here = (sessions.value(row), names.value(row));
                if (last.0.as_str(), last.1.as_str()) == here {
                    continue;
                }
                last = (here.0.to_owned(), here.1.to_owned());
                let count = targets.entry(last.1.clone()).or_default();
                count.0 += 1;
                count.1 += u64::from(entailed.value(row) >= PART_OF_TASK);
            }
            Ok(())
        })?;
        Ok(Self { targets })
    }
}

impl Surroundings for Around {
    fn target(&self, canonical: &str) -> (u64, u64) {
        self.targets.get(canonical).copied().unwrap_or_default()
    }
}
