//! The other layers: here to hold a network together.

mod sequential;

pub use sequential::Sequential;

use crate::module::layers;

layers! {
    identity: Identity;
}
