//! The chapter `foundations/second_order`.

use std::slice;

use handgrad::activation::{Approximate, GELU, ReLU, SiLU, Softplus, Tanh};
use handgrad::check::{CheckOptions, Function, dualcheck, gradcheck, gradgradcheck, hvp};
use handgrad::module::{Choice, Kink};
use handgrad::norm::layer_norm;
use handgrad::ops::{Pointwise, Saves};
use handgrad::tape::{Cotangents, Op};
use handgrad::{Dual, Real, Result, Tape, Tensor, Var};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use smallvec::smallvec;

use super::{assert_near, rounded};
use crate::examples::assert_snapshot;

#[test]
fn how_the_slope_of_a_cube_grows() {
    let slope = |x: f64| 3.0 * x * x;
    let found = [slope(2.0), slope(2.1), slope(2.1) - slope(2.0), 0.1 * 6.0 * 2.0];
    assert_near(&Tensor::new(found), &[12.0, 13.23, 1.23, 1.2]);
}

// ANCHOR: product
/// f = x² y.
struct Product;

impl Function for Product {
    fn call<'t, T: Real>(&self, v: &[Var<'t, T>]) -> Result<Var<'t, T>> {
        Ok(v[0] * v[0] * v[1])
    }
}

#[test]
fn a_hessian_times_a_direction() -> Result<()> {
    let at = [Tensor::scalar(3.0), Tensor::scalar(5.0)];
    let direction = [Tensor::scalar(1.0), Tensor::scalar(2.0)];
    let products = hvp(&Product, &at, &Tensor::scalar(1.0), &direction)?;
    assert_eq!((products[0].item()?, products[1].item()?), (22.0, 6.0));
    Ok(())
}
// ANCHOR_END: product

#[test]
fn the_product_by_hand() -> Result<()> {
    let tape = Tape::new();
    let [x, y] = [(3.0, 1.0), (5.0, 2.0)]
        .map(|(value, tangent): (f64, f64)| tape.leaf(Tensor::scalar(Dual::new(value, tangent))));
    let gradients = Product.call(&[x, y])?.backward()?;
    let pair = |dual: Dual<f64>| (dual.re, dual.eps);
    assert_eq!(pair(gradients.wrt(x)?.item()?), (30.0, 22.0));
    assert_eq!(pair(gradients.wrt(y)?.item()?), (9.0, 6.0));
    Ok(())
}

// ANCHOR: cube
/// y = x³.
#[derive(Clone, Copy, Debug)]
struct Cube;

impl Pointwise for Cube {
    const NAME: &'static str = "cube";
    const SAVES: Saves = Saves::Input;

    fn forward<T: Real>(self, x: T) -> T {
        x * x * x
    }

    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        T::from_f64(3.0) * x * x * grad_output
    }
}

#[test]
fn both_directions_of_a_cube_over_dual_numbers() {
    let y = Cube.forward(Dual::variable(2.0_f64)); // of 2 + ε
    assert_eq!((y.re, y.eps), (8.0, 12.0));

    let gradient = Cube.backward(Dual::variable(1.0_f64), Dual::constant(1.0)); // at 1 + ε
    assert_eq!((gradient.re, gradient.eps), (3.0, 6.0));
}
// ANCHOR_END: cube

// ANCHOR: tanh
#[test]
fn a_saved_output_carries_its_slope_into_the_backward() {
    let y = Tanh.forward(Dual::variable(2.0_f64.ln()));
    assert_near(&Tensor::new([y.re, y.eps]), &[0.6, 0.64]);
    let gradient = Tanh.backward(y, Dual::constant(1.0));
    assert_near(&Tensor::new([gradient.re, gradient.eps]), &[0.64, -0.768]);
}
// ANCHOR_END: tanh

// ANCHOR: layer_norm
const ROW: [f64; 4] = [1.0, 7.0, 7.0, 9.0];
const H: [f64; 4] = [1.0, -2.0, -2.0, 3.0];

