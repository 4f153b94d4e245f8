//! Recovery codes: ten, each once in place of a code of the authenticator app.

use super::store::recovery as store;
use crate::{
    app::App,
    db::{PersonId, Tx},
    fault::Fault,
};

const COUNT: usize = 10;
const LETTERS: usize = 10;
/// Crockford's: nothing in it is taken for something else. Fifty bits a code.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// New codes in place of all the person had. They are told here and never again.
pub async fn renew(app: &App, tx: &mut Tx, person: PersonId) -> Result<Vec<String>, Fault> {
    store::delete_all(tx, person).await?;
    let mut codes = Vec::with_capacity(COUNT);
    for _ in 0..COUNT {
        let code = code(app.random_bytes::<LETTERS>());
        store::insert(tx, person, &hash(app, person, &code)).await?;
        codes.push(code);
    }
    Ok(codes)
}

fn code(chance: [u8; LETTERS]) -> String {
    let letter = |byte: &u8| {
        ALPHABET
            .get(usize::from(byte % 32))
            .copied()
            .unwrap_or(b'0')
    };
    let (first, second) = chance.split_at(LETTERS / 2);
    let word = |bytes: &[u8]| bytes.iter().map(|byte| char::from(letter(byte))).collect();
    let words: [String; 2] = [word(first), word(second)];
    words.join("-")
}

/// As it was made, however it was written down.
fn normal(typed: &str) -> String {
    let letters = typed.chars().filter(|c| c.is_alphanumeric());
    letters
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect()
}

/// By the installation's key: fifty bits of chance alone would be found from a copy of the database.
fn hash(app: &App, person: PersonId, code: &str) -> Vec<u8> {
    let text = format!("recovery code of {person}: {}", normal(code));
    app.sealer.code(text.as_bytes()).to_vec()
}

pub async fn forget(tx: &mut Tx, person: PersonId) -> Result<(), Fault> {
    Ok(store::delete_all(tx, person).await?)
}

/// How many are good still.
pub async fn left(tx: &mut Tx, person: PersonId) -> Result<i64, Fault> {
    Ok(store::left(tx, person).await?)
}

/// Uses a code up. False when it is none of the person's, or was used before.
pub async fn take(app: &App, tx: &mut Tx, person: PersonId, typed: &str) -> Result<bool, Fault> {
    if normal(typed).len() != LETTERS {
        return Ok(false);
    }
    Ok(store::take(tx, person, &hash(app, person, typed), app.now()).await?)
}

#[cfg(test)]
mod tests {
    use super::{code, normal};

    #[test]
    fn a_code_is_read_however_it_was_written_down() {
        let made = code([0, 1, 2, 31, 32, 33, 255, 16, 17, 18]);
        assert_eq!(made, "012z0-1zghj");
        for written in ["012z0-1zghj", " O12Z0 IZGHJ ", "oi2zolzghj"] {
            assert_eq!(normal(written), normal(&made), "{written}");
        }
        assert_ne!(normal("012z0-1zghk"), normal(&made));
    }
}
