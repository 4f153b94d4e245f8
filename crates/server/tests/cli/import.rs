//! People of a hosted Supabase project.

use super::{Installation, holds};

const OWNER: &str = "owner@example.com";
const KIM: &str = "5d4e7b1c-6d0a-4b7e-9a4e-0d6f2f0f6a01";

#[test]
fn people_are_brought_over_all_or_nobody() {
    let here = Installation::new();
    here.init();
    let file = here.folder.path().join("users.csv");
    let write = |rows: &str| std::fs::write(&file, format!("id,email\n{rows}")).unwrap();
    let path = file.to_str().unwrap();
    let import = ["user", "import", path, "--role", "viewer"];
    let preview = [&import[..], &["--dry-run"]].concat();

    write(&format!("{KIM},kim@example.com\n7,lee@example.com\n"));
    for arguments in [&import[..], &preview] {
        let said = here.refused(arguments);
        holds(&said, "row 2: kim@example.com: new, without a password");
        holds(&said, "row 3: lee@example.com: WRONG: the id is no UUID");
        holds(&said, "nobody was brought over: 1 of 2 rows are wrong");
    }
    write(&format!("{KIM},kim@example.com\n"));
    let said = here.done(&preview);
    holds(&said, "1 people would become viewer. Nothing was changed.");
    holds(&here.done(&import), "1 people may sign in as viewer.");
    holds(&here.done(&import), "here already, left alone");
    write(&format!("{KIM},{OWNER}\n"));
    holds(&here.refused(&import), "is here already, with the id");
    let other = [&import[..], &["--organization", "nobody"]].concat();
    holds(&here.refused(&other), "organization");
    holds(
        &here.refused(&["user", "import", "/nowhere.csv", "--role", "viewer"]),
        "cannot read /nowhere.csv",
    );
}
