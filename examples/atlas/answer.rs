//! What a layer answers to an input: output and gradients, or an error.

use handgrad::module::{Args, State};
use handgrad::{Result, Shape, Tape, Tensor, catalog};

/// A tensor and what it is called.
pub(crate) type Named = (String, Tensor<f32>);

/// Tensors by name, or why there are none.
pub(crate) type Answer = Result<Vec<Named>>;

/// The output's cotangent is 1, 2, 3, 4, 5, 1, 2, .. in row-major order. A constant
/// one would hide a norm's gradient, which is 0 for it whatever the backward does.
pub(crate) fn cotangent(shape: &Shape) -> Tensor<f32> {
    let mut values = [1.0, 2.0, 3.0, 4.0, 5.0].into_iter().cycle();
    Tensor::from_fn(shape, |_| values.next().unwrap_or_default())
}

/// The output, the gradients by the input and by the parameters, and the buffers that
/// the forward has changed; of a new layer in one of its modes.
pub(crate) fn answer(layer: &str, args: &Args, training: bool, input: &Tensor<f32>) -> Answer {
    let mut layer = catalog::build::<f32>(layer, args)?;
    layer.set_training(training);
    let before = layer.state_dict();
    let tape = Tape::new();
    let x = tape.leaf(input.clone());
    let y = layer.forward(x)?;
    let gradients = y.backward_with(&cotangent(&y.shape()))?;
    let mut answer = vec![
        ("output".to_owned(), y.value()),
        ("input.grad".to_owned(), gradients.wrt(x)?.clone()),
    ];
    for (name, state) in layer.state() {
        match state {
            State::Parameter(parameter) => {
                answer.push((format!("{name}.grad"), gradients.of(parameter)?.clone()));
            }
            State::Buffer(now) if before.get(&name).is_none_or(|old| bits(old) != bits(now)) => {
                answer.push((name, now.clone()));
            }
            State::Buffer(_) => {}
        }
    }
    Ok(answer)
}

/// The elements' bits, which are equal also where the elements are NaN.
fn bits(tensor: &Tensor<f32>) -> Vec<u32> {
    tensor.iter().map(f32::to_bits).collect()
}

pub(crate) fn is_finite(tensor: &Tensor<f32>) -> bool {
    tensor.iter().all(f32::is_finite)
}
