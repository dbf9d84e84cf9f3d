//! What a layer says of itself: the material of the catalog.

use rand::{Rng, RngExt};

use super::{Args, Argument, Module};
use crate::error::Result;
use crate::real::Real;
use crate::tensor::Shape;

/// The kinds of layer, each with a folder of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// Functions of one number, and softmax's kin.
    Activation,
    /// Layers that standardize over an index set.
    Norm,
    /// Everything else.
    Nn,
}

impl Family {
    /// The folder in `src` and in the book.
    pub fn folder(self) -> &'static str {
        match self {
            Family::Activation => "activation",
            Family::Norm => "norm",
            Family::Nn => "nn",
        }
    }
}

/// A layer's description.
#[derive(Clone, Debug)]
pub struct About {
    /// PyTorch's class name: `LayerNorm`.
    pub name: &'static str,
    /// The name of the layer's files, and of its operation: `layer_norm`.
    pub stem: &'static str,
    /// Its kind.
    pub family: Family,
    /// What it does, in a line.
    pub summary: &'static str,
    /// PyTorch's arguments in PyTorch's order.
    pub arguments: &'static [Argument],
}

impl About {
    /// The layer's source, from the root of the repository.
    pub fn source(&self) -> String {
        format!("src/{}/{}.rs", self.family.folder(), self.stem)
    }

    /// The layer's example, from the root of the repository.
    pub fn example(&self) -> String {
        format!("examples/{}.rs", self.stem)
    }

    /// The layer's chapter, from the root of the repository.
    pub fn chapter(&self) -> String {
        format!("book/src/{}/{}.md", self.family.folder(), self.stem)
    }
}

/// Arguments and an input's shape on which a layer can be tried.
#[derive(Clone, Debug)]
pub struct Case {
    /// The arguments.
    pub args: Args,
    /// The shape of an input that they accept.
    pub shape: Shape,
}

/// A module that the catalog can list, build and try.
pub trait Layer<T: Real>: Module<T> + Sized + 'static {
    /// What it says of itself.
    const ABOUT: About;

    /// The layer from its arguments, all of which are there.
    fn from_args(args: &Args) -> Result<Self>;

    /// The arguments it cannot do without, guessed from an input's shape.
    fn args_for(_shape: &Shape) -> Args {
        Args::new()
    }

    /// A random case that it accepts: the walks over the catalog draw many.
    fn sample(rng: &mut dyn Rng) -> Case;
}

/// A random shape of rank `ranks` with sizes `sizes`.
pub(crate) fn random_shape(
    rng: &mut dyn Rng,
    ranks: std::ops::RangeInclusive<usize>,
    sizes: std::ops::RangeInclusive<usize>,
) -> Shape {
    let rank = rng.random_range(ranks);
    (0..rank).map(|_| rng.random_range(sizes.clone())).collect()
}
