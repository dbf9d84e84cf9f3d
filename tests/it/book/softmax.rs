//! The chapter `activation/softmax`.

use handgrad::activation::Softmax;
use handgrad::{Module, Result, Tape, Tensor, Var};

use super::{assert_near, mutant, rounded, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn softmax_by_hand() -> Result<()> {
    let exponentials = Tensor::<f64>::new([[1.0, 2.0, 5.0], [2.0, 2.0, 4.0]]);
    let tape = Tape::new();
    let x = tape.leaf(exponentials.map(f64::ln));
    let y = x.softmax(-1)?;
    assert_near(&y.value(), &[0.125, 0.25, 0.625, 0.25, 0.25, 0.5]);

    let cotangent = Tensor::new([[8.0, 0.0, 0.0], [4.0, 8.0, 2.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_near(gradients.wrt(x)?, &[0.875, -0.25, -0.625, 0.0, 1.0, -1.0]);
    Ok(())
}
// ANCHOR_END: by_hand

/// The chapter's logarithms, to four decimals.
#[test]
fn the_numbers_of_the_table() {
    assert_eq!([2.0_f64, 5.0, 4.0].map(|x| rounded(x.ln())), [0.6931, 1.6094, 1.3863]);
}

#[test]
fn softmax_saves_its_output_which_costs_nothing() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    let y = x.softmax(-1)?;
    assert_eq!(saved(y, &[y]), [("output", 24, true)]);
    assert!(!y.node().saved.iter().any(|(_, tensor)| tensor.shares_storage(&x.value())));
    Ok(())
}

// ANCHOR: shift
/// Softmax in three steps, with a shift that is an input of its own.
fn softmax_by_steps<'t>(x: Var<'t, f64>, shift: Var<'t, f64>) -> Result<Var<'t, f64>> {
    let exponentials = (x - shift).exp(); //                        (1)
    let total = exponentials.sum_dims(&[-1], true)?; //             (2)
    Ok(exponentials / total) //                                     (3)
}

#[test]
fn the_shift_receives_nothing() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]));
    let cotangent = Tensor::new([[1.0, -2.0, 0.5], [3.0, 0.0, 1.0]]);
    let layer = x.softmax(-1)?;
    let of_layer = layer.backward_with(&cotangent)?;
    for shifts in [[[0.0], [0.0]], [[3.0], [9.0]], [[2.5], [-1.0]]] {
        let shift = tape.leaf(Tensor::new(shifts));
        let y = softmax_by_steps(x, shift)?;
        assert_near(&y.value(), &layer.value().to_vec());
        let gradients = y.backward_with(&cotangent)?;
        assert_near(gradients.wrt(shift)?, &[0.0, 0.0]);
        assert_near(gradients.wrt(x)?, &of_layer.wrt(x)?.to_vec());
    }
    Ok(())
}
// ANCHOR_END: shift

// ANCHOR: jacobian
#[test]
fn the_jacobian_by_hand() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([1.0, 2.0, 5.0]).map(f64::ln));
    let y = x.softmax(-1)?;
    let rows = [[7.0_f64, -2.0, -5.0], [-2.0, 12.0, -10.0], [-5.0, -10.0, 15.0]];
    for (output, row) in rows.iter().enumerate() {
        let unit = Tensor::<f64>::eye(3).select(0, output as isize)?;
        assert_near(y.backward_with(&unit)?.wrt(x)?, &row.map(|entry| entry / 64.0));
        assert_eq!(row.iter().sum::<f64>(), 0.0);
    }
    Ok(())
}
// ANCHOR_END: jacobian

#[test]
fn what_the_jacobian_would_weigh() {
    let entries = 50_000_u64 * 50_000;
    assert_eq!((entries, entries * 4), (2_500_000_000, 10_000_000_000));
}

#[test]
fn where_exponentials_overflow_and_vanish_in_f32() {
    assert!(88.7_f32.exp().is_finite() && 88.8_f32.exp().is_infinite());
    assert!((-103.0_f32).exp() > 0.0);
    assert_eq!((-104.0_f32).exp(), 0.0);
    assert!((-104.0_f64).exp() < 1e-45);
}

#[test]
fn a_softmax_that_takes_itself_for_a_sigmoid_is_caught() -> Result<()> {
    let mutant = mutant("Softmax", "sigmoid");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("softmax_wrong", &report.to_string());
    Ok(())
}

