//! The chapter `appendix/add_a_layer`.

use handgrad::activation::Activation;
use handgrad::check::{
    Build, CheckOptions, dualcheck_layer, f32check_layer, gradcheck, gradcheck_layer,
    gradgradcheck_layer,
};
use handgrad::module::{About, Args, Argument, Family, Kind, Value};
use handgrad::ops::{Pointwise, Saves};
use handgrad::{Error, Module, Real, Result, Tape, Tensor, Var, catalog};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};

use super::conventions::read;
use super::{assert_near, saved};
use crate::examples::assert_snapshot;

// ANCHOR: layer
/// ReLU with its corner replaced by a hyperbola.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Squareplus {
    b: f64,
}

impl Squareplus {
    /// Refuses a b that is not above 0, or infinite.
    fn new(b: f64) -> Result<Self> {
        if b > 0.0 && b.is_finite() {
            Ok(Squareplus { b })
        } else {
            let message = format!("b must be above 0, and finite; got {b:?}");
            Err(Error::argument("squareplus", message))
        }
    }
}

/// Squareplus as a function. Refuses a b that is not above 0, or infinite.
fn squareplus<T: Real>(x: Var<'_, T>, b: f64) -> Result<Var<'_, T>> {
    Ok(x.pointwise(Squareplus::new(b)?))
}
// ANCHOR_END: layer

// ANCHOR: pointwise
impl Pointwise for Squareplus {
    const NAME: &'static str = "squareplus";
    const SAVES: Saves = Saves::Output;

    fn forward<T: Real>(self, x: T) -> T {
        let (u, c) = (x * T::from_f64(0.5), self.half_root());
        let root = hypotenuse(u, c);
        // The product of u + root and root - u is c². Below 0 the sum would cancel.
        if u > T::ZERO { u + root } else { c * c / (root - u) }
    }

    fn backward<T: Real>(self, y: T, grad_output: T) -> T {
        let ratio = self.half_root::<T>() / y;
        grad_output / (T::ONE + ratio * ratio)
    }
}

impl Squareplus {
    /// c.
    fn half_root<T: Real>(self) -> T {
        T::from_f64(0.5 * self.b.sqrt())
    }
}

/// The root of u² + c² for a c above 0. The longer side is not squared: it may be so long
/// that its square is infinite.
fn hypotenuse<T: Real>(u: T, c: T) -> T {
    let u = u.abs();
    let (long, short) = if u > c { (u, c) } else { (c, u) };
    let ratio = short / long;
    long * (T::ONE + ratio * ratio).sqrt()
}
// ANCHOR_END: pointwise

// ANCHOR: activation
impl Activation for Squareplus {
    const ABOUT: About = About {
        name: "Squareplus",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "ReLU with its corner replaced by a hyperbola",
        arguments: &[Argument {
            name: "b",
            kind: Kind::Float,
            default: Some(Value::Float(4.0)),
            meaning: "how far from the corner the hyperbola stays; above 0",
        }],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Squareplus::new(args.float("b")?)
    }

    fn sample_args(rng: &mut dyn Rng) -> Args {
        Args::new().with("b", rng.random_range(0.25..8.0))
    }
}
// ANCHOR_END: activation

// ANCHOR: by_hand
#[test]
fn squareplus_by_hand() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.5, 0.0, -1.5], [3.75, -3.75, 0.0]]));
    let y = squareplus(x, 4.0)?;
    assert_near(&y.value(), &[2.0, 1.0, 0.5, 4.0, 0.25, 1.0]);

    let cotangent = Tensor::new([[5.0, 2.0, 10.0], [17.0, 34.0, -4.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_near(gradients.wrt(x)?, &[4.0, 1.0, 2.0, 16.0, 2.0, -2.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn squareplus_saves_its_output_which_costs_nothing() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    let y = squareplus(x, 4.0)?;
    assert_eq!(saved(y, &[y]), [("output", 24, true)]);
    Ok(())
}

#[test]
fn a_b_without_a_hyperbola_is_refused() {
    let error = Squareplus::new(0.0).unwrap_err().to_string();
    assert_eq!(error, "squareplus: b must be above 0, and finite; got 0.0");
    assert!(Squareplus::new(f64::INFINITY).is_err() && Squareplus::new(f64::NAN).is_err());
}

// ANCHOR: draft
/// The two formulas as they stand on paper, for b = 4.
#[derive(Clone, Copy, Debug)]
struct Draft;

impl Pointwise for Draft {
    const NAME: &'static str = "squareplus";
    const SAVES: Saves = Saves::Output;

    fn forward<T: Real>(self, x: T) -> T {
        (x + (x * x + T::from_f64(4.0)).sqrt()) * T::from_f64(0.5)
    }

    fn backward<T: Real>(self, y: T, grad_output: T) -> T {
        y * y / (y * y + T::ONE) * grad_output
    }
}
// ANCHOR_END: draft

/// Value and slope in f32.
fn at<P: Pointwise>(function: P, x: f32) -> Result<(f32, f32)> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::scalar(x));
    let y = x.pointwise(function);
    let gradients = y.backward()?;
    Ok((y.value().item()?, gradients.wrt(x)?.item()?))
}

// ANCHOR: drafts_limits
#[test]
fn the_draft_passes_the_check_and_fails_far_from_0() -> Result<()> {
    let x = Tensor::new([[-2.0, 1.0, -0.5], [3.0, -4.0, 0.0]]);
    let options = CheckOptions::default();
    gradcheck(|v| Ok(v[0].pointwise(Draft)), &[x], &options)?.into_result()?;

    assert_eq!(at(Draft, -1e4)?, (0.0, 0.0));
    let (y, slope) = at(Draft, 1e30)?;
    assert!(y.is_infinite() && slope.is_nan());
    Ok(())
}

#[test]
fn the_layer_does_not() -> Result<()> {
    let layer = Squareplus::new(4.0)?;
    let (y, slope) = at(layer, -1e4)?;
    assert!((y - 1e-4).abs() < 1e-10 && (slope - 1e-8).abs() < 1e-14);
    assert_eq!(at(layer, 1e30)?, (1e30, 1.0));
    assert_eq!(at(layer, f32::INFINITY)?, (f32::INFINITY, 1.0));
    assert_eq!(at(layer, f32::NEG_INFINITY)?, (0.0, 0.0));
    assert!(at(layer, f32::NAN)?.0.is_nan());
    Ok(())
}
// ANCHOR_END: drafts_limits

// ANCHOR: build
/// What the catalog makes of a name and arguments.
struct Recipe(Args);

impl Build for Recipe {
    fn build<T: Real>(&self) -> Result<Box<dyn Module<T>>> {
        let about = <Squareplus as Activation>::ABOUT;
        let args = self.0.resolve(about.stem, about.arguments)?;
        Ok(Box::new(<Squareplus as Activation>::from_args(&args)?))
    }
}

#[test]
fn every_check_passes_on_random_cases() -> Result<()> {
    for seed in 0..64 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let layer = Recipe(Squareplus::sample_args(&mut rng));
        let x = Tensor::randn([2, 3], &mut rng);
        let options = CheckOptions { seed, ..CheckOptions::default() };
        gradcheck_layer(&layer, &x, &options)?.into_result()?;
        dualcheck_layer(&layer, &x, &options)?.into_result()?;
        gradgradcheck_layer(&layer, &x, &options)?.into_result()?;
        f32check_layer(&layer, &x, &options)?.into_result()?;
    }
    Ok(())
}
// ANCHOR_END: build

#[test]
fn the_module_follows_from_the_function() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-1.0, 0.0, 2.0]));
    let mut module = Recipe(Args::new().with("b", 1.0)).build::<f64>()?;
    assert_eq!(module.forward(x)?.value().to_vec(), squareplus(x, 1.0)?.value().to_vec());
    assert!(Recipe(Args::new().with("beta", 1.0)).build::<f64>().is_err());
    Ok(())
}

