//! The lake's rows, file by file, into whole sessions.

use super::newest::session_key;
use super::select::Selection;
use crate::detect::session::{MAX_EVENTS, MAX_TEXT};
use crate::lake::{Result, Snapshot, read_owned, read_table};
use crate::record::columns::events_of;
use crate::record::schema::Table;
use crate::record::{BranchState, Event, Id16};
use ahash::AHashMap as HashMap;
use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use std::collections::VecDeque;
use std::path::PathBuf;

/// The columns a judge looks at.
const COLUMNS: &[&str] = &[
    "event_id",
    "content_hash",
    "kind",
    "role",
    "is_synthetic",
    "source_format",
    "stream_id",
    "seq",
    "session_id",
    "turn_index",
    "message_index",
    "part_index",
    "branch_state",
    "agent_name",
    "is_sidechain",
    "parent_tool_call_id",
    "ts",
    "ts_quality",
    "request_model",
    "response_model",
    "tenant",
    "cwd",
    "text",
    "reasoning",
    "tool_name",
    "tool_call_id",
    "tool_call_arguments",
    "tool_arguments_valid",
    "tool_call_result",
    "tool_is_error",
    "tool_exit_code",
    "tool_call_event_id",
    "status",
];

/// What became known of an event later.
#[derive(Debug, Default, Clone, Copy)]
struct Later {
    branch: Option<(i64, BranchState)>,
    call: Option<(i64, Id16)>,
}

/// An iterator over sessions, in the order in which they end.
pub(super) struct Gather {
    dir: PathBuf,
    files: Vec<String>,
    selection: Selection,
    later: HashMap<Id16, Later>,
    budget: usize,
    open: HashMap<String, Open>,
    open_bytes: usize,
    /// Sessions that did not fit; they are taken in the next pass.
    deferred: bool,
    ready: VecDeque<Vec<Event>>,
    /// Numbers of files still to read in this pass.
    pass: VecDeque<usize>,
    reader: Option<Reading>,
}

struct Reading {
    file: usize,
    row: usize,
    batches: Box<dyn Iterator<Item = Result<RecordBatch>> + Send>,
}

#[derive(Default)]
struct Open {
    events: Vec<Event>,
    bytes: usize,
    /// Bytes of text.
    text: usize,
    /// Too large to be judged: only one event more than the limit is kept.
    is_over: bool,
}

impl Gather {
    pub(super) fn new(snapshot: &Snapshot, selection: Selection, budget: usize) -> Result<Self> {
        let files = snapshot.files(Table::Events).iter().map(|file| file.path.clone()).collect();
        Ok(Self {
            dir: snapshot.dir(Table::Events).cloned().unwrap_or_default(),
            files,
            later: later(snapshot)?,
            budget: budget.max(16 << 20),
            open: HashMap::new(),
            open_bytes: 0,
            deferred: false,
            ready: VecDeque::new(),
            pass: selection.files.iter().copied().collect(),
            selection,
            reader: None,
        })
    }

    /// What was selected.
    pub(super) fn into_selection(self) -> Selection {
        self.selection
    }

    /// The next whole session, its events in (stream, sequence) order.
    pub(super) fn next_session(&mut self) -> Result<Option<Vec<Event>>> {
        loop {
            if let Some(session) = self.ready.pop_front() {
                return Ok(Some(session));
            }
            if !self.read_on()? {
                return Ok(None);
            }
        }
    }

    /// Reads one batch of rows; false at the end of the last pass.
    fn read_on(&mut self) -> Result<bool> {
        let Some(reading) = &mut self.reader else {
            let Some(file) = self.pass.pop_front() else { return Ok(self.start_again()) };
            let path = self.dir.join(&self.files[file]);
            let batches = Box::new(read_owned(path, COLUMNS)?);
            self.reader = Some(Reading { file, row: 0, batches });
            return Ok(true);
        };
        match reading.batches.next().transpose()? {
            Some(batch) => {
                let (file, row) = (reading.file, reading.row);
                reading.row += batch.num_rows();
                self.take(&batch, file, row)?;
            }
            None => self.reader = None,
        }
        Ok(true)
    }

    /// A further pass for the sessions that did not fit; false if there are none.
    fn start_again(&mut self) -> bool {
        let again = std::mem::take(&mut self.deferred);
        if again {
            self.pass = self.selection.files.iter().copied().collect();
        }
        again
    }

