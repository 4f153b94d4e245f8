//! What the rules want to know of a Rust file, gathered in one walk over its syntax.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// A part of the file, the line it begins on, and whether only tests are built with it.
pub struct At<T> {
    pub line: usize,
    pub in_test: bool,
    pub what: T,
}

pub struct Function {
    pub name: String,
    /// Lines of the body that are neither blank nor comment.
    pub code_lines: usize,
}

/// `#[allow(…)]` or `#[expect(…)]`.
pub struct LintLevel {
    pub is_allow: bool,
    pub lints: String,
    pub has_reason: bool,
}

/// The constant shape of a bulk write: `Upsert { table: "…", key: &["…"], … }`.
pub struct Upsert {
    pub table: String,
    pub key_begins_with: String,
}

/// A call of a function by its name: `sql(…)`, `crate::db::sql(…)`.
pub struct Call {
    pub name: String,
    /// Inside a `#[track_caller]` function: who calls that one is where it happens.
    pub in_tracked: bool,
}

#[derive(Default)]
pub struct Facts {
    pub literals: Vec<At<String>>,
    pub functions: Vec<At<Function>>,
    /// Paths as written, imports spelled out: `["axum", "Json"]`.
    pub paths: Vec<At<Vec<String>>>,
    pub types: Vec<At<String>>,
    pub lint_levels: Vec<At<LintLevel>>,
    /// The files named by `#[template(path = "…")]`.
    pub templates: Vec<At<String>>,
    pub upserts: Vec<At<Upsert>>,
    pub calls: Vec<At<Call>>,
    /// Functions marked `#[track_caller]`.
    pub tracked: Vec<String>,
    /// `async fn`, async blocks and awaits.
    pub asynchronous: Vec<At<()>>,
}

impl Facts {
    pub fn of(path: &str, text: &str) -> Option<Self> {
        let file = syn::parse_file(text).ok()?;
        let in_test = is_test_file(path);
        let lines = text.lines().collect();
        let mut walk = Walk {
            lines,
            in_test,
            in_tracked: false,
            facts: Self::default(),
        };
        walk.visit_file(&file);
        Some(walk.facts)
    }
}

/// Files that are tests as a whole.
fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs")
        || ["/tests/", "/testing/", "/benches/", "/examples/"]
            .iter()
            .any(|part| path.contains(part))
}

struct Walk<'a> {
    lines: Vec<&'a str>,
    in_test: bool,
    in_tracked: bool,
    facts: Facts,
}

