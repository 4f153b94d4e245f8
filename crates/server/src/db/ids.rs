//! Every id of the product: a UUIDv7 inside, a readable prefix outside.

use super::{
    types::column,
    value::{Bind, Kind, Value},
};
use sqlx::{Database, Decode, Type, error::BoxDynError};
use uuid::Uuid;

/// The text is not an id of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a {0} id")]
pub struct BadId(pub &'static str);

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(|hex| Uuid::try_parse(hex).ok())
                    .map(Self)
                    .ok_or(BadId($prefix))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl Bind for $name {
            const KIND: Kind = Kind::Uuid;
            fn into_value(self) -> Value {
                Value::Uuid(Some(self.0))
            }
        }

        column!($name as Uuid, |uuid| Ok($name(uuid)));

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-9a-f]{32}$")))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

ids! {
    OrgId "org";
    PersonId "per";
    SessionId "ses";
    SigningKeyId "key";
    /// A second factor of a person.
    FactorId "fac";
    ChallengeId "chl";
    PasskeyId "pky";
    PasskeyChallengeId "pkc";
    PasskeyEventId "pke";
    /// Something that happened to a person's account.
    AccountEventId "ace";
    /// A link that was sent to somebody by e-mail.
    EmailLinkId "lnk";
    JobId "job";
    ConnectionId "con";
    SyncRunId "syn";
    WebhookId "whk";
    ClientId "cli";
    SubscriptionId "sub";
    VendorBillId "bil";
    /// An invoice that exists in accounting.
    InvoiceId "inv";
    CreditNoteId "crn";
    /// A template that accounting makes invoices from.
    RepeatingInvoiceId "rpt";
    SnapshotId "snp";
    CatalogItemId "itm";
    EvidencePackId "evp";
    MeterId "mtr";
    MeterReadingId "mrd";
    ContractId "ctr";
    ContractLineId "cln";
    ContractTemplateId "ctp";
    ContractRenewalId "ctw";
    CoverageId "cov";
    FindingId "fin";
    /// A draft, until and after it is posted.
    GeneratedInvoiceId "gin";
    GeneratedLineId "gil";
    OneOffId "one";
    /// The making of many clients' drafts.
    DraftRunId "drr";
    /// A letter with an invoice.
    DeliveryId "dlv";
    /// A credit note of ours, until and after it is posted.
    GeneratedCreditNoteId "gcn";
    GeneratedCreditLineId "gcl";
    /// A payment that we book in the ledger.
    GeneratedPaymentId "gpy";
    AuditId "aud";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_another_kind_is_refused() {
        let id = ClientId(Uuid::from_u128(7));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().parse::<InvoiceId>(), Err(BadId("inv")));
        assert_eq!("cli_zz".parse::<ClientId>(), Err(BadId("cli")));
    }
}
