//! Running what is checked: forward, and backward for one cotangent or many.

use std::cell::RefCell;

use super::CheckOptions;
use super::subject::{Answers, Build, Evaluate, Function, HasParameters, Subject};
use crate::error::Result;
use crate::module::{Module, StateDict};
use crate::real::Real;
use crate::tape::{Parameter, Tape, Var};
use crate::tensor::Tensor;

/// A backward for each cotangent; they share the forward's tape.
fn sweep_inputs<'t, T: Real>(
    output: Var<'t, T>,
    inputs: &[Var<'t, T>],
    cotangents: &[Tensor<T>],
) -> Result<Vec<Answers<T>>> {
    let sweep = |cotangent| {
        if !output.requires_grad() {
            return Ok(vec![None; inputs.len()]);
        }
        let gradients = output.backward_with(cotangent)?;
        Ok(inputs.iter().map(|input| gradients.get(*input).cloned()).collect())
    };
    cotangents.iter().map(sweep).collect()
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

    fn sweeps(&self, points: &[Tensor<f64>], g: &[Tensor<f64>]) -> Result<Vec<Answers<f64>>> {
        let tape = Tape::new();
        let inputs: Vec<_> = points.iter().map(|point| tape.leaf(point.clone())).collect();
        sweep_inputs((self.0)(&inputs)?, &inputs, g)
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

    fn sweeps(&self, points: &[Tensor<T>], g: &[Tensor<T>]) -> Result<Vec<Answers<T>>> {
        let tape = Tape::new();
        let inputs: Vec<_> = points.iter().map(|point| tape.leaf(point.clone())).collect();
        sweep_inputs(self.0.call(&inputs)?, &inputs, g)
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

/// The parameters that are differentiated by: all but the frozen ones.
fn trainable<T: Real>(module: &dyn Module<T>) -> Vec<(String, &Parameter<T>)> {
    let all = module.parameters().into_iter();
    all.filter(|(_, parameter)| parameter.requires_grad()).collect()
}

fn parameter_names<T: Real>(module: &dyn Module<T>) -> Vec<String> {
    trainable(module).into_iter().map(|(name, _)| name).collect()
}

/// [`sweep_inputs`] for a module's input and parameters.
fn sweep_module<'t, T: Real>(
    module: &dyn Module<T>,
    input: Var<'t, T>,
    output: Var<'t, T>,
    cotangents: &[Tensor<T>],
) -> Result<Vec<Answers<T>>> {
    let mut vars = vec![input];
    vars.extend(trainable(module).iter().map(|(_, parameter)| input.tape().parameter(parameter)));
    sweep_inputs(output, &vars, cotangents)
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

    fn sweeps(&self, points: &[Tensor<f64>], g: &[Tensor<f64>]) -> Result<Vec<Answers<f64>>> {
        let mut module = self.module.borrow_mut();
        run_module(&mut **module, &self.state, points, |module, input, output| {
            sweep_module(module, input, output, g)
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

    /// The layer with these parameters and buffers.
    pub(super) fn with_state(build: &'a B, state: StateDict<f64>, training: bool) -> Self {
        LayerSubject { build, state, training }
    }

    /// The layer at an input.
    pub(super) fn subject(
        self,
        input: &Tensor<f64>,
        options: &CheckOptions,
    ) -> Result<Subject<Self>> {
        let kinks = self.build.build::<f64>()?.kinks();
        let state = self.state.clone();
        Ok(Subject::of_module(self, input, &state, kinks, options))
    }

    fn module<T: Real>(&self) -> Result<Box<dyn Module<T>>> {
        let mut module = self.build.build::<T>()?;
        module.set_training(self.training);
        Ok(module)
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

    fn sweeps(&self, points: &[Tensor<T>], g: &[Tensor<T>]) -> Result<Vec<Answers<T>>> {
        let mut module = self.module::<T>()?;
        run_module(&mut *module, &self.state.cast(), points, |module, input, output| {
            sweep_module(module, input, output, g)
        })
    }
}