// ANCHOR: wrong
/// Applies the slope's formula, which is one in y, to x.
#[derive(Clone, Copy, Debug)]
struct TakesTheInput(Squareplus);

impl Pointwise for TakesTheInput {
    const NAME: &'static str = "squareplus";
    const SAVES: Saves = Saves::Input;

    fn forward<T: Real>(self, x: T) -> T {
        Pointwise::forward(self.0, x)
    }

    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        Pointwise::backward(self.0, x, grad_output)
    }
}
// ANCHOR_END: wrong

#[test]
fn a_slope_of_the_input_is_caught() -> Result<()> {
    let wrong = TakesTheInput(Squareplus::new(4.0)?);
    let x = Tensor::new([[-2.0, 1.0, -0.5], [3.0, -4.0, 0.25]]);
    let report = gradcheck(|v| Ok(v[0].pointwise(wrong)), &[x], &CheckOptions::default())?;
    assert!(!report.passed());
    assert_snapshot("add_a_layer_wrong", &report.to_string());
    Ok(())
}

/// The page's example must be one that somebody could still add.
#[test]
fn squareplus_is_not_in_the_catalog() {
    assert!(catalog::find("Squareplus").is_err());
}

/// The pieces of a line that are set as code.
fn code(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_page_names_tests_that_exist_and_say_so() {
    let mut named = 0;
    for line in read("book/src/appendix/add_a_layer.md").lines() {
        let pieces = code(line);
        let [test, file, says @ ..] = pieces.as_slice() else { continue };
        if !line.starts_with("- `") || !file.starts_with("tests/it/") {
            continue;
        }
        let source = read(file);
        assert!(source.contains(&format!("fn {test}()")), "{file} has no test {test}");
        for said in says {
            assert!(source.contains(*said), "{file} does not say {said:?}");
        }
        named += 1;
    }
    assert!(named > 15, "the page names {named} tests");
}
