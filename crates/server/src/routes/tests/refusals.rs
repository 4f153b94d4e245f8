//! Nobody passes a door who may not: signed out, in the wrong role, from another site, or from
//! another organization.

use std::collections::BTreeMap;

use reqwest::{Method, RequestBuilder, StatusCode, header};

use super::{
    bad_input,
    complaints::{Complaints, short},
    table::{Door, Route, all, doors},
    world::World,
};
use crate::{
    db::{Engine, OrgId},
    http::{Permission, Role},
    testing::on_both_engines,
};

on_both_engines!(World::start =>
    every_door_refuses_whom_it_must,
    no_role_of_another_organization_learns_anything,
);

/// A valid request ends the session that the test goes on with.
const ENDS_SESSION: [&str; 2] = ["/sign-out", "/api/v1/session"];

async fn every_door_refuses_whom_it_must(world: World) {
    let mut complaints = Complaints::default();
    let routes = all(&world.app).await;
    let doors = doors();
    for route in routes.iter().filter(|route| !doors.contains_key(*route)) {
        complaints.unless(false, || format!("{route} is missing in doors.txt"));
    }
    for route in doors.keys().filter(|route| !routes.contains(*route)) {
        complaints.unless(false, || {
            format!("{route} is no route any more, but in doors.txt")
        });
    }
    let knock = Knock::at_all(&world);
    knock.signed_out(&mut complaints).await;
    knock.across_sites(&mut complaints).await;
    bad_input::is_refused(&world, &mut complaints).await;
    knock.in_every_role(&mut complaints).await;
    knock.as_the_owner(&mut complaints).await;
    complaints.assert_none();
}

/// Every route, every role, another organization; that own things are found with the same requests
/// is told above.
async fn no_role_of_another_organization_learns_anything(world: World) {
    let mut complaints = Complaints::default();
    let knock = Knock::at_all(&world);
    let elsewhere = world.app.another_organization().await;
    for role in roles_across(world.app.app.db.engine()) {
        knock
            .across_organizations(elsewhere, *role, &mut complaints)
            .await;
    }
    complaints.assert_none();
}

/// All of them; the short form leaves some to the other engine, for the same lines decide.
fn roles_across(engine: Engine) -> &'static [Role] {
    let is_long = std::env::var_os("BILLINGONE_PROVE").is_some();
    match engine {
        Engine::Sqlite if !is_long => &[Role::Owner, Role::Viewer],
        _ => &Role::ALL,
    }
}

/// What came back, without what differs from one request to the next.
struct Answer {
    status: StatusCode,
    text: String,
}

impl Answer {
    fn said(&self) -> String {
        format!("{} {}", self.status, short(&self.text))
    }
}

async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status();
    let is_stream = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    let id = response.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    // A stream of events goes on for as long as somebody listens.
    let text = if is_stream {
        String::new()
    } else {
        response.text().await.unwrap()
    };
    let text = text.replace(&id, "ID");
    Answer { status, text }
}

fn same(text: &str) -> String {
    text.to_owned()
}

/// Somebody at every closed door.
struct Knock<'a> {
    world: &'a World,
    closed: BTreeMap<Route, Permission>,
}

impl<'a> Knock<'a> {
    fn at_all(world: &'a World) -> Self {
        let closed = doors().into_iter().filter_map(|(route, door)| match door {
            Door::Needs(permission) => Some((route, permission)),
            Door::Open => None,
        });
        Self {
            world,
            closed: closed.collect(),
        }
    }

    async fn signed_out(&self, complaints: &mut Complaints) {
        for route in self.closed.keys() {
            let path = self.world.path(route);
            let request = || self.world.app.anonymous(route.method(), &path);
            if route.is_api() {
                for request in [request(), request().bearer_auth("guess")] {
                    let answer = answer(request).await;
                    let is_refused = answer.status == 401 && answer.text.contains("\"signed_out\"");
                    complaints.unless(is_refused, || {
                        format!("signed out, {route}: {}", answer.said())
                    });
                }
                continue;
            }
            let mut methods = vec![route.method()];
            methods.extend((!route.is_unsafe()).then_some(Method::HEAD));
            for method in methods {
                let page = self
                    .world
                    .app
                    .anonymous(method, &path)
                    .send()
                    .await
                    .unwrap();
                let to = page
                    .headers()
                    .get(header::LOCATION)
                    .map(|to| to.to_str().unwrap());
                let is_sent_away = to.is_some_and(|to| to.starts_with("/sign-in?next=%2F"));
                let status = page.status();
                complaints.unless(status == 303 && is_sent_away, || {
                    format!("signed out, {route}: {status} to {to:?}")
                });
            }
            let part = request().header("hx-request", "true").send().await.unwrap();
            let is_sent_away = part.status() == 401 && part.headers().contains_key("hx-redirect");
            complaints.unless(is_sent_away, || {
                format!("signed out, part of {route}: {}", part.status())
            });
        }
    }

