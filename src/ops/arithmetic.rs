//! `+ - * /`, maximum and minimum of two vars, with broadcasting.
//!
//! An operand that broadcasting repeats was read many times, so its cotangent
//! is summed back to its shape.

use smallvec::smallvec;

use crate::error::Result;
use crate::real::Real;
use crate::tape::{Cotangents, Op, Saved, Var};
use crate::tensor::{Shape, Tensor};

/// Sums a cotangent of the broadcast shape back to an operand's.
pub(super) fn unbroadcast<T: Real>(cotangent: &Tensor<T>, shape: &Shape) -> Tensor<T> {
    cotangent.sum_to_shape(shape).expect("the operand was expanded to this shape in the forward")
}

// ANCHOR: add
/// y = a + b: ā = ȳ, b̄ = ȳ.
#[derive(Debug)]
struct Add {
    shapes: [Shape; 2],
}

impl<T: Real> Op<T> for Add {
    fn name(&self) -> &'static str {
        "add"
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        let [a, b] = &self.shapes;
        smallvec![Some(unbroadcast(g, a)), Some(unbroadcast(g, b))]
    }
}
// ANCHOR_END: add

/// y = a - b: ā = ȳ, b̄ = -ȳ.
#[derive(Debug)]
struct Sub {
    shapes: [Shape; 2],
}

impl<T: Real> Op<T> for Sub {
    fn name(&self) -> &'static str {
        "sub"
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        let [a, b] = &self.shapes;
        smallvec![Some(unbroadcast(g, a)), Some(unbroadcast(&-g, b))]
    }
}

// ANCHOR: mul
/// y = a b: ā = b ȳ, b̄ = a ȳ. Each factor is kept only where the other's
/// cotangent is wanted.
#[derive(Debug)]
struct Mul<T: Real> {
    shapes: [Shape; 2],
    a: Option<Tensor<T>>,
    b: Option<Tensor<T>>,
}

impl<T: Real> Op<T> for Mul<T> {
    fn name(&self) -> &'static str {
        "mul"
    }
    fn saved(&self) -> Saved<T> {
        Saved::new().and_some("self", self.a.as_ref()).and_some("other", self.b.as_ref())
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        let [a, b] = &self.shapes;
        smallvec![
            self.b.as_ref().map(|factor| unbroadcast(&(g * factor), a)),
            self.a.as_ref().map(|factor| unbroadcast(&(g * factor), b)),
        ]
    }
}
// ANCHOR_END: mul

/// y = a / b: ā = ȳ / b, b̄ = -ȳ y / b.
#[derive(Debug)]
struct Div<T: Real> {
    shapes: [Shape; 2],
    divisor: Tensor<T>,
    quotient: Tensor<T>,
    needs_divisor: bool,
}

impl<T: Real> Op<T> for Div<T> {
    fn name(&self) -> &'static str {
        "div"
    }
    fn saved(&self) -> Saved<T> {
        Saved::new().and("other", &self.divisor).and("output", &self.quotient)
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        let [a, b] = &self.shapes;
        let share = g / &self.divisor;
        let divisor = self.needs_divisor.then(|| unbroadcast(&-&(&share * &self.quotient), b));
        smallvec![Some(unbroadcast(&share, a)), divisor]
    }
}

/// y = max(a, b) or min(a, b): ȳ goes to the one that was taken, half to each
/// where they are equal, as in PyTorch.
#[derive(Debug)]
struct Extreme<T: Real> {
    a: Tensor<T>,
    b: Tensor<T>,
    largest: bool,
}

impl<T: Real> Extreme<T> {
    /// The share of a: 1, 1/2 or 0. A NaN is taken, whichever side it is on.
    fn share_of_first(a: T, b: T, largest: bool) -> f64 {
        let beats = if largest { a > b } else { a < b };
        if a == b {
            0.5
        } else if beats || a.is_nan() {
            1.0
        } else {
            0.0
        }
    }

    fn pick(a: T, b: T, largest: bool) -> T {
        if Self::share_of_first(a, b, largest) > 0.0 { a } else { b }
    }
}

