//! `verify-pack`: what is no pack is told, and by the exit code too.

use super::Installation;

#[test]
fn what_is_no_pack_is_told() {
    let installation = Installation::new();
    let file = installation.folder.path().join("evidence.zip");
    let path = file.to_str().unwrap();
    let said = installation.refused(&["verify-pack", path]);
    assert!(said.contains("cannot be read"), "{said}");
    std::fs::write(&file, b"nothing of the kind").unwrap();
    let said = installation.refused(&["verify-pack", path]);
    assert!(said.contains("the pack is not as it was signed"), "{said}");
}
