//! The chapter `activation/gated`.

use std::f64::consts::FRAC_1_SQRT_2;

use handgrad::activation::{self, Approximate};
use handgrad::ops::cat;
use handgrad::{Dual, Real, Result, Tape, Tensor, Var};

use super::{Activation, assert_near, at, rounded, saved};

// ANCHOR: one_rule
/// The chance that a standard normal number is below x.
fn normal<T: Real>(x: T) -> T {
    T::from_f64(0.5) * (x * T::from_f64(-FRAC_1_SQRT_2)).erfc()
}

fn tanh_of_softplus<T: Real>(x: T) -> T {
    x.exp().ln_1p().tanh()
}

/// Hardswish's gate, for x between -3 and 3.
fn straight<T: Real>(x: T) -> T {
    (x + T::from_f64(3.0)) / T::from_f64(6.0)
}

/// A gate over numbers that carry their slope.
type Gate = fn(Dual<f64>) -> Dual<f64>;

const FAMILY: [(Activation, Gate); 4] = [
    (|x| x.gelu(Approximate::None), normal),
    (activation::silu, Real::sigmoid),
    (activation::mish, tanh_of_softplus),
    (activation::hardswish, straight),
];

#[test]
fn each_slope_is_the_gate_plus_x_times_the_gates_slope() -> Result<()> {
    for (layer, gate) in FAMILY {
        for x in [-2.0, -1.0, 0.0, 0.5, 2.5] {
            let g = gate(Dual::variable(x)); // the gate is g.re, its slope g.eps
            let [y, slope] = at(layer, x)?;
            assert_near(&Tensor::new([y, slope]), &[x * g.re, g.re + x * g.eps]);
        }
    }
    Ok(())
}
// ANCHOR_END: one_rule

/// What the chapter works out for SiLU, and GELU's part of the answer.
#[test]
fn the_two_terms_at_minus_1() -> Result<()> {
    let terms = |gate: Gate| {
        let g = gate(Dual::variable(-1.0));
        [g.re, g.eps].map(rounded)
    };
    assert_eq!(terms(Real::sigmoid), [0.2689, 0.1966]);
    assert_eq!(at(activation::silu, -1.0)?.map(rounded), [-0.2689, 0.0723]);
    assert_eq!(terms(normal), [0.1587, 0.242]);
    Ok(())
}

/// The chapter's first table.
#[test]
fn the_members_that_gate_themselves() -> Result<()> {
    let rows = [
        [0.5, 0.3989, -0.17, -0.7518, -0.0833],
        [0.5, 0.25, -0.2785, -1.2785, 0.0723],
        [0.6, 0.32, -0.3088, -1.1924, 0.0592],
        [0.5, 0.1667, -0.375, -1.5, 0.1667],
    ];
    for ((layer, gate), [open, rise, least, lowest, slope]) in FAMILY.into_iter().zip(rows) {
        let g = gate(Dual::variable(0.0));
        assert_eq!([g.re, g.eps].map(rounded), [open, rise]);
        assert_eq!(rounded(at(layer, 0.0)?[1]), open);
        assert_eq!(rounded(at(layer, lowest)?[0]), least);
        assert!(at(layer, lowest - 5e-5)?[1] < 0.0 && at(layer, lowest + 5e-5)?[1] > 0.0);
        assert_eq!(rounded(at(layer, -1.0)?[1]), slope);
    }
    Ok(())
}

#[test]
fn none_is_further_from_relu_than_at_the_bottom_of_its_valley() -> Result<()> {
    let tape = Tape::new();
    let grid = tape.constant(Tensor::<f64>::linspace(-8.0, 8.0, 1601));
    for (layer, _) in FAMILY {
        let y = layer(grid);
        let furthest = (y - grid.relu()).abs().value().max()?;
        let least = y.value().min()?.item()?;
        assert_near(&furthest, &[-least]);
    }
    Ok(())
}

#[test]
fn the_three_smooth_ones_are_a_fifth_apart() -> Result<()> {
    let tape = Tape::new();
    let grid = tape.constant(Tensor::<f64>::linspace(-10.0, 10.0, 2001));
    let (gelu, silu, mish) = (grid.gelu(Approximate::None), grid.silu(), grid.mish());
    let mut gaps = Vec::new();
    for gap in [mish - gelu, gelu - silu, mish - silu] {
        gaps.push(rounded(gap.abs().value().max()?.item()?));
    }
    assert_eq!(gaps, [0.2088, 0.1930, 0.1844]);
    Ok(())
}

