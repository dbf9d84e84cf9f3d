//! The chapter `norm/weight_standardization`.

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::norm::{WeightStandardization, weight_standardization};
use handgrad::{Module, Result, Tape, Tensor, Var};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn weight_standardization_by_hand() -> Result<()> {
    let tape = Tape::new();
    // A linear layer of three inputs and two outputs.
    let w = tape.leaf(Tensor::<f64>::new([[2.0, 2.0, 8.0], [5.0, 11.0, -1.0]]));
    let w_hat = WeightStandardization { eps: 1.0 }.forward(w)?;
    assert_near(&w_hat.value(), &[-2.0 / 3.0, -2.0 / 3.0, 4.0 / 3.0, 0.0, 1.2, -1.2]);

    let x = tape.leaf(Tensor::new([[1.0, 2.0, 3.0]]));
    let y = x.matmul(w_hat.t())?;
    assert_near(&y.value(), &[2.0, -1.2]);

    let gradients = y.backward_with(&Tensor::new([[27.0, 125.0]]))?;
    assert_near(gradients.wrt(w)?, &[-5.0, 4.0, 1.0, -25.0, 12.0, 13.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn weight_standardization_step_by_step() {
    let args = [
        "WeightStandardization",
        "--set",
        "eps=1",
        "--input",
        "[[2,2,8],[5,11,-1]]",
        "--cotangent",
        "[[27,54,81],[125,250,375]]",
    ];
    assert_snapshot("weight_standardization_steps", &run("step", &args));
}

/// The numbers of the table that the test above does not have.
#[test]
fn the_numbers_of_the_table() {
    let rows = [
        ([-2.0, -2.0, 4.0], 3.0, [27.0, 54.0, 81.0], 18.0, [-15.0, 12.0, 3.0]),
        ([0.0, 6.0, -6.0], 5.0, [125.0, 250.0, 375.0], -50.0, [-125.0, 60.0, 65.0]),
    ];
    let cotangent = Tensor::<f64>::new([[27.0], [125.0]]);
    let of_w_hat = cotangent.matmul(&Tensor::new([[1.0, 2.0, 3.0]])).expect("shapes that fit");
    assert_eq!(of_w_hat.to_vec(), [rows[0].2, rows[1].2].concat());
    for (distances, deviation, h, along, left) in rows {
        let distances = Tensor::<f64>::new(distances);
        assert_near(&(&distances * &distances).mean(), &[deviation * deviation - 1.0]);
        let (x_hat, h) = (&distances / deviation, Tensor::<f64>::new(h));
        assert_near(&(&h * &x_hat).mean(), &[along]);
        assert_near(&(&(&h - &h.mean()) - &x_hat.scale(along)), &left);
    }
}

#[test]
fn weight_standardization_saves_two_statistics_an_output() -> Result<()> {
    let tape = Tape::new();
    let w = tape.leaf(Tensor::<f32>::new([[2.0, 2.0, 8.0], [5.0, 11.0, -1.0]]));
    let w_hat = weight_standardization(w, 1e-5)?;
    assert_eq!(saved(w_hat, &[w]), [("input", 24, true), ("mean", 16, false), ("rstd", 16, false)]);
    Ok(())
}

// ANCHOR: predict
#[test]
fn what_all_inputs_share_does_not_arrive() -> Result<()> {
    let tape = Tape::new();
    let w = tape.leaf(Tensor::<f64>::new([[2.0, 2.0, 8.0], [5.0, 11.0, -1.0]]));
    let x = tape.leaf(Tensor::new([[101.0, 102.0, 103.0]]));
    let y = x.matmul(weight_standardization(w, 1.0)?.t())?;
    assert_near(&y.value(), &[2.0, -1.2]);
    let gradients = y.backward_with(&Tensor::new([[3.0, 5.0]]))?;
    assert_near(gradients.wrt(x)?, &[-2.0, 4.0, -2.0]);
    Ok(())
}
// ANCHOR_END: predict

#[test]
fn a_gradient_that_forgets_the_mean_is_caught() -> Result<()> {
    let mutant = mutant("WeightStandardization", "the mean term");
    assert_snapshot("weight_standardization_wrong", &mutant.gradcheck()?.to_string());
    Ok(())
}

#[test]
fn a_constant_row_is_0_and_steep() -> Result<()> {
    let tape = Tape::new();
    let w = tape.leaf(Tensor::<f64>::new([[0.0, 0.0, 0.0]]));
    let w_hat = weight_standardization(w, 1e-5)?;
    assert_eq!(w_hat.value().to_vec(), [0.0, 0.0, 0.0]);
    let gradients = w_hat.backward_with(&Tensor::new([[1.0, 0.0, -1.0]]))?;
    let slope = 1.0 / 1e-5_f64.sqrt();
    assert_near(gradients.wrt(w)?, &[slope, 0.0, -slope]);
    assert_eq!(slope.floor(), 316.0);
    assert!(weight_standardization(w, 0.0)?.value().iter().all(f64::is_nan));
    assert!(weight_standardization(tape.leaf(Tensor::zeros([3])), 1e-5).is_err());
    Ok(())
}

#[test]
fn a_row_of_one_weight_is_0() -> Result<()> {
    let tape = Tape::new();
    let w = tape.leaf(Tensor::<f64>::new([[7.0], [-3.0]]));
    let w_hat = weight_standardization(w, 1e-5)?;
    assert_eq!(w_hat.value().to_vec(), [0.0, 0.0]);
    let gradients = w_hat.backward_with(&Tensor::new([[1.0], [2.0]]))?;
    assert_near(gradients.wrt(w)?, &[0.0, 0.0]);
    Ok(())
}

#[test]
fn a_row_of_two_weights_is_two_signs() -> Result<()> {
    let tape = Tape::new();
    let w = tape.leaf(Tensor::<f64>::new([[3.0, 5.0], [90.0, -10.0]]));
    let w_hat = weight_standardization(w, 0.0)?;
    assert_near(&w_hat.value(), &[-1.0, 1.0, 1.0, -1.0]);
    let gradients = w_hat.backward_with(&Tensor::new([[2.0, -1.0], [0.5, 4.0]]))?;
    assert_near(gradients.wrt(w)?, &[0.0; 4]);
    Ok(())
}

#[test]
fn exercise_2_a_share_of_the_stretch_is_left() {
    let gradient = Tensor::<f64>::new([-5.0, 4.0, 1.0]);
    let w_hat = &Tensor::<f64>::new([-2.0, -2.0, 4.0]) / 3.0;
    assert_near(&(&gradient * &w_hat).sum(), &[2.0]);
    // Of what was along w_hat a ninth, times rstd.
    let h = Tensor::<f64>::new([27.0, 54.0, 81.0]);
    assert_near(&(&h * &w_hat).sum(), &[54.0]);
    assert_near(&Tensor::<f64>::scalar(54.0 * (1.0 / 9.0) / 3.0), &[2.0]);
}

#[test]
fn the_deviation_of_many_inputs() {
    assert_eq!((64.0_f64 * 9.0).sqrt(), 24.0);
}

// ANCHOR: scaled
/// Weight standardization whose rows have the length `gain`: a linear layer's
/// independent inputs of variance 1 become outputs of variance gain².
fn scaled<'t>(w: Var<'t, f64>, gain: Var<'t, f64>, eps: f64) -> Result<Var<'t, f64>> {
    let (outputs, inputs) = (w.shape()[0], w.shape()[1] as f64);
    let w_hat = weight_standardization(w, eps)?;
    Ok(w_hat * gain.reshape([outputs, 1])? / inputs.sqrt())
}

#[test]
fn its_rows_have_the_length_of_the_gain() -> Result<()> {
    let weight = Tensor::<f64>::new([[1.0, 3.0, 4.0, 5.0, 7.0], [10.0, 6.0, 14.0, 2.0, 8.0]]);
    let gain = Tensor::new([1.0, 3.0]);
    let tape = Tape::new();
    let w = scaled(tape.leaf(weight.clone()), tape.leaf(gain.clone()), 0.0)?.value();
    assert_near(&(&w * &w).sum_dims(&[1], false)?, &[1.0, 9.0]);

    gradcheck(|v| scaled(v[0], v[1], 1e-5), &[weight, gain], &CheckOptions::default())?
        .into_result()
}
// ANCHOR_END: scaled
