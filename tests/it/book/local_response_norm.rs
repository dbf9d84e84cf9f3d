//! The chapter `norm/local_response_norm`.

use handgrad::norm::{LocalResponseNorm, local_response_norm};
use handgrad::{Module, Result, Tape, Tensor, Var};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn local_response_norm_by_hand() -> Result<()> {
    let mut norm = LocalResponseNorm { size: 3, alpha: 3.0, beta: 0.5, k: 12.0 };
    let tape = Tape::new();
    // Two samples of three channels at one place.
    let x = tape.leaf(Tensor::<f64>::new([[[3.0], [2.0], [0.0]], [[6.0], [4.0], [6.0]]]));
    let y = norm.forward(x)?;
    assert_near(&y.value(), &[0.6, 0.4, 0.0, 0.75, 0.4, 0.75]);

    let cotangent = Tensor::new([[[0.0], [125.0], [0.0]], [[256.0], [0.0], [0.0]]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_near(gradients.wrt(x)?, &[-6.0, 21.0, 0.0, 14.0, -12.0, 0.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn local_response_norm_step_by_step() {
    let args = [
        "LocalResponseNorm",
        "--set",
        "size=3",
        "--set",
        "alpha=3",
        "--set",
        "beta=0.5",
        "--set",
        "k=12",
        "--input",
        "[[[3],[2],[0]],[[6],[4],[6]]]",
        "--cotangent",
        "[[[0],[125],[0]],[[256],[0],[0]]]",
    ];
    assert_snapshot("local_response_norm_steps", &run("step", &args));
}

/// The numbers of the table that the test above does not have.
#[test]
fn the_numbers_of_the_table() {
    let sums = |[a, b, c]: [f64; 3]| [a + b, a + b + c, b + c].map(|sum| 12.0 + sum);
    assert_eq!(sums([9.0, 4.0, 0.0]), [25.0, 25.0, 16.0]);
    assert_eq!(sums([36.0, 16.0, 36.0]), [64.0, 100.0, 64.0]);
    assert_eq!((125.0 / 5.0, 125.0 * 0.4 / 25.0), (25.0, 2.0));
    assert_eq!((256.0 / 8.0, 256.0 * 0.75 / 64.0), (32.0, 3.0));
    assert_eq!((25.0 - 2.0 * 2.0, -3.0 * 2.0), (21.0, -6.0));
    assert_eq!((32.0 - 6.0 * 3.0, -4.0 * 3.0), (14.0, -12.0));
}

#[test]
fn local_response_norm_saves_its_input() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([[[3.0], [2.0], [0.0]]]));
    let y = local_response_norm(x, 3, 1e-4, 0.75, 1.0)?;
    assert_eq!(saved(y, &[x]), [("input", 12, true)]);
    Ok(())
}

// ANCHOR: predict
#[test]
fn a_single_loud_channel_quiets_itself() -> Result<()> {
    let loud = [10.0, 100.0, 100_000.0_f64.sqrt(), 1000.0, 10_000.0];
    let shown = [9.985, 87.220, 138.726, 101.938, 33.424];
    for (loud, shown) in loud.into_iter().zip(shown) {
        let tape = Tape::new();
        let x = tape.leaf(Tensor::<f64>::new([[[0.0], [0.0], [loud], [0.0], [0.0]]]));
        let y = LocalResponseNorm::new(5).forward(x)?.select(1, 2)?;
        let output = y.sum().value().item()?;
        assert!((output - shown).abs() < 5e-4, "{output} is not {shown}");
    }
    Ok(())
}
// ANCHOR_END: predict

#[test]
fn the_slope_is_0_at_the_loudest_and_negative_above() -> Result<()> {
    let slope = |loud: f64| -> Result<f64> {
        let tape = Tape::new();
        let x = tape.leaf(Tensor::<f64>::new([[[loud]]]));
        let gradients = LocalResponseNorm::new(5).forward(x)?.sum().backward()?;
        let slope = gradients.wrt(x)?.item()?;
        Ok(slope)
    };
    assert!(slope(100_000.0_f64.sqrt())?.abs() < 1e-12);
    assert!(slope(300.0)? > 0.0 && slope(1000.0)? < 0.0);
    Ok(())
}

#[test]
fn a_denominator_taken_for_a_constant_is_caught() -> Result<()> {
    let mutant = mutant("LocalResponseNorm", "for a constant");
    assert_snapshot("local_response_norm_wrong", &mutant.gradcheck()?.to_string());
    Ok(())
}

#[test]
fn small_numbers_hardly_notice_the_defaults() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[[1.0], [1.0], [1.0], [1.0], [1.0]]]));
    let y = LocalResponseNorm::new(5).forward(x)?.value();
    let middle = y.to_vec()[2];
    assert!((middle - 0.999_925).abs() < 1e-8, "{middle}");
    Ok(())
}

