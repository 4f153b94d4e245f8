//! Names of clients: plain English ones, and some in the scripts a real client list has.

use super::dice::Dice;

/// (name, web domain, city, country)
type Known = (&'static str, &'static str, &'static str, &'static str);

/// Names worth meeting early: other scripts, marks, quotes, ampersands.
const KNOWN: &[Known] = &[
    (
        "株式会社さくら工務店",
        "sakura-koumuten.example",
        "London",
        "GB",
    ),
    (
        "Αθηναϊκή Ναυτιλία ΑΕ",
        "athinaiki-naftilia.example",
        "Athens",
        "GR",
    ),
    (
        "شركة النخيل للتجارة",
        "alnakheel-trading.example",
        "London",
        "GB",
    ),
    (
        "ООО «Северный ветер»",
        "severny-veter.example",
        "London",
        "GB",
    ),
    (
        "Te Whānau o Ōtautahi Trust",
        "otautahi-trust.example",
        "London",
        "GB",
    ),
    (
        "Müller Präzisionstechnik GmbH",
        "mueller-praezision.example",
        "Köln",
        "DE",
    ),
    (
        "O'Neill & Sons Roofing",
        "oneillroofing.example",
        "Belfast",
        "GB",
    ),
    ("Café Zoë Ltd", "cafezoe.example", "Bristol", "GB"),
    ("Łódź Meble Sp. z o.o.", "lodz-meble.example", "Łódź", "PL"),
    ("Cymdeithas Tai Eryri", "taieryri.example", "Bangor", "GB"),
];

const FIRST: &[&str] = &[
    "Alder",
    "Ashby",
    "Bankside",
    "Beacon",
    "Birchwood",
    "Calder",
    "Castlegate",
    "Cavendish",
    "Clifton",
    "Copperfield",
    "Dovedale",
    "Eastgate",
    "Elmfield",
    "Fairway",
    "Foxglove",
    "Granby",
    "Greenwich",
    "Harbourside",
    "Hartley",
    "Hollins",
    "Ironbridge",
    "Kingsway",
    "Lakeside",
    "Langdale",
    "Linden",
    "Mayfield",
    "Meridian",
    "Millbrook",
    "Northgate",
    "Oakham",
    "Orchard",
    "Pennine",
    "Priory",
    "Quayside",
    "Ravenscroft",
    "Redhill",
    "Ribble",
    "Riverside",
    "Rowan",
    "Saddlers",
    "Severn",
    "Silverdale",
    "Southbank",
    "Stonegate",
    "Thornbury",
    "Trent",
    "Verity",
    "Wharfedale",
    "Whitehall",
    "Wyvern",
];

const TRADE: &[(&str, &str)] = &[
    ("Dental", "dental"),
    ("Solicitors", "law"),
    ("Architects", "architects"),
    ("Logistics", "logistics"),
    ("Veterinary Group", "vets"),
    ("Accountancy", "accountancy"),
    ("Engineering", "engineering"),
    ("Foods", "foods"),
    ("Property", "property"),
    ("Academy Trust", "academies"),
    ("Care Homes", "care"),
    ("Insurance Brokers", "insurance"),
    ("Joinery", "joinery"),
    ("Design Studio", "design"),
    ("Motors", "motors"),
    ("Recruitment", "recruitment"),
    ("Surveyors", "surveyors"),
    ("Pharmacy", "pharmacy"),
];

const CITIES: &[&str] = &[
    "Leeds",
    "Manchester",
    "Bristol",
    "Birmingham",
    "Sheffield",
    "York",
    "Nottingham",
    "Cardiff",
    "Edinburgh",
    "Glasgow",
    "Liverpool",
    "Norwich",
    "Exeter",
    "Reading",
    "Newcastle upon Tyne",
];

/// The name of the MSP itself.
pub(crate) const MSP: &str = "Fenwick & Rowe IT Services Ltd";

#[derive(Debug)]
pub(crate) struct Naming {
    pub(crate) name: String,
    pub(crate) domain: String,
    pub(crate) city: &'static str,
    pub(crate) country: &'static str,
}

/// The name of client number `index`; distinct for distinct indexes.
pub(crate) fn naming(seed: u64, index: usize) -> Naming {
    // Number 0 is the MSP itself, whose name is its own.
    if let Some((name, domain, city, country)) = index.checked_sub(1).and_then(|at| KNOWN.get(at)) {
        return Naming {
            name: (*name).to_owned(),
            domain: (*domain).to_owned(),
            city,
            country,
        };
    }
    let mut dice = Dice::new(seed, "name", 0);
    let place = index + dice.below(FIRST.len() * TRADE.len());
    let first = FIRST.get(place % FIRST.len()).copied().unwrap_or("Aldgate");
    // Steps through every pair before any comes again.
    let round = place / FIRST.len() + place % FIRST.len();
    let (trade, word) = TRADE
        .get(round % TRADE.len())
        .copied()
        .unwrap_or(("Group", "group"));
    let turn = index / (FIRST.len() * TRADE.len());
    let tail = if turn == 0 {
        String::new()
    } else {
        format!(" {}", turn + 1)
    };
    let slug = if turn == 0 {
        String::new()
    } else {
        format!("{}", turn + 1)
    };
    let city = Dice::new(seed, "city", index as u64)
        .pick(CITIES)
        .copied()
        .unwrap_or("Leeds");
    Naming {
        name: format!("{first} {trade}{tail}"),
        domain: format!("{}{word}{slug}.example", first.to_lowercase()),
        city,
        country: "GB",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_and_domains_differ() {
        let all: Vec<Naming> = (0..5_000).map(|index| naming(3, index)).collect();
        let names: HashSet<&str> = all.iter().map(|naming| naming.name.as_str()).collect();
        let domains: HashSet<&str> = all.iter().map(|naming| naming.domain.as_str()).collect();
        assert_eq!((names.len(), domains.len()), (5_000, 5_000));
    }
}
