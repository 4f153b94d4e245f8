//! Why an invoice is what it is, on paper.

use super::explanation::{ClientExplanation, ExplainedLine};
use crate::paper::{Flow, LEFT, Look, Paper, RIGHT};

/// Where a step's reason begins, and its value ends.
const BECAUSE: i32 = 2300;

pub fn draw(told: &ClientExplanation) -> anyhow::Result<Vec<u8>> {
    let mut flow = Flow::begin(Paper::new(&told.title, None)?);
    flow.paragraph(LEFT, RIGHT, Look::NAME, &told.title);
    flow.space(40);
    let about = format!("From {} for {}", told.from, told.to);
    flow.paragraph(LEFT, RIGHT, Look::QUIET, &about);
    flow.space(160);
    for line in &told.lines {
        of_line(&mut flow, line);
    }
    flow.make_room(300);
    flow.y += 150;
    flow.paper
        .text(LEFT, flow.y, Look::STRONG, "Total with tax");
    flow.paper.text_to(RIGHT, flow.y, Look::STRONG, &told.total);
    flow.finish(&told.title)
}

fn of_line(flow: &mut Flow, line: &ExplainedLine) {
    flow.make_room(400);
    let top = flow.y + Look::STRONG.leading();
    flow.paper.text_to(RIGHT, top, Look::STRONG, &line.net);
    flow.paragraph(LEFT, RIGHT - 1000, Look::STRONG, &line.description);
    flow.paragraph(LEFT, RIGHT - 1000, Look::QUIET, &line.period);
    if let Some(why) = &line.why {
        flow.paragraph(LEFT, RIGHT, Look::QUIET, &why.rule);
        for step in &why.steps {
            let what = if step.sign.is_empty() {
                step.what.clone()
            } else {
                format!("{} {}", step.sign, step.what)
            };
            of_step(flow, Look::TEXT, (&what, &step.because, &step.value));
        }
        if let Some((what, value)) = &why.result {
            of_step(flow, Look::STRONG, (what, "", value));
        }
    }
    flow.space(60);
    flow.rule();
    flow.space(60);
}

fn of_step(flow: &mut Flow, look: Look, (what, because, value): (&str, &str, &str)) {
    flow.make_room(look.leading());
    flow.y += look.leading();
    flow.paper.text(LEFT + 120, flow.y, look, what);
    flow.paper.text(BECAUSE, flow.y, Look::QUIET, because);
    flow.paper.text_to(RIGHT, flow.y, look, value);
}
