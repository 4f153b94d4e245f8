//! The pages of one's own account. A tab is listed once its page exists.

use crate::ui::Tabs;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountTab {
    Passkeys,
}

impl AccountTab {
    /// In their order: Profile, Security, Passkeys, Sessions, History.
    const ALL: [Self; 1] = [Self::Passkeys];

    pub fn href(self) -> &'static str {
        match self {
            Self::Passkeys => "/account/passkeys",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Passkeys => "Passkeys",
        }
    }
}

pub fn account_tabs(current: AccountTab) -> Tabs {
    AccountTab::ALL
        .into_iter()
        .fold(Tabs::new("Your account"), |tabs, tab| {
            tabs.tab(tab.label(), tab.href(), None, tab == current)
        })
}
