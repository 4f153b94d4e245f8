//! What stands on paper can be read again.

use super::{Align, Cell, Column, Flow, LEFT, Look, Paper, RIGHT};
use crate::testing::pdf::words;

const NAMES: &str = "Škoda Œuvre Łódź Ελλάδα Україна ООО «Заря» Nguyễn € £ −12.50 ﬁve";

fn sample(lines: usize) -> Vec<u8> {
    let paper = Paper::new("Sample", Some("Draft")).unwrap();
    let mut flow = Flow::begin(paper);
    flow.paragraph(LEFT, RIGHT, Look::TEXT, NAMES);
    let column = |head: &str, left, right, align| Column {
        head: head.to_owned(),
        left,
        right,
        align,
    };
    let columns = [
        column("What", LEFT, 3000, Align::Left),
        column("Amount", 3100, RIGHT, Align::Right),
    ];
    let rows = (0..lines).map(|line| {
        vec![
            Cell::of(format!("Line {line}")).about("1–30 Nov 2026"),
            Cell::of(format!("{line}.00")),
        ]
    });
    flow.table(&columns, rows);
    flow.finish("Northwind IT").unwrap()
}

#[test]
fn the_same_content_gives_the_same_bytes() {
    assert_eq!(sample(20), sample(20));
}

#[test]
fn letters_of_many_scripts_are_read_back() {
    let Some(text) = words(&sample(1)) else {
        return;
    };
    for name in NAMES.split(' ') {
        assert!(text.contains(name), "{name} is not in {text}");
    }
}

#[test]
fn a_long_table_repeats_its_head_and_counts_its_pages() {
    let file = sample(5_000);
    assert!(file.len() < 2_000_000, "{} bytes", file.len());
    let Some(text) = words(&file) else {
        return;
    };
    let pages: Vec<&str> = text
        .split('\u{c}')
        .filter(|page| !page.trim().is_empty())
        .collect();
    assert!(pages.len() > 100, "{} pages", pages.len());
    for (at, page) in pages.iter().enumerate() {
        assert!(page.contains("Amount"), "page {at} has no head");
        let number = format!("Page {} of {}", at + 1, pages.len());
        assert!(page.contains(&number), "{number} is missing");
    }
    for line in [0, 1, 2_499, 4_999] {
        assert!(text.contains(&format!("Line {line} ")), "line {line}");
    }
}
