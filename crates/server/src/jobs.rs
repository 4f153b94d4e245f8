//! Every job kind and every schedule of the product.

use crate::{
    features::reconciliation::jobs::Reconcile,
    queue::{JobKind, Schedule},
};

pub static KINDS: &[JobKind] = &[JobKind::of::<Reconcile>()];

pub static SCHEDULES: &[Schedule] = &[];
