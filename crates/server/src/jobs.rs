//! Every job kind and every schedule of the product.

use crate::queue::{JobKind, Schedule};

pub static KINDS: &[JobKind] = &[];

pub static SCHEDULES: &[Schedule] = &[];
