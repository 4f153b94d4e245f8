//! How documents look (branding themes) and by what lines are told apart in reports (tracking
//! categories). Every simulated organisation has the same few, by their place.

/// In the order in which Xero shows them; the first is the standard.
pub const THEMES: [&str; 2] = ["Standard", "Managed services"];

/// Xero allows two active categories.
pub const TRACKING: [(&str, [&str; 2]); 2] = [
    ("Department", ["Managed services", "Projects"]),
    ("Region", ["North", "South"]),
];

/// Of each category, the option that a line has.
pub type Tracked = [Option<u8>; TRACKING.len()];
