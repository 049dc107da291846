//! The members of an `.eval` archive: what each is, and in which order they are best read.
//!
//! An archive has `header.json` or `_journal/start.json`, `samples/<id>_epoch_<n>.json`,
//! `summaries.json` and `reductions.json`; a large sample is a folder of chunks instead:
//! `samples/<id>_epoch_<n>/{sample.json, messages/<start>.json, events/…, attachments/…}`.

/// What a member holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member<'a> {
    /// Summaries and reductions: copies of what the samples say.
    Copy,
    /// A part of a sample in folder `dir`, beginning with item `start`.
    Chunk { dir: &'a str, part: Part, start: usize },
    /// Anything else; its content says what it is.
    Other,
}

/// The parts of a sample that is written in chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The sample without its long lists.
    Sample,
    /// Long texts that others refer to.
    Attachments,
    /// Messages.
    Messages,
    /// Events.
    Events,
    /// Raw request bodies.
    Calls,
}

impl<'a> Member<'a> {
    /// What the member at this path of the archive holds.
    pub(super) fn of(path: &'a str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        if matches!(path, "summaries.json" | "reductions.json")
            || path.starts_with("_journal/summaries/")
        {
            return Self::Copy;
        }
        let Some((dir, rest)) = path.strip_prefix("samples/").and_then(|p| p.split_once('/'))
        else {
            return Self::Other;
        };
        let part = match rest.split('/').next() {
            Some("sample.json") => Part::Sample,
            Some("attachments") => Part::Attachments,
            Some("messages") => Part::Messages,
            Some("events") => Part::Events,
            Some("calls") => Part::Calls,
            _ => return Self::Other,
        };
        let start = name.strip_suffix(".json").and_then(|n| n.parse().ok()).unwrap_or_default();
        Self::Chunk { dir, part, start }
    }
}

/// Sort key for reading an archive: the header first, then sample by sample, and in a sample
/// that is written in chunks what is referred to before what refers to it.
#[must_use]
pub fn member_order(path: &str) -> (u8, &str, u8, usize) {
    match Member::of(path) {
        Member::Chunk { dir, part, start } => (1, dir, part as u8, start),
        Member::Copy => (2, path, 0, 0),
        Member::Other if path.starts_with("samples/") => (1, path, 0, 0),
        Member::Other => (0, path, 0, 0),
    }
}

/// Whether the path alone tells that this member is Inspect's, because its content (a list of
/// messages, events or texts) does not. It is then one record, whatever it contains.
#[must_use]
pub fn told_by_path(path: &str) -> bool {
    !matches!(Member::of(path), Member::Other)
}

/// The sample id and epoch that the name of a folder or file of a sample gives.
pub(super) fn sample_name(dir: &str) -> Option<(&str, &str)> {
    dir.strip_suffix(".json").unwrap_or(dir).rsplit_once("_epoch_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_read_after_what_they_refer_to() {
        let mut paths = vec![
            "summaries.json",
            "samples/1_epoch_1/events/0.json",
            "samples/1_epoch_1/messages/10.json",
            "samples/1_epoch_1/messages/9.json",
            "samples/1_epoch_1/attachments/0.json",
            "samples/1_epoch_1/sample.json",
            "header.json",
        ];
        paths.sort_by_key(|path| member_order(path));
        let expected = [
            "header.json",
            "samples/1_epoch_1/sample.json",
            "samples/1_epoch_1/attachments/0.json",
            "samples/1_epoch_1/messages/9.json",
            "samples/1_epoch_1/messages/10.json",
            "samples/1_epoch_1/events/0.json",
            "summaries.json",
        ];
        assert_eq!(paths, expected);
    }

    #[test]
    fn only_lists_need_their_path() {
        assert!(told_by_path("samples/1_epoch_1/messages/0.json"));
        assert!(told_by_path("_journal/summaries/1.json"));
        assert!(!told_by_path("samples/1_epoch_1.json"));
        assert!(!told_by_path("messages/0.json"));
    }

    #[test]
    fn names_of_samples_may_hold_the_separator() {
        assert_eq!(sample_name("a_epoch_b_epoch_3"), Some(("a_epoch_b", "3")));
        assert_eq!(sample_name("nothing"), None);
    }
}
