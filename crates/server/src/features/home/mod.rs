//! What everyone sees first: the frame around every page, and Home.

mod store;

use crate::{
    db::{OrgId, PersonId, Tx},
    fault::Fault,
};

pub use crate::http::Frame;
pub use store::{SourceRow, Waiting};

/// What the frame of a page tells beside the page itself.
pub struct Standing {
    pub sources: Vec<SourceRow>,
    pub waiting: Waiting,
    pub email: String,
}

pub async fn standing(tx: &mut Tx, org: OrgId, person: PersonId) -> Result<Standing, Fault> {
    Ok(Standing {
        sources: store::sources(tx, org).await?,
        waiting: store::waiting(tx, org).await?,
        email: store::email(tx, person).await?,
    })
}
