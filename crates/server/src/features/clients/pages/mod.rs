//! Clients: the list, one client, and the form that makes or changes one.

mod detail;
mod form;
mod list;

pub use detail::detail;
pub use form::{change, change_status, create, edit, new};
pub use list::{csv, list};

use super::list::Licensing;
use crate::ui::{Badge, Tone};

pub fn licensing_badge(licensing: Licensing) -> Badge {
    let tone = match licensing {
        Licensing::UnderLicensed => Tone::Late,
        Licensing::OverLicensed => Tone::Risk,
        Licensing::Matched => Tone::Good,
        Licensing::NoData => Tone::Neutral,
    };
    Badge::new(licensing.title(), tone)
}
