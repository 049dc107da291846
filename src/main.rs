//! The `reveille` command; everything is in the library.

// Its debug build checks every block, which makes development builds crawl.
#[cfg(not(debug_assertions))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    reveille::cli::main()
}
