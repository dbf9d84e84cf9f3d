//! Dual numbers: exact derivatives by forward mode.
//!
//! A dual number `re + eps ε` carries a value and a derivative; `ε² = 0` makes
//! every product and every function obey the chain rule by itself. Running a
//! *forward* over dual numbers gives the directional derivative a hand-written
//! backward must agree with; running a *backward* over them gives
//! Hessian-vector products. Clifford (1873) has the algebra; Griewank and
//! Walther, *Evaluating Derivatives* (2008), ch. 3, the method.

use std::cmp::Ordering;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::real::{DType, Element, Gemm, Number, Real};
use crate::tensor::{PrintOptions, Tensor};

/// A value and its derivative along one direction.
///
/// It nests: `Dual<Dual<f64>>` carries second derivatives.
///
/// ```
/// use handgrad::{Dual, Real};
///
/// let x = Dual::variable(3.0_f64);
/// let y = x * x * x; // x³
/// assert_eq!((y.re, y.eps), (27.0, 27.0)); // and 3x²
///
/// let x = Dual::variable(Dual::variable(3.0_f64));
/// assert_eq!((x * x * x).eps.eps, 18.0); // and 6x
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Dual<R> {
    /// The primal part: the value.
    pub re: R,
    /// The tangent: the derivative.
    pub eps: R,
}

impl<R: Real> Dual<R> {
    /// A value with a given tangent.
    pub fn new(re: R, eps: R) -> Self {
        Dual { re, eps }
    }

    /// The variable to differentiate by: tangent 1.
    pub fn variable(re: R) -> Self {
        Dual { re, eps: R::ONE }
    }

    /// A constant: tangent 0.
    pub fn constant(re: R) -> Self {
        Dual { re, eps: R::ZERO }
    }

    /// f(self), given f and f' at the primal part.
    fn chain(self, value: R, derivative: R) -> Self {
        Dual { re: value, eps: self.eps * derivative }
    }
}

/// Equality of the primal parts, as every comparison of dual numbers.
impl<R: Real> PartialEq for Dual<R> {
    fn eq(&self, other: &Self) -> bool {
        self.re == other.re
    }
}

impl<R: Real> PartialOrd for Dual<R> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.re.partial_cmp(&other.re)
    }
}

impl<R: Real> Add for Dual<R> {
    type Output = Self;
    fn add(self, b: Self) -> Self {
        Dual { re: self.re + b.re, eps: self.eps + b.eps }
    }
}

impl<R: Real> Sub for Dual<R> {
    type Output = Self;
    fn sub(self, b: Self) -> Self {
        Dual { re: self.re - b.re, eps: self.eps - b.eps }
    }
}

// ANCHOR: mul
impl<R: Real> Mul for Dual<R> {
    type Output = Self;
    fn mul(self, b: Self) -> Self {
        Dual { re: self.re * b.re, eps: self.eps * b.re + self.re * b.eps }
    }
}
// ANCHOR_END: mul

impl<R: Real> Div for Dual<R> {
    type Output = Self;
    fn div(self, b: Self) -> Self {
        let quotient = self.re / b.re;
        Dual { re: quotient, eps: (self.eps - quotient * b.eps) / b.re }
    }
}

impl<R: Real> Neg for Dual<R> {
    type Output = Self;
    fn neg(self) -> Self {
        Dual { re: -self.re, eps: -self.eps }
    }
}

impl<R: Real> AddAssign for Dual<R> {
    fn add_assign(&mut self, b: Self) {
        *self = *self + b;
    }
}

impl<R: Real> SubAssign for Dual<R> {
    fn sub_assign(&mut self, b: Self) {
        *self = *self - b;
    }
}

impl<R: Real> MulAssign for Dual<R> {
    fn mul_assign(&mut self, b: Self) {
        *self = *self * b;
    }
}

impl<R: Real> DivAssign for Dual<R> {
    fn div_assign(&mut self, b: Self) {
        *self = *self / b;
    }
}

impl<R: Real> Element for Dual<R> {
    const DTYPE: DType = DType::Dual;
    const PRIMAL: DType = R::PRIMAL;

    fn number(self) -> Number {
        self.re.number()
    }

    fn tangent(tensor: &Tensor<Self>, options: &PrintOptions) -> Option<String> {
        Some(options.show_tangent(&tensor.map(|x| x.eps)))
    }
}

impl<R: Real> Real for Dual<R> {
    type Wide = Dual<R::Wide>;

    const ZERO: Self = Dual { re: R::ZERO, eps: R::ZERO };
    const ONE: Self = Dual { re: R::ONE, eps: R::ZERO };
    const EPSILON: f64 = R::EPSILON;
    #[allow(private_interfaces, reason = "only this crate's matmul kernel may call it")]
    const GEMM: Option<Gemm<Self>> = None;

    fn from_f64(value: f64) -> Self {
        Dual::constant(R::from_f64(value))
    }
    fn to_f64(self) -> f64 {
        self.re.to_f64()
    }
    fn widen(self) -> Self::Wide {
        Dual { re: self.re.widen(), eps: self.eps.widen() }
    }
    fn narrow(wide: Self::Wide) -> Self {
        Dual { re: R::narrow(wide.re), eps: R::narrow(wide.eps) }
    }
    fn exp(self) -> Self {
        let y = self.re.exp();
        self.chain(y, y)
    }
    fn exp_m1(self) -> Self {
        self.chain(self.re.exp_m1(), self.re.exp())
    }
    fn ln(self) -> Self {
        self.chain(self.re.ln(), R::ONE / self.re)
    }
    fn ln_1p(self) -> Self {
        self.chain(self.re.ln_1p(), R::ONE / (R::ONE + self.re))
    }
    fn tanh(self) -> Self {
        let y = self.re.tanh();
        self.chain(y, R::ONE - y * y)
    }
    fn sigmoid(self) -> Self {
        let y = self.re.sigmoid();
        // The second factor is 1 - y, which would cancel where y is close to 1.
        self.chain(y, y * (-self.re).sigmoid())
    }
    fn sqrt(self) -> Self {
        let y = self.re.sqrt();
        self.chain(y, R::from_f64(0.5) / y)
    }
    fn erf(self) -> Self {
        self.chain(self.re.erf(), erf_derivative(self.re))
    }
    fn erfc(self) -> Self {
        self.chain(self.re.erfc(), -erf_derivative(self.re))
    }
    fn powf(self, exponent: f64) -> Self {
        // x^0 is constant even at 0, where 0 * 0^-1 would be NaN.
        let derivative = if exponent == 0.0 {
            R::ZERO
        } else {
            R::from_f64(exponent) * self.re.powf(exponent - 1.0)
        };
        self.chain(self.re.powf(exponent), derivative)
    }
    fn abs(self) -> Self {
        let sign = if self.re > R::ZERO {
            R::ONE
        } else if self.re < R::ZERO {
            -R::ONE
        } else {
            R::ZERO
        };
        self.chain(self.re.abs(), sign)
    }
}

fn erf_derivative<R: Real>(x: R) -> R {
    R::from_f64(std::f64::consts::FRAC_2_SQRT_PI) * (-(x * x)).exp()
}
