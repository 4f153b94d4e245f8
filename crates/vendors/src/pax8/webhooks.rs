//! Our webhooks at Pax8: which topics there are, and making, listing, switching and deleting them.

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

use super::Pax8;
use super::paging::{self, Identified};
use crate::http::Call;
use crate::lenient::{filled, flag, null_default};
use crate::list::Listed;
use crate::{Cursor, Error, Page, Secret, Vendor, dates};

/// A kind of event one can subscribe to; learned at run time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicDefinition {
    pub topic: String,
    #[serde(default, deserialize_with = "filled")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub description: Option<String>,
    #[serde(default, deserialize_with = "null_default")]
    pub available_filters: Vec<FilterDefinition>,
    /// An example of what would be sent, whatever its shape.
    #[serde(default)]
    pub sample_payload: Option<serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FilterDefinition {
    pub action: String,
}

/// A webhook as Pax8 keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    pub id: String,
    #[serde(default, deserialize_with = "filled")]
    pub account_id: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub display_name: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub url: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub active: bool,
    #[serde(default, deserialize_with = "null_default")]
    pub webhook_topics: Vec<WebhookTopic>,
    /// `PENDING`, `SUCCESS`, `FAILED`, `RETRYING` or whatever comes next.
    #[serde(default, deserialize_with = "filled")]
    pub last_delivery_status: Option<String>,
    /// Not in the contract, but Pax8's own tool knows it: keep it sealed if it ever comes.
    #[serde(default)]
    pub secret: Option<Secret>,
    #[serde(default, deserialize_with = "dates::instant_option")]
    pub created_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "dates::instant_option")]
    pub updated_at: Option<DateTime<Utc>>,
}

/// A topic with the actions that are wanted; no action means all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookTopic {
    pub topic: String,
    #[serde(default, deserialize_with = "null_default")]
    pub filters: Vec<WebhookAction>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookAction {
    pub action: String,
    #[serde(default, deserialize_with = "null_default")]
    pub conditions: Vec<WebhookCondition>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookCondition {
    pub field: String,
    /// `EQUALS`, `IN`, …
    pub operator: String,
    #[serde(default, deserialize_with = "null_default")]
    pub value: Vec<String>,
}

/// A webhook to be made.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewWebhook {
    pub display_name: String,
    pub url: Url,
    /// Sent back to us verbatim with every delivery: long, random, and kept sealed.
    #[serde(serialize_with = "expose")]
    pub authorization: Secret,
    pub active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_email: Option<String>,
    /// Failed tries before Pax8 gives up, 20 at most.
    pub error_threshold: u8,
    pub webhook_topics: Vec<WebhookTopic>,
}

fn expose<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

#[derive(Serialize)]
struct Status {
    active: bool,
}

impl Listed for TopicDefinition {
    const ID: &'static str = "topic";
}

impl Identified for TopicDefinition {
    fn id(&self) -> Option<&str> {
        Some(&self.topic)
    }
}

impl Listed for Webhook {
    const ID: &'static str = "id";
}

impl Identified for Webhook {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }
}

impl Pax8 {
    /// The topics there are. One page of 200 holds them all.
    pub async fn webhook_topics(&self) -> Result<Page<TopicDefinition>, Error> {
        let query = [("page", "0".to_owned()), ("size", paging::SIZE.to_string())];
        let url = self
            .settings
            .webhooks_url
            .at(&["webhooks", "topic-definitions"], &query);
        self.whole(url, "webhook topics").await
    }

    pub async fn webhooks(&self, cursor: Option<&Cursor>) -> Result<Page<Webhook>, Error> {
        let asked = cursor.map_or(0, |cursor| u64::try_from(cursor.at).unwrap_or(0));
        let query = [
            ("page", asked.to_string()),
            ("size", paging::SIZE.to_string()),
        ];
        let call = self
            .webhooks_call(Method::GET, &["webhooks"], &query, "webhooks")
            .repeatable();
        self.caller
            .read(&call, |reply| paging::numbered(reply, asked, cursor))
            .await
    }

    /// Makes a webhook. Not repeated after a lost answer: list the webhooks and look first.
    pub async fn create_webhook(&self, webhook: &NewWebhook) -> Result<Webhook, Error> {
        let call = self.webhooks_call(Method::POST, &["webhooks"], &[], "webhook");
        self.webhook_answer(call.json(webhook)).await
    }

    pub async fn set_webhook_active(&self, id: &str, active: bool) -> Result<Webhook, Error> {
        let path = ["webhooks", id, "status"];
        let what = format!("webhook {id}");
        let call = self
            .webhooks_call(Method::POST, &path, &[], what)
            .repeatable();
        self.webhook_answer(call.json(&Status { active })).await
    }

    /// Deletes a webhook; one that is already gone is as good.
    pub async fn delete_webhook(&self, id: &str) -> Result<(), Error> {
        let what = format!("webhook {id}");
        let call = self
            .webhooks_call(Method::DELETE, &["webhooks", id], &[], what)
            .repeatable();
        match self.caller.read(&call, |_| Ok(())).await {
            Err(Error::NotFound { .. }) => Ok(()),
            other => other,
        }
    }

    async fn webhook_answer(
        &self,
        call: Result<Call, crate::http::Unsendable>,
    ) -> Result<Webhook, Error> {
        let call = call.map_err(|error| error.refused(Vendor::Pax8))?;
        self.caller.read(&call, crate::http::Reply::json).await
    }
}
