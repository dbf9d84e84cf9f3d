//! The one list of all layers.
//!
//! What wants to know of every layer (the tests, the stepper, the JSON door, the
//! book) walks this list, so that a layer which is in it is checked, shown and
//! served from the day it appears.

use crate::activation;
use crate::check::{
    Build, CheckOptions, FullReport, Given, Report, check_given, dualcheck_layer, f32check_layer,
    fullcheck_layer, gradcheck_layer, gradgradcheck_layer,
};
use crate::error::{Error, Result};
use crate::module::{About, Args, Case, Kink, Layer, Module, Value, Visitor, did_you_mean};
use crate::nn;
use crate::norm;
use crate::real::Real;
use crate::tensor::{Shape, Tensor};

/// Shows every layer to a visitor. Each family has its list in its `mod.rs`,
/// where a new layer is one more line.
fn walk<T: Real>(visitor: &mut impl Visitor<T>) {
    nn::walk(visitor);
    activation::walk(visitor);
    norm::walk(visitor);
}

/// A layer as the catalog has it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What the layer says of itself.
    pub about: About,
    args_for: fn(&Shape) -> Args,
    sample: fn(&mut dyn rand::Rng) -> Case,
}

impl Entry {
    /// The arguments the layer cannot do without, guessed from an input's
    /// shape: LayerNorm's `normalized_shape` is its last dimension.
    pub fn args_for(&self, shape: &Shape) -> Args {
        (self.args_for)(shape)
    }

    /// Random arguments and a shape of input that they accept.
    pub fn sample(&self, rng: &mut dyn rand::Rng) -> Case {
        (self.sample)(rng)
    }

    /// The kinks of the layer with these arguments.
    pub fn kinks(&self, args: &Args) -> Result<Vec<Kink>> {
        Ok(build::<f64>(self.about.name, args)?.kinks())
    }
}

/// Every layer, in the catalog's order.
///
/// ```
/// let names: Vec<&str> = handgrad::catalog::entries().iter().map(|e| e.about.name).collect();
/// assert!(names.contains(&"LayerNorm"));
/// ```
pub fn entries() -> Vec<Entry> {
    struct Collect(Vec<Entry>);
    impl Visitor<f64> for Collect {
        fn visit<L: Layer<f64>>(&mut self) {
            self.0.push(Entry { about: L::ABOUT, args_for: L::args_for, sample: L::sample });
        }
    }
    let mut collect = Collect(Vec::new());
    walk(&mut collect);
    collect.0
}

/// The layer of a name, or an error that offers the nearest names.
///
/// ```
/// assert_eq!(
///     handgrad::catalog::find("layernorm").unwrap_err().to_string(),
///     "catalog: there is no layer \"layernorm\"; did you mean LayerNorm?",
/// );
/// ```
pub fn find(name: &str) -> Result<Entry> {
    let mut entries = entries();
    match entries.iter().position(|entry| entry.about.name == name) {
        Some(index) => Ok(entries.swap_remove(index)),
        None => Err(unknown(name, &entries)),
    }
}

fn unknown(name: &str, entries: &[Entry]) -> Error {
    let names: Vec<&str> = entries.iter().map(|entry| entry.about.name).collect();
    let remedy = did_you_mean(name, &names);
    Error::argument("catalog", format!("there is no layer {name:?}; {remedy}"))
}

