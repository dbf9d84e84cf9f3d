//! The scalars: what a tensor may hold ([`Element`]) and what may be
//! differentiated ([`Real`]).
//!
//! Every kernel is generic over [`Real`], so the same text runs in `f32`, in
//! `f64` for gradient checks, and over [`Dual`](crate::Dual) numbers, which
//! differentiate it exactly.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::elementary;
use crate::tensor::{PrintOptions, Tensor};

/// The type of a tensor's elements, as `dtype=` prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DType {
    /// `f32`, PyTorch's default: not printed.
    F32,
    /// `f64`.
    F64,
    /// Indices, which print as PyTorch's `int64`.
    Index,
    /// `bool`.
    Bool,
    /// A dual number over `f32` or `f64`.
    Dual,
}

impl DType {
    /// The short name the tape prints: `f32[2, 4]`.
    pub fn name(self) -> &'static str {
        match self {
            DType::F32 => "f32",
            DType::F64 => "f64",
            DType::Index => "index",
            DType::Bool => "bool",
            DType::Dual => "dual",
        }
    }
}

/// An element's value as the printer sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Printed with decimals.
    Float(f64),
    /// Printed as a whole number.
    Integer(u64),
    /// Printed as `True` or `False`.
    Bool(bool),
}

/// What a tensor may hold: `f32`, `f64`, [`Dual`](crate::Dual), `bool`
/// (comparisons) and `usize` (indices).
pub trait Element: Copy + Default + PartialEq + Debug + Send + Sync + 'static {
    /// The type's tag.
    const DTYPE: DType;

    /// The type of the value that prints: a dual number's primal part.
    const PRIMAL: DType = Self::DTYPE;

    /// The value to print. A dual number shows its primal part.
    fn number(self) -> Number;

    /// The tangents of a tensor of dual numbers, as `tangent=` prints them.
    fn tangent(_tensor: &Tensor<Self>, _options: &PrintOptions) -> Option<String> {
        None
    }
}

impl Element for bool {
    const DTYPE: DType = DType::Bool;

    fn number(self) -> Number {
        Number::Bool(self)
    }
}

impl Element for usize {
    const DTYPE: DType = DType::Index;

    fn number(self) -> Number {
        Number::Integer(self as u64)
    }
}

/// A general matrix product `C = alpha A B + beta C` over raw strided
/// matrices, as the `matrixmultiply` crate declares it.
pub(crate) type Gemm<T> = unsafe fn(
    usize,
    usize,
    usize,
    T,
    *const T,
    isize,
    isize,
    *const T,
    isize,
    isize,
    T,
    *mut T,
    isize,
    isize,
);

