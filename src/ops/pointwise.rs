//! One driver for every function of one number: the elementary functions here
//! and the elementwise activations.

use std::fmt::Debug;

use smallvec::smallvec;

use crate::kernel::elementwise::{Binary, Unary};
use crate::real::Real;
use crate::tape::{Cotangents, Op, Saved, Var};
use crate::tensor::Tensor;

/// Which tensor a pointwise function keeps for its backward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saves {
    /// The input, x.
    Input,
    /// The output, y, where the slope can be told from it: whatever comes next
    /// needs it anyway, and the input can be let go.
    Output,
    /// Nothing: the slope is the same everywhere.
    Nothing,
}

/// A function of one number, applied to every element.
///
/// `backward` takes the cotangent rather than returning a slope to multiply by
/// it: where a function is flat its backward can then answer 0, while a
/// product would make -0 of a negative cotangent and NaN of an infinite one.
///
/// ```
/// use handgrad::ops::{Pointwise, Saves};
/// use handgrad::{Real, Tape, Tensor};
///
/// /// y = x², ȳ ↦ 2 x ȳ.
/// #[derive(Clone, Copy, Debug)]
/// struct Square;
///
/// impl Pointwise for Square {
///     const NAME: &'static str = "square";
///     const SAVES: Saves = Saves::Input;
///
///     fn forward<T: Real>(self, x: T) -> T {
///         x * x
///     }
///     fn backward<T: Real>(self, x: T, grad_output: T) -> T {
///         (x + x) * grad_output
///     }
/// }
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([1.0, -3.0]));
/// let y = x.pointwise(Square);
/// assert_eq!(y.value().to_vec(), [1.0, 9.0]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [2.0, -6.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
pub trait Pointwise: Copy + Debug + Send + Sync + 'static {
    /// The name the tape prints, in snake case.
    const NAME: &'static str;

    /// The tensor that [`backward`](Self::backward) is given.
    const SAVES: Saves;

    /// PyTorch's name of the backward, where it does not follow from the name.
    fn grad_fn(self) -> Option<&'static str> {
        None
    }

    /// y from x.
    fn forward<T: Real>(self, x: T) -> T;

    /// The input's cotangent from the output's; `saved` is x or y, as
    /// [`SAVES`](Self::SAVES) says (0 where it says nothing).
    fn backward<T: Real>(self, saved: T, grad_output: T) -> T;
}

/// A function as the loops want it: inlined, whatever its size.
struct Forward<P>(P);

impl<T: Real, P: Pointwise> Unary<T, T> for Forward<P> {
    #[inline(always)]
    fn of(&self, x: T) -> T {
        self.0.forward(x)
    }
}

/// Its backward; of the cotangent alone where nothing was saved.
struct Backward<P>(P);

impl<T: Real, P: Pointwise> Binary<T, T, T> for Backward<P> {
    #[inline(always)]
    fn of(&self, saved: T, grad_output: T) -> T {
        self.0.backward(saved, grad_output)
    }
}

impl<T: Real, P: Pointwise> Unary<T, T> for Backward<P> {
    #[inline(always)]
    fn of(&self, grad_output: T) -> T {
        self.0.backward(T::ZERO, grad_output)
    }
}

#[derive(Debug)]
struct PointwiseOp<T: Real, P> {
    function: P,
    saved: Option<Tensor<T>>,
}

impl<T: Real, P: Pointwise> Op<T> for PointwiseOp<T, P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn grad_fn(&self) -> String {
        self.function.grad_fn().map_or_else(|| super::grad_fn_name(P::NAME), str::to_owned)
    }

    fn saved(&self) -> Saved<T> {
        let name = if P::SAVES == Saves::Output { "output" } else { "input" };
        Saved::new().and_some(name, self.saved.as_ref())
    }

    // ANCHOR: driver
    fn backward(&self, grad_output: &Tensor<T>) -> Cotangents<T> {
        let function = self.function;
        smallvec![Some(match &self.saved {
            Some(saved) => saved.zip_by(grad_output, &Backward(function)),
            None => grad_output.map_by(&Backward(function)),
        })]
    }
    // ANCHOR_END: driver
}

impl<'t, T: Real> Var<'t, T> {
    /// Applies a function of one number to every element.
    pub fn pointwise<P: Pointwise>(self, function: P) -> Var<'t, T> {
        let y = self.with_value(|x| x.map_by(&Forward(function)));
        let saved = match P::SAVES {
            Saves::Input => Some(self.value()),
            Saves::Output => Some(y.clone()),
            Saves::Nothing => None,
        };
        self.record_unary(y, || PointwiseOp { function, saved })
    }
}
