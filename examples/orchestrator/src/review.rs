//! The operator's site: who is in review and why, release with a reason, reports of abuse. It has an
//! origin of its own and a policy without any script.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, SET_COOKIE};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router, extract::Request};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tower::Layer as _;
use tower_http::csrf::CsrfLayer;
use tower_visor::layer::VisorLayer;
use tower_visor::policy::{Document, Policy, Resource};
use tower_visor::session::{AbuseReport, CorrelationId, Person, SessionRecord, State as Stands};

use crate::check::cookie;
use crate::store::{Record, Store};
use crate::{Error, now, random};

const STYLE: &str = include_str!("../web/app.css");
const ICON: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="#0b6b8a"/></svg>"##;

#[derive(Clone)]
struct Review {
    store: Store,
    /// The digest of the operator's key: digests are compared, so that the time tells nothing.
    key: [u8; 32],
    /// Cookies of operators who are signed in, until the next start.
    signed_in: Arc<Mutex<HashSet<String>>>,
}

/// The site, at an origin of its own.
pub fn site(store: Store, origin: &str, key: &str) -> Result<Router, Box<dyn std::error::Error>> {
    let document = Document::new(origin)?
        .loads(Resource::Style, "/app.css")
        .loads(Resource::Image, "/icon.svg");
    let document = ["/sign-in", "/review", "/release", "/abuse"]
        .iter()
        .fold(document, |document, path| {
            document.loads(Resource::Form, path)
        });
    let policy = Policy::document(document);
    let review = Review {
        store,
        key: Sha256::digest(key).into(),
        signed_in: Arc::default(),
    };
    let router = Router::new()
        .route("/", get(list))
        .route("/person", get(person))
        .route("/review", post(begin_review))
        .route("/release", post(release))
        .route("/abuse", post(abuse))
        .layer(from_fn_with_state(review.clone(), operators_only))
        .route("/sign-in", get(sign_in_page).post(sign_in))
        .route(
            "/icon.svg",
            get(async || ([(CONTENT_TYPE, "image/svg+xml")], ICON)),
        )
        .route(
            "/app.css",
            get(|| async { ([(CONTENT_TYPE, "text/css")], STYLE) }),
        )
        .layer(CsrfLayer::new())
        .with_state(review);
    let visor = VisorLayer::new(&policy)?.layer(router);
    Ok(Router::new().fallback_service(visor))
}

async fn operators_only(State(review): State<Review>, request: Request, next: Next) -> Response {
    let is_known = cookie(request.headers(), "operator").is_some_and(|cookie| {
        let signed_in = review.signed_in.lock();
        signed_in
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&cookie)
    });
    if is_known {
        next.run(request).await
    } else {
        Redirect::to("/sign-in").into_response()
    }
}

fn page(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="icon" href="/icon.svg";
                link rel="stylesheet" href="/app.css";
            }
            body.wide { main { h1 { (title) } (content) } }
        }
    }
}

async fn sign_in_page() -> Markup {
    page(
        "Operator",
        &html! {
            form.card method="post" action="/sign-in" {
                label { "Key" input name="key" type="password" required autofocus autocomplete="off"; }
                p.quiet { "The backend printed it when it started." }
                button { "Sign in" }
            }
        },
    )
}

#[derive(Deserialize)]
struct Key {
    key: String,
}

async fn sign_in(
    State(review): State<Review>,
    Form(Key { key }): Form<Key>,
) -> Result<Response, Error> {
    if <[u8; 32]>::from(Sha256::digest(key)) != review.key {
        return Ok((StatusCode::FORBIDDEN, sign_in_page().await).into_response());
    }
    let value = random()?;
    let cookie = format!("operator={value}; Path=/; HttpOnly; SameSite=Strict");
    let signed_in = review.signed_in.lock();
    signed_in
        .unwrap_or_else(PoisonError::into_inner)
        .insert(value);
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), Redirect::to("/")).into_response())
}

/// A state, in words.
fn words(person: &Person) -> Markup {
    match person.state() {
        Stands::Created => html! { "new" },
        Stands::Attempted => html! { "attempted" },
        Stands::Refused => html! { "refused by the service" },
        Stands::InReview { reason, .. } => html! { b.bad { "in review" } ": " (reason) },
        Stands::Released => html! { "released" },
        _ => html! { "unknown" },
    }
}

async fn list(State(review): State<Review>) -> Result<Markup, Error> {
    let mut persons = review.store.persons().await?;
    // Who needs somebody to look comes first.
    persons.sort_by_key(|(_, person)| person.may_begin().is_ok());
    Ok(page(
        "Persons",
        &html! {
            @if persons.is_empty() { p.card { "Nobody has signed in yet." } }
            @else {
                table.card {
                    thead { tr { th { "Name" } th { "State" } th { "Sessions" } th { "Last verdict" } } }
                    tbody {
                        @for (name, person) in &persons {
                            tr {
                                td { a href={ "/person?" (query(name)) } { (name) } }
                                td { (words(person)) }
                                td { (person.sessions().len()) }
                                td { (person.sessions().last().map_or_else(String::new, verdict)) }
                            }
                        }
                    }
                }
            }
        },
    ))
}

/// `name=...`, percent-encoded.
fn query(name: &str) -> String {
    let encoded = name.bytes().map(|byte| format!("%{byte:02X}"));
    format!("name={}", encoded.collect::<String>())
}

