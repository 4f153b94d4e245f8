use askama::Template;

use super::Quantity;

/// Bought, assigned, deployed, contracted, invoiced, paid: one client, one item, one date.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "ui/templates/parts/six_numbers.html")]
pub struct SixNumbers {
    pub bought: Number,
    pub assigned: Number,
    pub deployed: Number,
    pub contracted: Number,
    pub invoiced: Number,
    pub paid: Number,
}

/// One of them, in millionths, leading to its rows. A missing source is `None`, shown as *none*.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(source = "{{ self.shown() }}", ext = "html")]
pub struct Number {
    pub micros: Option<i64>,
    pub rows: Option<String>,
    /// This is where the numbers stop agreeing.
    pub differs: bool,
}

impl Number {
    pub fn new(micros: Option<i64>, rows: Option<String>) -> Number {
        Number {
            micros,
            rows,
            differs: false,
        }
    }

    #[must_use]
    pub fn differing(mut self) -> Number {
        self.differs = true;
        self
    }

    fn shown(&self) -> Quantity {
        Quantity::micros(self.micros)
    }
}

impl SixNumbers {
    /// In the order money flows, with the words on screen.
    pub fn named(&self) -> [(&'static str, &Number); 6] {
        [
            ("Bought", &self.bought),
            ("Assigned", &self.assigned),
            ("Deployed", &self.deployed),
            ("Contracted", &self.contracted),
            ("Invoiced", &self.invoiced),
            ("Paid", &self.paid),
        ]
    }
}