#[test]
fn layer_norm_over_dual_numbers() -> Result<()> {
    let first = Tensor::new([1.0, 0.0, 0.0, 0.0]);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new(ROW).with_tangent(&first)?);
    let y = layer_norm(x, [4], None, None, 0.0)?;
    let gradients = y.backward_with(&Tensor::new(H.map(Dual::constant)))?;
    let gradient = gradients.wrt(x)?;

    let over_108 = |shares: [f64; 4]| shares.map(|share| share / 108.0);
    assert_near(&y.value().tangent(), &over_108([2.0, -4.0, -4.0, 6.0]));
    assert_near(&gradient.primal(), &H.map(|h| h / 3.0));
    assert_near(&gradient.tangent(), &over_108([10.0, -11.0, -11.0, 12.0]));
    Ok(())
}
// ANCHOR_END: layer_norm

/// The rows of the chapter's table that the test above does not have.
#[test]
fn the_numbers_of_the_table() {
    let one = Dual::constant(1.0_f64);
    let x = [Dual::variable(1.0), Dual::constant(7.0), Dual::constant(7.0), Dual::constant(9.0)];
    let mean_of = |of: [Dual<f64>; 4]| (of[0] + of[1] + of[2] + of[3]) / Dual::constant(4.0);
    let is = |dual: Dual<f64>, re: f64, eps: f64| {
        assert_near(&Tensor::new([dual.re, dual.eps]), &[re, eps]);
    };
    let mean = mean_of(x);
    is(mean, 6.0, 0.25);
    let d = x.map(|x| x - mean);
    is(d[0], -5.0, 0.75);
    is(d[3], 3.0, -0.25);
    let variance = mean_of(d.map(|d| d * d));
    is(variance, 9.0, -2.5);
    let rstd = one / variance.sqrt();
    is(rstd, 1.0 / 3.0, 5.0 / 108.0);
    let x_hat = d.map(|d| d * rstd);
    is(x_hat[0], -5.0 / 3.0, 2.0 / 108.0);
    let h = H.map(Dual::constant);
    let along = mean_of([0, 1, 2, 3].map(|i| h[i] * x_hat[i]));
    is(along, 0.0, 1.0 / 12.0);
    let left = [0, 1, 2, 3].map(|i| h[i] - x_hat[i] * along);
    for (left, (re, eps)) in left.into_iter().zip([(1.0, 15.0), (-2.0, -3.0), (-2.0, -3.0)]) {
        is(left, re, eps / 108.0);
    }
    is(left[3], 3.0, -9.0 / 108.0);
    is(rstd * left[0], 1.0 / 3.0, 10.0 / 108.0);
}

// ANCHOR: two_ways
/// The second derivative by the backward, over dual numbers.
fn by_backward<P: Pointwise>(function: P, x: f64) -> f64 {
    let x = Dual::variable(x);
    let saved = match P::SAVES {
        Saves::Input => x,
        Saves::Output => function.forward(x),
        Saves::Nothing => Dual::constant(0.0),
    };
    function.backward(saved, Dual::constant(1.0)).eps
}

/// The second derivative by the forward alone, over dual numbers of dual numbers.
fn by_nesting<P: Pointwise>(function: P, x: f64) -> f64 {
    function.forward(Dual::variable(Dual::variable(x))).eps.eps
}
// ANCHOR_END: two_ways

#[test]
fn a_cube_over_nested_dual_numbers() {
    let y = Cube.forward(Dual::variable(Dual::variable(1.0_f64)));
    assert_eq!((y.re.re, y.re.eps, y.eps.re, y.eps.eps), (1.0, 3.0, 3.0, 6.0));
    assert_eq!(by_backward(Cube, 1.0), by_nesting(Cube, 1.0));
}

