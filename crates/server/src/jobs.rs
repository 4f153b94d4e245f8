//! Every job kind and every schedule of the product.

use crate::{
    features::{
        credit_notes::post::PostCreditNote,
        deliveries::DeliverInvoice,
        generated_invoices::{
            ahead::{self, MakeDrafts},
            pay::BookPayment,
            post::PostDraft,
            review::ReviewDrafts,
            runs::RunDrafts,
        },
        month_end::BuildPack,
        reconciliation::jobs::Reconcile,
        sign_in::{
            by_project::{self, EndAtProject},
            forgotten::SendRecovery,
        },
        sync::{self, Sync, SyncDue, Webhook},
        team::SendInvitation,
    },
    queue::{Every, JobKind, Schedule},
};

pub static KINDS: &[JobKind] = &[
    JobKind::of::<BookPayment>(),
    JobKind::of::<BuildPack>(),
    JobKind::of::<DeliverInvoice>(),
    JobKind::of::<EndAtProject>(),
    JobKind::of::<MakeDrafts>(),
    JobKind::of::<PostCreditNote>(),
    JobKind::of::<PostDraft>(),
    JobKind::of::<Reconcile>(),
    JobKind::of::<ReviewDrafts>(),
    JobKind::of::<RunDrafts>(),
    JobKind::of::<SendInvitation>(),
    JobKind::of::<SendRecovery>(),
    JobKind::of::<Sync>(),
    JobKind::of::<SyncDue>(),
    JobKind::of::<Webhook>(),
];

pub static SCHEDULES: &[Schedule] = &[
    Schedule {
        name: "end_at_project",
        every: Every::Minutes(5),
        enqueue: by_project::end_ended,
    },
    Schedule {
        name: "make_drafts",
        every: Every::DayAt(4),
        enqueue: ahead::every_morning,
    },
    Schedule {
        name: "sync_sources",
        every: Every::Minutes(60),
        enqueue: sync::sources_hourly,
    },
    Schedule {
        name: "sync_counts",
        every: Every::DayAt(2),
        enqueue: sync::counts_nightly,
    },
];
