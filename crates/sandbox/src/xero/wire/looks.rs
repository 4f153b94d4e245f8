//! Branding themes and tracking categories as they are read.

use serde::Serialize;
use uuid::Uuid;

use super::Moment;
use crate::xero::ledger::Ledger;
use crate::xero::records::{THEMES, TRACKING, Tracked};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ThemeOut {
    #[serde(rename = "BrandingThemeID")]
    branding_theme_id: Uuid,
    name: &'static str,
    sort_order: u8,
    #[serde(rename = "CreatedDateUTC")]
    created: Moment,
}

impl ThemeOut {
    pub fn all(ledger: &Ledger) -> Vec<Self> {
        let themes = (0..).zip(THEMES);
        themes
            .map(|(at, name)| Self {
                branding_theme_id: ledger.theme_id(at),
                name,
                sort_order: at,
                created: Moment(chrono::DateTime::UNIX_EPOCH),
            })
            .collect()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CategoryOut {
    name: &'static str,
    status: &'static str,
    #[serde(rename = "TrackingCategoryID")]
    tracking_category_id: Uuid,
    options: Vec<OptionOut>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OptionOut {
    #[serde(rename = "TrackingOptionID")]
    tracking_option_id: Uuid,
    name: &'static str,
    status: &'static str,
}

impl CategoryOut {
    pub fn all(ledger: &Ledger) -> Vec<Self> {
        let categories = (0..).zip(TRACKING);
        categories
            .map(|(at, (name, options))| Self {
                name,
                status: "ACTIVE",
                tracking_category_id: ledger.tracking_id(at, None),
                options: (0..)
                    .zip(options)
                    .map(|(option, name)| OptionOut {
                        tracking_option_id: ledger.tracking_id(at, Some(option)),
                        name,
                        status: "ACTIVE",
                    })
                    .collect(),
            })
            .collect()
    }
}

/// What a line is tracked by.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TrackedOut {
    name: &'static str,
    option: &'static str,
    #[serde(rename = "TrackingCategoryID")]
    tracking_category_id: Uuid,
    #[serde(rename = "TrackingOptionID")]
    tracking_option_id: Uuid,
}

impl TrackedOut {
    pub fn of(ledger: &Ledger, tracked: Tracked) -> Vec<Self> {
        let chosen = (0..).zip(TRACKING).zip(tracked);
        chosen
            .filter_map(|((at, (name, options)), option)| {
                let option = option?;
                Some(Self {
                    name,
                    option: options.get(usize::from(option))?,
                    tracking_category_id: ledger.tracking_id(at, None),
                    tracking_option_id: ledger.tracking_id(at, Some(option)),
                })
            })
            .collect()
    }
}
