//! One SQL text for both engines.

use std::{borrow::Cow, panic::Location};

use futures::{Stream, StreamExt, TryStreamExt};
use sqlx::{
    AssertSqlSafe, FromRow, Postgres, Sqlite,
    postgres::{PgArguments, PgRow},
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
};

use super::{
    Bind, DbError, Tx, Value,
    witness::{Seen, Site},
};

/// A type that both engines' rows can be read into; derive `sqlx::FromRow`.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{}

#[must_use = "a statement does nothing until it is run"]
pub struct Sql {
    text: Cow<'static, str>,
    values: Vec<Value>,
    site: Site,
}

/// A statement with `$1`, `$2`… parameters.
#[track_caller]
pub fn sql(text: &'static str) -> Sql {
    Sql {
        text: Cow::Borrowed(text),
        values: Vec::new(),
        site: Site::at(Location::caller()),
    }
}

/// A statement composed from constant parts. Values never go into the text; they are bound.
#[track_caller]
pub fn sql_owned(text: String) -> Sql {
    Sql {
        text: Cow::Owned(text),
        values: Vec::new(),
        site: Site::at(Location::caller()),
    }
}

impl Sql {
    pub fn bind(mut self, value: impl Bind) -> Self {
        self.values.push(value.into_value());
        self
    }

    pub fn bind_all(mut self, values: impl IntoIterator<Item = Value>) -> Self {
        self.values.extend(values);
        self
    }

    /// Runs the statement; the number of rows it wrote.
    pub async fn run(self, tx: &mut Tx) -> Result<u64, DbError> {
        let (site, engine) = (self.site, tx.engine());
        let rows = match tx {
            Tx::Sqlite(tx) => self.sqlite().execute(&mut **tx).await?.rows_affected(),
            Tx::Postgres(tx) => self.postgres().execute(&mut **tx).await?.rows_affected(),
        };
        site.note(engine, Seen::Run);
        Ok(rows)
    }

    /// Runs a write that must hit exactly one row of the version it names.
    ///
    /// # Errors
    /// [`DbError::Stale`] when it hit none.
    pub async fn run_one(self, tx: &mut Tx) -> Result<(), DbError> {
        if self.run(tx).await? == 1 {
            Ok(())
        } else {
            Err(DbError::Stale)
        }
    }

    pub async fn all<T: Row>(self, tx: &mut Tx) -> Result<Vec<T>, DbError> {
        self.stream::<T>(tx).try_collect().await
    }

    pub async fn optional<T: Row>(self, tx: &mut Tx) -> Result<Option<T>, DbError> {
        let (site, engine) = (self.site, tx.engine());
        site.note(engine, Seen::Asked);
        let read = match tx {
            Tx::Sqlite(tx) => match self.sqlite().fetch_optional(&mut **tx).await? {
                Some(row) => T::from_row(&row)?,
                None => return Ok(None),
            },
            Tx::Postgres(tx) => match self.postgres().fetch_optional(&mut **tx).await? {
                Some(row) => T::from_row(&row)?,
                None => return Ok(None),
            },
        };
        site.note(engine, Seen::Decoded);
        Ok(Some(read))
    }

    /// # Errors
    /// [`DbError::NotFound`] when there is no row.
    pub async fn one<T: Row>(self, tx: &mut Tx) -> Result<T, DbError> {
        self.optional(tx).await?.ok_or(DbError::NotFound)
    }

    /// The first column of the only row.
    pub async fn value<T>(self, tx: &mut Tx) -> Result<T, DbError>
    where
        (T,): Row,
    {
        Ok(self.one::<(T,)>(tx).await?.0)
    }

    /// The first column of every row.
    pub async fn values<T>(self, tx: &mut Tx) -> Result<Vec<T>, DbError>
    where
        (T,): Row,
    {
        Ok(self
            .all::<(T,)>(tx)
            .await?
            .into_iter()
            .map(|row| row.0)
            .collect())
    }

    /// Rows as they come, for what must not be held in memory at once.
    pub fn stream<'t, T: Row + 't>(
        self,
        tx: &'t mut Tx,
    ) -> futures::stream::BoxStream<'t, Result<T, DbError>> {
        let (site, engine) = (self.site, tx.engine());
        site.note(engine, Seen::Asked);
        let mut is_first = true;
        let rows = match tx {
            Tx::Sqlite(tx) => decode(self.sqlite().fetch(&mut **tx), |row| T::from_row(row)),
            Tx::Postgres(tx) => decode(self.postgres().fetch(&mut **tx), |row| T::from_row(row)),
        };
        rows.inspect_ok(move |_| {
            if std::mem::take(&mut is_first) {
                site.note(engine, Seen::Decoded);
            }
        })
        .boxed()
    }

    fn sqlite(self) -> Query<'static, Sqlite, SqliteArguments> {
        self.values.into_iter().fold(
            sqlx::query(statement(self.text)),
            |query, value| match value {
                Value::Int(v) => query.bind(v),
                Value::Text(v) => query.bind(v),
                Value::Bool(v) => query.bind(v),
                Value::Uuid(v) => query.bind(v),
                Value::Bytes(v) => query.bind(v),
            },
        )
    }

    fn postgres(self) -> Query<'static, Postgres, PgArguments> {
        self.values.into_iter().fold(
            sqlx::query(statement(self.text)),
            |query, value| match value {
                Value::Int(v) => query.bind(v),
                Value::Text(v) => query.bind(v),
                Value::Bool(v) => query.bind(v),
                Value::Uuid(v) => query.bind(v),
                Value::Bytes(v) => query.bind(v),
            },
        )
    }
}

fn statement(text: Cow<'static, str>) -> sqlx::SqlStr {
    use sqlx::SqlSafeStr;
    match text {
        Cow::Borrowed(text) => text.into_sql_str(),
        Cow::Owned(text) => AssertSqlSafe(text).into_sql_str(),
    }
}

fn decode<'t, R: 't, T: Send + 't>(
    rows: impl Stream<Item = Result<R, sqlx::Error>> + Send + 't,
    read: fn(&R) -> Result<T, sqlx::Error>,
) -> futures::stream::BoxStream<'t, Result<T, DbError>> {
    rows.map(move |row| Ok(read(&row?)?)).boxed()
}
