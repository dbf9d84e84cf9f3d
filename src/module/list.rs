//! The lists of layers that make up the catalog, one a family.

use super::Layer;
use crate::real::Real;

/// A function of a layer's type: what a list of values cannot hold.
pub(crate) trait Visitor<T: Real> {
    fn visit<L: Layer<T>>(&mut self);
}

/// Declares the files of a family's layers, exports what is public in them, and
/// makes the family's `walk`, which shows each layer to a [`Visitor`].
///
/// A line is `file: Type;`, or `file: Type, Type;` for a layer that PyTorch has under
/// several names. This is a macro, where elsewhere a function would do,
/// so that the line which puts a layer into the catalog is the only one it needs
/// outside its file: a layer cannot be compiled and yet missing from the catalog.
macro_rules! layers {
    ($($file:ident: $($layer:ty),+;)*) => {
        $(
            mod $file;
            pub use $file::*;
        )*

        /// Shows every layer of the family to a visitor.
        pub(crate) fn walk<T: $crate::Real>(visitor: &mut impl $crate::module::Visitor<T>) {
            $($(visitor.visit::<$layer>();)+)*
        }
    };
}

pub(crate) use layers;
