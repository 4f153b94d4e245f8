//! `kill -9` at every named moment, and in the long form at a hundred random ones on each engine:
//! the end is the one of a run that nobody disturbed.

use billingone::failpoint;

use crate::{
    client::Owner,
    content::{Content, assert_same, assert_sound, content},
    database::postgres_is_missing,
    db::Engine,
    house::House,
    random::{self, crash_at_random_moments},
    story::{self, Part},
};

/// Where the processes die, in the order of the story. Whatever comes later in a part is met by a
/// process that was started after the kill before it.
const ON_SYNC: [&str; 14] = [
    "write.before_commit",
    "write.before_answer",
    "queue.claimed",
    "tokens.before_save",
    "tokens.saved",
    "sync.before_commit",
    "sync.page_written:4",
    "sync.before_finish",
    "queue.before_settle",
    "queue.settled",
    "consent.exchanged",
    "webhook.before_commit",
    "webhook.stored",
    "webhook.before_done",
];
const ON_APPLY: [&str; 7] = [
    "write.before_answer:30",
    "write.before_commit:30",
    "reconcile.before_commit",
    "apply.before_commit",
    "undo.before_commit",
    "apply.before_commit:4",
    "reconcile.before_commit",
];
const ON_POST: [&str; 20] = [
    "generate.before_commit",
    "approve.before_commit:2",
    "write.before_answer:3",
    "post.before_put",
    "post.after_put",
    "post.after_store",
    "post.before_authorise",
    "post.after_authorise",
    "post.before_done",
    "post.done:2",
    "post.after_put:2",
    "credit.before_put",
    "credit.after_put",
    "credit.before_allocate",
    "credit.after_allocate",
    "credit.before_done",
    "pay.before_put",
    "pay.after_put",
    "pay.before_booked",
    "sync.before_finish",
];

/// On PostgreSQL a killed worker's lease must run out first, so only moments that differ from
/// SQLite's: where leases, two processes and serializable transactions take part.
const ON_POSTGRES: [(Part, &[&str]); 3] = [
    (
        Part::Sync,
        &[
            "write.before_answer",
            "tokens.before_save",
            "sync.before_commit:3",
            "consent.exchanged",
        ],
    ),
    (
        Part::Apply,
        &[
            "write.before_commit:20",
            "apply.before_commit",
            "reconcile.before_commit",
        ],
    ),
    (
        Part::Post,
        &[
            "generate.before_commit",
            "approve.before_commit:3",
            "post.after_put",
            "post.before_done",
            "credit.after_put",
            "pay.after_put",
        ],
    ),
];

/// The end that nobody disturbed; it is the same on both engines.
async fn wanted() -> Content {
    let house = House::build(Engine::Sqlite).await;
    story::undisturbed(&house).await;
    let wanted = content(&house).await;
    assert_sound(&wanted);
    wanted
}

async fn killed_at(engine: Engine, plan: [(Part, &[&str]); 3]) -> (Content, u32) {
    let house = House::build(engine).await;
    let mut owner = Owner::sign_in(&house).await;
    let mut kills = 0;
    for (part, moments) in plan {
        house.plan(moments);
        story::play(&mut owner, part).await;
        let left = house.processes().plan.clone();
        assert!(left.is_empty(), "in {part:?} nobody came to {left:?}");
        kills += u32::try_from(moments.len()).unwrap();
    }
    house.stop_all();
    (content(&house).await, kills)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_at_every_moment_on_sqlite() {
    let plan: [(Part, &[&str]); 3] = [
        (Part::Sync, &ON_SYNC),
        (Part::Apply, &ON_APPLY),
        (Part::Post, &ON_POST),
    ];
    for name in failpoint::NAMES {
        let mut planned = plan.iter().flat_map(|(_, moments)| *moments);
        assert!(
            planned.any(|moment| moment.split(':').next() == Some(name)),
            "{name}"
        );
    }
    let wanted = wanted().await;
    let (reached, kills) = killed_at(Engine::Sqlite, plan).await;
    assert!(kills >= 30, "{kills}");
    assert_sound(&reached);
    assert_same(&reached, &wanted, "after kills at named moments");
    if random::is_asked_for() {
        crash_at_random_moments(Engine::Sqlite, &wanted).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_at_moments_on_postgres() {
    if postgres_is_missing() {
        return;
    }
    let wanted = wanted().await;
    let (reached, _) = killed_at(Engine::Postgres, ON_POSTGRES).await;
    assert_sound(&reached);
    assert_same(&reached, &wanted, "after kills at named moments");
    if random::is_asked_for() {
        crash_at_random_moments(Engine::Postgres, &wanted).await;
    }
}
