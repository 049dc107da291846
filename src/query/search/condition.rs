//! A part of WHERE that consists of nothing but searches, and its answer for one file.

use super::{SEARCH_MATCH, columns_of, literal};
use crate::index::Query;
use datafusion::common::{Result, ScalarValue, plan_datafusion_err};
use datafusion::logical_expr::{Expr, Operator};
use datafusion::parquet::arrow::arrow_reader::{RowSelection, RowSelector};
use std::ops::Range;
use std::sync::Arc;

/// Searches joined by AND, OR and NOT.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    Match(Arc<Search>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>),
    Always(bool),
}

/// One search.
#[derive(Debug)]
pub(crate) struct Search {
    /// As written; the key of cached answers.
    pub(crate) text: String,
    /// As understood.
    pub(crate) query: Query,
}

impl Search {
    /// Parses a search.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let query = Query::parse(text).map_err(|error| bad_query(text, &error))?;
        Ok(Self { text: text.to_owned(), query })
    }
}

/// A search that cannot be understood, as an error of the plan.
pub(crate) fn bad_query(
    text: &str,
    error: &crate::index::QueryError,
) -> datafusion::error::DataFusionError {
    plan_datafusion_err!("search('{}'): {error}", text.replace('\'', "''"))
}

impl Condition {
    /// Whether `expr` consists of nothing but searches over the columns that decide them.
    pub(crate) fn covers(expr: &Expr) -> bool {
        match expr {
            Expr::ScalarFunction(call) => {
                call.name() == SEARCH_MATCH && over_index_columns(&call.args)
            }
            Expr::Not(inner) => Self::covers(inner),
            Expr::BinaryExpr(binary) => {
                matches!(binary.op, Operator::And | Operator::Or)
                    && Self::covers(&binary.left)
                    && Self::covers(&binary.right)
            }
            Expr::Literal(ScalarValue::Boolean(Some(_)), _) => true,
            _ => false,
        }
    }

    /// Reads an expression that [`Self::covers`]; `None` for any other.
    pub(crate) fn of(expr: &Expr) -> Result<Option<Self>> {
        if !Self::covers(expr) {
            return Ok(None);
        }
        Ok(match expr {
            Expr::ScalarFunction(call) => match call.args.first().and_then(literal) {
                Some(text) => Some(Self::Match(Arc::new(Search::parse(text)?))),
                None => None,
            },
            Expr::Not(inner) => Self::of(inner)?.map(|inner| Self::Not(Box::new(inner))),
            Expr::BinaryExpr(binary) => match (Self::of(&binary.left)?, Self::of(&binary.right)?) {
                (Some(left), Some(right)) if binary.op == Operator::And => {
                    Some(Self::And(Box::new(left), Box::new(right)))
                }
                (Some(left), Some(right)) => Some(Self::Or(Box::new(left), Box::new(right))),
                _ => None,
            },
            Expr::Literal(ScalarValue::Boolean(Some(value)), _) => Some(Self::Always(*value)),
            _ => None,
        })
    }

    /// The searches in it, left to right.
    pub(crate) fn searches(&self) -> Vec<&Arc<Search>> {
        match self {
            Self::Match(search) => vec![search],
            Self::And(left, right) | Self::Or(left, right) => {
                let mut all = left.searches();
                all.extend(right.searches());
                all
            }
            Self::Not(inner) => inner.searches(),
            Self::Always(_) => Vec::new(),
        }
    }

    /// The rows of a file of `rows` rows that fulfil the condition, given the rows of each
    /// search.
    pub(crate) fn select(
        &self,
        rows: usize,
        answer: &impl Fn(&Search) -> Arc<Vec<u32>>,
    ) -> RowSelection {
        match self {
            Self::Match(search) => selection_of(&answer(search), rows),
            Self::And(left, right) => {
                left.select(rows, answer).intersection(&right.select(rows, answer))
            }
            Self::Or(left, right) => left.select(rows, answer).union(&right.select(rows, answer)),
            Self::Not(inner) => flip(&inner.select(rows, answer)),
            Self::Always(true) => RowSelection::from(vec![RowSelector::select(rows)]),
            Self::Always(false) => RowSelection::from(vec![RowSelector::skip(rows)]),
        }
    }
}

/// Whether the arguments are a literal and exactly the columns that decide it, in their order:
/// only then the index answers the same question.
fn over_index_columns(args: &[Expr]) -> bool {
    let Some((query, columns)) = args.split_first() else { return false };
    let Some(query) = literal(query).and_then(|text| Query::parse(text).ok()) else { return false };
    let names = columns_of(&query);
    let named = |(expr, name): (&Expr, &&str)| matches!(expr, Expr::Column(c) if c.name == **name);
    columns.len() == names.len() && columns.iter().zip(&names).all(named)
}

/// A sorted list of row numbers as a selection over the whole file.
pub(crate) fn selection_of(hits: &[u32], rows: usize) -> RowSelection {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for hit in hits.iter().map(|hit| *hit as usize) {
        match ranges.last_mut() {
            Some(last) if last.end == hit => last.end = hit + 1,
            _ => ranges.push(hit..hit + 1),
        }
    }
    RowSelection::from_consecutive_ranges(ranges.into_iter(), rows)
}

fn flip(selection: &RowSelection) -> RowSelection {
    let flipped: Vec<RowSelector> = selection
        .iter()
        .map(|run| RowSelector { row_count: run.row_count, skip: !run.skip })
        .collect();
    RowSelection::from(flipped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(selection: &RowSelection) -> Vec<usize> {
        let (mut at, mut found) = (0, Vec::new());
        for run in selection.iter() {
            if !run.skip {
                found.extend(at..at + run.row_count);
            }
            at += run.row_count;
        }
        found
    }

    #[test]
    fn boolean_conditions_are_set_operations() {
        let search =
            |text: &str| Box::new(Condition::Match(Arc::new(Search::parse(text).unwrap())));
        let answer = |search: &Search| {
            Arc::new(if search.text == "a" { vec![0, 1, 2, 7] } else { vec![2, 3] })
        };
        let select = |condition: Condition| rows(&condition.select(9, &answer));
        assert_eq!(select(Condition::And(search("a"), search("b"))), [2]);
        assert_eq!(select(Condition::Or(search("a"), search("b"))), [0, 1, 2, 3, 7]);
        assert_eq!(select(Condition::Not(search("a"))), [3, 4, 5, 6, 8]);
        assert_eq!(select(Condition::Always(true)).len(), 9);
        assert!(select(Condition::Always(false)).is_empty());
        assert_eq!(
            select(Condition::And(search("a"), Box::new(Condition::Not(search("b"))))),
            [0, 1, 7]
        );
    }

    #[test]
    fn nothing_found_selects_nothing() {
        let selection = selection_of(&[], 5);
        assert_eq!((selection.row_count(), selection.skipped_row_count()), (0, 5));
        let all = flip(&selection);
        assert_eq!((all.row_count(), all.skipped_row_count()), (5, 0));
    }
}
