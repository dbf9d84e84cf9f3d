//! The chapter `norm/weight_norm`.

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::norm::{WeightNorm, weight_norm};
use handgrad::{Module, Result, Tape, Tensor, Var};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn weight_norm_by_hand() -> Result<()> {
    let tape = Tape::new();
    let v = tape.leaf(Tensor::<f64>::new([[1.0, 2.0, 2.0], [2.0, -3.0, 6.0]]));
    let g = tape.leaf(Tensor::new([6.0, 14.0]));
    let w = weight_norm(v, g, Some(0))?;
    assert_near(&w.value(), &[2.0, 4.0, 4.0, 4.0, -6.0, 12.0]);

    let cotangent = Tensor::new([[9.0, 0.0, 0.0], [0.0, 0.0, 49.0]]);
    let gradients = w.backward_with(&cotangent)?;
    assert_near(gradients.wrt(g)?, &[3.0, 42.0]);
    assert_near(gradients.wrt(v)?, &[16.0, -4.0, -4.0, -24.0, 36.0, 26.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn weight_norm_step_by_step() {
    let args = ["WeightNorm", "--input", "[[1,2,2],[2,-3,6]]", "--cotangent", "[[9,0,0],[0,0,49]]"];
    assert_snapshot("weight_norm_steps", &run("step", &args));
}

/// The numbers of the table that the test above does not have.
#[test]
fn the_numbers_of_the_table() {
    let rows = [
        ([1.0, 2.0, 2.0], 3.0, [9.0, 0.0, 0.0], 3.0, [8.0, -2.0, -2.0]),
        ([2.0, -3.0, 6.0], 7.0, [0.0, 0.0, 49.0], 42.0, [-12.0, 18.0, 13.0]),
    ];
    for (v, length, cotangent, along, across) in rows {
        let (direction, cotangent) =
            (&Tensor::<f64>::new(v) / length, Tensor::<f64>::new(cotangent));
        assert_near(&(&direction * &direction).sum(), &[1.0]);
        assert_near(&(&cotangent * &direction).sum(), &[along]);
        assert_near(&(&cotangent - &direction.scale(along)), &across);
    }
}

#[test]
fn weight_norm_saves_one_norm_a_row() -> Result<()> {
    let tape = Tape::new();
    let v = tape.leaf(Tensor::<f32>::new([[1.0, 2.0, 2.0], [2.0, -3.0, 6.0]]));
    let g = tape.leaf(Tensor::new([6.0, 14.0]));
    let w = weight_norm(v, g, Some(0))?;
    assert_eq!(saved(w, &[v, g]), [("v", 24, true), ("g", 8, true), ("norm", 16, false)]);

    let g = tape.leaf(Tensor::new([1.0, 1.0, 1.0]));
    let w = weight_norm(v, g, Some(1))?;
    assert_eq!(saved(w, &[v, g]), [("v", 24, false), ("g", 12, true), ("norm", 24, false)]);
    Ok(())
}

// ANCHOR: predict
/// The gradient of v, and how far w moves in a small step along it.
fn step(v: &Tensor<f64>) -> Result<(Tensor<f64>, f64)> {
    let tape = Tape::new();
    let g = tape.constant(Tensor::new([6.0]));
    let weight = |v: &Tensor<f64>| weight_norm(tape.leaf(v.clone()), g, Some(0));
    let x = tape.leaf(v.clone());
    let w = weight_norm(x, g, Some(0))?;
    let gradients = w.backward_with(&Tensor::new([[9.0, 0.0, 0.0]]))?;
    let gradient = gradients.wrt(x)?.clone();
    let moved = &weight(&(v - &gradient.scale(1e-6)))?.value() - &w.value();
    let distance = (&moved * &moved).sum().item()?.sqrt();
    Ok((gradient, distance))
}

#[test]
fn a_direction_ten_times_as_long_turns_a_hundred_times_as_slowly() -> Result<()> {
    let v = Tensor::<f64>::new([[1.0, 2.0, 2.0]]);
    let ((gradient, moved), (of_longer, longer_moved)) = (step(&v)?, step(&v.scale(10.0))?);
    assert_near(&gradient, &[16.0, -4.0, -4.0]);
    assert_near(&of_longer, &[1.6, -0.4, -0.4]);
    assert!((moved / longer_moved - 100.0).abs() < 0.1);
    Ok(())
}
// ANCHOR_END: predict

#[test]
fn a_length_taken_for_a_constant_is_caught() -> Result<()> {
    let mutant = mutant("WeightNorm", "for a constant");
    assert_snapshot("weight_norm_wrong", &mutant.gradcheck()?.to_string());
    Ok(())
}

#[test]
fn a_length_of_0_stops_the_direction_and_not_itself() -> Result<()> {
    let tape = Tape::new();
    let v = tape.leaf(Tensor::<f64>::new([[3.0, 4.0]]));
    let g = tape.leaf(Tensor::new([0.0]));
    let w = weight_norm(v, g, Some(0))?;
    let gradients = w.backward_with(&Tensor::new([[5.0, 0.0]]))?;
    assert_near(gradients.wrt(v)?, &[0.0, 0.0]);
    assert_near(gradients.wrt(g)?, &[3.0]);
    Ok(())
}

#[test]
fn minus_1_is_one_length_for_all() -> Result<()> {
    let tape = Tape::new();
    let v = tape.leaf(Tensor::<f64>::new([[1.0, 2.0], [0.0, 2.0]]));
    let w = WeightNorm::<f64>::new(1, Some(-1))?.forward(v)?;
    assert_near(&w.value(), &[1.0 / 3.0, 2.0 / 3.0, 0.0, 2.0 / 3.0]);
    Ok(())
}

#[test]
fn squares_do_not_overflow() -> Result<()> {
    let tape = Tape::new();
    let v = tape.leaf(Tensor::<f32>::new([[3e30, 4e30]]));
    let w = weight_norm(v, tape.leaf(Tensor::new([1.0])), Some(0))?;
    for (found, expected) in w.value().to_vec().into_iter().zip([0.6_f32, 0.8]) {
        assert!((found - expected).abs() < 1e-6);
    }
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let v = tape.leaf(Tensor::<f64>::new([[0.0, 5.0]]));
    let g = tape.leaf(Tensor::new([10.0]));
    let w = weight_norm(v, g, Some(0))?;
    let gradients = w.backward_with(&Tensor::new([[3.0, 4.0]]))?;
    assert_near(&w.value(), &[0.0, 10.0]);
    assert_near(gradients.wrt(g)?, &[4.0]);
    assert_near(gradients.wrt(v)?, &[6.0, 0.0]);
    let stepped = &v.value() - &gradients.wrt(v)?.scale(0.5);
    assert_near(&(&stepped * &stepped).sum(), &[34.0]);
    Ok(())
}

// ANCHOR: exponential
/// A weight whose lengths are exp(s): always positive.
fn exponential<'t>(v: Var<'t, f64>, s: Var<'t, f64>) -> Result<Var<'t, f64>> {
    weight_norm(v, s.exp(), Some(0))
}

#[test]
fn the_exponential_passes_its_check() -> Result<()> {
    let v = Tensor::<f64>::new([[1.0, 2.0, 2.0], [2.0, -3.0, 6.0]]);
    let s = Tensor::new([6.0_f64.ln(), 14.0_f64.ln()]);
    let tape = Tape::new();
    let (x, lengths) = (tape.leaf(v.clone()), tape.leaf(s.clone()));
    let w = exponential(x, lengths)?;
    let gradients = w.backward_with(&Tensor::new([[9.0, 0.0, 0.0], [0.0, 0.0, 49.0]]))?;
    assert_near(gradients.wrt(lengths)?, &[6.0 * 3.0, 14.0 * 42.0]);

    gradcheck(|v| exponential(v[0], v[1]), &[v, s], &CheckOptions::default())?.into_result()
}
// ANCHOR_END: exponential
