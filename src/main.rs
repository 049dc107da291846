//! The `reveille` command; everything is in the library.

// Its debug build checks every block, which makes development builds crawl.
#[cfg(not(debug_assertions))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A sweep frees and takes large blocks all the time. Given back to the system after the
/// allocator's usual delay, each is zeroed anew when it is taken: a tenth of a sweep's time.
#[cfg(not(debug_assertions))]
fn keep_freed_memory_for_a_while() {
    /// `mi_option_purge_delay` in `mimalloc.h`; milliseconds.
    const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;
    const USUAL: std::ffi::c_long = 1000;
    const LONGER: std::ffi::c_long = 30_000;
    #[expect(unsafe_code, reason = "options of the allocator are only set through its C functions")]
    // SAFETY: both functions take and give plain numbers and may be called at any time. Should
    // another version number its options differently, the usual value is not found under this
    // number, and nothing is changed.
    unsafe {
        if libmimalloc_sys::mi_option_get(PURGE_DELAY) == USUAL {
            libmimalloc_sys::mi_option_set(PURGE_DELAY, LONGER);
        }
    }
}

/// A library of ONNX Runtime may come with telemetry that collects from the moment it is loaded, whatever is
/// asked of it later. Nothing leaves the computer.
fn keep_libraries_quiet() {
    #[expect(unsafe_code, reason = "the variable must be set before a library is loaded")]
    // SAFETY: nothing has started another thread yet.
    unsafe {
        std::env::set_var("ORT_DISABLE_TELEMETRY", "1");
    }
}

fn main() -> std::process::ExitCode {
    keep_libraries_quiet();
    #[cfg(not(debug_assertions))]
    keep_freed_memory_for_a_while();
    reveille::cli::main()
}
