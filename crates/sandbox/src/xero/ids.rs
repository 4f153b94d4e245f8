//! Identifiers that follow from the seed.
//!
//! A record is found by its position in a table, and its public identifier is a
//! reversible scramble of that position. So a million invoices need neither
//! stored identifiers nor an index over them, and a seeded run repeats itself.

use uuid::{Builder, Uuid};

/// What an identifier names. The number is part of the identifier: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Organisation = 1,
    Contact = 2,
    Invoice = 3,
    Line = 4,
    CreditNote = 5,
    CreditNoteLine = 6,
    Allocation = 7,
    Payment = 8,
    Item = 9,
    Account = 10,
    Reply = 11,
    Theme = 20,
    Tracking = 21,
    Repeating = 22,
    RepeatingLine = 23,
}

/// The identifiers of one ledger.
#[derive(Clone, Copy, Debug)]
pub struct Ids {
    seed: u64,
}

const SPREAD: u32 = 0x9E37_79B1;
const GATHER: u32 = inverse(SPREAD);

impl Ids {
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The identifier of the record at `index`.
    pub fn of(self, kind: Kind, index: u32) -> Uuid {
        self.part_of(kind, index, 0)
    }

    /// The identifier of part `part` (a line, an allocation) of the record at `index`.
    pub fn part_of(self, kind: Kind, index: u32, part: u32) -> Uuid {
        let place = index.wrapping_mul(SPREAD) ^ self.mask(kind);
        let low = mix(self.seed ^ mix((kind as u64) << 40 ^ u64::from(index)) ^ u64::from(part));
        let high = mix(low ^ self.seed.rotate_left(17));
        let bits = u128::from(place) << 96 | u128::from(high & 0xFFFF_FFFF) << 64 | u128::from(low);
        Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }

    /// The position that `id` names, if it names one of this kind at all.
    pub fn index(self, kind: Kind, id: Uuid) -> Option<u32> {
        let place = u32::try_from(id.as_u128() >> 96).ok()?;
        let index = (place ^ self.mask(kind)).wrapping_mul(GATHER);
        (self.of(kind, index) == id).then_some(index)
    }

    fn mask(self, kind: Kind) -> u32 {
        let mixed = mix(self.seed.wrapping_add(kind as u64));
        u32::try_from(mixed >> 32).unwrap_or_default()
    }
}

/// The finaliser of splitmix64.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// The multiplicative inverse of an odd number modulo 2^32, by Newton's steps.
const fn inverse(odd: u32) -> u32 {
    let mut guess = odd;
    let mut step = 0;
    while step < 5 {
        guess = guess.wrapping_mul(2u32.wrapping_sub(odd.wrapping_mul(guess)));
        step += 1;
    }
    guess
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_lead_back_to_their_position_and_to_no_other() {
        let ids = Ids::new(7);
        for index in [0, 1, 2, 999_999, u32::MAX] {
            let id = ids.of(Kind::Invoice, index);
            assert_eq!(ids.index(Kind::Invoice, id), Some(index));
            assert_eq!(ids.index(Kind::Contact, id), None);
            assert_eq!(Ids::new(8).index(Kind::Invoice, id), None);
            assert_eq!(id.get_version_num(), 4);
        }
        assert_eq!(ids.index(Kind::Invoice, Uuid::nil()), None);
    }
}
