//! HTML: where it lies and what it must not hold.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::text::pattern;
use super::tree::{File, Tree};
use super::{Rule, Violation};

static INLINE_CODE: Rule = Rule {
    name: "inline-code",
    why: "the content security policy forbids inline script and style: it would silently not work",
    fix: "put script into web/, style into a class, and behaviour into a form or an hx- attribute",
};

static FOREIGN_HOST: Rule = Rule {
    name: "foreign-host",
    why: "a page loads nothing from third parties: they would learn who reads it, and fail offline",
    fix: "bundle the file into the binary and name it by its path",
};

static UNESCAPED: Rule = Rule {
    name: "unescaped",
    why: "vendors' and clients' names hold markup now and then; unescaped it runs in a browser",
    fix: "let askama escape, or build the markup from a template of its own",
};

static TEMPLATE_PLACE: Rule = Rule {
    name: "template-place",
    why: "a page's HTML lies beside the feature that fills it, so both are changed together",
    fix: "keep it in the feature's templates folder; what several features use goes to ui/templates",
};

const SOURCE: &str = "crates/server/src/";

struct Ban {
    rule: &'static Rule,
    regex: LazyLock<Option<Regex>>,
}

static BANS: [Ban; 3] = [
    Ban {
        rule: &INLINE_CODE,
        regex: LazyLock::new(|| {
            pattern(
                r#"(?i)<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*["']|\bhx-on\b|javascript:|<script(\s+(type|async|defer|nonce)(=("[^"]*"|\{\{[^}]*\}\}))?)*\s*>|["']js:"#,
            )
        }),
    },
    Ban {
        rule: &FOREIGN_HOST,
        regex: LazyLock::new(|| {
            pattern(
                r#"(?i)<(script|link|img|iframe|source|video|audio)\b[^>]*\s(src|href)=["'](https?:)?//"#,
            )
        }),
    },
    Ban {
        rule: &UNESCAPED,
        regex: LazyLock::new(|| pattern(r#"\|\s*safe\b|escape\s*=\s*"none""#)),
    },
];

pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in tree.under(SOURCE) {
        if file.is("html") {
            markup(file, &mut found);
            if !is_template_folder(&file.path) {
                found.push(TEMPLATE_PLACE.broken(&file.path, 1, "a template outside a feature"));
            }
        }
        used_templates(file, &mut found);
    }
    found
}

fn markup(file: &File, found: &mut Vec<Violation>) {
    for ban in &BANS {
        let Some(regex) = ban.regex.as_ref() else {
            continue;
        };
        for hit in regex.find_iter(&file.text) {
            let before = file.text.get(..hit.start()).unwrap_or_default();
            let leading = hit.as_str().len() - hit.as_str().trim_start().len();
            let skipped = hit.as_str().get(..leading).unwrap_or_default();
            let line = before.matches('\n').count() + skipped.matches('\n').count() + 1;
            let what = format!("`{}`", hit.as_str().trim());
            found.push(ban.rule.broken(&file.path, line, what));
        }
    }
}

fn is_template_folder(path: &str) -> bool {
    let inside = path.strip_prefix(SOURCE).unwrap_or(path);
    match inside.split('/').collect::<Vec<_>>().as_slice() {
        ["ui", "templates", ..] => true,
        ["features", _, rest @ ..] => rest.contains(&"templates"),
        _ => false,
    }
}

/// A feature shows its own templates and the shared ones, never another feature's.
fn used_templates(file: &File, found: &mut Vec<Violation>) {
    let Some(feature) = feature(&file.path) else {
        return;
    };
    for template in file.facts.iter().flat_map(|facts| &facts.templates) {
        let foreign = template.what.starts_with("features/")
            && !template.what.starts_with(&format!("features/{feature}/"));
        if foreign {
            let what = format!("shows `{}` of another feature", template.what);
            found.push(TEMPLATE_PLACE.broken(&file.path, template.line, what));
        }
    }
}

fn feature(path: &str) -> Option<&str> {
    path.strip_prefix(SOURCE)?
        .strip_prefix("features/")?
        .split_once('/')
        .map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::super::{brief, tree::sample};
    use super::*;

    const PAGE: &str = "crates/server/src/features/clients/templates/list.html";

    fn judged(text: &str) -> Vec<String> {
        brief(&check(&sample([(PAGE, text)])))
    }

    #[test]
    fn every_pattern_compiles() {
        assert!(BANS.iter().all(|ban| ban.regex.is_some()));
    }

    #[test]
    fn markup_without_code_passes() {
        assert_eq!(
            judged(
                "<form method=\"post\" hx-post=\"/clients\" class=\"style one=two\">{{ name }}</form>\n\
                 <script src=\"/assets/app.js\" defer></script>\n\
                 <a href=\"https://example.com/\">the vendor's page</a>"
            ),
            [""; 0]
        );
    }

    #[test]
    fn inline_code_is_found() {
        for text in [
            "<p style=\"color: red\">",
            "<button\n  onclick=\"go()\">",
            "<script>go()</script>",
            "<script type=\"module\">go()</script>",
            "<style>p {}</style>",
            "<div hx-on:click=\"go()\">",
        ] {
            let line = if text.contains('\n') { 2 } else { 1 };
            assert_eq!(
                judged(text),
                [format!("{PAGE}:{line} inline-code")],
                "{text}"
            );
        }
    }

    #[test]
    fn foreign_hosts_and_unescaped_values_are_found() {
        assert_eq!(
            judged("<img alt=\"\" src=\"//cdn.example/a.png\">"),
            [format!("{PAGE}:1 foreign-host")]
        );
        assert_eq!(judged("{{ name|safe }}"), [format!("{PAGE}:1 unescaped")]);
    }

    #[test]
    fn templates_lie_with_their_feature() {
        let tree = sample([
            ("crates/server/src/http/page.html", ""),
            ("crates/server/src/ui/templates/base.html", ""),
            (PAGE, ""),
            (
                "crates/server/src/features/home/pages.rs",
                "#[derive(Template)]\n#[template(path = \"features/clients/templates/list.html\")]\n\
                 struct Home;\n#[template(path = \"ui/templates/base.html\")]\nstruct Other;",
            ),
        ]);
        assert_eq!(
            brief(&check(&tree)),
            [
                "crates/server/src/features/home/pages.rs:2 template-place",
                "crates/server/src/http/page.html:1 template-place",
            ]
        );
    }
}
