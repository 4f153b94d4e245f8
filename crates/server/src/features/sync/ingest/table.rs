//! The tables that a sync fills, as data: the same few statements serve them all.

use crate::db::{Column, Kind, Upsert};

/// A table of vendor records, keyed by organization, connection and the vendor's own id.
pub struct Table {
    pub upsert: Upsert,
    /// Whether rows have an id of ours beside the vendor's.
    pub has_id: bool,
    /// What a person knows a row by.
    pub name_column: &'static str,
    /// Rows that a full pass may take for gone; more SQL behind `and`.
    pub sweeps: &'static str,
    /// Write unchanged rows too, because something outside the hash moves all the time.
    pub rewrites: bool,
    pub parts: Option<&'static Parts>,
}

/// The table of a record's parts: lines of an invoice, events of a subscription.
pub struct Parts {
    pub upsert: Upsert,
    /// The column that names the record.
    pub parent: &'static str,
}

impl Table {
    pub fn name(&self) -> &'static str {
        self.upsert.table
    }
}

pub const KEY: &[&str] = &["org_id", "connection_id", "external_id"];

/// Columns of a table: those of every vendor record around its own. The second form is for tables
/// with ids of ours.
macro_rules! table {
    ($vis:vis $name:ident = $table:literal named $named:literal { $($column:literal $kind:ident),* $(,)? } $(with $($option:ident: $value:expr),*)?) => {
        $vis static $name: Table = Table {
            $($($option: $value,)*)?
            ..Table {
                upsert: Upsert {
                    table: $table,
                    columns: &[
                        ("org_id", Kind::Uuid), ("connection_id", Kind::Uuid),
                        ("external_id", Kind::Text),
                        $(($column, Kind::$kind),)*
                        ("content_hash", Kind::Bytes), ("seen_run", Kind::Uuid),
                        ("removed_at", Kind::Int),
                    ],
                    key: KEY,
                    update: &[$($column,)* "content_hash", "seen_run", "removed_at"],
                    unless_equal: None,
                },
                has_id: false,
                name_column: $named,
                sweeps: "",
                rewrites: false,
                parts: None,
            }
        };
    };
    ($vis:vis $name:ident = $table:literal with id named $named:literal { $($column:literal $kind:ident),* $(,)? } $(with $($option:ident: $value:expr),*)?) => {
        $vis static $name: Table = Table {
            $($($option: $value,)*)?
            ..Table {
                upsert: Upsert {
                    table: $table,
                    columns: &[
                        ("org_id", Kind::Uuid), ("id", Kind::Uuid),
                        ("connection_id", Kind::Uuid), ("external_id", Kind::Text),
                        $(($column, Kind::$kind),)*
                        ("content_hash", Kind::Bytes), ("seen_run", Kind::Uuid),
                        ("removed_at", Kind::Int),
                    ],
                    key: KEY,
                    update: &[$($column,)* "content_hash", "seen_run", "removed_at"],
                    unless_equal: None,
                },
                has_id: true,
                name_column: $named,
                sweeps: "",
                rewrites: false,
                parts: None,
            }
        };
    };
}

table!(pub COMPANY = "vendor_company" named "name" {
    "name" Text, "name_key" Text, "own_ref" Text, "web_domain" Text, "email_domain" Text,
    "currency" Text, "status" Text, "terms_days" Int, "terms_from" Text,
});

table!(pub PRODUCT = "vendor_product" named "name" {
    "name" Text, "name_key" Text, "vendor_name" Text, "sku" Text,
});

table!(pub SUBSCRIPTION = "subscription" with id named "product_name" {
    "company_external_id" Text, "product_external_id" Text, "parent_external_id" Text,
    "product_name" Text, "quantity" Int, "unit_price" Int, "unit_cost" Int, "currency" Text,
    "status" Text, "billing_term" Text, "starts_on" Text, "ends_on" Text,
    "billing_starts_on" Text, "commitment_term" Text, "commitment_ends_on" Text,
    "created_on" Text, "vendor_updated_at" Int, "search_key" Text,
    "previous_unit_cost" Int, "cost_changed_on" Text,
} with parts: Some(&SUBSCRIPTION_EVENT));

static SUBSCRIPTION_EVENT: Parts = Parts {
    upsert: Upsert {
        table: "subscription_event",
        columns: &[
            ("org_id", Kind::Uuid),
            ("subscription_id", Kind::Uuid),
            ("happened_at", Kind::Int),
            ("quantity", Kind::Int),
            ("unit_price", Kind::Int),
            ("unit_cost", Kind::Int),
            ("status", Kind::Text),
        ],
        key: &["org_id", "subscription_id", "happened_at"],
        update: &["quantity", "unit_price", "unit_cost", "status"],
        unless_equal: None,
    },
    parent: "subscription_id",
};

