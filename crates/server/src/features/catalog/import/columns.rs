//! Which column of a file is which field of an item.

use crate::{
    fault::Fault,
    sheet::{self, Record},
};

/// A field of an item that a file may have, in the order in which a file without names has them;
/// those after `tax` need a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Code,
    Name,
    Description,
    UnitPrice,
    UnitCost,
    Tax,
    Account,
    Meter,
    Currency,
    Status,
}

impl Column {
    pub const ALL: [Self; 10] = [
        Self::Code,
        Self::Name,
        Self::Description,
        Self::UnitPrice,
        Self::UnitCost,
        Self::Tax,
        Self::Account,
        Self::Meter,
        Self::Currency,
        Self::Status,
    ];

    /// How many stand in a file without names.
    const UNNAMED: usize = 6;

    /// As the API and our own files call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Name => "name",
            Self::Description => "description",
            Self::UnitPrice => "unit_price",
            Self::UnitCost => "unit_cost",
            Self::Tax => "tax_type",
            Self::Account => "account_code",
            Self::Meter => "meter",
            Self::Currency => "currency",
            Self::Status => "status",
        }
    }

    /// What files call it, as `sheet::name` writes them.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Code => &["code", "sku", "item code"],
            Self::Name => &["name", "item", "product", "item name"],
            Self::Description => &["description", "desc"],
            Self::UnitPrice => &["default unit price", "unit price", "price"],
            Self::UnitCost => &["default unit cost", "unit cost", "cost"],
            Self::Tax => &[
                "tax",
                "tax type",
                "tax code",
                "xero tax type",
                "qbo tax code",
            ],
            Self::Account => &["account", "account code", "revenue account"],
            Self::Meter => &["meter"],
            Self::Currency => &["currency"],
            Self::Status => &["status"],
        }
    }

    fn named(cell: &str) -> Option<Self> {
        let name = sheet::name(cell);
        let mut all = Self::ALL.into_iter();
        all.find(|column| column.names().contains(&name.as_str()))
    }
}

/// Where each field is.
#[derive(Debug)]
pub struct Columns {
    places: Vec<(Column, usize)>,
    pub has_header: bool,
    /// Names of columns that mean nothing here.
    pub ignored: Vec<String>,
}

impl Columns {
    /// A first line with at least two names is one of names.
    ///
    /// # Errors
    /// 422 where the code has no column, or two columns are the same field.
    pub fn of(first: &Record) -> Result<Self, Fault> {
        let mut columns = Self {
            places: Vec::new(),
            has_header: true,
            ignored: Vec::new(),
        };
        for (place, cell) in first.cells.iter().enumerate() {
            let Some(column) = Column::named(cell) else {
                columns
                    .ignored
                    .extend((!cell.is_empty()).then(|| cell.clone()));
                continue;
            };
            if columns.place(column).is_some() {
                return Err(Fault::field(
                    "text",
                    format!("two columns are the {}; keep one of them", column.as_str()),
                ));
            }
            columns.places.push((column, place));
        }
        if columns.places.len() < 2 {
            return Ok(Self::unnamed());
        }
        if columns.place(Column::Code).is_none() {
            return Err(Fault::field(
                "text",
                "the first line names no column for the code; call it code, sku or item code",
            ));
        }
        Ok(columns)
    }

    fn unnamed() -> Self {
        let fixed = Column::ALL.into_iter().take(Column::UNNAMED);
        Self {
            places: fixed.zip(0..).collect(),
            has_header: false,
            ignored: Vec::new(),
        }
    }

    fn place(&self, column: Column) -> Option<usize> {
        let mut places = self.places.iter();
        places
            .find(|(known, _)| *known == column)
            .map(|(_, place)| *place)
    }

    /// What a row says of a field; nothing where the cell is empty.
    pub fn cell<'r>(&self, record: &'r Record, column: Column) -> Option<&'r str> {
        let cell = record.cell(self.place(column));
        (!cell.is_empty()).then_some(cell)
    }
}
