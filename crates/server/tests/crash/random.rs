//! The long form: `kill -9` at random moments, two hundred of them over both engines.

use std::{
    fmt::Write as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::task::JoinHandle;

use crate::{
    client::Owner,
    content::{Content, assert_same, assert_sound, content},
    db::Engine,
    house::{House, Processes},
    story::{self, PARTS},
};

/// Kills on each engine, and at least so many of them in each part of the story.
const KILLS: u32 = 100;
const IN_EACH_PART: u32 = 20;
/// So many in one part of one run; then it may come to its end.
const IN_ONE_RUN: u32 = 12;
/// How long a process lives after the one before it was killed; starting takes part of that.
const LIFE_MS: std::ops::Range<u64> = 100..1_500;

/// Another seed is another two hundred moments.
fn seed() -> u64 {
    let given = std::env::var("BILLINGONE_TEST_CRASH_SEED").ok();
    given.map_or(1, |seed| seed.parse().unwrap())
}

/// Kills one process after another until there were enough.
struct Reaper {
    kills: Arc<AtomicU32>,
    task: JoinHandle<()>,
}

impl Reaper {
    fn start(processes: Arc<Mutex<Processes>>, mut dice: StdRng) -> Self {
        let kills = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&kills);
        let task = tokio::spawn(async move {
            while count.load(Ordering::SeqCst) < IN_ONE_RUN {
                let life = Duration::from_millis(dice.random_range(LIFE_MS));
                tokio::time::sleep(life).await;
                if processes.lock().unwrap().kill(dice.random_range(0..100)) {
                    count.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        Self { kills, task }
    }

    fn stop(self) -> u32 {
        self.task.abort();
        self.kills.load(Ordering::SeqCst)
    }
}

/// Plays the story under fire; how many kills each part saw.
async fn disturbed(engine: Engine, dice: &mut StdRng) -> (Content, [u32; 3]) {
    let house = House::build(engine).await;
    let mut owner = Owner::sign_in(&house).await;
    let mut kills = [0; 3];
    for (part, kills) in PARTS.into_iter().zip(&mut kills) {
        let reaper = Reaper::start(house.shared(), StdRng::seed_from_u64(dice.random()));
        story::play(&mut owner, part).await;
        *kills = reaper.stop();
    }
    house.revive();
    owner.get("/api/v1/session").await;
    house.stop_all();
    (content(&house).await, kills)
}

/// Whether this run is the long form, which alone has the hours for it.
pub fn is_asked_for() -> bool {
    std::env::var_os("BILLINGONE_PROVE").is_some()
}

pub async fn crash_at_random_moments(engine: Engine, wanted: &Content) {
    let seed = seed();
    println!("BILLINGONE_TEST_CRASH_SEED={seed}");
    let mut dice = StdRng::seed_from_u64(seed);
    let (mut sums, mut runs) = ([0_u32; 3], 0);
    while sums.iter().sum::<u32>() < KILLS || sums.iter().any(|sum| *sum < IN_EACH_PART) {
        let (reached, kills) = disturbed(engine, &mut dice).await;
        runs += 1;
        println!("run {runs}: {kills:?} kills in {PARTS:?}");
        assert_sound(&reached);
        assert_same(&reached, wanted, &format!("in run {runs} of seed {seed}"));
        for (sum, kills) in sums.iter_mut().zip(kills) {
            *sum += kills;
        }
    }
    report(engine, seed, sums, runs);
}

fn report(engine: Engine, seed: u64, [sync, apply, post]: [u32; 3], runs: u32) {
    let Some(folder) = std::env::var_os("BILLINGONE_TEST_REPORTS") else {
        return;
    };
    let mut text = String::new();
    writeln!(
        text,
        "{engine:?}: {} kills at random moments of seed {seed} in {runs} runs ({sync} in sync, \
         {apply} in apply, {post} in post): same end, one invoice per draft",
        sync + apply + post
    )
    .unwrap();
    let name = format!("crash_{engine:?}.txt").to_lowercase();
    std::fs::write(std::path::Path::new(&folder).join(name), text).unwrap();
}
