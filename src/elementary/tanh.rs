//! The hyperbolic tangent.

use super::exp::{reduce, tail};
use super::{polynomial, power_of_two};

/// The hyperbolic tangent.
///
/// Near 0 it is x + x³ P(x²), with P of degree 4 and an error of at most 4.6e-9
/// of the result; from 0.625 on, 1 - 2 / (e^(2|x|) + 1), where nothing cancels.
///
/// Largest error over all 2^32 inputs: 1.332 ulp, at x = 0.6310442.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let size = x.abs();
    let square = size * size;
    let p = polynomial(
        square,
        [-0.333_332_8, 0.133_314_06, -0.053_736_515, 0.020_628_167, -0.005_692_296],
    );
    let near = size + size * (square * p);

    // From here on the result rounds to 1; NaN passes.
    let bounded = if size > 9.2 { 9.2 } else { size };
    let (n, r) = reduce(bounded + bounded);
    let e = power_of_two(n) * (1.0 + (r + tail(r)));
    let far = 1.0 - 2.0 / (e + 1.0);

    let y = if size < 0.625 { near } else { far };
    y.copysign(x)
}