    fn take(&mut self, batch: &RecordBatch, file: usize, first: usize) -> Result<()> {
        let Some(sessions) =
            batch.column_by_name("session_id").and_then(|c| c.as_string_opt::<i32>())
        else {
            return Ok(());
        };
        let mut wanted = vec![false; batch.num_rows()];
        let mut ends = Vec::new();
        let mut open = (None::<&str>, false, None);
        for (row, wanted) in wanted.iter_mut().enumerate() {
            let session = sessions.value(row);
            if open.0 != Some(session) {
                let key = session_key(session);
                let last = self.selection.known(&key).map(|known| known.last);
                open = (Some(session), self.admit(session, &key), last);
            }
            *wanted = open.1;
            if open.1 && open.2 == Some((file, first + row)) {
                ends.push(session.to_owned());
            }
        }
        if wanted.iter().any(|wanted| *wanted) {
            let kept = filter_record_batch(batch, &BooleanArray::from(wanted))?;
            for event in events_of(&kept)? {
                self.add(event);
            }
        }
        for session in ends {
            self.close(&session);
        }
        Ok(())
    }

    /// Whether a session's rows are taken in this pass.
    fn admit(&mut self, session: &str, key: &Id16) -> bool {
        if self.open.contains_key(session) {
            return true;
        }
        if !self.selection.wants(key) {
            return false;
        }
        if self.deferred && self.open_bytes > 0 || self.open_bytes > self.budget {
            // Its first rows were or will be missed: the whole session waits.
            self.deferred = true;
            return false;
        }
        self.open.insert(session.to_owned(), Open::default());
        true
    }

    fn add(&mut self, mut event: Event) {
        if let Some(later) = self.later.get(&event.event_id) {
            event.branch_state = later.branch.map(|(_, state)| state).or(event.branch_state);
            event.tool_call_event_id = later.call.map(|(_, id)| id).or(event.tool_call_event_id);
        }
        let Some(open) = self.open.get_mut(&event.session_id) else { return };
        if open.is_over {
            return;
        }
        let bytes = event.memory_len();
        open.bytes += bytes;
        open.text += event.text_len();
        self.open_bytes += bytes;
        open.events.push(event);
        if open.events.len() > MAX_EVENTS || open.text > MAX_TEXT {
            open.is_over = true;
            // What is judged is only that it is too large.
            for event in &mut open.events {
                event.reasoning = None;
                event.tool_call_result = None;
                event.tool_call_arguments = None;
            }
        }
    }

    fn close(&mut self, session: &str) {
        let Some(mut open) = self.open.remove(session) else { return };
        self.open_bytes = self.open_bytes.saturating_sub(open.bytes);
        self.selection.done(&session_key(session));
        let key = |event: &Event| {
            (event.stream_id, event.seq, event.message_index, event.part_index, event.event_id)
        };
        open.events.sort_by_key(key);
        if !open.events.is_empty() {
            self.ready.push_back(open.events);
        }
    }
}

/// The newest overlay value per event. Grows with the overlay.
fn later(snapshot: &Snapshot) -> Result<HashMap<Id16, Later>> {
    let mut later: HashMap<Id16, Later> = HashMap::new();
    let columns = ["event_id", "branch_state", "tool_call_event_id", "batch_seq"];
    read_table(snapshot, Table::EventState, &columns, |_, batch| {
        let column = |name: &str| batch.column_by_name(name);
        let ids = column("event_id").and_then(|c| c.as_binary_opt::<i32>());
        let states = column("branch_state").and_then(|c| c.as_string_opt::<i32>());
        let calls = column("tool_call_event_id").and_then(|c| c.as_binary_opt::<i32>());
        let seqs =
            column("batch_seq").and_then(|c| c.as_primitive_opt::<arrow::datatypes::Int64Type>());
        let (Some(ids), Some(states), Some(calls), Some(seqs)) = (ids, states, calls, seqs) else {
            return Ok(());
        };
        for row in 0..batch.num_rows() {
            let Some(id) = id16(ids.value(row)) else { continue };
            let entry = later.entry(id).or_default();
            let seq = seqs.value(row);
            if states.is_valid(row) && entry.branch.is_none_or(|(known, _)| known <= seq) {
                entry.branch = BranchState::parse(states.value(row)).map(|state| (seq, state));
            }
            if calls.is_valid(row) && entry.call.is_none_or(|(known, _)| known <= seq) {
                entry.call = id16(calls.value(row)).map(|id| (seq, id));
            }
        }
        Ok(())
    })?;
    Ok(later)
}

fn id16(bytes: &[u8]) -> Option<Id16> {
    Some(Id16(bytes.try_into().ok()?))
}
