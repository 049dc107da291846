//! Tells cargo that the shipped rules are part of the binary, so that a new rule file is
//! embedded without a clean build.

fn main() {
    println!("cargo:rerun-if-changed=rules");
}
