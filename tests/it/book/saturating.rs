//! The chapter `activation/saturating`.

use handgrad::activation;
use handgrad::module::{Args, Choice, Kink};
use handgrad::{Real, Result, Tape, Tensor};

use super::rectifiers::Member;
use super::{Activation, assert_near, at, rounded};

const FAMILY: [Activation; 3] = [activation::sigmoid, activation::tanh, activation::softsign];

/// Nothing between two layers.
const BARE: [f64; 2] = [1.0, 0.0];

/// To the two digits of the chapter's tables.
fn two_digits(x: f64) -> String {
    format!("{x:.1e}")
}

#[test]
fn the_saturating_ones_are_as_their_table_says() -> Result<()> {
    let in_the_slope = Kink { at: 0.0, slope: Choice::Left };
    let member = |name, ends, kinks, saves| Member { name, args: Args::new(), ends, kinks, saves };
    member("Sigmoid", [0.0, 1.0], vec![], &["output"]).check()?;
    member("Tanh", [-1.0, 1.0], vec![], &["output"]).check()?;
    member("Softsign", [-1.0, 1.0], vec![in_the_slope], &["input"]).check()?;
    for (f, slope) in FAMILY.into_iter().zip([0.25, 1.0, 1.0]) {
        assert_eq!(at(f, 0.0)?[1], slope);
    }
    Ok(())
}

// ANCHOR: distances
#[test]
fn the_slope_is_made_of_the_distances_to_the_ends() -> Result<()> {
    for x in [-4.0, -0.5, 0.0, 1.0, 3.0] {
        let [y, slope] = at(activation::sigmoid, x)?;
        assert_near(&Tensor::new([slope]), &[y * (1.0 - y)]);
        let [y, slope] = at(activation::tanh, x)?;
        assert_near(&Tensor::new([slope]), &[(1.0 + y) * (1.0 - y)]);
        let [y, slope] = at(activation::softsign, x)?;
        assert_near(&Tensor::new([slope]), &[(1.0 - y.abs()).powi(2)]);
    }
    Ok(())
}
// ANCHOR_END: distances

#[test]
fn two_fade_exponentially_and_one_does_not() -> Result<()> {
    for (x, slopes) in [
        (1.0, ["2.0e-1", "4.2e-1", "2.5e-1"]),
        (4.0, ["1.8e-2", "1.3e-3", "4.0e-2"]),
        (16.0, ["1.1e-7", "5.1e-14", "3.5e-3"]),
    ] {
        for (f, slope) in FAMILY.into_iter().zip(slopes) {
            assert_eq!(two_digits(at(f, x)?[1]), slope);
        }
    }
    Ok(())
}

// ANCHOR: leaves
/// What layers f(weight x + bias), one after another, leave of a gradient of 1.
fn leaves(f: Activation, [weight, bias]: [f64; 2], layers: usize, x: f64) -> Result<f64> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::scalar(x));
    let y = (0..layers).fold(x, |y, _| f(y * weight + bias));
    y.backward()?.wrt(x)?.item()
}
// ANCHOR_END: leaves

#[test]
fn the_table_of_the_product() -> Result<()> {
    for (layers, left) in [
        (1, ["2.0e-1", "4.2e-1", "2.5e-1"]),
        (5, ["4.9e-4", "9.6e-2", "2.8e-2"]),
        (10, ["2.8e-7", "4.1e-2", "8.3e-3"]),
        (50, ["3.2e-33", "4.4e-3", "3.8e-4"]),
    ] {
        for (f, left) in FAMILY.into_iter().zip(left) {
            assert_eq!(two_digits(leaves(f, BARE, layers, 1.0)?), left);
        }
        let by_formula = 1.0 / (1.0 + layers as f64).powi(2);
        let softsigns = leaves(activation::softsign, BARE, layers, 1.0)?;
        assert_near(&Tensor::new([softsigns]), &[by_formula]);
    }

    let settled = (0..50).fold(1.0_f64, |y, _| Real::sigmoid(y));
    let slope = settled * (1.0 - settled);
    assert_eq!([rounded(settled), rounded(slope)], [0.659, 0.2247]);
    assert_eq!(format!("{:.2}", 1.0 / slope), "4.45");
    Ok(())
}

#[test]
fn neither_smaller_nor_larger_weights_help() -> Result<()> {
    let ten_tanhs = |weight: f64| leaves(activation::tanh, [weight, 0.0], 10, 0.1);
    assert_eq!(rounded(ten_tanhs(1.0)?), 0.9076);
    assert_eq!(two_digits(ten_tanhs(0.5)?), "9.7e-4");
    assert_eq!(two_digits(ten_tanhs(2.0)?), "7.4e-5");
    assert_eq!(format!("{:.4}", 0.9_f64.powi(50)), "0.0052");
    assert_eq!(format!("{:.0}", 1.1_f64.powi(50)), "117");
    Ok(())
}

// ANCHOR: predict
#[test]
fn ten_sigmoids_do_what_ten_tanhs_do() -> Result<()> {
    let tape = Tape::new();
    let v = tape.leaf(Tensor::<f64>::new([-2.0, 0.1, 1.0]));
    let tanhs = (0..10).fold(v, |v, _| v.tanh());
    let sigmoids = (0..10).fold((v + 1.0) / 2.0, |x, _| (x * 4.0 - 2.0).sigmoid());
    assert_near(&(sigmoids * 2.0 - 1.0).value(), &tanhs.value().to_vec());

    let by_tanhs = leaves(activation::tanh, BARE, 10, 0.1)?;
    let by_sigmoids = leaves(activation::sigmoid, [4.0, -2.0], 10, 0.55)?;
    assert_near(&Tensor::new([by_sigmoids]), &[by_tanhs]);
    Ok(())
}
// ANCHOR_END: predict

#[test]
fn bare_sigmoids_leave_far_less() -> Result<()> {
    assert_eq!(two_digits(leaves(activation::sigmoid, BARE, 10, 0.55)?), "3.4e-7");
    Ok(())
}
