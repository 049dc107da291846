//! Evaluates a query tree: what has no NOT in it by the library, negations as set operations on
//! sorted rows.
//!
//! The library's own exclusion asks an exhausted list to go back, which its debug build refuses
//! (0.27), so it is never given a negation.

use super::error::IndexError;
use super::query::Node;
use tantivy::SegmentReader;
use tantivy::query::EnableScoring;

/// The rows of a segment that match, ascending.
pub(super) fn rows(node: &Node, reader: &SegmentReader) -> Result<Vec<u32>, IndexError> {
    if !node.has_negation() {
        return by_library(node, reader);
    }
    match node {
        Node::Not(inner) => Ok(complement(&rows(inner, reader)?, reader.max_doc())),
        Node::Or(nodes) => {
            let mut all: Vec<u32> = Vec::new();
            for node in nodes {
                all.extend(rows(node, reader)?);
            }
            all.sort_unstable();
            all.dedup();
            Ok(all)
        }
        Node::And(nodes) => conjunction(nodes, reader),
        Node::All | Node::Literal(_) => by_library(node, reader),
    }
}

/// Clauses without a negation together first: they keep the lists short.
fn conjunction(nodes: &[Node], reader: &SegmentReader) -> Result<Vec<u32>, IndexError> {
    let (negated, plain): (Vec<&Node>, Vec<&Node>) =
        nodes.iter().partition(|node| node.has_negation());
    let mut kept = match plain.is_empty() {
        true => (0..reader.max_doc()).collect(),
        false => by_library(&Node::And(plain.into_iter().cloned().collect()), reader)?,
    };
    for node in negated {
        match node {
            Node::Not(inner) => {
                let gone = rows(inner, reader)?;
                kept.retain(|row| gone.binary_search(row).is_err());
            }
            other => {
                let also = rows(other, reader)?;
                kept.retain(|row| also.binary_search(row).is_ok());
            }
        }
    }
    Ok(kept)
}

fn complement(rows: &[u32], max: u32) -> Vec<u32> {
    let mut listed = rows.iter().copied().peekable();
    (0..max).filter(|row| listed.next_if_eq(row).is_none()).collect()
}

fn by_library(node: &Node, reader: &SegmentReader) -> Result<Vec<u32>, IndexError> {
    let scoring = EnableScoring::disabled_from_schema(reader.schema());
    let mut rows = Vec::new();
    let weight = node.compile().weight(scoring).map_err(IndexError::reading)?;
    let mut keep = |found: &[u32]| rows.extend_from_slice(found);
    weight.for_each_no_score(reader, &mut keep).map_err(IndexError::reading)?;
    debug_assert!(rows.is_sorted_by(|a, b| a < b));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complement_has_what_is_not_listed() {
        assert_eq!(complement(&[1, 3], 5), [0, 2, 4]);
        assert_eq!(complement(&[], 2), [0, 1]);
        assert_eq!(complement(&[0, 1], 2), Vec::<u32>::new());
    }
}
