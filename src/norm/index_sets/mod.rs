//! Who shares statistics: for each cell of a small tensor the cells it is
//! standardized with. Wu and He's figure 2, for any norm and shape. Chapter
//! `norm/one_formula`.
//!
//! The sets come from the definitions of the norms, as axes (`axes.rs`), and from
//! nothing that the layers compute. So the layers can be held to them: in a
//! layer's Jacobian, `handgrad::check::jacobian`, row i is 0 outside of cell i's
//! set, and not 0 within.
//!
//! Y. Wu and K. He, "Group normalization", ECCV 2018, arXiv:1803.08494, figure 2
//! and eqs. 2 to 7.

mod axes;
mod svg;
mod text;

use std::collections::HashMap;

use super::walk;
use crate::error::{Error, Result};
use crate::module::{Args, Layer, Visitor, did_you_mean};
use crate::tape::Tape;
use crate::tensor::{Shape, Tensor};
use axes::Rule;

/// A grid of more cells is not one that anybody looks at.
const CELLS: usize = 1024;

/// For each cell of a tensor, the cells that its statistics are made of, itself
/// among them. Made by [`index_sets()`].
///
/// Most norms divide the cells into sets without overlap; each set then has a
/// label, and printing shows every cell's label. In LocalResponseNorm and
/// SwitchableNorm each cell has a set of its own; printing then shows the set of
/// one cell in the middle of the channels, and [`of`](Self::of) that of any
/// other.
#[derive(Clone, Debug)]
pub struct IndexSets {
    layer: &'static str,
    args: Args,
    shape: Shape,
    rule: Rule,
    /// Different sets, as sorted positions in row-major order.
    sets: Vec<Vec<usize>>,
    /// Which of these is a cell's.
    set_of: Vec<usize>,
}

/// The cells that share statistics in a norm, in training.
///
/// `layer` is PyTorch's name of a class. Arguments that the shape determines may be
/// left out: `num_features`, `num_channels`, and `normalized_shape`, which then is
/// all dims but the first.
///
/// ```
/// use handgrad::module::Args;
/// use handgrad::norm::index_sets;
///
/// let sets = index_sets("GroupNorm", &Args::new().with("num_groups", 2), [2, 4, 3])?;
/// assert_eq!(sets.to_string(), "\
/// GroupNorm(num_groups=2, num_channels=4), input [N, C, L] = [2, 4, 3]
/// 4 sets of 6 cells over (C/2, L): cells with the same N and group of 2 C share mean and variance.
///
///  N  C | L  0 1 2
///  0  0 |    A A A
///     1 |    A A A
///     2 |    B B B
///     3 |    B B B
///
///  1  0 |    C C C
///     1 |    C C C
///     2 |    D D D
///     3 |    D D D");
/// # Ok::<(), handgrad::Error>(())
/// ```
///
/// Refuses a name that is not a norm's, what the layer itself refuses, and tensors
/// that are no `[N, C, ..]` of rank 2 to 5 and at most 1024 cells.
pub fn index_sets(layer: &str, args: &Args, shape: impl Into<Shape>) -> Result<IndexSets> {
    let shape = shape.into();
    if !(2..=5).contains(&shape.len()) {
        return refuse(format!("the shape {shape} must be [N, C, ..] of rank 2 to 5"));
    }
    if !shape.checked_numel().is_some_and(|cells| (1..=CELLS).contains(&cells)) {
        return refuse(format!("the shape {shape} must have 1 to {CELLS} cells; take a small one"));
    }
    let (layer, stem, args, all) = accepted(layer, args, &shape)?;
    let rule = axes::rule(layer, stem, &all, &shape)?;
    let cells: Vec<Shape> = (0..shape.numel()).map(|cell| index(&shape, cell)).collect();
    let mut found = HashMap::new();
    let mut sets = Vec::new();
    let set_of = cells.iter().map(|a| {
        let set: Vec<usize> = (0..cells.len()).filter(|&b| rule.joins(a, &cells[b])).collect();
        *found.entry(set).or_insert_with_key(|set| {
            sets.push(set.clone());
            sets.len() - 1
        })
    });
    let set_of = set_of.collect();
    Ok(IndexSets { layer, args, shape, rule, sets, set_of })
}

fn refuse<T>(message: String) -> Result<T> {
    Err(Error::argument("index_sets", message))
}

/// The name, the stem and the arguments of a layer that takes an input of this
/// shape: the arguments first as they were given or had to be added, then all.
type Accepted = (&'static str, &'static str, Args, Args);

