//! Seeded chance. Written out here so that a seed makes the same world for ever, whatever a random
//! number crate changes.

use uuid::{Builder, Uuid};

/// The finaliser of splitmix64.
pub(crate) fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// A stream of chance.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The stream of `what` number `index` in the world of `seed`; streams do not disturb each
    /// other, so one more client changes nobody else.
    pub(crate) fn new(seed: u64, what: &str, index: u64) -> Self {
        let name = what.bytes().fold(0, |sum, byte| mix(sum ^ u64::from(byte)));
        Self(mix(seed ^ mix(name ^ mix(index))))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// `low..=high`, evenly.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        let span = u64::from(high.saturating_sub(low)) + 1;
        low + u32::try_from(self.next() % span).unwrap_or(0)
    }

    /// An index below `len`; 0 of nothing.
    pub(crate) fn below(&mut self, len: usize) -> usize {
        let len = u64::try_from(len).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % len).unwrap_or(0)
    }

    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.between(1, 100) <= percent
    }

    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }

    /// Takes one out of a list; order of the rest does not matter.
    pub(crate) fn draw<T>(&mut self, list: &mut Vec<T>) -> Option<T> {
        if list.is_empty() {
            return None;
        }
        Some(list.swap_remove(self.below(list.len())))
    }

    pub(crate) fn uuid(&mut self) -> Uuid {
        let bits = (u128::from(self.next()) << 64) | u128::from(self.next());
        Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }
}

/// The identifier of `what` number `index`.
pub(crate) fn uuid(seed: u64, what: &str, index: u64) -> Uuid {
    Dice::new(seed, what, index).uuid()
}
