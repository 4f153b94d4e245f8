//! What holds at every door of the product, whichever feature stands behind it. The routes come
//! from the router itself and from its document, so that none can be forgotten.

mod bad_input;
mod bodies;
mod complaints;
mod document;
mod made_up;
mod refusals;
mod repeats;
mod stored;
mod table;
mod things;
mod world;
