//! Reading the vendors, through the door.

mod bad_days;
mod faults;
mod hooks;
mod odd_values;
mod pages;
mod whole;
