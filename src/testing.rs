//! Where tests find files.

use std::path::PathBuf;

/// The checkout that is being tested. Asked for when the tests run: checkouts may share what they build.
pub(crate) fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| ".".into(), PathBuf::from)
}

/// The folder of the model that reads tokens.
pub(crate) fn example() -> PathBuf {
    root().join("models/example")
}

/// A file or folder of the real transcripts, in the folder that `REVEILLE_SHARED` names or
/// `../shared/data`; `None`, and a note, where it is absent.
pub(crate) fn samples(inner: &str) -> Option<PathBuf> {
    let beside = || root().join("../shared/data");
    let path = std::env::var_os("REVEILLE_SHARED").map_or_else(beside, PathBuf::from).join(inner);
    if !path.exists() {
        println!("skipped: no samples at {}", path.display());
        return None;
    }
    Some(path)
}
