//! The elementary functions: neg, exp, ln, sqrt, abs, powf, clamp.

use super::pointwise::{Pointwise, Saves};
use crate::error::{Error, Result};
use crate::real::Real;
use crate::tape::Var;

#[derive(Clone, Copy, Debug)]
struct Neg;

impl Pointwise for Neg {
    const NAME: &'static str = "neg";
    const SAVES: Saves = Saves::Nothing;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        -x
    }
    #[inline(always)]
    fn backward<T: Real>(self, _: T, g: T) -> T {
        -g
    }
}

#[derive(Clone, Copy, Debug)]
struct Exp;

impl Pointwise for Exp {
    const NAME: &'static str = "exp";
    const SAVES: Saves = Saves::Output;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        x.exp()
    }
    #[inline(always)]
    fn backward<T: Real>(self, y: T, g: T) -> T {
        g * y
    }
}

#[derive(Clone, Copy, Debug)]
struct Ln;

impl Pointwise for Ln {
    const NAME: &'static str = "ln";
    const SAVES: Saves = Saves::Input;

    fn grad_fn(self) -> Option<&'static str> {
        Some("LogBackward0")
    }
    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        x.ln()
    }
    #[inline(always)]
    fn backward<T: Real>(self, x: T, g: T) -> T {
        g / x
    }
}

/// The slope at 0 is infinite, as in PyTorch.
#[derive(Clone, Copy, Debug)]
struct Sqrt;

impl Pointwise for Sqrt {
    const NAME: &'static str = "sqrt";
    const SAVES: Saves = Saves::Output;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        x.sqrt()
    }
    #[inline(always)]
    fn backward<T: Real>(self, y: T, g: T) -> T {
        g / (y + y)
    }
}

/// The slope at 0 is 0, the middle of the interval [-1, 1], as in PyTorch.
#[derive(Clone, Copy, Debug)]
struct Abs;

impl Pointwise for Abs {
    const NAME: &'static str = "abs";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        x.abs()
    }
    #[inline(always)]
    fn backward<T: Real>(self, x: T, g: T) -> T {
        if x > T::ZERO {
            g
        } else if x < T::ZERO {
            -g
        } else {
            g * T::ZERO
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Powf(f64);

impl Pointwise for Powf {
    const NAME: &'static str = "pow";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        x.powf(self.0)
    }
    #[inline(always)]
    fn backward<T: Real>(self, x: T, g: T) -> T {
        // x^0 is flat even at 0, where 0 * 0^-1 would be NaN.
        if self.0 == 0.0 { T::ZERO } else { g * T::from_f64(self.0) * x.powf(self.0 - 1.0) }
    }
}

/// The slope at both ends is 0, as in PyTorch 2.15.
#[derive(Clone, Copy, Debug)]
struct Clamp {
    min: f64,
    max: f64,
}

impl Pointwise for Clamp {
    const NAME: &'static str = "clamp";
    const SAVES: Saves = Saves::Input;

    fn grad_fn(self) -> Option<&'static str> {
        Some("ClampBackward1")
    }
    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        let (min, max) = (T::from_f64(self.min), T::from_f64(self.max));
        if x <= min {
            min
        } else if x >= max {
            max
        } else {
            x
        }
    }
    #[inline(always)]
    fn backward<T: Real>(self, x: T, g: T) -> T {
        let inside = x > T::from_f64(self.min) && x < T::from_f64(self.max);
        if inside { g } else { T::ZERO }
    }
}

impl<'t, T: Real> Var<'t, T> {
    /// e^x, elementwise.
    pub fn exp(self) -> Var<'t, T> {
        self.pointwise(Exp)
    }

    /// The natural logarithm, elementwise.
    pub fn ln(self) -> Var<'t, T> {
        self.pointwise(Ln)
    }

    /// The square root, elementwise. Its slope at 0 is infinite.
    pub fn sqrt(self) -> Var<'t, T> {
        self.pointwise(Sqrt)
    }

    /// The absolute value, elementwise. Its slope at 0 is 0.
    pub fn abs(self) -> Var<'t, T> {
        self.pointwise(Abs)
    }

    /// Every element to a constant power.
    pub fn powf(self, exponent: f64) -> Var<'t, T> {
        self.pointwise(Powf(exponent))
    }

    /// Every element limited to `min..=max`; either may be infinite. The
    /// slope outside and at both ends is 0. Refuses `min > max` and NaN.
    pub fn clamp(self, min: f64, max: f64) -> Result<Var<'t, T>> {
        if min > max || min.is_nan() || max.is_nan() {
            return Err(Error::argument(
                "clamp",
                format!("the bounds {min} and {max} do not satisfy min <= max"),
            ));
        }
        Ok(self.pointwise(Clamp { min, max }))
    }
}

impl<'t, T: Real> std::ops::Neg for Var<'t, T> {
    type Output = Var<'t, T>;

    fn neg(self) -> Var<'t, T> {
        self.pointwise(Neg)
    }
}
