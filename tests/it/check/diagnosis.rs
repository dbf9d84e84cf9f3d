//! What a diagnosis says, and what it does not.

use handgrad::catalog::Configured;
use handgrad::check::{CheckOptions, Function, Sureness, f32check, gradcheck};
use handgrad::module::Args;
use handgrad::{Real, Result, Tensor, Var};
use proptest::prelude::*;
use smallvec::smallvec;

use super::{normal, record};
use crate::examples::assert_snapshot;

/// The layer's output with a gradient that is made of its right one.
fn tampered<'t>(
    layer: &Configured,
    x: Var<'t, f64>,
    tamper: impl Fn(&Tensor<f64>, &Tensor<f64>) -> Tensor<f64> + 'static,
) -> Result<Var<'t, f64>> {
    let input = x.value();
    let tape = handgrad::Tape::new();
    let mut module = handgrad::check::Build::build::<f64>(layer)?;
    let value = module.forward(tape.leaf(input.clone()))?.value();
    let layer = layer.clone();
    record(&[x], value, move |g| {
        let tape = handgrad::Tape::new();
        let mut module = handgrad::check::Build::build::<f64>(&layer).expect("it was built before");
        let leaf = tape.leaf(input.clone());
        let y = module.forward(leaf).expect("it took this input before");
        let gradients = y.backward_with(g).expect("a cotangent of y's shape");
        smallvec![Some(tamper(gradients.wrt(leaf).expect("a leaf"), g))]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A wrong number here and there, or everywhere, has no cause that is known.
    #[test]
    fn noise_is_not_explained(seed in 0_u64..1_000_000, everywhere: bool, which in 0_usize..4) {
        let (name, args) = [
            ("LayerNorm", Args::new().with("normalized_shape", 4).with("elementwise_affine", false)),
            ("Softmax", Args::new().with("dim", 1)),
            ("GELU", Args::new()),
            ("ReLU", Args::new()),
        ][which].clone();
        let layer = Configured::new(name, args).unwrap();
        let noise = normal(&[3, 4, 3, 4], seed).reshape([12, 12]).unwrap();
        let noise = if everywhere { noise } else { noise.map(|n| if n > 1.0 { n } else { 0.0 }) };
        let tamper = move |right: &Tensor<f64>, g: &Tensor<f64>| {
            let flat = g.reshape([1, 12]).unwrap();
            right + &flat.matmul(&noise).unwrap().reshape([3, 4]).unwrap()
        };
        let report = gradcheck(
            |v| tampered(&layer, v[0], tamper.clone()),
            &[normal(&[3, 4], seed + 1)],
            &CheckOptions::default(),
        ).unwrap();
        if let Some(diagnosis) = report.diagnosis("input") {
            prop_assert!(diagnosis.causes.is_empty(), "{}", report);
            prop_assert_eq!(diagnosis.sureness, Sureness::Unknown);
        }
    }
}

#[test]
fn a_factor_is_read_as_what_it_may_stand_for() {
    let layer = Configured::new("Sigmoid", Args::new()).unwrap();
    let x = [normal(&[3, 4], 2)];
    let said = |factor: f64| {
        let options =
            CheckOptions { constants: vec![("tau".into(), 0.37)], ..CheckOptions::default() };
        let tamper = move |right: &Tensor<f64>, _: &Tensor<f64>| right.scale(factor);
        let report = gradcheck(|v| tampered(&layer, v[0], tamper), &x, &options).unwrap();
        let diagnosis = report.diagnosis("input").unwrap();
        assert_eq!(diagnosis.causes.len(), 1, "{report}");
        format!("{factor:.4}: {}", diagnosis.causes[0].remedy)
    };
    let factors = [2.0, 0.25, 4.0 / 3.0, 2.0_f64.sqrt(), 12.0, 0.37, 1.0 / 0.37, -3.0, 1.234];
    assert_snapshot("check_factors", &factors.map(said).join("\n"));
}

#[test]
fn on_an_input_too_small_several_causes_are_named() {
    // Of one row there is one rstd, and a factor is a factor.
    let layer = Configured::new("Softmax", Args::new().with("dim", 0)).unwrap();
    let tamper = |right: &Tensor<f64>, _: &Tensor<f64>| right.scale(0.0);
    let report = gradcheck(
        |v| tampered(&layer, v[0], tamper),
        &[Tensor::new([0.3, 1.0])],
        &CheckOptions::default(),
    )
    .unwrap();
    assert_eq!(report.diagnosis("input").unwrap().headline(), "zero");
    let tamper = |right: &Tensor<f64>, _: &Tensor<f64>| -right;
    let report = gradcheck(
        |v| tampered(&layer, v[0], tamper),
        &[Tensor::new([0.3])],
        &CheckOptions::default(),
    )
    .unwrap();
    // A row of one number has a gradient of 0, which has no sign.
    assert!(report.passed(), "{report}");
}

#[test]
fn a_wrong_gradient_of_a_large_tensor_is_told_from_a_few_cotangents() {
    let layer = Configured::new(
        "LayerNorm",
        Args::new().with("normalized_shape", 48).with("elementwise_affine", false),
    )
    .unwrap();
    let tamper = |right: &Tensor<f64>, _: &Tensor<f64>| right.scale(48.0 / 47.0);
    let report = gradcheck(
        |v| tampered(&layer, v[0], tamper),
        &[normal(&[24, 48], 3)],
        &CheckOptions::default(),
    )
    .unwrap();
    let diagnosis = report.diagnosis("input").unwrap();
    assert_eq!(diagnosis.headline(), "a constant factor of 1.0213");
    assert!(diagnosis.causes[0].remedy.contains("n/(n-1) with n = 48 (dim 1)"), "{report}");
}

/// The softmax whose exponentials are not shifted by the largest.
struct Unshifted;

impl Function for Unshifted {
    fn call<'t, T: Real>(&self, v: &[Var<'t, T>]) -> Result<Var<'t, T>> {
        let exp = v[0].exp();
        exp.try_div(exp.sum())
    }
}

#[test]
fn what_overflows_in_f32_alone_is_found_in_f32_alone() {
    let options = CheckOptions::default();
    let near = [Tensor::new([1.0, 2.0, 3.0])];
    assert!(f32check(&Unshifted, &near, &options).unwrap().passed());
    let far = [Tensor::new([100.0, 101.0, 102.0])];
    assert!(handgrad::check::dualcheck(&Unshifted, &far, &options).unwrap().passed());
    let report = f32check(&Unshifted, &far, &options).unwrap();
    assert!(!report.passed());
    assert_snapshot("check_f32", &report.to_string());
}
