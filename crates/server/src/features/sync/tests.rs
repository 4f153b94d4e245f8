//! Reading the vendors, through the door.

mod whole;
