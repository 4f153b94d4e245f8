//! `user`: add a person, bring people over, set a password, change the key of access tokens.

use anyhow::Context as _;

use super::{import, open};
use crate::{
    config::Config,
    db::OrgId,
    features::sign_in::{self, Password},
    http::{Role, tokens},
    supabase,
};

#[derive(clap::Subcommand)]
pub enum User {
    /// Give a person a place in an organization.
    Add(Add),
    /// Bring people over from a hosted Supabase project, with their passwords and factors.
    Import(import::Import),
    /// Set a person's password; every session of theirs ends.
    SetPassword(SetPassword),
    /// Sign access tokens with a new key from now on. Nobody is signed out.
    RotateKeys,
}

#[derive(clap::Args)]
pub struct Add {
    #[arg(long)]
    email: String,
    #[arg(long, default_value = "")]
    name: String,
    /// owner, admin, finance, engineer or viewer.
    #[arg(long)]
    role: String,
    /// The organization's slug; needed only where there are several.
    #[arg(long)]
    organization: Option<String>,
    /// At least 12 characters; better given as the variable than on the command line. Not needed
    /// where a Supabase project keeps the accounts.
    #[arg(long, env = "BILLINGONE_PASSWORD", hide_env_values = true)]
    password: Option<String>,
}

#[derive(clap::Args)]
pub struct SetPassword {
    #[arg(long)]
    email: String,
    /// At least 12 characters; better given as the variable than on the command line.
    #[arg(long, env = "BILLINGONE_PASSWORD", hide_env_values = true)]
    password: String,
}

pub async fn run(config: Config, user: User) -> anyhow::Result<()> {
    let app = open::app(config).await?;
    if supabase::keeps_accounts(&app) && !matches!(user, User::Add(_)) {
        anyhow::bail!(
            "passwords and keys of tokens are kept by the project at {}",
            app.config.auth.supabase.url
        );
    }
    let mut tx = app.db.write_global().await?;
    match user {
        User::Add(add) => {
            let role: Role = add.role.parse()?;
            let password = if supabase::keeps_accounts(&app) {
                None
            } else {
                let password = add.password.context("--password is missing")?;
                Some(Password::chosen(password, &[&add.email, &add.name])?)
            };
            let org: OrgId =
                sign_in::organization_named(&mut tx, add.organization.as_deref()).await?;
            let (email, name) = (&add.email, &add.name);
            sign_in::add_person(&app, &mut tx, org, email, name, role, password).await?;
            println!("{email} may sign in as {}.", role.as_str());
        }
        User::Import(asked) => return import::run(&app, tx, &asked).await,
        User::SetPassword(set) => {
            let password = Password::chosen(set.password, &[&set.email])?;
            sign_in::set_password(&app, &mut tx, &set.email, password).await?;
            println!(
                "{} has a new password; their sessions have ended.",
                set.email
            );
        }
        User::RotateKeys => {
            let key = tokens::keys::rotate(&app, &mut tx).await?;
            println!("Access tokens are signed with key {} from now on.", key.0);
        }
    }
    Ok(tx.commit().await?)
}