impl Walk<'_> {
    fn at<T>(&self, span: Span, what: T) -> At<T> {
        At {
            line: span.start().line,
            in_test: self.in_test,
            what,
        }
    }

    /// Walks a part, remembering whether its attributes make it a test.
    fn within(&mut self, attributes: &[syn::Attribute], walk: impl FnOnce(&mut Self)) {
        let before = self.in_test;
        self.in_test |= attributes.iter().any(is_test_attribute);
        walk(self);
        self.in_test = before;
    }

    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let (first, last) = (block.span().start().line, block.span().end().line);
        let code_lines = self
            .lines
            .get(first..last.saturating_sub(1))
            .unwrap_or_default()
            .iter()
            .map(|line| line.trim_start())
            .filter(|line| !line.is_empty() && !line.starts_with("//"))
            .count();
        let function = Function {
            name: signature.ident.to_string(),
            code_lines,
        };
        self.facts
            .functions
            .push(self.at(signature.ident.span(), function));
        if signature.asyncness.is_some() {
            self.facts
                .asynchronous
                .push(self.at(signature.ident.span(), ()));
        }
    }

    fn imports(&mut self, tree: &syn::UseTree, before: &[String]) {
        let mut path = before.to_vec();
        match tree {
            syn::UseTree::Path(part) => {
                path.push(part.ident.to_string());
                self.imports(&part.tree, &path);
            }
            syn::UseTree::Group(group) => {
                for part in &group.items {
                    self.imports(part, before);
                }
            }
            syn::UseTree::Name(name) => path.push(name.ident.to_string()),
            syn::UseTree::Rename(name) => path.push(name.ident.to_string()),
            syn::UseTree::Glob(_) => path.push("*".to_owned()),
        }
        if path.len() > before.len() && !matches!(tree, syn::UseTree::Path(_)) {
            self.facts.paths.push(self.at(tree.span(), path));
        }
    }

    /// Literals and paths inside a macro call, which syn leaves as tokens.
    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    let span = literal.span();
                    if let syn::Lit::Str(text) = syn::Lit::new(literal) {
                        self.facts.literals.push(self.at(span, text.value()));
                    }
                }
                TokenTree::Ident(word) if word == "await" => {
                    self.facts.asynchronous.push(self.at(word.span(), ()));
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }

    fn lint_level(&mut self, attribute: &syn::Attribute) {
        let is_allow = attribute.path().is_ident("allow");
        if !is_allow && !attribute.path().is_ident("expect") {
            return;
        }
        let syn::Meta::List(list) = &attribute.meta else {
            return;
        };
        let lints = list.tokens.to_string().replace(' ', "");
        let has_reason = lints.contains("reason=");
        let level = LintLevel {
            is_allow,
            lints,
            has_reason,
        };
        self.facts
            .lint_levels
            .push(self.at(attribute.span(), level));
    }

    fn template(&mut self, attribute: &syn::Attribute) {
        if !attribute.path().is_ident("template") {
            return;
        }
        let mut named = None;
        // Whatever else askama's attribute holds is not ours to judge.
        let _ = attribute.parse_nested_meta(|meta| {
            let value: syn::Expr = meta.value()?.parse()?;
            if meta.path.is_ident("path") {
                named = string(&value);
            }
            Ok(())
        });
        if let Some(path) = named {
            self.facts.templates.push(self.at(attribute.span(), path));
        }
    }
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.within(&item.attrs, |walk| visit::visit_item_mod(walk, item));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let before = self.in_tracked;
        if item
            .attrs
            .iter()
            .any(|at| at.path().is_ident("track_caller"))
        {
            self.in_tracked = true;
            self.facts.tracked.push(item.sig.ident.to_string());
        }
        self.within(&item.attrs, |walk| {
            walk.function(&item.sig, &item.block);
            visit::visit_item_fn(walk, item);
        });
        self.in_tracked = before;
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.within(&item.attrs, |walk| visit::visit_item_impl(walk, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.within(&item.attrs, |walk| {
            walk.function(&item.sig, &item.block);
            visit::visit_impl_item_fn(walk, item);
        });
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.within(&item.attrs, |walk| walk.imports(&item.tree, &[]));
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.facts
            .types
            .push(self.at(item.ident.span(), item.ident.to_string()));
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.facts
            .types
            .push(self.at(item.ident.span(), item.ident.to_string()));
        visit::visit_item_enum(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.facts
            .types
            .push(self.at(item.ident.span(), item.ident.to_string()));
        visit::visit_item_trait(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        self.facts.paths.push(self.at(path.span(), segments));
        visit::visit_path(self, path);
    }

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.facts
            .literals
            .push(self.at(literal.span(), literal.value()));
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }

    /// Attributes hold documentation and other people's settings: only ours are looked into.
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        self.lint_level(attribute);
        self.template(attribute);
    }

    fn visit_expr_await(&mut self, expression: &'ast syn::ExprAwait) {
        self.facts
            .asynchronous
            .push(self.at(expression.await_token.span(), ()));
        visit::visit_expr_await(self, expression);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(function) = call.func.as_ref()
            && let Some(last) = function.path.segments.last()
        {
            let name = last.ident.to_string();
            let in_tracked = self.in_tracked;
            let found = self.at(call.span(), Call { name, in_tracked });
            self.facts.calls.push(found);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_struct(&mut self, expression: &'ast syn::ExprStruct) {
        if expression
            .path
            .segments
            .last()
            .is_some_and(|segment| segment.ident == "Upsert")
        {
            let field = |name: &str| {
                expression
                    .fields
                    .iter()
                    .find_map(|field| match &field.member {
                        syn::Member::Named(named) if named == name => Some(&field.expr),
                        _ => None,
                    })
            };
            let table = field("table").and_then(string);
            let key_begins_with = field("key").and_then(first_string).unwrap_or_default();
            if let Some(table) = table {
                let shape = Upsert {
                    table,
                    key_begins_with,
                };
                self.facts.upserts.push(self.at(expression.span(), shape));
            }
        }
        visit::visit_expr_struct(self, expression);
    }
}

/// `#[test]`, `#[tokio::test]`, `#[cfg(test)]`.
fn is_test_attribute(attribute: &syn::Attribute) -> bool {
    let named_test = attribute
        .path()
        .segments
        .last()
        .is_some_and(|last| last.ident == "test");
    let only_for_tests = attribute.path().is_ident("cfg")
        && matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string() == "test");
    named_test || only_for_tests
}

fn string(expression: &syn::Expr) -> Option<String> {
    match expression {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

/// Of `&["org_id", "id"]` the first.
fn first_string(expression: &syn::Expr) -> Option<String> {
    match expression {
        syn::Expr::Reference(reference) => first_string(&reference.expr),
        syn::Expr::Array(array) => array.elems.first().and_then(string),
        _ => None,
    }
}
