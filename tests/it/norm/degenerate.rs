//! What PyTorch 2.15 answers where a set has no spread, or no bound.

use handgrad::norm::{
    BatchNorm1d, InstanceNorm1d, InstanceNormConfig, group_norm, layer_norm, rms_norm,
};
use handgrad::{Module, Result, Tape, Tensor};

#[test]
fn an_infinite_number_makes_the_running_mean_infinite_wherever_it_stands() -> Result<()> {
    for x in [[f32::INFINITY, 1.0, 2.0], [1.0, f32::INFINITY, 2.0]] {
        let mut norm = BatchNorm1d::<f32>::new(1);
        let tape = Tape::new();
        let y = norm.forward(tape.leaf(Tensor::new([[x]])))?;
        assert!(y.value().iter().all(f32::is_nan));
        let state = norm.state_dict();
        assert_eq!(state.get("running_mean").map(Tensor::to_vec), Some(vec![f32::INFINITY]));
        assert!(state.get("running_var").is_some_and(|var| var.iter().all(f32::is_nan)));
    }
    Ok(())
}

#[test]
fn instance_norm_of_a_flat_channel_without_eps_is_0_and_group_norm_is_nan() -> Result<()> {
    let config = InstanceNormConfig { eps: 0.0, affine: true, ..InstanceNormConfig::default() };
    let mut norm = InstanceNorm1d::<f32>::with(2, config);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::full([1, 2, 3], 3.0));
    let y = norm.forward(x)?;
    assert_eq!(y.value().to_vec(), [0.0; 6]);
    let gradients = y.backward_with(&Tensor::from_fn([1, 2, 3], |at| at[2] as f32))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0; 6]);
    for ((_, parameter), expected) in norm.parameters().iter().zip([0.0, 3.0]) {
        assert_eq!(gradients.of(parameter)?.to_vec(), [expected; 2]);
    }
    let y = group_norm(x, 2, None, None, 0.0)?;
    assert!(y.value().iter().all(f32::is_nan));
    Ok(())
}

#[test]
fn rms_norm_keeps_the_sign_of_a_zero() -> Result<()> {
    let tape = Tape::new();
    let rows = Tensor::new([[f32::INFINITY, -1.0, 2.0, -0.0], [-0.0, 0.0, 1.0, 2.0]]);
    let y = rms_norm(tape.leaf(rows), [4], None, None)?.value().to_vec();
    let signs: Vec<bool> = y.iter().map(|y| y.is_sign_negative()).collect();
    assert!(y[0].is_nan());
    assert_eq!(
        (&signs[1..4], &signs[4..]),
        (&[true, false, true][..], &[true, false, false, false][..])
    );
    Ok(())
}

/// The variance is then infinite and the reciprocal of its root 0. PyTorch answers 0 to the
/// second of these, and NaN to the first.
#[test]
fn numbers_whose_squares_overflow_are_standardized_to_0() {
    let tape = Tape::new();
    for x in [[0.0, 1e160, 1e160], [1e160, -1e160, 0.0]] {
        let y = layer_norm(tape.leaf(Tensor::<f64>::new(x)), [3], None, None, 1e-5).unwrap();
        assert_eq!(y.value().to_vec(), [0.0; 3], "{x:?}");
    }
}
