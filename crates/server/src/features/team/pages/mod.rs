//! Settings, Team: who belongs to the organization, who is invited, and accepting that.

mod import;
mod invitation;
mod list;
mod person;

use axum::routing::{get, post};

use crate::{
    http::{Permission, Role, Routes, Who},
    ui::{Badge, Field},
};

const TEAM: &str = "/settings/team";

pub fn routes() -> Routes {
    Routes::new()
        .route("/settings/team", get(list::show))
        .route("/settings/team/invitations", post(list::invite))
        .route(
            "/settings/team/invitations/{id}/link",
            post(list::show_link),
        )
        .route(
            "/settings/team/invitations/{id}/send",
            post(list::send_again),
        )
        .route(
            "/settings/team/invitations/{id}/withdraw",
            post(list::withdraw),
        )
        .route(
            "/settings/team/import",
            get(import::show).post(import::take),
        )
        .route("/settings/team/people/{id}", get(person::show))
        .route("/settings/team/people/{id}/role", post(person::change_role))
        .route(
            "/settings/team/people/{id}/password",
            post(person::password),
        )
        .route("/settings/team/people/{id}/remove", post(person::remove))
        .route(
            "/invitation",
            get(invitation::show).post(invitation::accept),
        )
        .route("/invitation/join", post(invitation::join))
}

/// A role as people write it.
fn named(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Admin => "Admin",
        Role::Finance => "Finance",
        Role::Engineer => "Engineer",
        Role::Viewer => "Viewer",
    }
}

fn badge(role: &str) -> Badge {
    match role.parse::<Role>() {
        Ok(role @ (Role::Owner | Role::Admin)) => Badge::info(named(role)),
        Ok(role) => Badge::neutral(named(role)),
        Err(_) => Badge::neutral(role),
    }
}

/// What a role may do, in a line.
fn may(role: Role) -> &'static str {
    match role {
        Role::Owner => "everything, Owners too",
        Role::Admin => "everything but Owners",
        Role::Finance => "billing, contracts, integrations; no team, no lists of devices",
        Role::Engineer | Role::Viewer => "reads, without cost and margin",
    }
}

/// The roles that this person may give.
fn role_field(who: &Who, chosen: &str, wrong: Option<String>) -> Field {
    let given = Role::ALL
        .into_iter()
        .filter(|role| *role != Role::Owner || who.may(Permission::Own));
    let field = Field::select("role", "Role").value(chosen).error(wrong);
    given.fold(field, |field, role| {
        field.option(role.as_str(), format!("{}: {}", named(role), may(role)))
    })
}