#[test]
fn what_an_infinity_and_a_k_of_0_do() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[[f64::INFINITY], [2.0], [3.0]]]));
    let y = local_response_norm(x, 3, 1e-4, 0.75, 1.0)?.value().to_vec();
    assert!(y[0].is_nan() && y[1] == 0.0 && y[2] > 2.9);

    let zeros = tape.leaf(Tensor::<f64>::zeros([1, 2, 1]));
    let y = local_response_norm(zeros, 3, 1e-4, 0.75, 0.0)?.value().to_vec();
    assert!(y[0].is_nan() && y[1].is_nan());
    Ok(())
}

#[test]
fn a_channel_reaches_the_mirrored_window() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::ones([1, 6, 1]));
    let y = local_response_norm(x, 4, 1.0, 0.75, 1.0)?;
    let mut reached = Vec::new();
    for output in 0..6 {
        let mut only = Tensor::zeros([1, 6, 1]);
        only.make_mut()[output] = 1.0;
        if y.backward_with(&only)?.wrt(x)?.to_vec()[2] != 0.0 {
            reached.push(output);
        }
    }
    assert_eq!(reached, [1, 2, 3, 4]);

    // Its own window is what its output follows.
    let mut only = Tensor::zeros([1, 6, 1]);
    only.make_mut()[2] = 1.0;
    let followed = y.backward_with(&only)?.wrt(x)?.to_vec();
    let window: Vec<usize> = (0..6).filter(|&channel| followed[channel] != 0.0).collect();
    assert_eq!(window, [0, 1, 2, 3]);
    Ok(())
}

#[test]
fn a_window_of_everything_is_normalize() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[[1.0], [2.0], [2.0]]]));
    let cotangent = Tensor::new([[[1.0], [0.0], [0.0]]]);
    let y = local_response_norm(x, 5, 5.0, 0.5, 0.0)?;
    let other = x.normalize(2.0, 1, 1e-12)?;
    assert_near(&y.value(), &[1.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0]);
    assert_near(&other.value(), &y.value().to_vec());
    let (gradients, others) = (y.backward_with(&cotangent)?, other.backward_with(&cotangent)?);
    assert_near(gradients.wrt(x)?, &[8.0 / 27.0, -2.0 / 27.0, -2.0 / 27.0]);
    assert_near(others.wrt(x)?, &gradients.wrt(x)?.to_vec());
    Ok(())
}

// ANCHOR: composed
/// LocalResponseNorm of `[N, C, L]` in primitive operations.
fn composed(x: Var<'_, f64>, size: usize, [alpha, beta, k]: [f64; 3]) -> Result<Var<'_, f64>> {
    let channels = x.shape()[1];
    let padded = (x * x).pad(&[(0, 0), (size / 2, (size - 1) / 2), (0, 0)], 0.0)?;
    let mut sum = padded.narrow(1, 0, channels)?;
    for shift in 1..size {
        sum = sum + padded.narrow(1, shift, channels)?;
    }
    Ok(x * (sum * (alpha / size as f64) + k).powf(-beta))
}

#[test]
fn the_layer_agrees_with_its_composition() -> Result<()> {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::randn([2, 6, 3], &mut rng));
    let cotangent = Tensor::<f64>::randn([2, 6, 3], &mut rng);
    for size in [1, 2, 3, 4, 7] {
        let y = local_response_norm(x, size, 1.5, 0.75, 1.0)?;
        let other = composed(x, size, [1.5, 0.75, 1.0])?;
        assert_near(&y.value(), &other.value().to_vec());
        let (gradients, others) = (y.backward_with(&cotangent)?, other.backward_with(&cotangent)?);
        assert_near(gradients.wrt(x)?, &others.wrt(x)?.to_vec());
    }
    Ok(())
}
// ANCHOR_END: composed