fn accepted(layer: &str, args: &Args, shape: &Shape) -> Result<Accepted> {
    struct Find<'a> {
        layer: &'a str,
        args: &'a Args,
        shape: &'a Shape,
        names: Vec<&'static str>,
        found: Option<Result<Accepted>>,
    }
    impl Visitor<f64> for Find<'_> {
        fn visit<L: Layer<f64>>(&mut self) {
            self.names.push(L::ABOUT.name);
            if L::ABOUT.name == self.layer {
                self.found = Some(accepted_by::<L>(self.args, self.shape));
            }
        }
    }
    let mut find = Find { layer, args, shape, names: Vec::new(), found: None };
    walk(&mut find);
    find.found.unwrap_or_else(|| {
        refuse(format!("there is no norm {layer:?}; {}", did_you_mean(layer, &find.names)))
    })
}

fn accepted_by<L: Layer<f64>>(args: &Args, shape: &Shape) -> Result<Accepted> {
    let mut args = args.clone();
    let mut guessed = L::args_for(shape);
    if guessed.get("normalized_shape").is_some() {
        guessed.set("normalized_shape", (&shape[1..]).into());
    }
    for (name, value) in guessed.iter() {
        let determined = ["num_features", "num_channels", "normalized_shape"].contains(&name);
        if determined && args.get(name).is_none() {
            args.set(name, value.clone());
        }
    }
    let all = args.resolve(L::ABOUT.stem, L::ABOUT.arguments)?;
    let tape = Tape::new();
    L::from_args(&all)?.forward(tape.constant(Tensor::zeros(shape)))?;
    Ok((L::ABOUT.name, L::ABOUT.stem, args, all))
}

/// The index of a cell from its position in row-major order.
fn index(shape: &Shape, mut cell: usize) -> Shape {
    let mut index = shape.clone();
    for (dim, &size) in shape.iter().enumerate().rev() {
        index.set(dim, cell % size);
        cell /= size;
    }
    index
}

impl IndexSets {
    /// The tensor's shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The set of a cell. Cells are numbered in row-major order, as
    /// [`Tensor::iter`] goes through them; the list is sorted.
    ///
    /// # Panics
    ///
    /// Panics if there is no such cell.
    pub fn set(&self, cell: usize) -> &[usize] {
        &self.sets[self.set_of[cell]]
    }

    /// The label of every cell, A, B, .. Z, AA, .. in the order in which the sets
    /// begin. `None` where the sets overlap.
    pub fn labels(&self) -> Option<Vec<String>> {
        self.is_partition().then(|| self.set_of.iter().map(|&set| label(set)).collect())
    }

    /// Whether every cell is in the set of every cell of its own set.
    fn is_partition(&self) -> bool {
        let whole = |(at, set): (usize, &Vec<usize>)| set.iter().all(|&c| self.set_of[c] == at);
        self.sets.iter().enumerate().all(whole)
    }

    /// One cell and its set, to be printed or drawn. Refuses an index that is
    /// outside of the tensor.
    ///
    /// ```
    /// use handgrad::{module::Args, norm::index_sets};
    ///
    /// let sets = index_sets("SwitchableNorm1d", &Args::new(), [2, 3, 2])?;
    /// assert_eq!(sets.of(&[0, 1, 0])?.to_string(), "\
    /// SwitchableNorm1d(num_features=3), input [N, C, L] = [2, 3, 2]
    /// A cell's set is the union of its instance (L), its layer (C, L) and its batch (N, L).
    /// The set of cell [0, 1, 0] (@) is 8 of the 12 cells (#).
    ///
    ///  N  C | L  0 1
    ///  0  0 |    # #
    ///     1 |    @ #
    ///     2 |    # #
    ///
    ///  1  0 |    . .
    ///     1 |    # #
    ///     2 |    . .");
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn of(&self, index: &[usize]) -> Result<SetOf<'_>> {
        let inside = index.iter().zip(&*self.shape).all(|(i, size)| i < size);
        if index.len() != self.shape.len() || !inside {
            return refuse(format!("there is no cell {index:?} in {}", self.shape));
        }
        let cell = index.iter().zip(&*self.shape).fold(0, |cell, (i, size)| cell * size + i);
        Ok(SetOf { sets: self, cell })
    }

    /// The cell that stands for all: it has channels before and after it.
    fn typical(&self) -> SetOf<'_> {
        let mut index: Shape = self.shape.iter().map(|_| 0).collect();
        let channels = self.rule.rows.len() - 1;
        index.set(channels, self.shape[channels] / 2);
        self.of(&index).expect("half of a size is below it")
    }
}

/// One cell and the cells it is standardized with. Made by [`IndexSets::of`].
#[derive(Clone, Copy, Debug)]
pub struct SetOf<'a> {
    sets: &'a IndexSets,
    cell: usize,
}

impl<'a> SetOf<'a> {
    /// The cell's number, in row-major order.
    pub fn cell(&self) -> usize {
        self.cell
    }

    /// The numbers of the set's cells, sorted.
    pub fn cells(&self) -> &'a [usize] {
        self.sets.set(self.cell)
    }
}

/// A, B, .. Z, AA, AB, ..
fn label(mut number: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + (number % 26) as u8));
        if number < 26 {
            return letters.iter().rev().collect();
        }
        number = number / 26 - 1;
    }
}
