//! The rows about activations.

use std::f64::consts::FRAC_1_SQRT_2;

use handgrad::module::Args;
use handgrad::{Real, Result, Tape, Tensor, catalog};

use super::{assert_row, number, numbers, output, value, which};

const INFINITE: f64 = f64::INFINITY;

/// Its value with the default arguments.
fn of(layer: &str, x: f64) -> Result<f64> {
    value(layer, &Args::new(), x)
}

/// The half that shuts the other out where it is far below 0.
fn gate_of(layer: &str) -> Result<&'static str> {
    let shuts = |pair: [f64; 2]| -> Result<bool> {
        Ok(output(layer, &Args::new(), Tensor::<f64>::new(pair))?[0].abs() < 1e-9)
    };
    Ok(match (shuts([-100.0, 3.0])?, shuts([3.0, -100.0])?) {
        (true, false) => "first half",
        (false, true) => "second half",
        both => panic!("one half is the gate, but {both:?}"),
    })
}

#[test]
fn gelu_by_default() -> Result<()> {
    let exact = 0.5 * Real::erfc(-FRAC_1_SQRT_2);
    let kind = if (of("GELU", 1.0)? - exact).abs() < 1e-9 { "exact" } else { "tanh" };
    assert_row("gelu_by_default", kind);
    Ok(())
}

#[test]
fn slope_of_leaky_relu() -> Result<()> {
    assert_row("slope_of_leaky_relu", &number(-of("LeakyReLU", -1.0)?));
    Ok(())
}

#[test]
fn first_slope_of_prelu() -> Result<()> {
    assert_row("first_slope_of_prelu", &number(-of("PReLU", -1.0)?));
    Ok(())
}

#[test]
fn slopes_of_prelu() -> Result<()> {
    let prelu = catalog::build::<f64>("PReLU", &Args::new())?;
    let count: usize = prelu.parameters().iter().map(|(_, p)| p.value().numel()).sum();
    assert_row("slopes_of_prelu", &number(count as f64));
    Ok(())
}

#[test]
fn slope_of_rrelu_in_evaluation() -> Result<()> {
    assert_row("slope_of_rrelu_in_evaluation", &number(-of("RReLU", -1.0)?));
    Ok(())
}

/// The cell of the paper: the reciprocal of the mean of 3 and 8.
#[test]
fn the_paper_divides_by_5_5() {
    assert_eq!(number(1.0 / f64::midpoint(3.0, 8.0)), "0.1818");
}

#[test]
fn alpha_of_elu() -> Result<()> {
    assert_row("alpha_of_elu", &number(-of("ELU", -INFINITE)?));
    Ok(())
}

#[test]
fn alpha_of_celu() -> Result<()> {
    assert_row("alpha_of_celu", &number(-of("CELU", -INFINITE)?));
    Ok(())
}

#[test]
fn scale_of_selu() -> Result<()> {
    assert_row("scale_of_selu", &number(of("SELU", 1.0)?));
    Ok(())
}

#[test]
fn lowest_value_of_selu() -> Result<()> {
    assert_row("lowest_value_of_selu", &number(of("SELU", -INFINITE)?));
    Ok(())
}

#[test]
fn softplus_is_a_line() -> Result<()> {
    let above = 20.0_f64.next_up();
    assert!(of("Softplus", 20.0)? > 20.0);
    assert_eq!(of("Softplus", above)?, above);
    assert_row("softplus_is_a_line", "above 20");
    Ok(())
}

#[test]
fn line_of_hardsigmoid() -> Result<()> {
    let at_0 = of("Hardsigmoid", 0.0)?;
    assert_eq!(at_0, 0.5);
    let rise = of("Hardsigmoid", 1.0)? - at_0;
    assert_row("line_of_hardsigmoid", which(rise, [(1.0 / 6.0, "x/6 + 1/2"), (0.2, "x/5 + 1/2")]));
    Ok(())
}

#[test]
fn hardswish_of_1() -> Result<()> {
    assert_row("hardswish_of_1", &number(of("Hardswish", 1.0)?));
    Ok(())
}

#[test]
fn ends_of_hardtanh() -> Result<()> {
    let ends = [of("Hardtanh", -INFINITE)?, of("Hardtanh", INFINITE)?];
    assert_row("ends_of_hardtanh", &numbers(&ends));
    Ok(())
}

#[test]
fn hardshrink_of_its_lambda() -> Result<()> {
    let at_and_above = [of("Hardshrink", 0.5)?, of("Hardshrink", 0.5001)?];
    assert_row("hardshrink_of_its_lambda", &numbers(&at_and_above));
    Ok(())
}

#[test]
fn softshrink_of_1() -> Result<()> {
    assert_row("softshrink_of_1", &number(of("Softshrink", 1.0)?));
    Ok(())
}

#[test]
fn threshold_of_its_threshold() -> Result<()> {
    let args = Args::new().with("threshold", 1.0).with("value", 20.0);
    assert_row("threshold_of_its_threshold", &number(value("Threshold", &args, 1.0)?));
    Ok(())
}

#[test]
fn dims_of_softmax() -> Result<()> {
    let mut dims = Vec::new();
    for rank in 1..=4 {
        let sizes = &[2_usize, 3, 4, 5][..rank];
        // Each of n equal numbers has the share 1 / n.
        let shares = output("Softmax", &Args::new(), Tensor::<f64>::zeros(sizes))?;
        let n = (1.0 / shares[0]).round() as usize;
        let dim = sizes.iter().position(|&size| size == n).expect("a size");
        dims.push(dim.to_string());
    }
    assert_row("dims_of_softmax", &dims.join(", "));
    Ok(())
}

#[test]
fn dim_of_glu() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::zeros([2, 4, 6]));
    let shape = catalog::build::<f64>("GLU", &Args::new())?.forward(x)?.shape();
    let dim = shape.iter().position(|&size| size == 3).expect("the half of 6");
    assert_row("dim_of_glu", &dim.to_string());
    Ok(())
}

#[test]
fn gate_of_glu() -> Result<()> {
    assert_row("gate_of_glu", gate_of("GLU")?);
    Ok(())
}

#[test]
fn gate_of_swiglu() -> Result<()> {
    assert_row("gate_of_swiglu", gate_of("SwiGLU")?);
    Ok(())
}