/// A scalar that can be differentiated: `f32`, `f64` and
/// [`Dual`](crate::Dual) over either.
///
/// Comparison is of the primal part, so a forward written with `if x > T::ZERO`
/// takes the same branch over dual numbers as over floats.
///
/// ```
/// use handgrad::{Dual, Real};
///
/// fn silu<T: Real>(x: T) -> T {
///     x / (T::ONE + (-x).exp())
/// }
/// assert_eq!(silu(0.0_f64), 0.0);
/// // The same text, differentiated: silu'(0) = 1/2.
/// assert_eq!(silu(Dual::variable(0.0_f64)).eps, 0.5);
/// ```
pub trait Real:
    Element
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
{
    /// The type in which sums and statistics are kept: `f64` for `f32`.
    ///
    /// A sum of a million `f32` then loses nothing that its result can show,
    /// and a row of mean 10,000 keeps its variance.
    type Wide: Real<Wide = Self::Wide>;

    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// The distance from 1 to the next larger number (`torch.finfo(dtype).eps`).
    const EPSILON: f64;
    /// The fast matrix product, where there is one.
    #[doc(hidden)]
    #[allow(private_interfaces, reason = "only this crate's matmul kernel may call it")]
    const GEMM: Option<Gemm<Self>>;

    /// The nearest value of this type.
    fn from_f64(value: f64) -> Self;
    /// The primal part as `f64`.
    fn to_f64(self) -> f64;
    /// The same number in the wide type.
    fn widen(self) -> Self::Wide;
    /// The nearest number of this type.
    fn narrow(wide: Self::Wide) -> Self;

    /// `self * a + b`, rounded once where the type is a float; a dual number rounds both.
    ///
    /// The one rounding is the same on every processor. One without such an instruction
    /// (x86 before 2013, WebAssembly) takes a function call for it.
    #[inline(always)]
    fn mul_add(self, a: Self, b: Self) -> Self {
        self * a + b
    }

    /// e^x.
    fn exp(self) -> Self;
    /// e^x for x <= 0, with less work where the type knows how.
    #[inline(always)]
    fn exp_down(self) -> Self {
        self.exp()
    }
    /// e^x - 1, exact near 0.
    fn exp_m1(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// ln(1 + x), exact near 0.
    fn ln_1p(self) -> Self;
    /// ln(1 + x) for x from 0 to 1, with less work where the type knows how.
    #[inline(always)]
    fn ln_1p_unit(self) -> Self {
        self.ln_1p()
    }
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The logistic function, 1 / (1 + e^-x), exact in both tails.
    fn sigmoid(self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// The error function, 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x.
    fn erf(self) -> Self;
    /// 1 - erf(x), exact where erf(x) is close to 1.
    fn erfc(self) -> Self;
    // ANCHOR: normal
    /// The standard normal distribution function at x and its slope, the density. They have
    /// an exponential in common.
    #[inline(always)]
    fn normal(self) -> (Self, Self) {
        let (half, scale) =
            (Self::from_f64(0.5), Self::from_f64(0.5 * FRAC_1_SQRT_2 * FRAC_2_SQRT_PI));
        let cdf = half * (self * Self::from_f64(-FRAC_1_SQRT_2)).erfc();
        (cdf, scale * (-(half * self * self)).exp())
    }
    // ANCHOR_END: normal
    /// x to a constant power.
    fn powf(self, exponent: f64) -> Self;
    /// The absolute value; its derivative at 0 is 0.
    fn abs(self) -> Self;
    /// The same number as a constant: a dual number loses its tangent. What a
    /// function returns at a kink where its slope is to be 0 is written so.
    fn detach(self) -> Self;

    /// Whether the primal part is not a number.
    #[inline(always)]
    fn is_nan(self) -> bool {
        self.to_f64().is_nan()
    }

    /// Whether the primal part is neither infinite nor NaN.
    #[inline(always)]
    fn is_finite(self) -> bool {
        self.to_f64().is_finite()
    }
}

// The two float types differ only in their names and in who computes their
// elementary functions; writing the rest twice would invite it to drift apart.
macro_rules! real_float {
    ($float:ident, $dtype:expr, $gemm:path, { $($name:ident: $function:path,)* } $($more:tt)*) => {
        impl Element for $float {
            const DTYPE: DType = $dtype;

            fn number(self) -> Number {
                Number::Float(f64::from(self))
            }
        }

        impl Real for $float {
            type Wide = f64;

            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const EPSILON: f64 = $float::EPSILON as f64;
            #[allow(private_interfaces, reason = "only this crate's matmul kernel may call it")]
            const GEMM: Option<Gemm<Self>> = Some($gemm);

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $float
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn widen(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn narrow(wide: f64) -> Self {
                wide as $float
            }
            $(
                #[inline(always)]
                fn $name(self) -> Self {
                    $function(self)
                }
            )*
            $($more)*
            #[inline(always)]
            fn mul_add(self, a: Self, b: Self) -> Self {
                $float::mul_add(self, a, b)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $float::sqrt(self)
            }
            #[inline(always)]
            fn powf(self, exponent: f64) -> Self {
                $float::powf(self, exponent as $float)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $float::abs(self)
            }
            #[inline(always)]
            fn detach(self) -> Self {
                self
            }
        }
    };
}

real_float!(f32, DType::F32, matrixmultiply::sgemm, {
    exp: elementary::exp,
    exp_m1: elementary::exp_m1,
    ln: elementary::ln,
    ln_1p: elementary::ln_1p,
    tanh: elementary::tanh,
    sigmoid: elementary::sigmoid,
    erf: elementary::erf,
    erfc: elementary::erfc,
}
    #[inline(always)]
    fn exp_down(self) -> Self {
        elementary::exp_down(self)
    }
    #[inline(always)]
    fn ln_1p_unit(self) -> Self {
        elementary::ln_1p_unit(self)
    }
    #[inline(always)]
    fn normal(self) -> (Self, Self) {
        elementary::normal(self)
    }
);
real_float!(f64, DType::F64, matrixmultiply::dgemm, {
    exp: f64::exp,
    exp_m1: f64::exp_m1,
    ln: f64::ln,
    ln_1p: f64::ln_1p,
    tanh: f64::tanh,
    sigmoid: sigmoid,
    erf: libm::erf,
    erfc: libm::erfc,
});

/// 1 / (1 + e^-x), by e^-|x|, which cannot overflow.
#[inline(always)]
fn sigmoid(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    if x < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) }
}
