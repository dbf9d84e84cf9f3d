//! Arithmetic of a var and a number, on either side: `x * 2.0`, `1.0 / x`.

use super::pointwise::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

#[derive(Clone, Copy, Debug)]
struct AddNumber(f64);

impl Pointwise for AddNumber {
    const NAME: &'static str = "add_number";
    const SAVES: Saves = Saves::Nothing;

    fn grad_fn(self) -> Option<&'static str> {
        Some("AddBackward0")
    }
    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        x + T::from_f64(self.0)
    }
    #[inline(always)]
    fn backward<T: Real>(self, _: T, g: T) -> T {
        g
    }
}

#[derive(Clone, Copy, Debug)]
struct SubNumber(f64);

impl Pointwise for SubNumber {
    const NAME: &'static str = "sub_number";
    const SAVES: Saves = Saves::Nothing;

    fn grad_fn(self) -> Option<&'static str> {
        Some("SubBackward0")
    }
    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        x - T::from_f64(self.0)
    }
    #[inline(always)]
    fn backward<T: Real>(self, _: T, g: T) -> T {
        g
    }
}

#[derive(Clone, Copy, Debug)]
struct MulNumber(f64);

impl Pointwise for MulNumber {
    const NAME: &'static str = "mul_number";
    const SAVES: Saves = Saves::Nothing;

    fn grad_fn(self) -> Option<&'static str> {
        Some("MulBackward0")
    }
    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        x * T::from_f64(self.0)
    }
    #[inline(always)]
    fn backward<T: Real>(self, _: T, g: T) -> T {
        g * T::from_f64(self.0)
    }
}

#[derive(Clone, Copy, Debug)]
struct DivNumber(f64);

impl Pointwise for DivNumber {
    const NAME: &'static str = "div_number";
    const SAVES: Saves = Saves::Nothing;

    fn grad_fn(self) -> Option<&'static str> {
        Some("DivBackward0")
    }
    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        x / T::from_f64(self.0)
    }
    #[inline(always)]
    fn backward<T: Real>(self, _: T, g: T) -> T {
        g / T::from_f64(self.0)
    }
}

/// A number minus the variable.
#[derive(Clone, Copy, Debug)]
struct NumberSub(f64);

impl Pointwise for NumberSub {
    const NAME: &'static str = "number_sub";
    const SAVES: Saves = Saves::Nothing;

    fn grad_fn(self) -> Option<&'static str> {
        Some("RsubBackward1")
    }
    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        T::from_f64(self.0) - x
    }
    #[inline(always)]
    fn backward<T: Real>(self, _: T, g: T) -> T {
        -g
    }
}

/// A number divided by the variable.
#[derive(Clone, Copy, Debug)]
struct NumberDiv(f64);

impl Pointwise for NumberDiv {
    const NAME: &'static str = "number_div";
    const SAVES: Saves = Saves::Input;

    fn grad_fn(self) -> Option<&'static str> {
        // PyTorch multiplies the number by a reciprocal.
        Some("MulBackward0")
    }
    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        T::from_f64(self.0) / x
    }
    #[inline(always)]
    fn backward<T: Real>(self, x: T, g: T) -> T {
        -g * T::from_f64(self.0) / (x * x)
    }
}

/// The operators of a var and a number, on either side.
macro_rules! number_operator {
    ($trait:ident, $method:ident, $var_number:ident, $number_var:ident) => {
        impl<'t, T: Real> std::ops::$trait<f64> for Var<'t, T> {
            type Output = Var<'t, T>;

            fn $method(self, number: f64) -> Var<'t, T> {
                self.pointwise($var_number(number))
            }
        }

        impl<'t, T: Real> std::ops::$trait<Var<'t, T>> for f64 {
            type Output = Var<'t, T>;

            fn $method(self, var: Var<'t, T>) -> Var<'t, T> {
                var.pointwise($number_var(self))
            }
        }
    };
}

number_operator!(Add, add, AddNumber, AddNumber);
number_operator!(Sub, sub, SubNumber, NumberSub);
number_operator!(Mul, mul, MulNumber, MulNumber);
number_operator!(Div, div, DivNumber, NumberDiv);
