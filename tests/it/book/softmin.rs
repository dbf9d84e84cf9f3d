//! The chapter `activation/softmin`.

use handgrad::{Result, Tape, Tensor};

use super::{assert_near, mutant, rounded, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn softmin_by_hand() -> Result<()> {
    let exponentials = Tensor::<f64>::new([[1.0, 3.0, 3.0], [2.0, 1.0, 2.0]]);
    let tape = Tape::new();
    let x = tape.leaf(exponentials.map(f64::ln));
    let y = x.softmin(-1)?;
    assert_near(&y.value(), &[0.6, 0.2, 0.2, 0.25, 0.5, 0.25]);

    let cotangent = Tensor::new([[5.0, 0.0, 0.0], [4.0, 2.0, 8.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_near(gradients.wrt(x)?, &[-1.2, 0.6, 0.6, 0.0, 1.0, -1.0]);
    Ok(())
}
// ANCHOR_END: by_hand

/// The chapter's logarithms, to four decimals.
#[test]
fn the_numbers_of_the_table() {
    assert_eq!([2.0_f64, 3.0].map(|x| rounded(x.ln())), [0.6931, 1.0986]);
}

#[test]
fn softmin_saves_its_output_which_costs_nothing() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    let y = x.softmin(-1)?;
    assert_eq!(saved(y, &[y]), [("output", 24, true)]);
    Ok(())
}

// ANCHOR: predict
#[test]
fn softmin_is_not_what_softmax_leaves() -> Result<()> {
    let tape = Tape::new();
    let two = tape.constant(Tensor::<f64>::new([1.0, 2.5]));
    assert_near(&two.softmin(-1)?.value(), &(1.0 - two.softmax(-1)?).value().to_vec());

    // The halves of what is left, for three numbers: one small, two large.
    let three = tape.constant(Tensor::<f64>::new([0.0, 100.0, 100.0]));
    let left = (1.0 - three.softmax(-1)?) / 2.0;
    assert_near(&left.value(), &[0.5, 0.25, 0.25]);
    assert_near(&three.softmin(-1)?.value(), &[1.0, 0.0, 0.0]);
    Ok(())
}
// ANCHOR_END: predict

#[test]
fn a_softmin_that_forgets_its_minus_is_caught() -> Result<()> {
    let report = mutant("Softmin", "the minus").gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("softmin_wrong", &report.to_string());
    Ok(())
}

#[test]
fn softmin_step_by_step() {
    let args = [
        "Softmin",
        "--set",
        "dim=-1",
        "--input",
        "[[0,1.09861229,1.09861229],[0.69314718,0,0.69314718]]",
        "--cotangent",
        "[[5,0,0],[4,2,8]]",
    ];
    assert_snapshot("softmin_steps", &run("step", &args));
}

// ANCHOR: losses
#[test]
fn a_sum_of_the_shares_cannot_see_the_sign() -> Result<()> {
    let mutant = mutant("Softmin", "the minus");
    let through_sum = mutant.seen_by(|y| Tensor::ones(y.shape()))?;
    let through_squares = mutant.seen_by(|y| y.scale(2.0))?;
    assert!(through_sum < 1e-9);
    assert!(through_squares > 0.1);
    Ok(())
}
// ANCHOR_END: losses

#[test]
fn special_values() -> Result<()> {
    let infinite = f64::INFINITY;
    let through = |row: [f64; 3]| -> Result<Vec<f64>> {
        let tape = Tape::new();
        Ok(tape.constant(Tensor::<f64>::new(row)).softmin(-1)?.value().to_vec())
    };
    assert_eq!(through([infinite, 0.0, 0.0])?, [0.0, 0.5, 0.5]);
    for row in [[infinite; 3], [-infinite, 0.0, 0.0], [f64::NAN, 0.0, 0.0]] {
        assert!(through(row)?.iter().all(|share| share.is_nan()));
    }
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([1.0, 3.0]).map(f64::ln));
    let y = x.softmin(-1)?;
    assert_near(&y.value(), &[0.75, 0.25]);
    assert_near(y.backward_with(&Tensor::new([16.0, 0.0]))?.wrt(x)?, &[-3.0, 3.0]);

    let mean = (y * x).sum().value().item()?;
    let soft_minimum = -(-x).exp().sum().ln().value().item()?;
    assert_eq!((rounded(mean), rounded(soft_minimum)), (0.2747, -0.2877));
    Ok(())
}

// ANCHOR: soft_minimum
#[test]
fn softmin_is_the_gradient_of_the_soft_minimum() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([1.0, 1.5, 3.0]));
    let soft_minimum = -(-x).exp().sum().ln();
    let gradients = soft_minimum.backward()?;
    assert_near(gradients.wrt(x)?, &x.softmin(-1)?.value().to_vec());
    Ok(())
}
// ANCHOR_END: soft_minimum
