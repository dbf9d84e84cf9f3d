//! What can be checked: closures, generic functions, modules, layers. Each is
//! brought to one form: a function of a list of tensors.

use std::cell::RefCell;

use super::CheckOptions;
use crate::error::Result;
use crate::module::{Kink, Module, StateDict};
use crate::real::Real;
use crate::tape::{Tape, Var};
use crate::tensor::Tensor;

/// A function of vars that is generic over the scalar, so that it can be run over
/// dual numbers. (A closure cannot be generic.)
pub trait Function {
    /// The output for these inputs.
    fn call<'t, T: Real>(&self, inputs: &[Var<'t, T>]) -> Result<Var<'t, T>>;
}

/// A recipe for a module that works in any scalar type. It must make the same
/// module each time.
pub trait Build {
    /// A fresh module.
    fn build<T: Real>(&self) -> Result<Box<dyn Module<T>>>;
}

/// A function of tensors with its backward, in one scalar type.
pub(super) trait Evaluate<T: Real> {
    fn output(&self, points: &[Tensor<T>]) -> Result<Tensor<T>>;

    /// The backward's cotangent of every point.
    fn gradients(&self, points: &[Tensor<T>], cotangent: &Tensor<T>) -> Result<Vec<Tensor<T>>>;
}

/// A function at a point.
pub(super) struct Subject<S> {
    pub(super) evaluate: S,
    /// The tensors it is differentiated by, and their names.
    pub(super) points: Vec<Tensor<f64>>,
    pub(super) names: Vec<String>,
    /// The kinks of each tensor's elements.
    pub(super) kinks: Vec<Vec<Kink>>,
}

impl<S> Subject<S> {
    pub(super) fn of_inputs(evaluate: S, inputs: &[Tensor<f64>], options: &CheckOptions) -> Self {
        let name = |i: usize| match options.names.get(i) {
            Some(name) => name.clone(),
            None if inputs.len() == 1 => "input".to_owned(),
            None => format!("input {i}"),
        };
        Subject {
            evaluate,
            names: (0..inputs.len()).map(name).collect(),
            kinks: vec![options.kinks.clone(); inputs.len()],
            points: inputs.to_vec(),
        }
    }

    pub(super) fn of_module(
        evaluate: S,
        input: &Tensor<f64>,
        parameters: &StateDict<f64>,
        mut kinks: Vec<Kink>,
        options: &CheckOptions,
    ) -> Self
    where
        S: HasParameters,
    {
        kinks.extend(&options.kinks);
        let mut subject = Subject {
            points: vec![input.clone()],
            names: vec!["input".to_owned()],
            kinks: vec![kinks],
            evaluate,
        };
        for name in subject.evaluate.parameter_names() {
            subject.points.extend(parameters.get(&name).cloned());
            subject.names.push(name);
            subject.kinks.push(Vec::new());
        }
        subject
    }
}

impl<'a, B: Build> Subject<LayerSubject<'a, B>> {
    pub(super) fn of_layer(
        layer: LayerSubject<'a, B>,
        input: &Tensor<f64>,
        options: &CheckOptions,
    ) -> Result<Self> {
        let kinks = layer.build.build::<f64>()?.kinks();
        let state = layer.state.clone();
        Ok(Subject::of_module(layer, input, &state, kinks, options))
    }
}

/// What owns parameters besides its input.
pub(super) trait HasParameters {
    fn parameter_names(&self) -> Vec<String>;
}

fn gradients_of<'t, T: Real>(
    output: Var<'t, T>,
    inputs: &[Var<'t, T>],
    cotangent: &Tensor<T>,
) -> Result<Vec<Tensor<T>>> {
    let gradients = output.backward_with(cotangent)?;
    let or_zeros = |input: &Var<'t, T>| {
        gradients.get(*input).cloned().unwrap_or_else(|| Tensor::zeros(input.shape()))
    };
    Ok(inputs.iter().map(or_zeros).collect())
}

/// A closure, in f64 alone.
pub(super) struct Closure<F>(pub(super) F);

impl<F> Evaluate<f64> for Closure<F>
where
    F: for<'t> Fn(&[Var<'t, f64>]) -> Result<Var<'t, f64>>,
{
    fn output(&self, points: &[Tensor<f64>]) -> Result<Tensor<f64>> {
        let tape = Tape::new();
        let inputs: Vec<_> = points.iter().map(|point| tape.constant(point.clone())).collect();
        Ok((self.0)(&inputs)?.value())
    }

    fn gradients(&self, points: &[Tensor<f64>], g: &Tensor<f64>) -> Result<Vec<Tensor<f64>>> {
        let tape = Tape::new();
        let inputs: Vec<_> = points.iter().map(|point| tape.leaf(point.clone())).collect();
        gradients_of((self.0)(&inputs)?, &inputs, g)
    }
}

/// A generic function, in any type.
pub(super) struct FunctionSubject<'a, F>(pub(super) &'a F);

impl<T: Real, F: Function> Evaluate<T> for FunctionSubject<'_, F> {
    fn output(&self, points: &[Tensor<T>]) -> Result<Tensor<T>> {
        let tape = Tape::new();
        let inputs: Vec<_> = points.iter().map(|point| tape.constant(point.clone())).collect();
        Ok(self.0.call(&inputs)?.value())
    }

    fn gradients(&self, points: &[Tensor<T>], cotangent: &Tensor<T>) -> Result<Vec<Tensor<T>>> {
        let tape = Tape::new();
        let inputs: Vec<_> = points.iter().map(|point| tape.leaf(point.clone())).collect();
        gradients_of(self.0.call(&inputs)?, &inputs, cotangent)
    }
}

