//! Zip archives: each member a stream of its own, read in place, never extracted.
//!
//! An archive is read whole or not at all: its directory is at the end, so a changed archive
//! has no known prefix. Members are read in directory order, Inspect's in the order in which
//! they refer to each other; of members with the same name the last one counts and the others
//! are kept as superseded evidence.

use super::container;
use super::source::{Emit, Run, Stopped};
use crate::formats::evals::inspect;
use crate::record::{Place, Reason};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use zip::ZipArchive;

impl Run<'_> {
    /// Reads all members of an archive.
    pub(super) fn read_zip(&mut self, file: File, emit: &mut Emit<'_>) -> Result<(), Stopped> {
        let mut archive = match ZipArchive::new(BufReader::new(file)) {
            Ok(archive) => archive,
            Err(error) => {
                self.stream_failed(&std::io::Error::other(error), 0);
                return Ok(());
            }
        };
        let last = last_of_each_name(&mut archive);
        for index in reading_order(&mut archive) {
            self.read_member(&mut archive, index, &last, emit)?;
        }
        self.leave_archive();
        Ok(())
    }

    fn read_member(
        &mut self,
        archive: &mut ZipArchive<BufReader<File>>,
        index: usize,
        last: &BTreeMap<String, usize>,
        emit: &mut Emit<'_>,
    ) -> Result<(), Stopped> {
        let member = match archive.by_index(index) {
            Ok(member) => member,
            Err(error) => {
                self.stream_failed(&std::io::Error::other(error), 0);
                return Ok(());
            }
        };
        if member.is_dir() {
            return Ok(());
        }
        let name = String::from_utf8_lossy(member.name_raw()).into_owned();
        if member.enclosed_name().is_none() {
            let place =
                Place { container_path: Some(name), line: None, ..self.place(1, 0, member.size()) };
            self.reject_empty(place, Reason::BadMemberName);
            return Ok(());
        }
        let superseded = last.get(&name).is_some_and(|at| *at != index);
        self.enter(&name, superseded);
        let compressed = member.compressed_size();
        let stream = container::bound(Box::new(member), compressed, self.options.limits);
        self.read_stream(stream, blake3::Hasher::new(), false, emit)
    }
}

fn last_of_each_name(archive: &mut ZipArchive<BufReader<File>>) -> BTreeMap<String, usize> {
    let mut last = BTreeMap::new();
    for index in 0..archive.len() {
        if let Ok(member) = archive.by_index_raw(index) {
            let name = String::from_utf8_lossy(member.name_raw()).into_owned();
            last.insert(name, index);
        }
    }
    last
}

/// Directory order; members of an Inspect archive in the order in which they refer to each other.
fn reading_order(archive: &mut ZipArchive<BufReader<File>>) -> Vec<usize> {
    let mut members: Vec<(usize, String)> = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index);
        let name = member.map(|member| String::from_utf8_lossy(member.name_raw()).into_owned());
        members.push((index, name.unwrap_or_default()));
    }
    if members.iter().any(|(_, name)| inspect::told_by_path(name)) {
        members.sort_by(|(_, one), (_, other)| {
            inspect::member_order(one).cmp(&inspect::member_order(other))
        });
    }
    members.into_iter().map(|(index, _)| index).collect()
}
