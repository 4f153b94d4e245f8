//! The look of the product: the page shell, components, formatting and the embedded front end.
//!
//! A page is an askama template that extends `ui/templates/shell.html` and carries a [`Shell`].
//! Its fields are values that already know how they look ([`Figure`], [`Badge`], [`Moment`], …):
//! a template writes `{{ row.total }}` and decides nothing. `README.md` beside this file shows a
//! whole page. Knows neither the database nor any feature.

mod address;
mod answer;
pub mod assets;
mod flash;
pub mod format;
pub mod gallery;
mod href;
pub mod locale;
mod nav;
mod pages;
pub mod parts;
mod shell;
mod theme;

pub use address::address;
pub use answer::{View, error_page, see_other};
pub use flash::{Flash, forget_flash, read_flash};
pub use href::Href;
pub use locale::Locale;
pub use nav::{Counts, Nav};
pub use pages::{ErrorPage, MorePage, OfflinePage, SecondFactorPage, SignInPage};
pub(crate) use parts::safe_html;
pub use parts::*;
pub use shell::{Freshness, Shell, Viewer};
pub use theme::{THEME_ROUTE, Theme, choose_theme};