    async fn across_sites(&self, complaints: &mut Complaints) {
        let app = &self.world.app;
        let cookie = format!("{}={}", crate::http::COOKIE, app.token);
        for route in self.closed.keys().filter(|route| route.is_unsafe()) {
            let path = self.world.path(route);
            for site in ["cross-site", "same-site", "none", ""] {
                let request = app
                    .anonymous(route.method(), &path)
                    .header(header::COOKIE, &cookie);
                let request = request.header("sec-fetch-site", site);
                let answer = answer(request).await;
                let is_refused =
                    answer.status == 403 && answer.text.contains("came from another site");
                complaints.unless(is_refused, || {
                    format!("from {site:?}, {route}: {}", answer.said())
                });
            }
        }
    }

    /// Whom a permission lets in is told by `Role::may`; that each handler asks for the permission
    /// that `doors.txt` says is told by its answers.
    async fn in_every_role(&self, complaints: &mut Complaints) {
        for role in Role::ALL {
            let email = format!("{}-too@example.com", role.as_str());
            let token = self.world.app.add_person(&email, role).await;
            for (route, permission) in &self.closed {
                let may = role.may(*permission);
                if may && ENDS_SESSION.contains(&route.template.as_str()) {
                    continue;
                }
                let about_nothing = |text: &str| self.world.about_nothing(text);
                let answer = answer(self.world.request(route, &token, about_nothing)).await;
                let status = answer.status;
                let is_right = if may {
                    status != 401 && status != 403 && !status.is_server_error()
                } else {
                    status == 403 && answer.text.contains(permission.refusal())
                };
                complaints.unless(is_right, || format!("{role:?}, {route}: {}", answer.said()));
            }
        }
    }

    /// Whoever asks for another organization's things learns as much as who asks for nothing.
    async fn across_organizations(
        &self,
        elsewhere: OrgId,
        role: Role,
        complaints: &mut Complaints,
    ) {
        let world = self.world;
        let email = format!("{}-elsewhere@example.com", role.as_str());
        let stranger = world.app.add_person_to(elsewhere, &email, role).await;
        for (route, permission) in &self.closed {
            if ENDS_SESSION.contains(&route.template.as_str()) {
                continue;
            }
            let about_nothing = |text: &str| world.about_nothing(text);
            let foreign = answer(world.request(route, &stranger, same)).await;
            let unknown = answer(world.request(route, &stranger, about_nothing)).await;
            // What the caller said himself may stand in the answer.
            let is_same = world.about_nothing(&foreign.text) == unknown.text;
            let is_right = if !role.may(*permission) {
                foreign.status == 403 && unknown.status == 403 && is_same
            } else if route.is_about_something() {
                foreign.status == 404 && unknown.status == 404 && is_same
            } else {
                foreign.status.is_success() == unknown.status.is_success()
            };
            complaints.unless(is_right, || {
                format!(
                    "{role:?} from elsewhere, foreign, {route}: {}\nunknown: {}",
                    foreign.said(),
                    unknown.said()
                )
            });
        }
    }

    /// Own things are found: otherwise the strangers could have asked for what nobody has.
    async fn as_the_owner(&self, complaints: &mut Complaints) {
        let (mut writes, reads): (Vec<&Route>, Vec<&Route>) =
            self.closed.keys().partition(|route| route.is_unsafe());
        // Whoever is removed is found no more.
        writes.sort_by_key(|route| {
            let of_team = route.template.contains("/team/people/");
            let of_template = route.template.contains("/contract-templates/");
            let is_last = route.method == "DELETE" || route.template.ends_with("/delete");
            of_team && (route.method == "DELETE" || route.template.ends_with("/remove"))
                || of_template && is_last
        });
        for route in reads.into_iter().chain(writes) {
            if ENDS_SESSION.contains(&route.template.as_str()) {
                continue;
            }
            let answer = answer(self.world.request(route, &self.world.app.token, same)).await;
            // A page about drafts refuses what is active: found, but in no state for it.
            let is_found = if route.is_unsafe() {
                answer.status != 404 && !answer.status.is_server_error()
            } else {
                !answer.status.is_client_error() || answer.status == 409
            };
            complaints.unless(is_found, || {
                format!("the owner, {route}: {}", answer.said())
            });
        }
    }
}