#[test]
fn softmax_step_by_step() {
    let args = [
        "Softmax",
        "--set",
        "dim=-1",
        "--input",
        "[[0,0.69314718,1.60943791],[0.69314718,0.69314718,1.38629436]]",
        "--cotangent",
        "[[8,0,0],[4,8,2]]",
    ];
    assert_snapshot("softmax_steps", &run("step", &args));
}

#[test]
fn a_sum_of_the_shares_has_no_gradient() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]));
    assert_near(x.softmax(-1)?.sum().backward()?.wrt(x)?, &[0.0; 6]);
    Ok(())
}

#[test]
fn a_share_near_1_leaves_almost_no_slope() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([0.0, 0.0, 20.0]));
    let gradients = x.softmax(-1)?.backward_with(&Tensor::new([0.0, 0.0, 1.0]))?;
    let largest = gradients.wrt(x)?.iter().fold(0.0, |largest: f64, g| largest.max(g.abs()));
    assert!((4e-9..4.2e-9).contains(&largest));
    Ok(())
}

#[test]
fn without_a_dim_it_is_0_for_three_dims_and_1_for_two() -> Result<()> {
    let tape = Tape::new();
    let mut softmax = Softmax::default();
    let cube = tape.constant(Tensor::<f64>::zeros([2, 3, 4]));
    assert_near(&softmax.forward(cube)?.value(), &[0.5; 24]);
    let table = tape.constant(Tensor::<f64>::zeros([3, 4]));
    assert_near(&softmax.forward(table)?.value(), &[0.25; 12]);
    Ok(())
}

#[test]
fn special_values() -> Result<()> {
    let infinite = f64::INFINITY;
    let through = |row: [f64; 3]| -> Result<Vec<f64>> {
        let tape = Tape::new();
        Ok(tape.constant(Tensor::<f64>::new(row)).softmax(-1)?.value().to_vec())
    };
    assert_eq!(through([-infinite, 0.0, 0.0])?, [0.0, 0.5, 0.5]);
    for row in [[-infinite; 3], [infinite, 0.0, 0.0], [f64::NAN, 0.0, 0.0]] {
        assert!(through(row)?.iter().all(|share| share.is_nan()));
    }
    let tape = Tape::new();
    let one = tape.leaf(Tensor::<f64>::new([7.0]));
    let y = one.softmax(-1)?;
    assert_eq!(y.value().to_vec(), [1.0]);
    assert_eq!(y.sum().backward()?.wrt(one)?.to_vec(), [0.0]);
    Ok(())
}

#[test]
fn of_two_numbers_it_is_the_sigmoid_of_their_difference() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([2.0, 0.5]));
    let sigmoid = tape.constant(Tensor::<f64>::new([1.5, -1.5])).sigmoid();
    assert_near(&x.softmax(-1)?.value(), &sigmoid.value().to_vec());
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([1.0, 3.0]).map(f64::ln));
    let y = x.softmax(-1)?;
    assert_near(&y.value(), &[0.25, 0.75]);
    assert_near(y.backward_with(&Tensor::new([16.0, 0.0]))?.wrt(x)?, &[3.0, -3.0]);

    let x = tape.constant(Tensor::<f64>::new([1.0, 2.0, 5.0]).map(f64::ln));
    let times = |factor: f64| -> Result<Tensor<f64>> { Ok((x * factor).softmax(-1)?.value()) };
    assert_near(&times(2.0)?, &[1.0 / 30.0, 4.0 / 30.0, 25.0 / 30.0]);
    assert_near(&times(0.0)?, &[1.0 / 3.0; 3]);
    assert_near(&times(1000.0)?, &[0.0, 0.0, 1.0]);
    Ok(())
}

// ANCHOR: online
/// The largest number of a row and the sum of all e^(x - largest), in one pass.
fn largest_and_sum(row: &[f64]) -> (f64, f64) {
    let (mut largest, mut sum) = (f64::NEG_INFINITY, 0.0);
    for &x in row {
        let new = x.max(largest);
        sum = sum * (largest - new).exp() + (x - new).exp();
        largest = new;
    }
    (largest, sum)
}

#[test]
fn one_pass_is_enough_for_the_sum() -> Result<()> {
    let row = [1000.0, -3.0, 1002.0, 1001.5, 0.0];
    let (largest, sum) = largest_and_sum(&row);
    let tape = Tape::new();
    let y = tape.constant(Tensor::<f64>::new(row)).softmax(-1)?;
    assert_near(&y.value(), &row.map(|x| (x - largest).exp() / sum));
    Ok(())
}
// ANCHOR_END: online
