//! `user import`: everybody of a hosted project's export, or a preview of it.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::{
    app::App,
    db::Tx,
    features::sign_in::{
        self,
        import::{self, Fate, Line},
    },
    http::Role,
};

#[derive(clap::Args)]
pub struct Import {
    /// A JSON array or CSV of the project's `auth.users`: id, email, `encrypted_password`,
    /// `raw_user_meta_data`, factors.
    file: PathBuf,
    /// What they become here: owner, admin, finance, engineer or viewer.
    #[arg(long)]
    role: String,
    /// The organization's slug; needed only where there are several.
    #[arg(long)]
    organization: Option<String>,
    /// Say what would happen to each row, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

pub async fn run(app: &App, mut tx: Tx, asked: &Import) -> anyhow::Result<()> {
    let role: Role = asked.role.parse()?;
    let file = asked.file.display();
    let text = std::fs::read_to_string(&asked.file);
    let text = text.with_context(|| format!("cannot read {file}"))?;
    let rows = import::read(&text).with_context(|| format!("cannot use {file}"))?;
    let org = sign_in::organization_named(&mut tx, asked.organization.as_deref()).await?;
    let lines = import::bring(app, &mut tx, org, role, rows).await?;
    for line in &lines {
        println!("{}", told(line));
    }
    let count = |is: fn(&Fate) -> bool| lines.iter().filter(|line| is(&line.fate)).count();
    let new = count(|fate| matches!(fate, Fate::New { .. }));
    let wrong = count(|fate| matches!(fate, Fate::Wrong(_)));
    if wrong > 0 {
        anyhow::bail!(
            "nobody was brought over: {wrong} of {} rows are wrong",
            lines.len()
        );
    }
    if asked.dry_run {
        println!(
            "{new} people would become {}. Nothing was changed.",
            role.as_str()
        );
        return Ok(());
    }
    tx.commit().await?;
    println!("{new} people may sign in as {}.", role.as_str());
    Ok(())
}

fn told(line: &Line) -> String {
    let fate = match &line.fate {
        Fate::New { password, factors } => {
            let password = if *password {
                ""
            } else {
                ", without a password"
            };
            let factors = match factors {
                0 => String::new(),
                1 => ", with an authenticator app".to_owned(),
                many => format!(", with {many} authenticator apps"),
            };
            format!("new{password}{factors}")
        }
        Fate::Here => "here already, left alone".to_owned(),
        Fate::PassedOver(why) => format!("passed over: {why}"),
        Fate::Wrong(why) => format!("WRONG: {why}"),
    };
    let mut told = vec![format!("row {}: {}: {fate}", line.number, line.who)];
    told.extend(line.left.iter().map(|what| format!("without {what}")));
    told.join("; ")
}
