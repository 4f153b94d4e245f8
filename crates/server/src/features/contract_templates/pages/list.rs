//! The list of templates.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;

use super::TEMPLATES;
use crate::{
    app::App,
    fault::Fault,
    features::{
        clients::search_pattern,
        contract_templates::{
            ContractTemplate,
            store::{self, ListedTemplate, TemplateFilter},
        },
        contracts::pages::{cycle_words, timing_words},
        home::Frame,
    },
    http::{CsvFile, Paging, Permission, Window},
    ui::{Badge, Field, Href, Nav, Pager, Shell, View, format},
};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    status: String,
    #[serde(flatten)]
    paging: Paging,
}

impl Asked {
    fn href(&self) -> Href {
        Href::to(TEMPLATES)
            .with("q", &self.q)
            .with("status", &self.status)
    }

    fn filter(&self) -> TemplateFilter {
        TemplateFilter {
            pattern: search_pattern(&self.q),
            status: match self.status.as_str() {
                "" => Some("active".to_owned()),
                "all" => None,
                other => Some(other.to_owned()),
            },
        }
    }
}

#[derive(Template)]
#[template(path = "features/contract_templates/templates/list.html")]
pub struct ListPage {
    shell: Shell,
    search: Field,
    status: Field,
    rows: Vec<Row>,
    may_work: bool,
    is_filtered: bool,
    pager: Pager,
}

struct Row {
    href: String,
    use_href: String,
    name: String,
    description: String,
    billed: String,
    term: String,
    currency: String,
    lines: String,
    archived: Option<Badge>,
}

pub(super) fn billed(template: &ContractTemplate) -> String {
    let terms = &template.terms;
    format!(
        "{} {}",
        cycle_words(&terms.cycle.text()),
        timing_words(&terms.timing.text())
    )
}

impl Row {
    fn of(template: ContractTemplate) -> Self {
        let href = format!("{TEMPLATES}/{}", template.id);
        Self {
            use_href: format!("/contracts/create?template={}", template.id),
            billed: billed(&template),
            archived: template.is_archived().then(|| Badge::neutral("Archived")),
            term: match template.terms.term_months {
                Some(months) => {
                    format::counted(u64::try_from(months).unwrap_or(0), "month", "months")
                }
                None => "no end".to_owned(),
            },
            currency: template
                .terms
                .currency
                .unwrap_or_else(|| "the client's".to_owned()),
            lines: format::count(template.terms.lines.0.len() as u64),
            name: template.terms.name,
            description: template.terms.description,
            href,
        }
    }
}

pub async fn show(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<View<ListPage>, Fault> {
    let window = asked.paging.window("name")?;
    let mut tx = app.db.read(who.org).await?;
    let rows = store::templates(&mut tx, who.org, &asked.filter(), &window).await?;
    let page = window.page(rows, ListedTemplate::place);
    let pager = Pager {
        shown: format::counted(page.items.len() as u64, "template", "templates"),
        first: window.after.as_ref().map(|_| asked.href().into()),
        next: page
            .next_cursor
            .as_ref()
            .map(|cursor| asked.href().with("cursor", cursor).into()),
        csv: Some(asked.href().at("/contract-templates.csv").into()),
    };
    let rows = page.items.into_iter().map(|row| Row::of(row.template));
    Ok(View(ListPage {
        rows: rows.collect(),
        shell: shell.titled("Contract templates", Nav::ContractTemplates),
        search: Field::search("q", "Name").value(&asked.q),
        status: Field::select("status", "Show")
            .option("", "Active")
            .option("archived", "Archived")
            .option("all", "All")
            .value(&asked.status),
        may_work: who.may(Permission::Work),
        is_filtered: !asked.q.is_empty() || !asked.status.is_empty(),
        pager,
    }))
}

/// The rows now filtered.
pub async fn csv(
    Frame { who, .. }: Frame,
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let window = Window::everything("name");
    let rows = store::templates(&mut tx, who.org, &asked.filter(), &window).await?;
    let head = [
        "name",
        "description",
        "cycle",
        "timing",
        "term_months",
        "currency",
        "purchase_order",
        "lines",
        "status",
    ];
    let mut file = CsvFile::new("contract-templates", &head)?;
    for row in rows {
        let terms = row.template.terms;
        let months = terms.term_months.map(|months| months.to_string());
        file.row(&[
            terms.name,
            terms.description,
            terms.cycle.text(),
            terms.timing.text(),
            months.unwrap_or_default(),
            terms.currency.unwrap_or_default(),
            terms.purchase_order.unwrap_or_default(),
            terms.lines.0.len().to_string(),
            row.template.status,
        ])?;
    }
    file.into_response()
}
