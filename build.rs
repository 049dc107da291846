//! Tells cargo that the shipped rules and models are part of the binary, so that a new file is
//! embedded without a clean build.

fn main() {
    println!("cargo:rerun-if-changed=rules");
    println!("cargo:rerun-if-changed=models/reasoning");
    println!("cargo:rerun-if-changed=models/session.json");
}
