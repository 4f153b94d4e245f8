//! Inviting many at once from a CSV file: first what each row will do, then all or nothing.

use std::collections::HashSet;

use super::{NewInvitation, check_rank, store};
use crate::{
    db::Tx,
    fault::Fault,
    features::sign_in::normal_email,
    http::{Role, Who},
    sheet::{self, Record},
};

/// Larger files are for several sittings.
const MOST_ROWS: usize = 500;

/// What a row will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Invite,
    /// They were invited already, and get a new link.
    InviteAgain,
    /// They belong here already.
    Skip,
    /// What is wrong, by column.
    Wrong(Vec<(&'static str, String)>),
}

#[derive(Debug)]
pub struct Row {
    /// As an editor counts the lines of the file.
    pub line: u64,
    pub new: NewInvitation,
    pub outcome: Outcome,
}

#[derive(Debug, Default)]
pub struct Preview {
    /// Whether the first line was read as names of columns.
    pub has_header: bool,
    pub rows: Vec<Row>,
}

impl Preview {
    pub fn is_fine(&self) -> bool {
        !self
            .rows
            .iter()
            .any(|row| matches!(row.outcome, Outcome::Wrong(_)))
    }

    /// Whom it invites.
    pub fn invitations(&self) -> impl Iterator<Item = &NewInvitation> {
        let invites = |row: &&Row| matches!(row.outcome, Outcome::Invite | Outcome::InviteAgain);
        self.rows.iter().filter(invites).map(|row| &row.new)
    }
}

/// Reads a file and says what each of its rows will do. Nothing is written.
///
/// # Errors
/// 422 for what is no CSV, has no rows or too many.
pub async fn preview(who: &Who, tx: &mut Tx, text: &str) -> Result<Preview, Fault> {
    let (has_header, read) = read(text)?;
    let members: HashSet<String> = emails(store::members(tx, who.org).await?, |one| one.email);
    let invited = store::invited(tx, who.org).await?;
    let invited: HashSet<String> = emails(invited, |one| one.email);
    let mut seen = HashSet::new();
    let mut rows = Vec::with_capacity(read.len());
    for (line, new) in read {
        let outcome = match checked(who, &new) {
            Err(wrong) => Outcome::Wrong(wrong),
            Ok(email) if members.contains(&email) => Outcome::Skip,
            Ok(email) if !seen.insert(email.clone()) => {
                let twice = "this address stands in the file twice".to_owned();
                Outcome::Wrong(vec![("email", twice)])
            }
            Ok(email) if invited.contains(&email) => Outcome::InviteAgain,
            Ok(_) => Outcome::Invite,
        };
        rows.push(Row { line, new, outcome });
    }
    Ok(Preview { has_header, rows })
}

fn emails<T>(rows: Vec<T>, email: impl Fn(T) -> String) -> HashSet<String> {
    rows.into_iter().map(email).collect()
}

/// The address as it is stored, or what is wrong with the cells.
fn checked(who: &Who, new: &NewInvitation) -> Result<String, Vec<(&'static str, String)>> {
    let mut wrong = Vec::new();
    let email = normal_email(&new.email);
    if let Err(fault) = &email {
        wrong.push(("email", fault.to_string()));
    }
    let role = new
        .role
        .parse()
        .and_then(|role: Role| check_rank(who, role));
    if let Err(fault) = role {
        wrong.push(("role", fault.to_string()));
    }
    match email {
        Ok(email) if wrong.is_empty() => Ok(email),
        _ => Err(wrong),
    }
}

/// Where the columns are.
struct Columns {
    email: usize,
    role: Option<usize>,
    name: Option<usize>,
}

impl Columns {
    const UNNAMED: Self = Self {
        email: 0,
        role: Some(1),
        name: Some(2),
    };

    /// By their names, if this is a line of names.
    fn named(record: &Record) -> Option<Self> {
        let place = |names: &[&str]| {
            let mut cells = record.cells.iter();
            cells.position(|cell| names.contains(&sheet::name(cell).as_str()))
        };
        Some(Self {
            email: place(&["email", "e mail", "mail", "address", "email address"])?,
            role: place(&["role", "permission"]),
            name: place(&["name", "full name", "display name"]),
        })
    }

    fn read(&self, record: &Record) -> NewInvitation {
        let role = record.cell(self.role).to_lowercase();
        NewInvitation {
            email: record.cell(Some(self.email)).to_owned(),
            role: if role.is_empty() {
                Role::Viewer.as_str().to_owned()
            } else {
                role
            },
            name: record.cell(self.name).to_owned(),
            redirect_to: None,
        }
    }
}

type Read = (bool, Vec<(u64, NewInvitation)>);

fn read(text: &str) -> Result<Read, Fault> {
    let mut columns = None;
    let mut has_header = false;
    let mut rows = Vec::new();
    for record in sheet::read(text, MOST_ROWS)? {
        if columns.is_none() {
            columns = Columns::named(&record);
            has_header = columns.is_some();
            if has_header {
                continue;
            }
        }
        let columns = columns.get_or_insert(Columns::UNNAMED);
        rows.push((record.line, columns.read(&record)));
    }
    match rows.len() {
        0 => Err(Fault::field(
            "text",
            "there are no rows; each has an e-mail address, and may have a role and a name",
        )),
        1..=MOST_ROWS => Ok((has_header, rows)),
        _ => Err(Fault::field(
            "text",
            format!("at most {MOST_ROWS} rows at once, please"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    fn rows(text: &str) -> (bool, Vec<(u64, String, String, String)>) {
        let (has_header, rows) = read(text).unwrap();
        let rows = rows.into_iter();
        let rows = rows.map(|(line, new)| (line, new.email, new.role, new.name));
        (has_header, rows.collect())
    }

    #[test]
    fn columns_are_found_by_name_or_stand_in_order() {
        let one = (1, "a@example.com", "finance", "Ann");
        let one = (one.0, one.1.to_owned(), one.2.to_owned(), one.3.to_owned());
        assert_eq!(
            rows("a@example.com,Finance,Ann\n"),
            (false, vec![one.clone()])
        );
        let named = "\u{feff}Name;Role;E-mail\r\nAnn; Finance ;a@example.com\r\n\r\n";
        assert_eq!(rows(named), (true, vec![(2, one.1, one.2, one.3)]));
        let (_, bare) = rows("email\na@example.com\n\"b@example.com\"");
        assert_eq!(bare.len(), 2);
        assert!(bare.iter().all(|row| row.2 == "viewer"));
        assert!(read("").is_err() && read("email,role\n").is_err());
        let many = "a@example.com\n".repeat(501);
        assert!(read(&many).is_err());
    }
}