table!(pub BILL = "vendor_bill" with id named "number" {
    "number" Text, "billed_on" Text, "due_on" Text, "status" Text, "kind" Text,
    "currency" Text, "total_minor" Int, "balance_minor" Int, "carried_minor" Int,
} with parts: Some(&BILL_LINE), sweeps: " and kind = 'actual'");

static BILL_LINE: Parts = Parts {
    upsert: Upsert {
        table: "vendor_bill_line",
        columns: &[
            ("org_id", Kind::Uuid),
            ("bill_id", Kind::Uuid),
            ("line_no", Kind::Int),
            ("external_id", Kind::Text),
            ("type", Kind::Text),
            ("term", Kind::Text),
            ("company_external_id", Kind::Text),
            ("product_external_id", Kind::Text),
            ("subscription_external_id", Kind::Text),
            ("product_name", Kind::Text),
            ("description", Kind::Text),
            ("starts_on", Kind::Text),
            ("ends_on", Kind::Text),
            ("quantity", Kind::Int),
            ("unit_price", Kind::Int),
            ("unit_cost", Kind::Int),
            ("price_total_minor", Kind::Int),
            ("cost_total_minor", Kind::Int),
            ("currency", Kind::Text),
        ],
        key: &["org_id", "bill_id", "line_no"],
        update: &[],
        unless_equal: None,
    },
    parent: "bill_id",
};

table!(pub INVOICE = "invoice" with id named "number" {
    "number" Text, "reference" Text, "contact_external_id" Text, "contact_name" Text,
    "status" Text, "issued_on" Text, "due_on" Text, "currency" Text, "currency_rate" Int,
    "subtotal_minor" Int, "tax_minor" Int, "total_minor" Int, "paid_minor" Int,
    "credited_minor" Int, "due_minor" Int, "fully_paid_on" Text, "vendor_updated_at" Int,
    "search_key" Text,
} with parts: Some(&INVOICE_LINE));

static INVOICE_LINE: Parts = Parts {
    upsert: Upsert {
        table: "invoice_line",
        columns: &[
            ("org_id", Kind::Uuid),
            ("invoice_id", Kind::Uuid),
            ("line_no", Kind::Int),
            ("description", Kind::Text),
            ("item_code", Kind::Text),
            ("quantity", Kind::Int),
            ("unit_price", Kind::Int),
            ("net_minor", Kind::Int),
            ("tax_minor", Kind::Int),
            ("tax_type", Kind::Text),
            ("account_code", Kind::Text),
        ],
        key: &["org_id", "invoice_id", "line_no"],
        update: &[],
        unless_equal: None,
    },
    parent: "invoice_id",
};

table!(pub PAYMENT = "payment" named "external_id" {
    "invoice_external_id" Text, "credit_note_external_id" Text, "paid_on" Text,
    "amount_minor" Int, "currency" Text, "status" Text,
});

table!(pub CREDIT_NOTE = "credit_note" with id named "number" {
    "number" Text, "contact_external_id" Text, "status" Text, "issued_on" Text,
    "currency" Text, "total_minor" Int, "remaining_minor" Int, "lines" Text,
    "allocations" Text,
});

table!(pub REPEATING_INVOICE = "repeating_invoice" with id named "name" {
    "contact_external_id" Text, "contact_name" Text, "reference" Text, "name" Text,
    "status" Text, "currency" Text, "period" Int, "unit" Text, "starts_on" Text,
    "next_on" Text, "ends_on" Text, "is_active" Bool, "subtotal_minor" Int, "tax_minor" Int,
    "total_minor" Int, "lines" Text, "search_key" Text,
});

table!(pub TAX_RATE = "tax_rate" named "name" {
    "name" Text, "rate" Int, "status" Text, "applies_to_revenue" Bool,
});

table!(pub ACCOUNT = "ledger_account" named "name" {
    "code" Text, "name" Text, "type" Text, "class" Text, "tax_type" Text, "status" Text,
    "takes_payments" Bool,
});

table!(pub ITEM = "ledger_item" named "name" { "code" Text, "name" Text });

table!(pub DEVICE = "device" named "name" {
    "company_external_id" Text, "name" Text, "class" Text, "meter" Text, "last_seen_at" Int,
} with rewrites: true);

#[cfg(test)]
pub static ALL: &[&Table] = &[
    &COMPANY,
    &PRODUCT,
    &SUBSCRIPTION,
    &BILL,
    &INVOICE,
    &PAYMENT,
    &CREDIT_NOTE,
    &REPEATING_INVOICE,
    &TAX_RATE,
    &ACCOUNT,
    &ITEM,
    &DEVICE,
];

/// The columns a record of this table brings itself.
pub fn own_columns(table: &Table) -> impl Iterator<Item = &'static Column> {
    let before = if table.has_id { 4 } else { 3 };
    let all = table.upsert.columns;
    all.iter()
        .skip(before)
        .take(all.len().saturating_sub(before + 3))
}
