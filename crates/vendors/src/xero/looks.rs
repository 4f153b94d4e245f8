//! How invoices look (branding themes) and by what their lines are told apart in reports
//! (tracking categories).

use serde::{Deserialize, Serialize};

use super::paging::Resource;
use super::tenant::Xero;
use crate::lenient::null_default;
use crate::list::Listed;
use crate::words::words;
use crate::{Error, Page};

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BrandingTheme {
    #[serde(rename = "BrandingThemeID")]
    pub branding_theme_id: String,
    #[serde(rename = "Name")]
    pub name: String,
}

impl Listed for BrandingTheme {
    const ID: &'static str = "BrandingThemeID";
}

impl Resource for BrandingTheme {
    const NAME: &'static str = "BrandingThemes";

    fn id(&self) -> &str {
        &self.branding_theme_id
    }
}

words! {
    pub enum TrackingStatus {
        Active = "ACTIVE",
        Archived = "ARCHIVED",
        Deleted = "DELETED",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TrackingCategory {
    #[serde(rename = "TrackingCategoryID")]
    pub tracking_category_id: String,
    #[serde(rename = "Name")]
    pub name: String,
    #[serde(rename = "Status", default)]
    pub status: Option<TrackingStatus>,
    #[serde(rename = "Options", default, deserialize_with = "null_default")]
    pub options: Vec<TrackingOption>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TrackingOption {
    #[serde(rename = "TrackingOptionID")]
    pub tracking_option_id: String,
    #[serde(rename = "Name")]
    pub name: String,
    #[serde(rename = "Status", default)]
    pub status: Option<TrackingStatus>,
}

impl Listed for TrackingCategory {
    const ID: &'static str = "TrackingCategoryID";
}

impl Resource for TrackingCategory {
    const NAME: &'static str = "TrackingCategories";

    fn id(&self) -> &str {
        &self.tracking_category_id
    }
}

/// What a line is tracked by; Xero takes at most two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracking {
    #[serde(rename = "TrackingCategoryID")]
    pub category_id: String,
    #[serde(rename = "TrackingOptionID")]
    pub option_id: String,
}

impl Xero {
    /// All branding themes; Xero neither pages them nor says what changed.
    pub async fn branding_themes(&self) -> Result<Page<BrandingTheme>, Error> {
        self.whole(&[], None).await
    }

    /// The active tracking categories with their options.
    pub async fn tracking_categories(&self) -> Result<Page<TrackingCategory>, Error> {
        self.whole(&[], None).await
    }
}
