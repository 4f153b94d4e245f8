//! The pure pass, to be measured by `cargo xtask bench`; `bench/README.md` says how.
//!
//! `write SIZE FOLDER` writes the rows for the reference, `all SIZE` looks at everything,
//! `changed SIZE` at what a hundred changed lines touch, `all-changed SIZE` at everything after
//! the same change.

mod answer;
mod changed;
mod rows;
mod table;

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use billing::reconcile::{Facts, Outcome, Rules, Scope, reconcile};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["write", size, folder] => table::write(&rows::facts(size.parse()?), Path::new(folder))?,
        ["all", size] => {
            let (took, outcome) = everything(&rows::facts(size.parse()?));
            say(took, &answer::sums(&outcome));
        }
        ["all-changed", size] => {
            let mut facts = rows::facts(size.parse()?);
            changed::change(&mut facts);
            let (took, outcome) = everything(&facts);
            say(took, &answer::fingerprint(&outcome));
        }
        ["changed", size] => only_changed(rows::facts(size.parse()?)),
        _ => return Err("write SIZE FOLDER, all SIZE, changed SIZE or all-changed SIZE".into()),
    }
    Ok(())
}

fn everything(facts: &Facts) -> (Duration, Outcome) {
    let started = Instant::now();
    let outcome = reconcile(facts, &Rules::default(), Scope::All);
    (started.elapsed(), outcome)
}

fn only_changed(mut facts: Facts) {
    let (_, known) = everything(&facts);
    let clients = changed::change(&mut facts);
    let by_client = changed::ByClient::of(&facts, &clients);
    let started = Instant::now();
    let again = by_client.look_again(&facts);
    let took = started.elapsed();
    let whole = changed::put_in_place(known, again, &facts, &clients);
    say(took, &answer::fingerprint(&whole));
}

fn say(took: Duration, answer: &Value) {
    println!(
        "{}",
        json!({ "seconds": took.as_secs_f64(), "answer": answer })
    );
}
