//! Branding themes of documents and tracking of lines.

use uuid::Uuid;

use super::Complaints;
use crate::xero::input::{DocumentIn, TrackingIn};
use crate::xero::ledger::Ledger;
use crate::xero::records::{Document, Line, THEMES, TRACKING};

pub fn set_theme(
    ledger: &Ledger,
    input: &DocumentIn,
    document: &mut Document,
    complaints: &mut Complaints,
) {
    let Some(wanted) = input.branding_theme_id else {
        return;
    };
    let found = place(THEMES.len(), |at| ledger.theme_id(at) == wanted);
    match found {
        Some(at) => document.theme = at,
        None => complaints.push(format!(
            "Branding theme with ID {wanted} could not be found"
        )),
    }
}

pub fn set_tracking(
    ledger: &Ledger,
    sent: Option<&[TrackingIn]>,
    line: &mut Line,
    complaints: &mut Complaints,
) {
    let Some(sent) = sent else {
        return;
    };
    line.tracking = Default::default();
    for wanted in sent {
        match find(ledger, wanted) {
            Some((category, option)) => {
                if let Some(slot) = line.tracking.get_mut(usize::from(category)) {
                    *slot = Some(option);
                }
            }
            None => complaints.push(
                "A tracking category or option could not be found, or is archived".to_owned(),
            ),
        }
    }
}

/// By id or by name.
fn find(ledger: &Ledger, wanted: &TrackingIn) -> Option<(u8, u8)> {
    let is = |id: Option<Uuid>, name: Option<&str>, own: Uuid, own_name: &str| match id {
        Some(id) => id == own,
        None => name == Some(own_name),
    };
    let category = place(TRACKING.len(), |at| {
        let own = ledger.tracking_id(at, None);
        let name = TRACKING.get(usize::from(at)).map_or("", |(name, _)| name);
        is(
            wanted.tracking_category_id,
            wanted.name.as_deref(),
            own,
            name,
        )
    })?;
    let (_, options) = TRACKING.get(usize::from(category))?;
    let option = place(options.len(), |at| {
        let own = ledger.tracking_id(category, Some(at));
        let name = options.get(usize::from(at)).copied().unwrap_or_default();
        is(
            wanted.tracking_option_id,
            wanted.option.as_deref(),
            own,
            name,
        )
    })?;
    Some((category, option))
}

fn place(count: usize, is: impl Fn(u8) -> bool) -> Option<u8> {
    (0..u8::try_from(count).unwrap_or(u8::MAX)).find(|at| is(*at))
}