#[test]
fn the_curves_of_five_activations() {
    fn curve<P: Pointwise>(function: P) -> [f64; 3] {
        [-1.0, 0.0, 1.0].map(|x| {
            let (one, other) = (by_backward(function, x), by_nesting(function, x));
            assert!((one - other).abs() < 1e-12, "{one} and {other} at {x}");
            rounded(one)
        })
    }
    assert_eq!(curve(ReLU), [0.0, 0.0, 0.0]);
    assert_eq!(curve(Softplus::default()), [0.1966, 0.25, 0.1966]);
    assert_eq!(curve(SiLU), [0.3024, 0.5, 0.3024]);
    assert_eq!(curve(GELU { approximate: Approximate::None }), [0.242, 0.7979, 0.242]);
    assert_eq!(curve(Tanh), [0.6397, 0.0, -0.6397]);
}

// ANCHOR: penalty
/// f = w x².
struct Parabola;

impl Function for Parabola {
    fn call<'t, T: Real>(&self, v: &[Var<'t, T>]) -> Result<Var<'t, T>> {
        Ok(v[1] * v[0] * v[0])
    }
}

/// The gradient of `(∂f/∂x)²` in w: twice how ∂f/∂w changes as x moves along ∂f/∂x.
fn penalty_gradient(x: f64, w: f64) -> Result<f64> {
    let at = [Tensor::scalar(x), Tensor::scalar(w)];
    let tape = Tape::new();
    let vars = [tape.leaf(at[0].clone()), tape.leaf(at[1].clone())];
    let slope = Parabola.call(&vars)?.backward()?.wrt(vars[0])?.clone();

    let direction = [slope, Tensor::scalar(0.0)];
    let products = hvp(&Parabola, &at, &Tensor::scalar(1.0), &direction)?;
    Ok(2.0 * products[1].item()?)
}

#[test]
fn a_penalty_for_the_slope_has_a_gradient() -> Result<()> {
    // ∂f/∂x is 2 w x = 12, the penalty 4 w² x² = 144, its slope in w 8 w x².
    assert_eq!(penalty_gradient(2.0, 3.0)?, 8.0 * 3.0 * 4.0);
    Ok(())
}
// ANCHOR_END: penalty

// ANCHOR: consistent
/// A function of one number, element by element.
struct Elementwise<P>(P);

impl<P: Pointwise> Function for Elementwise<P> {
    fn call<'t, T: Real>(&self, v: &[Var<'t, T>]) -> Result<Var<'t, T>> {
        Ok(v[0].pointwise(self.0))
    }
}

/// y = x³, with a backward that is wrong.
#[derive(Clone, Copy, Debug)]
struct WrongCube;

impl Pointwise for WrongCube {
    const NAME: &'static str = "cube";
    const SAVES: Saves = Saves::Input;

    fn forward<T: Real>(self, x: T) -> T {
        x * x * x
    }

    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        T::from_f64(2.0) * x * x * grad_output
    }
}

#[test]
fn a_wrong_backward_can_be_differentiated_rightly() -> Result<()> {
    let (x, options) = ([Tensor::new([1.0, -2.0, 0.5])], CheckOptions::default());
    assert!(!dualcheck(&Elementwise(WrongCube), &x, &options)?.passed());
    assert!(gradgradcheck(&Elementwise(WrongCube), &x, &options)?.passed());
    assert_eq!(by_backward(WrongCube, 1.0), 4.0);
    Ok(())
}
// ANCHOR_END: consistent

// ANCHOR: detached
/// y = x², with a backward whose numbers are right and which goes by way of `f64`.
#[derive(Clone, Copy, Debug)]
struct DetachedSquare;

impl Pointwise for DetachedSquare {
    const NAME: &'static str = "square";
    const SAVES: Saves = Saves::Input;

    fn forward<T: Real>(self, x: T) -> T {
        x * x
    }

    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        T::from_f64(2.0 * x.to_f64()) * grad_output
    }
}
// ANCHOR_END: detached

