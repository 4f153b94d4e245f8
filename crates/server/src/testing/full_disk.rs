//! A disk that is full, on either engine.

use sqlx::{Connection as _, PgConnection, raw_sql};

use super::TestDatabase;
use crate::db::{Db, sql_owned};

/// What PostgreSQL says when a table cannot be extended.
const FULL: &str = "\
create or replace function disk_is_full() returns trigger language plpgsql as $$ begin \
  raise exception using errcode = '53100', \
    message = 'could not extend file: No space left on device'; end $$; \
do $$ declare t text; begin \
  for t in select tablename from pg_tables where schemaname = 'public' loop \
    execute format('create or replace trigger disk_full before insert on %I for each statement \
      execute function disk_is_full()', t); end loop; end $$";

impl TestDatabase {
    /// A full disk as near as it can be had: SQLite's writer may not grow the file any more, until
    /// it is opened anew; PostgreSQL answers every insert with the error it has for this.
    pub async fn fill(&self, db: &Db) {
        match &self.options.owner_url {
            None => {
                let pages = limit_pages(db, "select page_count from pragma_page_count").await;
                limit_pages(db, &format!("pragma max_page_count = {pages}")).await;
            }
            Some(owner) => run_as_owner(owner, FULL).await,
        }
    }

    pub async fn free(&self, db: &Db) {
        match &self.options.owner_url {
            None => {
                limit_pages(db, "pragma max_page_count = 1073741823").await;
            }
            Some(owner) => run_as_owner(owner, "drop function disk_is_full cascade").await,
        }
    }
}

/// Asks SQLite's one writing connection, for which alone the limit holds.
async fn limit_pages(db: &Db, text: &str) -> i64 {
    let mut tx = db.write_global().await.unwrap();
    let pages = sql_owned(text.to_owned()).value(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    pages
}

async fn run_as_owner(owner: &str, text: &'static str) {
    let mut connection = PgConnection::connect(owner).await.unwrap();
    raw_sql(text).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
