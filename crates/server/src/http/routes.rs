//! A router that knows its own table, so that a test can knock at every door of the product.

use axum::{Router, handler::Handler, routing::MethodRouter};

use crate::app::App;

/// Routes with the paths they are at. `routes.rs` takes no other kind of page, so that none is in no
/// table.
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    paths: Vec<&'static str>,
}

impl Routes {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn route(mut self, path: &'static str, methods: MethodRouter<App>) -> Self {
        self.paths.push(path);
        self.router = self.router.route(path, methods);
        self
    }

    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.paths.extend(other.paths);
        self.router = self.router.merge(other.router);
        self
    }

    /// What answers where no route is.
    #[must_use]
    pub fn fallback<T: 'static>(mut self, handler: impl Handler<T, App>) -> Self {
        self.router = self.router.fallback(handler);
        self
    }

    /// Every path, with its parameters in braces. Which methods it takes the router says itself:
    /// in the `Allow` header of a 405.
    pub fn paths(&self) -> &[&'static str] {
        &self.paths
    }

    pub fn into_router(self) -> Router<App> {
        self.router
    }
}
