//! In debug builds, where a test run asks for it: which statement was run on which engine, and
//! whether a row of it was ever read into a type. `cargo xtask test` compares what was noted with
//! the source, so that no statement is delivered that was never executed. A release build holds
//! none of this.

use std::panic::Location;

use super::Engine;

/// Names the folder that takes the notes.
#[cfg(debug_assertions)]
const VARIABLE: &str = "BILLINGONE_TEST_STATEMENTS";

/// Where a statement stands in the source.
#[derive(Clone, Copy)]
pub struct Site {
    #[cfg(debug_assertions)]
    place: &'static Location<'static>,
}

/// What was seen of a statement.
#[derive(Clone, Copy)]
pub enum Seen {
    /// It was run for its effect.
    Run,
    /// It was asked for rows.
    Asked,
    /// A row of it was read.
    Decoded,
}

impl Site {
    #[cfg_attr(
        not(debug_assertions),
        expect(unused_variables, reason = "nothing is noted in a release build")
    )]
    pub fn at(place: &'static Location<'static>) -> Self {
        Self {
            #[cfg(debug_assertions)]
            place,
        }
    }

    #[cfg(not(debug_assertions))]
    pub fn note(self, _: Engine, _: Seen) {}

    #[cfg(debug_assertions)]
    pub fn note(self, engine: Engine, seen: Seen) {
        let place = format!("{}:{}", self.place.file(), self.place.line());
        notes::write(engine, seen, &place);
    }
}

/// A bulk write, known by its table: its text is made from a shape.
#[cfg(not(debug_assertions))]
pub fn note_bulk(_: Engine, _: &str) {}

#[cfg(debug_assertions)]
pub fn note_bulk(engine: Engine, table: &str) {
    notes::write(engine, Seen::Run, table);
}

#[cfg(debug_assertions)]
mod notes {
    use std::{
        collections::BTreeSet,
        fs::{File, OpenOptions},
        io::Write as _,
        sync::{LazyLock, Mutex},
    };

    use super::{Engine, Seen, VARIABLE};

    /// Each note once per process, written at once: tests kill processes.
    struct Notes {
        known: BTreeSet<String>,
        file: File,
    }

    static NOTES: LazyLock<Option<Mutex<Notes>>> = LazyLock::new(|| {
        let folder = std::path::PathBuf::from(std::env::var_os(VARIABLE)?);
        let path = folder.join(format!("{}.txt", std::process::id()));
        let file = OpenOptions::new().create(true).append(true).open(path);
        let (known, file) = (BTreeSet::new(), file.ok()?);
        Some(Mutex::new(Notes { known, file }))
    });

    pub fn write(engine: Engine, seen: Seen, what: &str) {
        let Some(notes) = NOTES.as_ref() else { return };
        let engine = match engine {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgres",
        };
        let seen = match seen {
            Seen::Run => "run",
            Seen::Asked => "asked",
            Seen::Decoded => "decoded",
        };
        let line = format!("{engine} {seen} {what}\n");
        let Ok(mut notes) = notes.lock() else { return };
        if !notes.known.contains(&line) {
            // A note that could not be written shows as a statement that was never executed.
            let _ = notes.file.write_all(line.as_bytes());
            notes.known.insert(line);
        }
    }
}