impl<T: Real> Op<T> for Extreme<T> {
    fn name(&self) -> &'static str {
        if self.largest { "maximum" } else { "minimum" }
    }
    fn saved(&self) -> Saved<T> {
        Saved::new().and("self", &self.a).and("other", &self.b)
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        let share = |a: T, b: T| T::from_f64(Self::share_of_first(a, b, self.largest));
        let to_first = self
            .a
            .zip_map("maximum", &self.b, share)
            .expect("the operands broadcast in the forward");
        let to_second = to_first.map(|share| T::ONE - share);
        smallvec![
            Some(unbroadcast(&(g * &to_first), self.a.shape())),
            Some(unbroadcast(&(g * &to_second), self.b.shape())),
        ]
    }
}

impl<'t, T: Real> Var<'t, T> {
    /// The sum, with broadcasting; `+` that returns its error.
    pub fn try_add(self, other: Var<'t, T>) -> Result<Var<'t, T>> {
        let (a, b) = (self.value(), other.value());
        let sum = a.try_add(&b)?;
        let shapes = [a.shape().clone(), b.shape().clone()];
        self.tape().record(&[self, other], sum, || Add { shapes })
    }

    /// The difference, with broadcasting; `-` that returns its error.
    pub fn try_sub(self, other: Var<'t, T>) -> Result<Var<'t, T>> {
        let (a, b) = (self.value(), other.value());
        let difference = a.try_sub(&b)?;
        let shapes = [a.shape().clone(), b.shape().clone()];
        self.tape().record(&[self, other], difference, || Sub { shapes })
    }

    /// The elementwise product, with broadcasting; `*` that returns its error.
    pub fn try_mul(self, other: Var<'t, T>) -> Result<Var<'t, T>> {
        let (a, b) = (self.value(), other.value());
        let product = a.try_mul(&b)?;
        let shapes = [a.shape().clone(), b.shape().clone()];
        self.tape().record(&[self, other], product, || Mul {
            shapes,
            a: other.requires_grad().then_some(a),
            b: self.requires_grad().then_some(b),
        })
    }

    /// The quotient, with broadcasting; `/` that returns its error.
    pub fn try_div(self, other: Var<'t, T>) -> Result<Var<'t, T>> {
        let (a, b) = (self.value(), other.value());
        let quotient = a.try_div(&b)?;
        let shapes = [a.shape().clone(), b.shape().clone()];
        self.tape().record(&[self, other], quotient.clone(), || Div {
            shapes,
            divisor: b,
            quotient,
            needs_divisor: other.requires_grad(),
        })
    }

    /// The larger of each pair, with broadcasting. Equal elements share the
    /// cotangent.
    pub fn maximum(self, other: Var<'t, T>) -> Result<Var<'t, T>> {
        extreme(self, other, true)
    }

    /// The smaller of each pair, with broadcasting. Equal elements share the
    /// cotangent.
    pub fn minimum(self, other: Var<'t, T>) -> Result<Var<'t, T>> {
        extreme(self, other, false)
    }
}

fn extreme<'t, T: Real>(
    first: Var<'t, T>,
    second: Var<'t, T>,
    largest: bool,
) -> Result<Var<'t, T>> {
    let (a, b) = (first.value(), second.value());
    let op = if largest { "maximum" } else { "minimum" };
    let taken = a.zip_map(op, &b, |a, b| Extreme::pick(a, b, largest))?;
    first.tape().record(&[first, second], taken, || Extreme { a, b, largest })
}

/// The operators of two vars.
macro_rules! operator {
    ($trait:ident, $method:ident, $checked:ident) => {
        impl<'t, T: Real> std::ops::$trait for Var<'t, T> {
            type Output = Var<'t, T>;

            /// # Panics
            ///
            /// At the caller, when the shapes do not broadcast or the vars are
            /// of two tapes.
            #[track_caller]
            fn $method(self, other: Var<'t, T>) -> Var<'t, T> {
                match self.$checked(other) {
                    Ok(out) => out,
                    Err(error) => panic!("{error}"),
                }
            }
        }
    };
}

operator!(Add, add, try_add);
operator!(Sub, sub, try_sub);
operator!(Mul, mul, try_mul);
operator!(Div, div, try_div);
