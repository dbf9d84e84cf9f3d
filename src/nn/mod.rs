//! The other layers: here to hold a network together.

mod identity;
mod sequential;

pub use identity::Identity;
pub use sequential::Sequential;
