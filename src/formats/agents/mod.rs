//! Session files that coding agents keep on disk.
