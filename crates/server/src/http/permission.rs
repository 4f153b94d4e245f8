//! Permissions as extractors: a handler's signature says what it needs.

use std::marker::PhantomData;

use axum::{extract::FromRequestParts, http::request::Parts};

use super::Who;
use crate::{app::App, fault::Fault, role::Permission};

/// A permission as a type, so that a handler's signature says what it needs.
pub trait Needs: Send + Sync + 'static {
    const PERMISSION: Permission;
}

macro_rules! needs {
    ($($name:ident)*) => {$(
        #[derive(Debug, Clone, Copy)]
        pub struct $name;
        impl Needs for $name {
            const PERMISSION: Permission = Permission::$name;
        }
    )*};
}
needs! { Read ReadCost Work Connect Administer Own }

/// The signed-in person, proven to have the permission `N`.
#[derive(Debug, Clone)]
pub struct May<N>(pub Who, PhantomData<N>);

impl<N> std::ops::Deref for May<N> {
    type Target = Who;
    fn deref(&self) -> &Who {
        &self.0
    }
}

impl<N: Needs> FromRequestParts<App> for May<N> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        let who = Who::from_request_parts(parts, app).await?;
        if who.role.may(N::PERMISSION) {
            Ok(Self(who, PhantomData))
        } else {
            Err(Fault::Forbidden(N::PERMISSION.refusal()))
        }
    }
}
