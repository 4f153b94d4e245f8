//! Repeating invoices, by their place.

use uuid::Uuid;

use super::{Ledger, SeedError};
use crate::xero::ids::Kind;
use crate::xero::records::{Repeating, Status};

impl Ledger {
    pub fn repeating_id(&self, at: u32) -> Uuid {
        self.ids.of(Kind::Repeating, at)
    }

    /// Adds a template, whose amounts and totals are worked out here; its id.
    ///
    /// # Errors
    /// When its lines come to more than the ledger can hold.
    pub fn add_repeating(&mut self, mut template: Repeating) -> Result<Uuid, SeedError> {
        for (part, line) in (1..).zip(&mut template.document.lines) {
            line.part = part;
        }
        self.total_up(&mut template.document)?;
        let at = u32::try_from(self.repeating.len()).unwrap_or(u32::MAX);
        self.repeating.push(template);
        Ok(self.repeating_id(at))
    }

    /// Ends a template; false where there is none under that id.
    pub fn end_repeating(&mut self, id: Uuid) -> bool {
        let at = self.ids.index(Kind::Repeating, id);
        let known = at.and_then(|at| self.repeating.get_mut(at as usize));
        known.is_some_and(|template| {
            template.document.status = Status::Deleted;
            true
        })
    }

    /// What still stands, with its place.
    pub(in crate::xero) fn standing_repeating(&self) -> impl Iterator<Item = (u32, &Repeating)> {
        let all = (0..).zip(&self.repeating);
        all.filter(|(_, template)| template.document.status != Status::Deleted)
    }
}
