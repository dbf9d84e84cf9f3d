//! The chapter `activation/swiglu`.

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::ops::{Pointwise, Saves};
use handgrad::{Real, Result, Tape, Tensor, Var};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

/// To four decimals, as the chapter has them.
fn rounded(tensor: &Tensor<f64>) -> Vec<f64> {
    tensor.iter().map(|x| (x * 1e4).round() / 1e4).collect()
}

// ANCHOR: by_hand
#[test]
fn swiglu_by_hand() -> Result<()> {
    // The sigmoid of 1 and of -1.
    let (open, shut): (f64, f64) = (0.731_058_578_630_004_9, 0.268_941_421_369_995_1);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[2.0, 4.0, 3.0], [1.0, -1.0, 0.0]]));
    let y = x.swiglu(0)?;
    assert_near(&y.value(), &[2.0 * open, -4.0 * shut, 0.0]);

    let gradients = y.backward_with(&Tensor::new([[1.0, 1.0, 2.0]]))?;
    let (gate, slopes) = ([open, -shut, 0.0], [open + open * shut, shut - shut * open, 0.5]);
    let expected = [gate, [2.0 * slopes[0], 4.0 * slopes[1], 6.0 * slopes[2]]];
    assert_near(gradients.wrt(x)?, &expected.concat());
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn the_numbers_of_the_table() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[2.0, 4.0, 3.0], [1.0, -1.0, 0.0]]));
    let y = x.swiglu(0)?;
    assert_eq!(rounded(&y.value()), [1.4621, -1.0758, 0.0]);
    let gradients = y.backward_with(&Tensor::new([[1.0, 1.0, 2.0]]))?;
    assert_eq!(rounded(gradients.wrt(x)?), [0.7311, -0.2689, 0.0, 1.8553, 0.2893, 3.0]);

    let gate = tape.leaf(Tensor::<f64>::new([1.0, -1.0, 0.0]));
    let slopes = gate.silu().sum().backward()?;
    assert_eq!(rounded(slopes.wrt(gate)?), [0.9277, 0.0723, 0.5]);
    Ok(())
}

#[test]
fn swiglu_saves_its_input_which_costs_nothing() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 6]));
    assert_eq!(saved(x.swiglu(-1)?, &[x]), [("input", 48, true)]);
    Ok(())
}

#[test]
fn a_swiglu_that_subtracts_its_gates_gradient_is_caught() -> Result<()> {
    let mutant = mutant("SwiGLU", "subtracts");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("swiglu_wrong", &report.to_string());
    Ok(())
}

#[test]
fn swiglu_step_by_step() {
    let args =
        ["SwiGLU", "--set", "dim=0", "--input", "[[2,4,3],[1,-1,0]]", "--cotangent", "[[1,1,2]]"];
    assert_snapshot("swiglu_steps", &run("step", &args));
}

#[test]
fn a_gate_at_minus_infinity_lets_nothing_through_and_has_no_slope() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([4.0, f32::NEG_INFINITY]));
    let y = x.swiglu(0)?;
    assert_eq!(y.value().to_vec(), [0.0]);
    assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [0.0, 0.0]);
    Ok(())
}

#[test]
fn zeros_have_no_slope_and_minus_10_next_to_none() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::zeros([2]));
    assert_eq!(x.swiglu(0)?.sum().backward()?.wrt(x)?.to_vec(), [0.0, 0.0]);
    let x = tape.leaf(Tensor::<f64>::new([1.0, -10.0]));
    let slopes = x.swiglu(0)?.sum().backward()?.wrt(x)?.to_vec();
    assert!(slopes.iter().all(|slope| slope.abs() < 5e-4));
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let ln_3 = 3.0_f64.ln();
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([2.0, ln_3]));
    let y = x.swiglu(0)?;
    assert_near(&y.value(), &[1.5 * ln_3]);
    let gradients = y.backward_with(&Tensor::new([4.0]))?;
    assert_near(gradients.wrt(x)?, &[3.0 * ln_3, 6.0 + 1.5 * ln_3]);
    let thousandths = [1.5 * ln_3, 3.0 * ln_3, 6.0 + 1.5 * ln_3].map(|x| (x * 1e3).round());
    assert_eq!(thousandths, [1648.0, 3296.0, 7648.0]);
    Ok(())
}

#[test]
fn the_weights_of_a_block() {
    let (relu, swiglu) = (|d: usize, h: usize| 2 * d * h, |d: usize, h: usize| 3 * d * h);
    assert_eq!((relu(6, 24), swiglu(6, 16)), (288, 288));

    let (d, h) = (4096_usize, 4 * 4096_usize);
    assert_eq!((2.0 / 3.0 * h as f64 * 100.0).round() / 100.0, 10922.67);
    let width = (2 * h).div_ceil(3).next_multiple_of(256);
    assert_eq!((width, width / 256), (11008, 43));
    assert_eq!((swiglu(d, width), relu(d, h)), (135_266_304, 134_217_728));
    assert_eq!(swiglu(d, width) - relu(d, h), 1_048_576);
    assert!(100 * 1_048_576 < relu(d, h));
}

// ANCHOR: swish
/// x σ(β x).
#[derive(Clone, Copy, Debug)]
struct Swish {
    beta: f64,
}

impl Pointwise for Swish {
    const NAME: &'static str = "swish";
    const SAVES: Saves = Saves::Input;

    fn forward<T: Real>(self, x: T) -> T {
        x * (T::from_f64(self.beta) * x).sigmoid()
    }

    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        // σ(u) + x β σ(u) σ(-u), where x β is u again.
        let u = T::from_f64(self.beta) * x;
        u.sigmoid() * (T::ONE + u * (-u).sigmoid()) * grad_output
    }
}

#[test]
fn swish_leads_from_half_a_product_to_reglu() -> Result<()> {
    let point = Tensor::<f64>::new([[4.0, -3.0, 2.0, -1.0], [2.0, 0.5, 0.0, 3.0]]);
    for beta in [0.0, 1.0, 1.5] {
        let unit = Swish { beta };
        let options = CheckOptions::default();
        let inputs = [point.clone()];
        gradcheck(|v| v[0].gated("swish_glu", unit, -1), &inputs, &options)?.into_result()?;
    }

    let tape = Tape::new();
    let x = tape.constant(point);
    let with = |beta: f64| x.gated("swish_glu", Swish { beta }, -1).map(Var::value);
    // a b / 2.
    assert_near(&with(0.0)?, &[4.0, 1.5, 0.0, 0.75]);
    assert_near(&with(1.0)?, &x.swiglu(-1)?.value().to_vec());
    assert_near(&with(100.0)?, &x.reglu(-1)?.value().to_vec());
    Ok(())
}
// ANCHOR_END: swish
