//! The repository shelf: small source trees that coding sessions read, search and edit.
//!
//! Each tree is a list of (path, content), written by hand for the corpus. A session works on its
//! own copy (`shelf.rs`), so an edit is seen by later reads of the same session only.

mod dock_ui;
mod forecast;
mod gatekeeper;
mod manifest_api;
mod manifest_api_tests;
mod route_engine;

/// A file of the shelf: path and content.
pub(crate) type File = (&'static str, &'static str);

/// The files of a repository, in path order; none for an unknown name.
pub(crate) fn files(repo: &str) -> Vec<File> {
    let mut files: Vec<File> = match repo {
        "manifest-api" => [manifest_api::FILES, manifest_api_tests::FILES].concat(),
        "dock-ui" => dock_ui::FILES.to_vec(),
        "route-engine" => route_engine::FILES.to_vec(),
        "gatekeeper" => gatekeeper::FILES.to_vec(),
        "forecast" => forecast::FILES.to_vec(),
        _ => Vec::new(),
    };
    files.sort_unstable();
    files
}
