//! Giving back what was invoiced, through the door.