/// GLU, ReGLU, GEGLU and SwiGLU of one input.
fn gated_units(x: Var<'_, f64>) -> Result<[Var<'_, f64>; 4]> {
    Ok([x.glu(0)?, x.reglu(0)?, x.geglu(0, Approximate::None)?, x.swiglu(0)?])
}

// ANCHOR: halves
#[test]
fn of_two_equal_halves_the_two_cotangents_are_silus_two_terms() -> Result<()> {
    let tape = Tape::new();
    let halves = tape.leaf(Tensor::<f64>::new([-1.0, -1.0])); // a and b
    let gradient = halves.glu(0)?.sum().backward()?.wrt(halves)?.to_vec();
    assert_eq!([gradient[0], gradient[1]].map(rounded), [0.2689, -0.1966]);

    let [_, slope] = at(activation::silu, -1.0)?;
    assert_near(&Tensor::new([gradient[0] + gradient[1]]), &[slope]);
    Ok(())
}
// ANCHOR_END: halves

/// The chapter's second table. With a = 1 and b = 0 the output is the gate, and
/// the cotangent of b its slope.
#[test]
fn the_members_that_have_two_numbers() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([1.0, 0.0]));
    let rows = [[0.5, 0.25], [0.0, 0.0], [0.0, 0.5], [0.0, 0.5]];
    for (y, [open, rise]) in gated_units(x)?.into_iter().zip(rows) {
        assert_near(&y.value(), &[open]);
        assert_near(y.sum().backward()?.wrt(x)?, &[open, rise]);
    }

    let large = tape.constant(Tensor::<f64>::new([40.0, 40.0]));
    let (once, twice) = (gated_units(large)?, gated_units(large * 2.0)?);
    for ((once, twice), factor) in once.into_iter().zip(twice).zip([2.0, 4.0, 4.0, 4.0]) {
        assert_near(&(twice / once).value(), &[factor]);
    }
    Ok(())
}

#[test]
fn with_both_halves_equal_they_are_functions_of_one_number() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-2.0, 0.5, 3.0]));
    let joined = gated_units(cat(&[x, x], 0)?)?;
    let alone = [x.silu(), x.squared_relu(), x * x.gelu(Approximate::None), x * x.silu()];
    let cotangent = Tensor::new([1.0, -2.0, 0.5]);
    for (joined, alone) in joined.into_iter().zip(alone) {
        assert_near(&joined.value(), &alone.value().to_vec());
        let expected = alone.backward_with(&cotangent)?.wrt(x)?.to_vec();
        assert_near(joined.backward_with(&cotangent)?.wrt(x)?, &expected);
    }
    Ok(())
}

#[test]
fn from_zeros_only_glu_gets_away() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::zeros([2]));
    let gradients = [[0.5, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]];
    for (y, expected) in gated_units(x)?.into_iter().zip(gradients) {
        assert_near(y.sum().backward()?.wrt(x)?, &expected);
    }
    Ok(())
}

#[test]
fn all_eight_save_their_input_which_costs_nothing() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 6]));
    for y in [x.gelu(Approximate::None), x.silu(), x.mish(), x.hardswish()] {
        assert_eq!(saved(y, &[x]), [("input", 48, true)]);
        assert_eq!(y.shape(), [2, 6]);
    }
    for y in [x.glu(-1)?, x.reglu(-1)?, x.geglu(-1, Approximate::None)?, x.swiglu(-1)?] {
        assert_eq!(saved(y, &[x]), [("input", 48, true)]);
        assert_eq!(y.shape(), [2, 3]);
    }
    Ok(())
}

// ANCHOR: predict
#[test]
fn the_same_wish_moves_gelu_to_the_left_and_silu_to_the_right() -> Result<()> {
    let family: [(Activation, f64); 2] =
        [(|x| x.gelu(Approximate::None), -0.0833), (activation::silu, 0.0723)];
    for (layer, expected) in family {
        let [y, slope] = at(layer, -1.0)?;
        assert_eq!(rounded(slope), expected);
        // The loss falls as y rises: a step goes along the slope, and raises y.
        let [after, _] = at(layer, -1.0 + 0.1 * slope)?;
        assert!(after > y);
    }
    Ok(())
}
// ANCHOR_END: predict
