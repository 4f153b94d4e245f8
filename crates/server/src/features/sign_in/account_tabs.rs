//! The pages of one's own account.

use crate::{app::App, supabase, ui::Tabs};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountTab {
    Profile,
    Security,
    Passkeys,
    Sessions,
    History,
    Organizations,
}

impl AccountTab {
    const ALL: [Self; 6] = [
        Self::Profile,
        Self::Security,
        Self::Passkeys,
        Self::Sessions,
        Self::History,
        Self::Organizations,
    ];

    pub fn href(self) -> &'static str {
        match self {
            Self::Profile => "/account/profile",
            Self::Security => "/account/security",
            Self::Passkeys => "/account/passkeys",
            Self::Sessions => "/account/sessions",
            Self::History => "/account/history",
            Self::Organizations => "/account/organizations",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Profile => "Profile",
            Self::Security => "Security",
            Self::Passkeys => "Passkeys",
            Self::Sessions => "Sessions",
            Self::History => "History",
            Self::Organizations => "Organizations",
        }
    }
}

/// Passkeys are only where accounts are kept here.
pub fn account_tabs(app: &App, current: AccountTab) -> Tabs {
    let offered = |tab: &AccountTab| *tab != AccountTab::Passkeys || !supabase::keeps_accounts(app);
    AccountTab::ALL
        .into_iter()
        .filter(offered)
        .fold(Tabs::new("Your account"), |tabs, tab| {
            tabs.tab(tab.label(), tab.href(), None, tab == current)
        })
}
