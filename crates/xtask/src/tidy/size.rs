//! How long a file and a function may be.

use super::tree::{File, Tree};
use super::{Rule, Violation};

static LONG_FILE: Rule = Rule {
    name: "long-file",
    why: "a reader holds about 400 lines in mind; beyond that two subjects share a file",
    fix: "make it a folder of nouns, each a file; never split by layer or by size alone",
};

static LONG_FUNCTION: Rule = Rule {
    name: "long-function",
    why: "a function that does not fit on a screen does several things",
    fix: "give each thing it does a function with a name; a use case reads as a paragraph",
};

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 60;
/// A test tells a story from beginning to end.
const TEST_LINES: usize = 100;

const WRITTEN_BY_HAND: [&str; 6] = ["rs", "ts", "js", "css", "html", "py"];

pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in tree
        .files()
        .filter(|file| WRITTEN_BY_HAND.iter().any(|end| file.is(end)))
    {
        let lines = file.text.lines().count();
        if lines > FILE_LINES {
            let what = format!("{lines} lines, {FILE_LINES} are allowed");
            found.push(sized(LONG_FILE.broken(&file.path, 1, what), lines));
        }
        long_functions(file, &mut found);
    }
    found
}

fn long_functions(file: &File, found: &mut Vec<Violation>) {
    for function in file.facts.iter().flat_map(|facts| &facts.functions) {
        let allowed = if function.in_test {
            TEST_LINES
        } else {
            FUNCTION_LINES
        };
        let lines = function.what.code_lines;
        if lines > allowed {
            let what = format!(
                "fn {} has {lines} lines, {allowed} are allowed",
                function.what.name
            );
            found.push(sized(
                LONG_FUNCTION.broken(&file.path, function.line, what),
                lines,
            ));
        }
    }
}

fn sized(violation: Violation, size: usize) -> Violation {
    Violation {
        size: Some(size),
        ..violation
    }
}

#[cfg(test)]
mod tests {
    use super::super::{brief, tree::sample};
    use super::*;

    #[test]
    fn long_files_are_found_and_data_is_not() {
        let long = "\n".repeat(401);
        let tree = sample([
            ("a.rs", &long),
            ("b.json", &long),
            ("c.css", &"\n".repeat(400)),
        ]);
        assert_eq!(brief(&check(&tree)), ["a.rs:1 long-file"]);
    }

    #[test]
    fn a_function_counts_its_code_and_not_its_comments() {
        let body = |line: &str, count| format!("fn f() {{\n{}}}\n", line.repeat(count));
        let judged = |text: &str| brief(&check(&sample([("a.rs", text)])));
        assert_eq!(judged(&body("  g();\n", 60)), [""; 0]);
        assert_eq!(judged(&body("  g();\n", 61)), ["a.rs:1 long-function"]);
        assert_eq!(judged(&body("  // why\n\n", 90)), [""; 0]);
        assert_eq!(
            judged(&format!("#[test]\n{}", body("  g();\n", 90))),
            [""; 0]
        );
    }
}
