//! Comparisons between bytes and the hex digits that people write for them.
//!
//! Ids are bytes in the tables and hex digits everywhere else. Left alone, the planner would
//! compare the bytes with the characters of the digits, which is never equal and never an
//! error. So, before types are checked:
//!
//! * `event_id = '<hex>'` and `hex(event_id) = '<hex>'` become `event_id = X'…'`, which also
//!   lets bloom filters leave out row groups; the same in IN lists;
//! * `event_id = label_event_id`, bytes against a text column, compares `hex(event_id)`;
//! * text that is no hex is an error with a hint.

use super::bytes::is_text;
use crate::query::search::literal;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::logical_expr::expr::{InList, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Operator, ScalarUDF};
use std::sync::Arc;

/// The rewrite.
#[derive(Debug)]
pub(crate) struct BytesRewrite {
    hex: Arc<ScalarUDF>,
}

impl BytesRewrite {
    /// Uses `hex` where a column of bytes meets a column of text.
    pub(crate) fn new(hex: Arc<ScalarUDF>) -> Self {
        Self { hex }
    }

    fn compare(&self, binary: BinaryExpr, schema: &DFSchema) -> Result<Transformed<Expr>> {
        let BinaryExpr { left, op, right } = binary;
        let (left, right) = match (self.side(&left, schema), self.side(&right, schema)) {
            (Side::Bytes(bytes), Side::Literal(text)) => (bytes, bytes_literal(&text)?),
            (Side::Literal(text), Side::Bytes(bytes)) => (bytes_literal(&text)?, bytes),
            (Side::Bytes(bytes), Side::Text) => (self.digits(bytes), *right),
            (Side::Text, Side::Bytes(bytes)) => (*left, self.digits(bytes)),
            // hex(x) = '<hex>' compares the bytes; text that is no hex is never equal.
            (Side::Hex(inner), Side::Literal(text)) if is_digits(&text) => {
                (inner, bytes_literal(&text)?)
            }
            (Side::Literal(text), Side::Hex(inner)) if is_digits(&text) => {
                (bytes_literal(&text)?, inner)
            }
            _ => {
                let same = BinaryExpr { left, op, right };
                return Ok(Transformed::no(Expr::BinaryExpr(same)));
            }
        };
        let rewritten = BinaryExpr { left: Box::new(left), op, right: Box::new(right) };
        Ok(Transformed::yes(Expr::BinaryExpr(rewritten)))
    }

    fn in_list(&self, list: InList, schema: &DFSchema) -> Result<Transformed<Expr>> {
        let texts: Option<Vec<&str>> = list.list.iter().map(literal).collect();
        let (Some(texts), Side::Bytes(bytes) | Side::Hex(bytes)) =
            (texts, self.side(&list.expr, schema))
        else {
            return Ok(Transformed::no(Expr::InList(list)));
        };
        let values = texts.into_iter().map(bytes_literal).collect::<Result<Vec<_>>>()?;
        let rewritten = InList { expr: Box::new(bytes), list: values, negated: list.negated };
        Ok(Transformed::yes(Expr::InList(rewritten)))
    }

    fn digits(&self, bytes: Expr) -> Expr {
        Expr::ScalarFunction(ScalarFunction::new_udf(self.hex.clone(), vec![bytes]))
    }

    fn side(&self, expr: &Expr, schema: &DFSchema) -> Side {
        if let Some(text) = literal(expr) {
            return Side::Literal(text.to_owned());
        }
        let kind = |expr: &Expr| expr.get_type(schema).unwrap_or(DataType::Null);
        if let Expr::ScalarFunction(call) = expr
            && call.name() == self.hex.name()
            && let [inner] = call.args.as_slice()
            && is_id(&kind(inner))
        {
            return Side::Hex(inner.clone());
        }
        match kind(expr) {
            found if is_id(&found) && !matches!(expr, Expr::Literal(..)) => {
                Side::Bytes(expr.clone())
            }
            found if is_text(&found) => Side::Text,
            _ => Side::Other,
        }
    }
}

/// What stands on one side of a comparison.
enum Side {
    Bytes(Expr),
    /// `hex(bytes)`; holds the bytes.
    Hex(Expr),
    Text,
    Literal(String),
    Other,
}

/// Whether values of this type are ids or hashes; raw records are large and hold text as bytes.
fn is_id(kind: &DataType) -> bool {
    matches!(kind, DataType::Binary | DataType::BinaryView | DataType::FixedSizeBinary(_))
}

fn is_digits(text: &str) -> bool {
    text.len().is_multiple_of(2)
        && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn bytes_literal(text: &str) -> Result<Expr> {
    match hex::decode(text) {
        Ok(bytes) => Ok(Expr::Literal(ScalarValue::Binary(Some(bytes)), None)),
        Err(_) => plan_err!(
            "'{text}' is compared with bytes; write hex digits, as hex(column) shows them, e.g. '9f86d081…' or X'9f86…'"
        ),
    }
}

impl FunctionRewrite for BytesRewrite {
    fn name(&self) -> &'static str {
        "bytes_against_hex_digits"
    }

    fn rewrite(
        &self,
        expr: Expr,
        schema: &DFSchema,
        _config: &ConfigOptions,
    ) -> Result<Transformed<Expr>> {
        match expr {
            Expr::BinaryExpr(binary) if is_comparison(binary.op) => self.compare(binary, schema),
            Expr::InList(list) => self.in_list(list, schema),
            other => Ok(Transformed::no(other)),
        }
    }
}

fn is_comparison(op: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, IsDistinctFrom, IsNotDistinctFrom, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom)
}