/// Runs a module whose parameters are `points[1..]`, by name.
fn run_module<T: Real, R>(
    module: &mut dyn Module<T>,
    state: &StateDict<T>,
    points: &[Tensor<T>],
    use_output: impl for<'t> FnOnce(&dyn Module<T>, Var<'t, T>, Var<'t, T>) -> Result<R>,
) -> Result<R> {
    let mut state = state.clone();
    let names = parameter_names(module);
    for (name, value) in names.iter().zip(&points[1..]) {
        state.insert(name, value.clone());
    }
    module.load_state_dict(&state)?;
    let tape = Tape::new();
    let input = tape.leaf(points[0].clone());
    let output = module.forward(input)?;
    use_output(module, input, output)
}

fn parameter_names<T: Real>(module: &dyn Module<T>) -> Vec<String> {
    module.parameters().into_iter().map(|(name, _)| name).collect()
}

fn module_gradients<'t, T: Real>(
    module: &dyn Module<T>,
    input: Var<'t, T>,
    output: Var<'t, T>,
    cotangent: &Tensor<T>,
) -> Result<Vec<Tensor<T>>> {
    let gradients = output.backward_with(cotangent)?;
    let zeros = |tensor: &Tensor<T>| Tensor::zeros(tensor.shape());
    let mut all = vec![gradients.get(input).cloned().unwrap_or_else(|| zeros(&input.value()))];
    for (_, parameter) in module.parameters() {
        all.push(gradients.of(parameter).cloned().unwrap_or_else(|_| zeros(parameter.value())));
    }
    Ok(all)
}

/// A module, in f64 alone. Every evaluation starts from the same state, so that
/// running statistics do not pile up.
pub(super) struct ModuleSubject<'m> {
    module: RefCell<&'m mut dyn Module<f64>>,
    state: StateDict<f64>,
}

impl<'m> ModuleSubject<'m> {
    pub(super) fn new(module: &'m mut dyn Module<f64>, state: StateDict<f64>) -> Self {
        ModuleSubject { module: RefCell::new(module), state }
    }
}

impl HasParameters for ModuleSubject<'_> {
    fn parameter_names(&self) -> Vec<String> {
        parameter_names(&**self.module.borrow())
    }
}

impl Evaluate<f64> for ModuleSubject<'_> {
    fn output(&self, points: &[Tensor<f64>]) -> Result<Tensor<f64>> {
        let mut module = self.module.borrow_mut();
        run_module(&mut **module, &self.state, points, |_, _, output| Ok(output.value()))
    }

    fn gradients(&self, points: &[Tensor<f64>], g: &Tensor<f64>) -> Result<Vec<Tensor<f64>>> {
        let mut module = self.module.borrow_mut();
        run_module(&mut **module, &self.state, points, |module, input, output| {
            module_gradients(module, input, output, g)
        })
    }
}

/// A layer built afresh for every evaluation, in any type.
pub(super) struct LayerSubject<'a, B> {
    build: &'a B,
    state: StateDict<f64>,
    training: bool,
}

impl<'a, B: Build> LayerSubject<'a, B> {
    /// The layer with parameters drawn around their initial values.
    pub(super) fn new(build: &'a B, options: &CheckOptions) -> Result<Self> {
        let module = build.build::<f64>()?;
        let mut state = module.state_dict();
        // Another stream than the cotangent's, which starts from the same seed.
        let mut rng = options.rng();
        rng.set_stream(1);
        for (name, parameter) in module.parameters() {
            let value = parameter.value();
            let noise = Tensor::randn(value.shape(), &mut rng);
            state.insert(&name, value + &noise.scale(0.5));
        }
        Ok(LayerSubject { build, state, training: options.training })
    }

    fn module<T: Real>(&self) -> Result<Box<dyn Module<T>>> {
        let mut module = self.build.build::<T>()?;
        module.set_training(self.training);
        Ok(module)
    }

    /// What can be told from its input and output on a tape.
    pub(super) fn at<R>(
        &self,
        input: &Tensor<f64>,
        tell: impl for<'t> FnOnce(Var<'t, f64>, Var<'t, f64>) -> Result<R>,
    ) -> Result<R> {
        let points = std::slice::from_ref(input);
        run_module(&mut *self.module::<f64>()?, &self.state, points, |_, x, y| tell(x, y))
    }
}

impl<B: Build> HasParameters for LayerSubject<'_, B> {
    fn parameter_names(&self) -> Vec<String> {
        self.build.build::<f64>().map_or_else(|_| Vec::new(), |module| parameter_names(&*module))
    }
}

impl<T: Real, B: Build> Evaluate<T> for LayerSubject<'_, B> {
    fn output(&self, points: &[Tensor<T>]) -> Result<Tensor<T>> {
        let mut module = self.module::<T>()?;
        run_module(&mut *module, &self.state.cast(), points, |_, _, output| Ok(output.value()))
    }

    fn gradients(&self, points: &[Tensor<T>], cotangent: &Tensor<T>) -> Result<Vec<Tensor<T>>> {
        let mut module = self.module::<T>()?;
        run_module(&mut *module, &self.state.cast(), points, |module, input, output| {
            module_gradients(module, input, output, cotangent)
        })
    }
}
