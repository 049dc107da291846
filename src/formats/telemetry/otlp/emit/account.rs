//! Who counts the tokens of a call, and what became of its reasoning.

use super::{Emitter, Name, Row, rows};
use crate::formats::telemetry::otlp::dialect::Content;
use crate::formats::telemetry::otlp::walk::{Signal, Unit};
use crate::record::{Kind, ReasoningState, Role, Usage};

impl Emitter<'_> {
    /// Puts the tokens of a call on one row, and says what became of its reasoning.
    pub(super) fn account(&mut self, unit: &mut Unit<'_>, content: &Content, first_output: usize) {
        let costs = [
            "gen_ai.usage.cost",
            "llm.cost.total",
            "gen_ai.cost.total_cost",
            "gen_ai.usage.cost_usd",
        ];
        let cost = unit.attrs.take_any(&costs).f64();
        let has_content = self.anchor.is_some();
        let known = self.memory.report(self.group, content.usage, has_content);
        let news = content.usage != Usage::default() && known.usage != known.before;
        if self.anchor.is_none() && news {
            let mut event = self.base.clone();
            event.kind = Some(Kind::Usage);
            event.role = Some(Role::Assistant);
            event.json_pointer = Some(unit.pointer.clone());
            self.row(Name::Unit("usage", 0), event);
            self.anchor = Some(self.rows.len() - 1);
        } else if self.anchor.is_none() && unit.signal != Signal::Messages {
            let mut event = rows::lifecycle(unit, &self.base);
            event.role = Some(Role::Assistant);
            self.row(Name::Whole, event);
            self.anchor = Some(self.rows.len() - 1);
        }
        if let Some(row) = self.anchor.and_then(|at| self.rows.get_mut(at)) {
            row.event.cost_usd = cost;
            if news {
                row.event.usage = known.usage;
            }
        }
        let embeds = self.base.operation_name.as_deref() == Some("embeddings");
        let bare_again = known.again && !has_content;
        if !embeds && !self.repeats && !known.had_content && !bare_again {
            self.reasoning_state(unit, content, first_output);
        }
    }

    fn reasoning_state(&mut self, unit: &Unit<'_>, content: &Content, first_output: usize) {
        let outputs = || self.rows.iter().skip(first_output);
        if outputs().any(|row| row.event.kind == Some(Kind::Reasoning)) {
            return;
        }
        match content.usage.reasoning {
            Some(0) => {}
            Some(_) => {
                let mut event = self.base.clone();
                event.kind = Some(Kind::Reasoning);
                event.role = Some(Role::Assistant);
                event.reasoning_state = Some(ReasoningState::TokenCountOnly);
                event.json_pointer = Some(unit.pointer.clone());
                let message = outputs().find_map(|row| row.event.message_index);
                event.message_index = message;
                let row = Row { name: Name::Unit("thought", 0), seq: self.seq, event };
                self.rows.insert(first_output, row);
                self.anchor = self.anchor.map(|at| at + 1);
            }
            None => {
                let text = |row: &&mut Row| row.event.kind == Some(Kind::AssistantText);
                let captured = self.rows.iter_mut().skip(first_output).find(text).is_some();
                let bare = !outputs_of_model(&self.rows, first_output);
                if !(content.loses_reasoning || bare) {
                    return;
                }
                let target = match captured {
                    true => self.rows.iter_mut().skip(first_output).find(text),
                    false => self.anchor.and_then(|at| self.rows.get_mut(at)),
                };
                if let Some(row) = target {
                    row.event.reasoning_state = Some(ReasoningState::NotCaptured);
                }
            }
        }
    }
}

fn outputs_of_model(rows: &[Row], first_output: usize) -> bool {
    rows.iter().skip(first_output).any(|row| matches!(row.name, Name::Unit("out", _)))
}
