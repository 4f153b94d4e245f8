//! How an invoice was worked out, exactly as its client is told.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};

use super::{file, invoice_id, place_of};
use crate::{
    app::App,
    fault::Fault,
    features::{
        deliveries::{
            ClientExplanation, client_explanation, explanation_pdf,
            paperwork::{drawn, file_name},
        },
        home::Frame,
    },
    http::{May, Read},
    ui::{Nav, Shell, Steps, View},
};

struct Line {
    description: String,
    period: String,
    net: String,
    rule: Option<String>,
    steps: Steps,
}

#[derive(Template)]
#[template(path = "features/deliveries/templates/explanation.html")]
pub struct ExplanationPage {
    shell: Shell,
    back: String,
    title: String,
    pdf: String,
    about: String,
    lines: Vec<Line>,
    total: String,
}

pub async fn show(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    _may: May<Read>,
    Path(id): Path<String>,
) -> Result<View<ExplanationPage>, Fault> {
    let id = invoice_id(&id)?;
    let mut tx = app.db.read(who.org).await?;
    let told = client_explanation(&mut tx, who.org, id).await?;
    drop(tx);
    Ok(View(ExplanationPage {
        shell: shell.titled(told.title.clone(), Nav::GeneratedInvoices),
        back: place_of(id),
        pdf: format!("{}/explanation.pdf", place_of(id)),
        about: format!("From {} for {}", told.from, told.to),
        lines: lines(&told),
        total: told.total,
        title: told.title,
    }))
}

fn lines(told: &ClientExplanation) -> Vec<Line> {
    let lines = told.lines.iter().map(|line| {
        let mut steps = Steps::new();
        if let Some(why) = &line.why {
            for step in &why.steps {
                let (what, because) = (step.what.clone(), step.because.clone());
                steps = steps.step(step.sign, what, because, step.value.clone());
            }
            if let Some((what, value)) = &why.result {
                steps = steps.result(what.clone(), value.clone());
            }
        }
        Line {
            description: line.description.clone(),
            period: line.period.clone(),
            net: line.net.clone(),
            rule: line.why.as_ref().map(|why| why.rule.clone()),
            steps,
        }
    });
    lines.collect()
}

pub async fn pdf(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let told = client_explanation(&mut tx, who.org, invoice_id(&id)?).await?;
    drop(tx);
    let name = file_name("explanation", &told.number);
    let bytes = drawn(move || explanation_pdf::draw(&told)).await?;
    Ok(file(&name, bytes))
}
