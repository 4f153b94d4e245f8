//! The door: who is there, what they may do, and how answers look when something goes wrong.

mod answer;
mod body;
mod faults;
mod headers;
mod health;
mod metrics;
mod paging;
mod permission;
mod pick;
mod replay;
mod same_origin;
mod session;
mod write;

pub use answer::{csv_file, done};
pub use body::{given, json_body};
pub use faults::{RequestId, api_faults, page_faults, request_id};
pub use headers::page_headers;
pub use health::{healthz, metrics_page, readyz};
pub use metrics::Metrics;
pub use paging::{After, Page, Paging, SortKey, Window};
pub use permission::{Administer, Connect, May, Permission, Read, ReadCost, Role, Work};
pub use pick::Pick;
pub use replay::replay_contended;
pub use same_origin::require_same_origin;
pub use session::{COOKIE, Peer, Who, cookie_name, session_cookie, token_hash};
pub use write::{Begun, IdempotencyKey, Write};