fn verdict(session: &SessionRecord) -> String {
    session
        .verdict()
        .map_or_else(|| "none yet".to_owned(), ToString::to_string)
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

async fn person(
    State(review): State<Review>,
    Query(Name { name }): Query<Name>,
) -> Result<Markup, Error> {
    let (person, records) = review.store.person(&name).await?;
    Ok(page(
        &name,
        &html! {
            p { a href="/" { "All persons" } }
            p.card { "State: " (words(&person)) }
            (forms(&name, &person))
            (sessions(&name, &person))
            @if !person.refusals().is_empty() {
                section.card {
                    h2 { "Refused by the service" }
                    ul { @for refusal in person.refusals() {
                        li {
                            (time(refusal.at)) " " (refusal.status) " "
                            (refusal.code.as_deref().unwrap_or("no code")) ": "
                            (refusal.message.as_deref().unwrap_or("no message"))
                            " (call " (refusal.apim_request_id.as_deref().unwrap_or("unknown")) ")"
                        }
                    } }
                }
            }
            @if !person.reviews().is_empty() {
                section.card {
                    h2 { "Reviews" }
                    ul { @for review in person.reviews() {
                        li { (time(review.at())) " " (review.cause()) "; released by " (review.by()) ": " (review.reason()) }
                    } }
                }
            }
            (history(&records))
        },
    ))
}

/// Release, or a review that an operator begins.
fn forms(name: &str, person: &Person) -> Markup {
    html! {
        @if person.may_begin().is_err() {
            form.card method="post" action="/release" {
                h2 { "Release" }
                p.quiet { "The person gets a new correlation id, and may begin again." }
                input type="hidden" name="name" value=(name);
                label { "Who looked" input name="by" required maxlength="200"; }
                label { "Why they may go on" input name="reason" required maxlength="200"; }
                button { "Release" }
            }
        } @else {
            form.card method="post" action="/review" {
                h2 { "Hold for review" }
                input type="hidden" name="name" value=(name);
                label { "Why" input name="reason" required maxlength="200"; }
                button { "Hold" }
            }
        }
    }
}

fn sessions(name: &str, person: &Person) -> Markup {
    html! {
        section.card {
            h2 { "Sessions" }
            @if person.sessions().is_empty() { p.quiet { "None." } }
            @for session in person.sessions().iter().rev() {
                details {
                    summary { (time(session.at())) " " (verdict(session)) }
                    p.quiet { "Session " (session.session_id()) ", call " (session.apim_request_id().unwrap_or("unknown")) }
                    form method="post" action="/abuse" {
                        h3 { "Report abuse" }
                        p.quiet { "A file for a support request with Microsoft." }
                        input type="hidden" name="name" value=(name);
                        input type="hidden" name="session" value=(session.session_id());
                        label { "What was shown to the camera" input name="material"; }
                        label { "Light, device, browser" input name="conditions"; }
                        label { "How to do it again, a step a line" textarea name="steps" {} }
                        label { "What it means for the business" input name="impact"; }
                        button { "Download" }
                    }
                }
            }
        }
    }
}

fn history(records: &[Record]) -> Markup {
    html! {
        section.card {
            h2 { "Record" }
            ol.record { @for record in records { li { (time(record.at)) " " (record.event) } } }
        }
    }
}

/// A time of the record, in UTC.
fn time(seconds: u64) -> String {
    // Days since 0000-03-01, by Howard Hinnant's `civil_from_days`.
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 {
        (year + era * 400, month + 3)
    } else {
        (year + era * 400 + 1, month - 9)
    };
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

#[derive(Deserialize)]
struct Hold {
    name: String,
    reason: String,
}

async fn begin_review(
    State(review): State<Review>,
    Form(hold): Form<Hold>,
) -> Result<Redirect, Error> {
    let back = format!("/person?{}", query(&hold.name));
    let change = move |person: &mut Person| {
        let reason = hold.reason.trim().to_owned();
        person.review(reason.parse()?, now());
        Ok(((), format!("in review: held by the operator: {reason}")))
    };
    review.store.change(&hold.name, change).await?;
    Ok(Redirect::to(&back))
}

#[derive(Deserialize)]
struct Release {
    name: String,
    by: String,
    reason: String,
}

async fn release(
    State(review): State<Review>,
    Form(form): Form<Release>,
) -> Result<Redirect, Error> {
    let back = format!("/person?{}", query(&form.name));
    let id = CorrelationId::random()?;
    let change = move |person: &mut Person| {
        let (by, reason) = (form.by.trim().to_owned(), form.reason.trim().to_owned());
        person.release(by.parse()?, reason.parse()?, id, now())?;
        Ok(((), format!("released with a new id by {by}: {reason}")))
    };
    review.store.change(&form.name, change).await?;
    Ok(Redirect::to(&back))
}

#[derive(Deserialize)]
struct Abuse {
    name: String,
    session: String,
    material: String,
    conditions: String,
    steps: String,
    impact: String,
}

async fn abuse(State(review): State<Review>, Form(form): Form<Abuse>) -> Result<Response, Error> {
    let (person, _) = review.store.person(&form.name).await?;
    let mut sessions = person.sessions().iter();
    let session = sessions.find(|session| session.session_id() == form.session);
    let report = AbuseReport::of(session.ok_or(Error::NoSuchPerson)?)
        .material(&form.material)
        .conditions(&form.conditions)
        .steps(&form.steps)
        .impact(&form.impact)
        .to_markdown()?;
    let change = move |_: &mut Person| {
        Ok((
            (),
            format!("a report of abuse was written of session {}", form.session),
        ))
    };
    review.store.change(&form.name, change).await?;
    let headers = [
        (CONTENT_TYPE, "text/markdown; charset=utf-8"),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"abuse-report.md\"",
        ),
    ];
    Ok((headers, report).into_response())
}
