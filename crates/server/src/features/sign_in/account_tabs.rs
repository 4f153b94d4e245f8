//! The pages of one's own account.

use crate::ui::Tabs;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountTab {
    Security,
    Passkeys,
    Sessions,
    History,
}

impl AccountTab {
    const ALL: [Self; 4] = [
        Self::Security,
        Self::Passkeys,
        Self::Sessions,
        Self::History,
    ];

    pub fn href(self) -> &'static str {
        match self {
            Self::Security => "/account/security",
            Self::Passkeys => "/account/passkeys",
            Self::Sessions => "/account/sessions",
            Self::History => "/account/history",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Security => "Security",
            Self::Passkeys => "Passkeys",
            Self::Sessions => "Sessions",
            Self::History => "History",
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
