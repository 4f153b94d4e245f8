use askama::Template;

use crate::ui::format;

/// Filters as tabs, each with what it counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "ui/templates/parts/tabs.html")]
pub struct Tabs {
    label: &'static str,
    tabs: Vec<Tab>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Tab {
    text: String,
    href: String,
    count: Option<String>,
    is_current: bool,
}

impl Tabs {
    /// `label` names the set for screen readers: "Findings by state".
    pub fn new(label: &'static str) -> Tabs {
        Tabs {
            label,
            tabs: Vec::new(),
        }
    }

    #[must_use]
    pub fn tab(
        mut self,
        text: impl Into<String>,
        href: impl Into<String>,
        count: impl Into<Option<u64>>,
        is_current: bool,
    ) -> Tabs {
        let count = count.into().map(format::count);
        self.tabs.push(Tab {
            text: text.into(),
            href: href.into(),
            count,
            is_current,
        });
        self
    }
}
