//! The chapter `nn/identity`.

use handgrad::module::Args;
use handgrad::nn::Identity;
use handgrad::{Module, Result, Tape, Tensor, catalog};

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