#[test]
fn a_backward_by_way_of_f64_is_caught_by_the_second_derivative_alone() -> Result<()> {
    let x = [Tensor::randn([4], &mut ChaCha8Rng::seed_from_u64(1))];
    let options = CheckOptions::default();
    assert!(gradcheck(|v| Ok(v[0].pointwise(DetachedSquare)), &x, &options)?.passed());
    assert!(dualcheck(&Elementwise(DetachedSquare), &x, &options)?.passed());
    let report = gradgradcheck(&Elementwise(DetachedSquare), &x, &options)?;
    assert!(!report.passed());
    assert_snapshot("check_second_order", &report.to_string());
    assert_eq!(by_backward(DetachedSquare, 3.0), 0.0);
    Ok(())
}

// ANCHOR: row
/// LayerNorm of one row, without eps. Its backward may take rstd for a constant.
struct Row {
    detached: bool,
}

impl Function for Row {
    fn call<'t, T: Real>(&self, v: &[Var<'t, T>]) -> Result<Var<'t, T>> {
        let x = v[0].value();
        let centred = &x - &x.mean();
        let rstd = (&centred * &centred).mean().map(|variance| T::ONE / variance.sqrt());
        let x_hat = &centred * &rstd;
        let kept = if self.detached { rstd.map(T::detach) } else { rstd };
        Ok(v[0].record_unary(x_hat.clone(), || RowOp { x_hat, rstd: kept }))
    }
}

#[derive(Debug)]
struct RowOp<T: Real> {
    x_hat: Tensor<T>,
    rstd: Tensor<T>,
}

impl<T: Real> Op<T> for RowOp<T> {
    fn name(&self) -> &'static str {
        "row_norm"
    }

    fn backward(&self, h: &Tensor<T>) -> Cotangents<T> {
        let through_rstd = &self.x_hat * &(h * &self.x_hat).mean();
        smallvec![Some(&self.rstd * &(&(h - &h.mean()) - &through_rstd))]
    }
}
// ANCHOR_END: row

// ANCHOR: row_test
#[test]
fn a_detached_rstd_is_seen_by_the_second_derivative_alone() -> Result<()> {
    let (x, options) = ([Tensor::new(ROW)], CheckOptions::default());
    let (whole, detached) = (Row { detached: false }, Row { detached: true });
    assert!(gradgradcheck(&whole, &x, &options)?.passed());
    assert!(dualcheck(&detached, &x, &options)?.passed());
    assert!(!gradgradcheck(&detached, &x, &options)?.passed());

    let first = [Tensor::new([1.0, 0.0, 0.0, 0.0])];
    let found = hvp(&detached, &x, &Tensor::new(H), &first)?;
    assert_near(&found[0], &[5.0, -1.0, -1.0, -3.0].map(|share: f64| share / 108.0));
    Ok(())
}
// ANCHOR_END: row_test

// ANCHOR: jump
#[test]
fn a_jump_of_the_slope_is_in_no_second_derivative() {
    let slope = |x: f64| ReLU.backward(ReLU.forward(x), 1.0);
    assert_eq!((slope(-0.1), slope(0.1)), (0.0, 1.0));
    for x in [-0.1, 0.0, 0.1] {
        assert_eq!(by_backward(ReLU, x), 0.0);
    }
    // A difference across the jump is as large as its step is small.
    let across = [0.1, 0.01, 0.001].map(|step| (slope(step) - slope(-step)) / (2.0 * step));
    assert_near(&Tensor::new(across), &[5.0, 50.0, 500.0]);
}
// ANCHOR_END: jump

#[test]
fn a_softplus_has_the_jump_as_a_hump() {
    let sharp = Softplus { beta: 10.0, ..Softplus::default() };
    assert_eq!((by_backward(sharp, 0.0), rounded(by_backward(sharp, 1.0))), (2.5, 0.0005));
    // The area under the hump is what the slope gains.
    let cells = (0..4000).map(|cell| -2.0 + (f64::from(cell) + 0.5) / 1000.0);
    let area: f64 = cells.map(|x| by_backward(sharp, x) / 1000.0).sum();
    assert!((area - 1.0).abs() < 1e-6, "{area}");
}

