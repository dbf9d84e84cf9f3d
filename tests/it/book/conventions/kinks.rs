//! The rows about slopes at kinks.

use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

use super::{assert_row, number, numbers, slope};

fn slopes(layer: &str, args: &Args, points: &[f64]) -> Result<String> {
    let slopes: Result<Vec<f64>> = points.iter().map(|&x| slope(layer, args, x)).collect();
    Ok(numbers(&slopes?))
}

/// With the default arguments.
fn slopes_of(layer: &str, points: &[f64]) -> Result<String> {
    slopes(layer, &Args::new(), points)
}

#[test]
fn relu_at_0() -> Result<()> {
    assert_row("relu_at_0", &slopes_of("ReLU", &[0.0])?);
    Ok(())
}

#[test]
fn relu6_at_its_kinks() -> Result<()> {
    assert_row("relu6_at_its_kinks", &slopes_of("ReLU6", &[0.0, 6.0])?);
    Ok(())
}

#[test]
fn leaky_relu_at_0() -> Result<()> {
    assert_row("leaky_relu_at_0", &slopes_of("LeakyReLU", &[0.0])?);
    Ok(())
}

#[test]
fn prelu_at_0() -> Result<()> {
    assert_row("prelu_at_0", &slopes_of("PReLU", &[0.0])?);
    Ok(())
}

#[test]
fn rrelu_at_0() -> Result<()> {
    let args = Args::new().with("lower", 0.1).with("upper", 0.3);
    assert_row("rrelu_at_0", &slopes("RReLU", &args, &[0.0])?);
    Ok(())
}

#[test]
fn threshold_at_its_threshold() -> Result<()> {
    let args = Args::new().with("threshold", 1.0).with("value", 20.0);
    assert_row("threshold_at_its_threshold", &slopes("Threshold", &args, &[1.0])?);
    Ok(())
}

#[test]
fn elu_at_0() -> Result<()> {
    let args = Args::new().with("alpha", 2.0);
    assert_row("elu_at_0", &slopes("ELU", &args, &[0.0])?);
    Ok(())
}

#[test]
fn celu_at_0() -> Result<()> {
    let args = Args::new().with("alpha", 2.0);
    assert_row("celu_at_0", &slopes("CELU", &args, &[0.0])?);
    Ok(())
}

#[test]
fn selu_at_0() -> Result<()> {
    assert_row("selu_at_0", &slopes_of("SELU", &[0.0])?);
    Ok(())
}

#[test]
fn hardtanh_at_its_ends() -> Result<()> {
    assert_row("hardtanh_at_its_ends", &slopes_of("Hardtanh", &[-1.0, 1.0])?);
    Ok(())
}

#[test]
fn hardsigmoid_at_its_ends() -> Result<()> {
    assert_row("hardsigmoid_at_its_ends", &slopes_of("Hardsigmoid", &[-3.0, 3.0])?);
    Ok(())
}

#[test]
fn hardswish_at_its_ends() -> Result<()> {
    assert_row("hardswish_at_its_ends", &slopes_of("Hardswish", &[-3.0, 3.0])?);
    Ok(())
}

#[test]
fn hardshrink_at_its_ends() -> Result<()> {
    assert_row("hardshrink_at_its_ends", &slopes_of("Hardshrink", &[-0.5, 0.5])?);
    Ok(())
}

#[test]
fn softshrink_at_its_ends() -> Result<()> {
    assert_row("softshrink_at_its_ends", &slopes_of("Softshrink", &[-0.5, 0.5])?);
    Ok(())
}

#[test]
fn softplus_at_its_threshold() -> Result<()> {
    let slope = slope("Softplus", &Args::new(), 20.0)?;
    assert_row("softplus_at_its_threshold", &number(1.0 - slope));
    Ok(())
}

#[test]
fn softsign_at_0() -> Result<()> {
    assert_row("softsign_at_0", &slopes_of("Softsign", &[0.0])?);
    Ok(())
}

#[test]
fn abs_at_0() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::scalar(0.0));
    let gradients = x.abs().backward()?;
    assert_row("abs_at_0", &number(gradients.wrt(x)?.item()?));
    Ok(())
}

#[test]
fn sqrt_at_0() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::scalar(0.0));
    let gradients = x.sqrt().backward()?;
    assert_row("sqrt_at_0", &number(gradients.wrt(x)?.item()?));
    Ok(())
}

#[test]
fn maximum_of_equals() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::scalar(3.0));
    let gradients = x.maximum(tape.constant(Tensor::scalar(3.0)))?.backward()?;
    assert_row("maximum_of_equals", &number(gradients.wrt(x)?.item()?));
    Ok(())
}

#[test]
fn largest_of_equals() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([3.0, 3.0]));
    let gradients = x.max()?.backward()?;
    assert_row("largest_of_equals", &numbers(&gradients.wrt(x)?.to_vec()));
    Ok(())
}

#[test]
fn normalize_at_0() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::zeros([1, 2]));
    let y = x.normalize(2.0, 1, 1e-12)?;
    let gradients = y.backward_with(&Tensor::new([[1.0, 0.0]]))?;
    let times_eps = gradients.wrt(x)? * 1e-12;
    assert_row("normalize_at_0", &numbers(&times_eps.to_vec()));
    Ok(())
}

#[test]
fn relu_at_nan() -> Result<()> {
    assert_row("relu_at_nan", &slopes_of("ReLU", &[f64::NAN])?);
    Ok(())
}
