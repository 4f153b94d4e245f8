//! Where one can go. An entry exists once its feature does.

use super::format;

/// The places of the product, one per entry in the menus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nav {
    Home,
    MissedBilling,
    GeneratedInvoices,
    Invoices,
    Contracts,
    Clients,
    Subscriptions,
    Reconciliation,
    ClientMappings,
    VendorBills,
    Catalog,
    ProductMappings,
    ContractTemplates,
    EntityProfiles,
    ChartOfAccounts,
    Meters,
    QuantityRules,
    MonthEnd,
    CreditNotes,
    Integrations,
    Team,
    Jobs,
    Organization,
    Approvals,
    Account,
    More,
}

/// What waits on the person who looks, shown as badges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub missed_billing: u64,
    pub drafts: u64,
    pub client_mappings: u64,
}

/// A heading (empty for the first group) and its entries.
#[derive(Debug)]
pub struct Section {
    pub heading: &'static str,
    pub entries: &'static [Nav],
}

impl Nav {
    pub const TABS: [Nav; 5] = [
        Nav::Home,
        Nav::MissedBilling,
        Nav::GeneratedInvoices,
        Nav::Invoices,
        Nav::More,
    ];

    pub const SECTIONS: [Section; 6] = [
        Section {
            heading: "",
            entries: &[
                Nav::Home,
                Nav::MissedBilling,
                Nav::GeneratedInvoices,
                Nav::Invoices,
            ],
        },
        Section {
            heading: "Operations",
            entries: &[
                Nav::Contracts,
                Nav::Clients,
                Nav::Subscriptions,
                Nav::Reconciliation,
                Nav::ClientMappings,
                Nav::VendorBills,
            ],
        },
        Section {
            heading: "Catalog & pricing",
            entries: &[
                Nav::Catalog,
                Nav::Meters,
                Nav::QuantityRules,
                Nav::ProductMappings,
                Nav::EntityProfiles,
                Nav::ChartOfAccounts,
            ],
        },
        Section {
            heading: "Revenue",
            entries: &[Nav::ContractTemplates],
        },
        Section {
            heading: "Finance",
            entries: &[Nav::CreditNotes, Nav::MonthEnd],
        },
        Section {
            heading: "Settings",
            entries: &[
                Nav::Integrations,
                Nav::Team,
                Nav::Organization,
                Nav::Approvals,
                Nav::Jobs,
            ],
        },
    ];

    pub fn href(self) -> &'static str {
        match self {
            Nav::Home => "/",
            Nav::MissedBilling => "/missed-billing",
            Nav::GeneratedInvoices => "/generated-invoices",
            Nav::Invoices => "/invoices",
            Nav::Contracts => "/contracts",
            Nav::Clients => "/clients",
            Nav::Subscriptions => "/subscriptions",
            Nav::Reconciliation => "/reconciliation",
            Nav::ClientMappings => "/client-mappings",
            Nav::VendorBills => "/vendor-bills",
            Nav::Catalog => "/catalog",
            Nav::ProductMappings => "/product-mappings",
            Nav::ContractTemplates => "/contract-templates",
            Nav::EntityProfiles => "/entity-profiles",
            Nav::ChartOfAccounts => "/chart-of-accounts",
            Nav::Meters => "/meters",
            Nav::QuantityRules => "/quantity-rules",
            Nav::MonthEnd => "/month-end",
            Nav::CreditNotes => "/credit-notes",
            Nav::Integrations => "/settings/integrations",
            Nav::Team => "/settings/team",
            Nav::Jobs => "/settings/jobs",
            Nav::Organization => "/settings/organization",
            Nav::Approvals => "/settings/approvals",
            Nav::Account => "/account/security",
            Nav::More => "/more",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Nav::Home => "Home",
            Nav::MissedBilling => "Missed billing",
            Nav::GeneratedInvoices => "Generated invoices",
            Nav::Invoices => "Invoices",
            Nav::Contracts => "Contracts",
            Nav::Clients => "Clients",
            Nav::Subscriptions => "Subscriptions",
            Nav::Reconciliation => "Reconciliation",
            Nav::ClientMappings => "Client mappings",
            Nav::VendorBills => "Vendor bills",
            Nav::Catalog => "Catalog",
            Nav::ProductMappings => "Product mappings",
            Nav::ContractTemplates => "Contract templates",
            Nav::EntityProfiles => "Entity profiles",
            Nav::ChartOfAccounts => "Chart of accounts",
            Nav::Meters => "Meters",
            Nav::QuantityRules => "Dynamic qty rules",
            Nav::MonthEnd => "Month end",
            Nav::CreditNotes => "Credit notes",
            Nav::Integrations => "Integrations",
            Nav::Team => "Team",
            Nav::Jobs => "Jobs",
            Nav::Organization => "Organization",
            Nav::Approvals => "Approvals",
            Nav::Account => "Your account",
            Nav::More => "More",
        }
    }

    /// The tab bar has room for one word.
    pub fn short_label(self) -> &'static str {
        match self {
            Nav::MissedBilling => "Missed",
            Nav::GeneratedInvoices => "Drafts",
            other => other.label(),
        }
    }

    pub fn icon(self) -> &'static str {
        match self {
            Nav::Home => "home",
            Nav::MissedBilling => "missed",
            Nav::GeneratedInvoices => "drafts",
            Nav::Invoices => "invoices",
            Nav::Contracts | Nav::ContractTemplates => "contracts",
            Nav::Clients => "clients",
            Nav::Subscriptions => "subscriptions",
            Nav::Reconciliation | Nav::Meters | Nav::QuantityRules => "reconciliation",
            Nav::ClientMappings | Nav::ProductMappings => "mappings",
            Nav::VendorBills => "bills",
            Nav::Catalog | Nav::ChartOfAccounts => "catalog",
            Nav::CreditNotes => "credits",
            Nav::MonthEnd => "calendar",
            Nav::Integrations => "integrations",
            Nav::Team => "team",
            Nav::Jobs => "jobs",
            Nav::Organization => "settings",
            Nav::Approvals => "approve",
            Nav::Account | Nav::EntityProfiles => "person",
            Nav::More => "more",
        }
    }

    /// Whether it is for those who look after the organization.
    pub fn is_for_administrators(self) -> bool {
        matches!(self, Nav::Team | Nav::Organization)
    }

    /// Whether it shows nothing but cost.
    pub fn is_about_cost(self) -> bool {
        self == Nav::VendorBills
    }

    /// The tab that stands for this place on a phone.
    #[must_use]
    pub fn tab(self) -> Nav {
        if Nav::TABS.contains(&self) {
            self
        } else {
            Nav::More
        }
    }

    /// The badge beside the entry: nothing for zero, `999+` at most.
    pub fn badge(self, counts: &Counts) -> Option<String> {
        let waiting = match self {
            Nav::MissedBilling => counts.missed_billing,
            Nav::GeneratedInvoices => counts.drafts,
            Nav::ClientMappings => counts.client_mappings,
            _ => 0,
        };
        match waiting {
            0 => None,
            1..1_000 => Some(format::count(waiting)),
            _ => Some("999+".to_owned()),
        }
    }
}