#[test]
fn the_check_keeps_its_steps_short_of_declared_kinks() -> Result<()> {
    let x = [Tensor::new([1e-6, -1e-6, 2e-6, -2e-6, 1e-6, -1e-6, 2e-6, -2e-6])];
    let kinks = vec![Kink { at: 0.0, slope: Choice::Left }];
    let aware = CheckOptions { kinks, ..CheckOptions::default() };
    assert!(!gradgradcheck(&Elementwise(ReLU), &x, &CheckOptions::default())?.passed());
    assert!(gradgradcheck(&Elementwise(ReLU), &x, &aware)?.passed());
    Ok(())
}

#[test]
fn exercise_1_the_backward_of_a_reciprocal() {
    let x = Dual::variable(2.0_f64);
    let gradient = Dual::constant(-1.0) / (x * x);
    assert_eq!((gradient.re, gradient.eps), (-0.25, 0.25));
}

#[test]
fn exercise_2_what_layer_norm_does_not_see_its_second_derivative_knows() -> Result<()> {
    let (x, row) = ([Tensor::new(ROW)], Row { detached: false });
    let along = |direction: [f64; 4]| hvp(&row, &x, &Tensor::new(H), &[Tensor::new(direction)]);
    assert_near(&along([1.0; 4])?[0], &[0.0; 4]);
    assert_near(&along([-5.0, 1.0, 1.0, 3.0])?[0], &H.map(|h| -h / 3.0));
    Ok(())
}

// ANCHOR: curvature
/// The second derivative of a function of one tensor that is largest in size, over all
/// directions: what repeated multiplication by the Hessian arrives at.
fn largest_curvature<F: Function>(f: &F, x: &Tensor<f64>, rounds: usize) -> Result<f64> {
    let product = |a: &Tensor<f64>, b: &Tensor<f64>| (a * b).sum().item();
    let (mut v, mut curvature) = (Tensor::ones(x.shape()), 0.0);
    for _ in 0..rounds {
        let hv =
            hvp(f, slice::from_ref(x), &Tensor::scalar(1.0), slice::from_ref(&v))?.swap_remove(0);
        curvature = product(&v, &hv)? / product(&v, &v)?;
        v = &hv / product(&hv, &hv)?.sqrt();
    }
    Ok(curvature)
}

/// f = x₀²/2 + 5 x₁², whose curvatures are 1 and 10.
struct Bowl;

impl Function for Bowl {
    fn call<'t, T: Real>(&self, v: &[Var<'t, T>]) -> Result<Var<'t, T>> {
        let halves = v[0].tape().constant(Tensor::new([0.5, 5.0].map(T::from_f64)));
        Ok((v[0] * v[0] * halves).sum())
    }
}

#[test]
fn exercise_3_the_largest_curvature_of_a_bowl() -> Result<()> {
    let x = Tensor::new([1.0, 1.0]);
    let found = [1, 2, 3, 20].map(|rounds| largest_curvature(&Bowl, &x, rounds));
    let [one, two, three, twenty] = found;
    assert_near(&Tensor::new([one?, two?]), &[5.5, 1001.0 / 101.0]);
    assert_near(&Tensor::new([three?, twenty?]), &[100_001.0 / 10_001.0, 10.0]);
    Ok(())
}
// ANCHOR_END: curvature

/// Ten steps of descent in the steep direction of that bowl.
#[test]
fn a_step_is_too_long_above_two_over_the_curvature() {
    let after_ten = |step: f64| (0..10).fold(1.0, |x, _| x - step * 10.0 * x);
    assert_eq!((rounded(after_ten(0.19)), rounded(after_ten(0.21))), (0.3487, 2.5937));
}
