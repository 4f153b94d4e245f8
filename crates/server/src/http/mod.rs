//! The door: who is there, what they may do, and how answers look when something goes wrong.

mod addresses;
mod answer;
mod body;
mod csv;
mod document;
mod faults;
mod frame;
mod headers;
mod health;
mod metrics;
mod patience;
mod permission;
mod pick;
mod replay;
mod routes;
mod same_origin;
mod session;
pub mod tokens;
mod upload;
mod write;

pub use addresses::{refuse_nul, unknown_to_the_api};
pub use answer::{csv_file, done};
pub use body::{given, json_body};
pub use csv::CsvFile;
pub use document::complete;
pub use faults::{RequestId, api_faults, fault_of, page_faults, request_id};
pub use frame::{Frame, avatar_of};
pub use headers::page_headers;
pub use health::{healthz, metrics_page, readyz};
pub use metrics::Metrics;
pub use patience::end_after_patience;
pub use permission::{Administer, Connect, May, Own, Read, ReadCost, Work};
pub use pick::Pick;
pub use replay::replay_contended;
pub use routes::Routes;
pub use same_origin::require_same_origin;
pub use session::{COOKIE, Entering, Peer, Who, cookie_name, session_cookie, token_hash};
pub use upload::{Sent, Upload};
pub use write::{Begun, IdempotencyKey, Write};

// A list's page is asked for at the door and read in the store.
pub use crate::paging::{After, Page, Paging, SortKey, Window};
// A role is stored, and judged at the door.
pub use crate::role::{Permission, Role};
