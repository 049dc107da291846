//! Our segments against those of the library's own writer, byte for byte.

use super::*;
use crate::index::directory::bundle_files;
use proptest::prelude::*;
use tantivy::directory::{FileSlice, RamDirectory};

type Row = Vec<(Field, String)>;

fn files(index: &Index, folder: &RamDirectory) -> Vec<(String, Vec<u8>)> {
    let files = bundle_files(index, folder).unwrap();
    let bytes = |file: FileSlice| file.read_bytes().unwrap().to_vec();
    files.into_iter().map(|(name, file)| (name, bytes(file))).collect()
}

fn ours(rows: &[Row], buffer: usize) -> Vec<(String, Vec<u8>)> {
    let folder = RamDirectory::create();
    let mut inverter = Inverter { buffer, ..Inverter::new() };
    for row in rows {
        inverter.add(row.iter().map(|(field, text)| (*field, text.as_str())));
    }
    let index = inverter.finish(&folder).unwrap();
    files(&index, &folder)
}

fn theirs(rows: &[Row]) -> Vec<(String, Vec<u8>)> {
    let folder = RamDirectory::create();
    let mut writer = library_writer(Box::new(folder.clone())).unwrap();
    for row in rows {
        let mut document = TantivyDocument::default();
        for (field, text) in row {
            document.add_text(field.id(), text);
        }
        writer.add_document(document).unwrap();
    }
    files(&writer.finalize().unwrap(), &folder)
}

fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => "[abc]{1,2}",
        1 => "get[A-C][a-c]{1,3}_x",
        1 => "[東京都ab]{1,4}",
        1 => "[\u{E0061}-\u{E0063}]{1,3}",
        1 => "[éÉ🚀.-]{1,3}",
    ];
    proptest::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
}

fn row() -> impl Strategy<Value = Row> {
    let value = (0..Field::ALL.len(), text());
    proptest::collection::vec(value, 0..6).prop_map(|mut values| {
        values.sort_by_key(|(field, _)| *field);
        values.into_iter().map(|(field, text)| (Field::ALL[field], text)).collect()
    })
}

proptest! {
    #[test]
    fn the_segment_is_what_the_librarys_writer_makes_of_the_rows(
        rows in proptest::collection::vec(row(), 0..40),
        buffer in prop_oneof![Just(1_usize), 2_usize..40, Just(BUFFER)],
    ) {
        prop_assert!(ours(&rows, buffer) == theirs(&rows), "the bytes differ");
    }
}

#[test]
fn so_it_is_over_many_rows_and_blocks() {
    let rows: Vec<Row> = (0..30_000_u32)
        .map(|row| {
            let noise = u64::from(row + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
            let text = format!("the row{row} has {:x} {noise} and the rest", noise % 700);
            let id = format!("session-{}", row / 9);
            vec![
                (Field::Text, text),
                (Field::Model, "model-4.5".to_owned()),
                (Field::Conversation, id.clone()),
                (Field::Conversation, id),
            ]
        })
        .collect();
    let wanted = theirs(&rows);
    assert!(ours(&rows, BUFFER) == wanted);
    assert!(ours(&rows, 1000) == wanted, "with terms larger than the buffer");
}
