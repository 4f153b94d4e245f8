//! Components: values that know how they look. Each renders its own HTML and is written into a
//! page with `{{ value }}`; text inside is escaped by the component, never by the page.

mod badge;
mod chart;
mod compare;
mod evidence;
mod field;
mod figure;
mod moment;
mod notice;
mod pager;
mod progress;
mod six_numbers;
mod stat;
mod steps;
mod tabs;
mod timeline;

pub use badge::{Badge, Tone};
pub use chart::{AgingBar, Trend};
pub use compare::Compare;
pub use evidence::{Column, Evidence};
pub use field::{Choices, Field};
pub use figure::{Figure, Quantity, UnitPrice};
pub use moment::Moment;
pub use notice::Notice;
pub use pager::{Direction, Pager, SortHead};
pub use progress::{Progress, SourceRun, SourceState};
pub use six_numbers::{Number, SixNumbers};
pub use stat::{Stat, StatValue};
pub use steps::Steps;
pub use tabs::Tabs;
pub use timeline::{Event, Timeline};

/// These render escaped HTML, so a page that holds them must not escape it again.
macro_rules! safe_html {
    ($($component:ty),* $(,)?) => {
        $(impl askama::filters::HtmlSafe for $component {})*
    };
}
pub(crate) use safe_html;

safe_html!(
    Badge, AgingBar, Trend, Compare, Evidence, Field, Choices, Figure, Quantity, UnitPrice, Moment,
    Notice, Pager, SortHead, Progress, SixNumbers, Number, Stat, StatValue, Steps, Tabs, Timeline,
);
