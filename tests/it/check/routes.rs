//! The references: how exact they are, and that they agree.

use handgrad::catalog::{self, Configured};
use handgrad::check::{CheckOptions, Function, gradcheck, gradgradcheck, hvp, jacobians_layer};
use handgrad::module::{Args, Case};
use handgrad::tape::{Cotangents, Op};
use handgrad::{Real, Result, Tensor, Var};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};
use smallvec::smallvec;

use super::normal;
use crate::examples::assert_snapshot;

/// Cases of the whole catalog, a few of them in evaluation mode, with one number in eight on a
/// kink.
#[test]
fn ten_thousand_random_cases_raise_no_alarm_in_any_check() {
    let (entries, mut count) = (catalog::entries(), 0);
    for entry in &entries {
        for seed in 0..10_000_u64.div_ceil(entries.len() as u64) {
            let mut rng = ChaCha8Rng::seed_from_u64(1000 + seed);
            let Case { args, shape } = entry.sample(&mut rng as &mut dyn Rng);
            let kinks = entry.kinks(&args).unwrap();
            let mut x = Tensor::randn(&shape, &mut rng);
            for value in x.make_mut() {
                if !kinks.is_empty() && rng.random_bool(0.125) {
                    *value = kinks[rng.random_range(0..kinks.len())].at;
                }
            }
            let layer = Configured::new(entry.about.name, args).unwrap();
            let training = rng.random_bool(0.75);
            let options = CheckOptions { seed, training, ..CheckOptions::default() };
            let report = layer.fullcheck(&x, &options).unwrap();
            assert!(report.passed(), "{layer:?}, input {x}\n{report}");
            count += 1;
        }
    }
    assert!(count >= 10_000);
}

/// x², with a backward that goes by way of f64 and so loses the tangent.
struct Detached;

#[derive(Debug)]
struct DetachedOp<T: Real>(Tensor<T>);

impl<T: Real> Op<T> for DetachedOp<T> {
    fn name(&self) -> &'static str {
        "square"
    }

    fn backward(&self, grad_output: &Tensor<T>) -> Cotangents<T> {
        smallvec![Some(&self.0.map(|x| T::from_f64(2.0 * x.to_f64())) * grad_output)]
    }
}

impl Function for Detached {
    fn call<'t, T: Real>(&self, v: &[Var<'t, T>]) -> Result<Var<'t, T>> {
        let x = v[0].value();
        v[0].tape().record(v, &x * &x, || DetachedOp(x))
    }
}

#[test]
fn a_backward_that_drops_tangents_is_caught_by_the_second_derivative_alone() {
    let (x, options) = ([normal(&[4], 1)], CheckOptions::default());
    assert!(handgrad::check::dualcheck(&Detached, &x, &options).unwrap().passed());
    let report = gradgradcheck(&Detached, &x, &options).unwrap();
    assert!(!report.passed());
    assert_snapshot("check_second_order", &report.to_string());
}

#[test]
fn a_hessian_vector_product_by_hand() -> Result<()> {
    /// The sum of x² y.
    struct Form;
    impl Function for Form {
        fn call<'t, T: Real>(&self, v: &[Var<'t, T>]) -> Result<Var<'t, T>> {
            Ok((v[0] * v[0] * v[1]).sum())
        }
    }
    let inputs = [Tensor::new([1.0, 2.0]), Tensor::new([3.0, 5.0])];
    let tangents = [Tensor::new([1.0, 0.0]), Tensor::new([0.0, 1.0])];
    let products = hvp(&Form, &inputs, &Tensor::scalar(1.0), &tangents)?;
    // d(2 x y) = 2 y dx + 2 x dy, and d(x²) = 2 x dx.
    assert_eq!(products[0].to_vec(), [6.0, 4.0]);
    assert_eq!(products[1].to_vec(), [2.0, 0.0]);
    let error = hvp(&Form, &inputs, &Tensor::scalar(1.0), &tangents[..1]).unwrap_err();
    assert_eq!(error.to_string(), "hvp: got 1 tangents for 2 inputs; give one for each");
    Ok(())
}

#[test]
fn complete_jacobians_agree_and_print_side_by_side() -> Result<()> {
    let layer = Configured::new("LayerNorm", Args::new().with("normalized_shape", 3))?;
    let pairs = jacobians_layer(&layer, &Tensor::new([[1.0, 2.0, 4.0]]), &CheckOptions::default())?;
    assert!(pairs.iter().all(|pair| pair.difference() < 1e-11));
    let text: Vec<String> = pairs.iter().map(ToString::to_string).collect();
    assert_snapshot("check_jacobians", &text.join("\n\n"));
    Ok(())
}

#[test]
fn extrapolation_buys_digits() -> Result<()> {
    // x⁵ by multiplication, whose differences are off by the step's square, or its fourth
    // power, and whose slope is known.
    let x = [Tensor::new([1.0])];
    let off = |extrapolations: u32| -> Result<f64> {
        let options = CheckOptions { step: 1e-2, extrapolations, ..CheckOptions::default() };
        let report = gradcheck(|v| Ok(v[0] * v[0] * v[0] * v[0] * v[0]), &x, &options)?;
        Ok(report.rows[0].worst[0].difference())
    };
    let [plain, once, twice] = [off(0)?, off(1)?, off(2)?];
    assert!((1e-4..1e-2).contains(&plain), "{plain:e}");
    assert!((1e-9..1e-6).contains(&once), "{once:e}");
    assert!(twice < 1e-11, "{twice:e}");
    Ok(())
}

#[test]
fn frozen_parameters_are_not_differentiated_by() -> Result<()> {
    use handgrad::check::gradcheck_module;
    let mut norm = handgrad::norm::LayerNorm::<f64>::new([3])?;
    norm.bias.as_mut().expect("it has a bias").set_requires_grad(false);
    let x = Tensor::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]);
    let report = gradcheck_module(&mut norm, &x, &CheckOptions::default())?;
    assert!(report.passed(), "{report}");
    assert_eq!(
        report.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(),
        ["input", "weight"]
    );
    Ok(())
}
