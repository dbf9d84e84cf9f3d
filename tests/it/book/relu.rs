//! The chapter `activation/relu`.

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::module::{Choice, Kink};
use handgrad::ops::{Pointwise, Saves};
use handgrad::tape::{Cotangents, Op};
use handgrad::{Real, Result, Tape, Tensor, Var};
use smallvec::smallvec;

use super::saved;
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn relu_by_hand() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[-2.0, 1.0, -0.5], [3.0, -4.0, 0.0]]));
    let y = x.relu();
    assert_eq!(y.value().to_vec(), [0.0, 1.0, 0.0, 3.0, 0.0, 0.0]);

    let cotangent = Tensor::new([[1.0, 2.0, 4.0], [-1.0, 0.5, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 2.0, 0.0, -1.0, 0.0, 0.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn relu_step_by_step() {
    let args =
        ["ReLU", "--input", "[[-2,1,-0.5],[3,-4,0]]", "--cotangent", "[[1,2,4],[-1,0.5,10]]"];
    assert_snapshot("relu_steps", &run("step", &args));
}

#[test]
fn a_nan_passes_where_the_maximum_would_hide_it() -> Result<()> {
    assert_eq!(f64::NAN.max(0.0), 0.0);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([f64::NAN, -0.0]));
    let y = x.relu();
    assert!(y.value().to_vec()[0].is_nan() && y.value().to_vec()[1].is_sign_negative());
    assert_eq!(y.backward_with(&Tensor::ones([2]))?.wrt(x)?.to_vec(), [1.0, 0.0]);
    Ok(())
}

#[test]
fn an_infinite_cotangent_makes_no_nan_on_the_flat_side() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-1.0, 2.0]));
    let infinite = Tensor::full([2], f64::INFINITY);
    assert_eq!(x.relu().backward_with(&infinite)?.wrt(x)?.to_vec(), [0.0, f64::INFINITY]);
    Ok(())
}

#[test]
fn a_central_difference_at_the_corner_is_one_half() {
    let relu = |x: f64| x.max(0.0);
    assert_eq!((relu(0.25) - relu(-0.25)) / 0.5, 0.5);
}

#[test]
fn relu_saves_its_output_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    let y = x.relu();
    assert_eq!(saved(y, &[y]), [("output", 24, true)]);
    assert!(!y.node().saved.iter().any(|(_, tensor)| tensor.shares_storage(&x.value())));
}

// ANCHOR: wrong
/// A ReLU whose backward forgets that the negative side is flat.
#[derive(Debug)]
struct PassesEverything;

impl Op<f64> for PassesEverything {
    fn name(&self) -> &'static str {
        "relu"
    }

    fn backward(&self, grad_output: &Tensor<f64>) -> Cotangents<f64> {
        smallvec![Some(grad_output.clone())]
    }
}

fn wrong_relu(x: Var<'_, f64>) -> Var<'_, f64> {
    x.record_unary(x.value().map(|x| x.max(0.0)), || PassesEverything)
}
// ANCHOR_END: wrong

const AT_ZERO: Kink = Kink { at: 0.0, slope: Choice::Left };

#[test]
fn a_relu_that_passes_everything_is_caught() -> Result<()> {
    let x = Tensor::new([-2.0, -0.5, 0.0, 0.5, 2.0]);
    let options = CheckOptions { kinks: vec![AT_ZERO], ..CheckOptions::default() };
    let report = gradcheck(|v| Ok(wrong_relu(v[0])), &[x], &options)?;
    assert!(!report.passed());
    assert_snapshot("relu_wrong", &report.to_string());

    // What an unlucky test point would have said.
    let positive = Tensor::new([0.5, 2.0]);
    assert!(gradcheck(|v| Ok(wrong_relu(v[0])), &[positive], &options)?.passed());
    Ok(())
}

#[test]
fn exercise_on_paper() -> Result<()> {
    let tape = Tape::new();
    // Inputs that cannot be told from the output, nor from the gradient.
    for inputs in [[[1.0, -1.0], [0.0, 2.0]], [[1.0, 0.0], [-7.0, 2.0]]] {
        let x = tape.leaf(Tensor::<f64>::new(inputs));
        let y = x.relu();
        assert_eq!(y.value().to_vec(), [1.0, 0.0, 0.0, 2.0]);
        let gradients = y.backward_with(&Tensor::new([[3.0, 4.0], [5.0, 6.0]]))?;
        assert_eq!(gradients.wrt(x)?.to_vec(), [3.0, 0.0, 0.0, 6.0]);
    }
    Ok(())
}

// ANCHOR: identity_by_relus
#[test]
fn two_relus_make_the_identity_but_not_its_gradient() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-3.0, 0.0, 5.0]));
    let y = x.relu() - (-x).relu();
    assert_eq!(y.value().to_vec(), [-3.0, 0.0, 5.0]);
    assert_eq!(y.backward_with(&Tensor::ones([3]))?.wrt(x)?.to_vec(), [1.0, 0.0, 1.0]);
    Ok(())
}
// ANCHOR_END: identity_by_relus

// ANCHOR: relu6
/// y = x held between 0 and 6. Both bends can be told from y.
#[derive(Clone, Copy, Debug)]
struct Relu6;

impl Pointwise for Relu6 {
    const NAME: &'static str = "relu6";
    const SAVES: Saves = Saves::Output;

    fn forward<T: Real>(self, x: T) -> T {
        let six = T::from_f64(6.0);
        if x >= six {
            six
        } else if x <= T::ZERO {
            T::ZERO
        } else {
            x
        }
    }

    fn backward<T: Real>(self, y: T, grad_output: T) -> T {
        if y <= T::ZERO || y >= T::from_f64(6.0) { T::ZERO } else { grad_output }
    }
}

#[test]
fn relu6_passes_its_check() -> Result<()> {
    let x = Tensor::new([-1.0, 0.0, 3.0, 6.0, 7.0]);
    let kinks = vec![Kink { at: 0.0, slope: Choice::Left }, Kink { at: 6.0, slope: Choice::Right }];
    let options = CheckOptions { kinks, ..CheckOptions::default() };
    gradcheck(|v| Ok(v[0].pointwise(Relu6)), &[x], &options)?.into_result()
}
// ANCHOR_END: relu6