/// A layer by its name and arguments, in any scalar type.
///
/// Refuses an unknown name, and arguments that are unknown, of the wrong kind,
/// missing, or refused by the layer.
///
/// ```
/// use handgrad::{Tape, Tensor, catalog, module::Args};
///
/// let args = Args::new().with("negative_slope", 0.5);
/// let mut layer = catalog::build::<f32>("LeakyReLU", &args)?;
/// let tape = Tape::new();
/// let y = layer.forward(tape.leaf(Tensor::new([-1.0, 1.0])))?;
/// assert_eq!(y.value().to_vec(), [-0.5, 1.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
pub fn build<T: Real>(name: &str, args: &Args) -> Result<Box<dyn Module<T>>> {
    struct Build<'a, T: Real> {
        name: &'a str,
        args: &'a Args,
        built: Option<Result<Box<dyn Module<T>>>>,
    }
    impl<T: Real> Visitor<T> for Build<'_, T> {
        fn visit<L: Layer<T>>(&mut self) {
            if L::ABOUT.name == self.name {
                let args = self.args.resolve(L::ABOUT.stem, L::ABOUT.arguments);
                let layer = args.and_then(|args| L::from_args(&args));
                self.built = Some(layer.map(|layer| Box::new(layer) as Box<dyn Module<T>>));
            }
        }
    }
    let mut build = Build { name, args, built: None };
    walk(&mut build);
    build.built.unwrap_or_else(|| Err(unknown(name, &entries())))
}

/// A layer of the catalog with arguments: a recipe for modules in any scalar
/// type, as the checks want one.
#[derive(Clone, Debug)]
pub struct Configured {
    name: &'static str,
    args: Args,
}

impl Configured {
    /// Refuses what [`build`] refuses.
    pub fn new(name: &str, args: Args) -> Result<Self> {
        let entry = find(name)?;
        build::<f64>(name, &args)?;
        Ok(Configured { name: entry.about.name, args })
    }

    /// [`gradcheck_layer`] of this layer, whose arguments a diagnosis can name.
    ///
    /// As a function that is not generic it is compiled once, with every layer of the
    /// catalog under it, and not again in each program that checks one.
    pub fn gradcheck(&self, input: &Tensor<f64>, options: &CheckOptions) -> Result<Report> {
        gradcheck_layer(self, input, &self.with_constants(options))
    }

    /// [`dualcheck_layer`] of this layer, compiled once like
    /// [`gradcheck`](Self::gradcheck).
    ///
    /// ```
    /// use handgrad::{Tensor, catalog::Configured, check::CheckOptions, module::Args};
    ///
    /// let elu = Configured::new("ELU", Args::new().with("alpha", 2.0))?;
    /// let report = elu.dualcheck(&Tensor::new([-1.0, 0.0, 1.0]), &CheckOptions::default())?;
    /// assert!(report.passed(), "{report}");
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn dualcheck(&self, input: &Tensor<f64>, options: &CheckOptions) -> Result<Report> {
        dualcheck_layer(self, input, &self.with_constants(options))
    }

    /// [`gradgradcheck_layer`] of this layer.
    pub fn gradgradcheck(&self, input: &Tensor<f64>, options: &CheckOptions) -> Result<Report> {
        gradgradcheck_layer(self, input, options)
    }

    /// [`f32check_layer`] of this layer.
    pub fn f32check(&self, input: &Tensor<f64>, options: &CheckOptions) -> Result<Report> {
        f32check_layer(self, input, options)
    }

    /// [`fullcheck_layer`] of this layer.
    pub fn fullcheck(&self, input: &Tensor<f64>, options: &CheckOptions) -> Result<FullReport> {
        fullcheck_layer(self, input, &self.with_constants(options))
    }

    /// [`check_given`] of this layer.
    pub fn check_given(&self, given: &Given, options: &CheckOptions) -> Result<Report> {
        check_given(self, given, &self.with_constants(options))
    }

    /// The options, with the layer's own numbers among the constants.
    pub(crate) fn with_constants(&self, options: &CheckOptions) -> CheckOptions {
        let mut options = options.clone();
        let about = find(self.name).map(|entry| entry.about);
        let args = about.and_then(|about| self.args.resolve(about.stem, about.arguments));
        if let Ok(args) = args {
            let number = |(name, value): (&str, &Value)| match value {
                Value::Float(value) => Some((name.to_owned(), *value)),
                _ => None,
            };
            options.constants.extend(args.iter().filter_map(number));
        }
        options
    }
}

impl Build for Configured {
    fn build<T: Real>(&self) -> Result<Box<dyn Module<T>>> {
        build(self.name, &self.args)
    }
}
