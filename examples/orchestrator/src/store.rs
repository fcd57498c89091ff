//! Persons, sign-ins and the audit record, in an `SQLite` file.
//!
//! Every change of a person is one transaction with its line in the record, and is on the disk when
//! the call returns (`synchronous = FULL`): a process that is killed loses neither.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use tower_visor::session::Person;

use crate::{Error, now, random};

const SCHEMA: &str = "
    create table if not exists person (
        name text primary key not null,
        data text not null -- tower-visor's `Person`, as JSON
    ) strict;
    create table if not exists sign_in (
        cookie text primary key not null,
        name text not null,
        at integer not null
    ) strict;
    create table if not exists record (
        id integer primary key autoincrement,
        at integer not null, -- seconds since 1970-01-01 (UTC)
        name text not null,
        event text not null
    ) strict;
    -- Records are added, and never changed.
    create trigger if not exists record_kept before update on record
        begin select raise(abort, 'records are never changed'); end;
    create trigger if not exists record_stays before delete on record
        begin select raise(abort, 'records are never removed'); end;
";

/// How long somebody stays signed in.
const SIGNED_IN_SECONDS: u64 = 3600;

/// The database. Clones are the same one.
#[derive(Clone)]
pub struct Store(Arc<Mutex<Connection>>);

/// A line of the record.
pub struct Record {
    pub at: u64,
    pub event: String,
}

impl Store {
    /// Opens the file; creates it at the first start.
    pub fn open(file: &Path) -> Result<Self, Error> {
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// `SQLite` blocks, so each call has a thread of its own meanwhile.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let connection = Arc::clone(&self.0);
        // A panic in between has rolled its transaction back.
        let work = move || work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(work).await?
    }

    /// Changes what is kept of a person, in one transaction with the line that says so. Whatever
    /// `change` returns as an error changes nothing.
    pub async fn change<T: Send + 'static>(
        &self,
        name: &str,
        change: impl FnOnce(&mut Person) -> Result<(T, String), Error> + Send + 'static,
    ) -> Result<T, Error> {
        let name = name.to_owned();
        self.with(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut person = person(&transaction, &name)?.ok_or(Error::NoSuchPerson)?;
            let (value, event) = change(&mut person)?;
            let data = serde_json::to_string(&person)?;
            transaction.execute(
                "update person set data = ?2 where name = ?1",
                params![name, data],
            )?;
            record(&transaction, &name, &event)?;
            transaction.commit()?;
            Ok(value)
        })
        .await
    }

    /// Signs somebody in, and gives the cookie. Whoever is new gets a correlation id, drawn here
    /// once and kept: it is not the name, and can be replaced.
    pub async fn sign_in(&self, name: &str, new: Person) -> Result<String, Error> {
        let (name, cookie) = (name.to_owned(), random()?);
        let given = cookie.clone();
        self.with(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let data = serde_json::to_string(&new)?;
            let sql = "insert into person (name, data) values (?1, ?2) on conflict do nothing";
            if transaction.execute(sql, params![name, data])? == 1 {
                record(&transaction, &name, "known from now on, with a random id")?;
            }
            transaction.execute(
                "delete from sign_in where at < ?1",
                [now().saturating_sub(SIGNED_IN_SECONDS)],
            )?;
            transaction.execute(
                "insert into sign_in (cookie, name, at) values (?1, ?2, ?3)",
                params![cookie, name, now()],
            )?;
            transaction.commit()?;
            Ok(())
        })
        .await?;
        Ok(given)
    }

    /// Who has this cookie.
    pub async fn signed_in(&self, cookie: String) -> Result<Option<String>, Error> {
        self.with(move |connection| {
            let since = now().saturating_sub(SIGNED_IN_SECONDS);
            let sql = "select name from sign_in where cookie = ?1 and at >= ?2";
            let name = connection.query_row(sql, params![cookie, since], |row| row.get(0));
            Ok(name.optional()?)
        })
        .await
    }

    /// Everybody, by name.
    pub async fn persons(&self) -> Result<Vec<(String, Person)>, Error> {
        self.with(|connection| {
            let mut rows = connection.prepare("select name, data from person order by name")?;
            let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.map(|row| {
                let (name, data): (String, String) = row?;
                Ok((name, serde_json::from_str(&data)?))
            })
            .collect()
        })
        .await
    }

    /// One person, and the newest lines about them, newest first.
    pub async fn person(&self, name: &str) -> Result<(Person, Vec<Record>), Error> {
        let name = name.to_owned();
        self.with(move |connection| {
            let person = person(connection, &name)?.ok_or(Error::NoSuchPerson)?;
            let sql = "select at, event from record where name = ?1 order by id desc limit 100";
            let mut rows = connection.prepare(sql)?;
            let rows = rows.query_map([&name], |row| {
                Ok(Record {
                    at: row.get(0)?,
                    event: row.get(1)?,
                })
            })?;
            Ok((person, rows.collect::<Result<_, _>>()?))
        })
        .await
    }
}

fn person(connection: &Connection, name: &str) -> Result<Option<Person>, Error> {
    let sql = "select data from person where name = ?1";
    let data: Option<String> = connection
        .query_row(sql, [name], |row| row.get(0))
        .optional()?;
    Ok(data.map(|data| serde_json::from_str(&data)).transpose()?)
}

fn record(connection: &Connection, name: &str, event: &str) -> Result<(), Error> {
    connection.execute(
        "insert into record (at, name, event) values (?1, ?2, ?3)",
        params![now(), name, event],
    )?;
    Ok(())
}
