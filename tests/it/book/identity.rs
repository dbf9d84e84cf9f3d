//! The chapter `nn/identity`.

use handgrad::module::Args;
use handgrad::nn::Identity;
use handgrad::{Module, Result, Tape, Tensor, catalog};

use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn identity_by_hand() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[-1.0, 0.5, 2.0], [3.0, -4.0, 0.0]]));
    let y = Identity.forward(x)?;
    assert_eq!(y.value().to_vec(), [-1.0, 0.5, 2.0, 3.0, -4.0, 0.0]);

    let cotangent = Tensor::new([[1.0, 2.0, 4.0], [-1.0, 0.5, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [1.0, 2.0, 4.0, -1.0, 0.5, 10.0]);
    Ok(())
}
// ANCHOR_END: by_hand

// ANCHOR: same
#[test]
fn the_output_is_the_same_variable() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[-1.0, 0.5, 2.0], [3.0, -4.0, 0.0]]));
    let y = Identity.forward(x)?;
    assert_eq!(y.id(), x.id());
    assert_eq!(tape.len(), 1);
    Ok(())
}
// ANCHOR_END: same

#[test]
fn a_slope_of_1_is_an_identity_that_records_a_step() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-1.0, 2.0]));
    let y = x.leaky_relu(1.0);
    assert_eq!(y.value().to_vec(), [-1.0, 2.0]);
    assert_eq!(y.backward_with(&Tensor::new([3.0, 4.0]))?.wrt(x)?.to_vec(), [3.0, 4.0]);
    assert_eq!(tape.len(), 2);
    Ok(())
}

#[test]
fn a_residual_block_adds_both_ways() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([1.0, -1.0]));
    let y = Identity.forward(x)? + x.relu();
    let gradients = y.backward_with(&Tensor::new([1.0, 1.0]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [2.0, 1.0]);
    Ok(())
}

#[test]
fn unknown_arguments_are_refused() {
    assert!(catalog::build::<f64>("Identity", &Args::new().with("size", 54)).is_err());
}

#[test]
fn identity_step_by_step() {
    let args =
        ["Identity", "--input", "[[-1,0.5,2],[3,-4,0]]", "--cotangent", "[[1,2,4],[-1,0.5,10]]"];
    assert_snapshot("identity_steps", &run("step", &args));
}
