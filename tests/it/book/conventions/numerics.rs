//! The rows about infinity, NaN and lost digits.

use handgrad::module::Args;
use handgrad::{Result, Tensor};

use super::{assert_row, number, numbers, output, slope, value};

/// What becomes of a number in f64, with the default arguments.
fn of(layer: &str, x: f64) -> Result<String> {
    Ok(number(value(layer, &Args::new(), x)?))
}

/// What becomes of numbers in f32.
fn in_f32(layer: &str, args: &Args, x: Tensor<f32>) -> Result<Vec<f64>> {
    output(layer, args, x)
}

/// Three numbers far from 0, of which the last becomes 1.2247.
const MILLION: [f32; 3] = [1e6, 1_000_001.0, 1_000_002.0];

#[test]
fn relu_of_nan() -> Result<()> {
    assert_row("relu_of_nan", &of("ReLU", f64::NAN)?);
    Ok(())
}

#[test]
fn gelu_of_minus_infinity() -> Result<()> {
    assert_row("gelu_of_minus_infinity", &of("GELU", f64::NEG_INFINITY)?);
    Ok(())
}

#[test]
fn silu_of_minus_infinity() -> Result<()> {
    assert_row("silu_of_minus_infinity", &of("SiLU", f64::NEG_INFINITY)?);
    Ok(())
}

#[test]
fn mish_of_minus_infinity() -> Result<()> {
    assert_row("mish_of_minus_infinity", &of("Mish", f64::NEG_INFINITY)?);
    Ok(())
}

#[test]
fn hardswish_of_minus_infinity() -> Result<()> {
    assert_row("hardswish_of_minus_infinity", &of("Hardswish", f64::NEG_INFINITY)?);
    Ok(())
}

#[test]
fn softsign_of_infinity() -> Result<()> {
    assert_row("softsign_of_infinity", &of("Softsign", f64::INFINITY)?);
    Ok(())
}

#[test]
fn softmax_of_minus_infinities() -> Result<()> {
    let x = Tensor::<f64>::full([2], f64::NEG_INFINITY);
    assert_row("softmax_of_minus_infinities", &numbers(&output("Softmax", &Args::new(), x)?));
    Ok(())
}

#[test]
fn log_softmax_of_1000() -> Result<()> {
    let x = Tensor::<f64>::new([1000.0, 0.0]);
    assert_row("log_softmax_of_1000", &numbers(&output("LogSoftmax", &Args::new(), x)?));
    Ok(())
}

#[test]
fn gelu_of_minus_6_in_f32() -> Result<()> {
    let y = in_f32("GELU", &Args::new(), Tensor::scalar(-6.0))?;
    assert_row("gelu_of_minus_6_in_f32", &number(y[0]));
    Ok(())
}

#[test]
fn tanhshrink_of_a_small_number_in_f32() -> Result<()> {
    let y = in_f32("Tanhshrink", &Args::new(), Tensor::scalar(1.0 / 4096.0))?;
    assert_row("tanhshrink_of_a_small_number_in_f32", &number(y[0]));
    Ok(())
}

#[test]
fn error_of_hardsigmoids_slope() -> Result<()> {
    let slope = slope("Hardsigmoid", &Args::new(), 0.0)?;
    assert_row("error_of_hardsigmoids_slope", &number(slope - 1.0 / 6.0));
    Ok(())
}

#[test]
fn layer_norm_far_from_0_in_f32() -> Result<()> {
    let args = Args::new().with("normalized_shape", 3);
    let y = in_f32("LayerNorm", &args, Tensor::new([MILLION]))?;
    assert_row("layer_norm_far_from_0_in_f32", &format!("{:.2}", y[2]));
    Ok(())
}

#[test]
fn batch_norm_far_from_0_in_f32() -> Result<()> {
    let args = Args::new().with("num_features", 1);
    let y = in_f32("BatchNorm1d", &args, Tensor::new(MILLION.map(|x| [x])))?;
    assert_row("batch_norm_far_from_0_in_f32", &format!("{:.2}", y[2]));
    Ok(())
}

/// Why PyTorch is off there, in either of two ways: it makes x a + b of (x - mean) a.
#[test]
fn a_product_and_a_sum_far_from_0_lose_what_a_difference_keeps() {
    let [_, mean, x] = MILLION;
    let a = 1.0 / (2.0_f32 / 3.0 + 1e-5).sqrt();
    let b = -(mean * a);
    let answers = [(x - mean) * a, x * a + b, x.mul_add(a, b)];
    assert_eq!(answers.map(|y| format!("{y:.2}")), ["1.22", "1.25", "1.19"]);
}

#[test]
fn normalize_of_large_numbers_in_f32() -> Result<()> {
    let y = in_f32("Normalize", &Args::new(), Tensor::new([[3e30, 4e30]]))?;
    assert_row("normalize_of_large_numbers_in_f32", &numbers(&y));
    Ok(())
}

#[test]
fn weight_norm_of_zeros() -> Result<()> {
    let args = Args::new().with("num_features", 1);
    let y = in_f32("WeightNorm", &args, Tensor::zeros([1, 2]))?;
    assert_row("weight_norm_of_zeros", &numbers(&y));
    Ok(())
}
