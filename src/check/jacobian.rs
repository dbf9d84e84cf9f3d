//! All of a layer's derivatives at one input.

use super::CheckOptions;
use super::subject::{Build, LayerSubject};
use crate::error::Result;
use crate::tensor::Tensor;

/// The Jacobian dy/dx of a layer, `[y.numel(), x.numel()]`: in row i and column j
/// how much output i follows input j, both counted in row-major order.
///
/// It is made by the backward alone: output i alone gets a cotangent, of 1, and
/// what arrives at the input is row i. As for [`gradcheck_layer`](super::gradcheck_layer)
/// the layer's parameters are drawn at random around their initial values, by
/// `options.seed`, and `options.training` is its mode. There is one forward, so
/// all rows are of the same function even where a layer draws at random.
///
/// The Jacobian of a softmax with the probabilities p is diag(p) - p pᵀ:
///
/// ```
/// use handgrad::check::{CheckOptions, jacobian};
/// use handgrad::{Tensor, catalog::Configured, module::Args};
///
/// let softmax = Configured::new("Softmax", Args::new().with("dim", 0))?;
/// let x = Tensor::new([1.0_f64, 2.0, 1.0]).map(f64::ln); // the probabilities are 1/4, 1/2 and 1/4
/// let dy_dx = jacobian(&softmax, &x, &CheckOptions::default())?;
/// assert_eq!(dy_dx.to_string(), "\
/// tensor([[ 0.1875, -0.1250, -0.0625],
///         [-0.1250,  0.2500, -0.1250],
///         [-0.0625, -0.1250,  0.1875]], dtype=torch.float64)");
/// # Ok::<(), handgrad::Error>(())
/// ```
pub fn jacobian(
    layer: &impl Build,
    input: &Tensor<f64>,
    options: &CheckOptions,
) -> Result<Tensor<f64>> {
    LayerSubject::new(layer, options)?.at(input, |x, y| {
        let (rows, columns) = (y.shape().numel(), input.numel());
        let mut entries = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            let mut unit = Tensor::zeros(y.shape());
            unit.make_mut()[row] = 1.0;
            let gradients = y.backward_with(&unit)?;
            match gradients.get(x) {
                Some(gradient) => entries.extend(gradient),
                // The output does not depend on the input at all.
                None => entries.resize(entries.len() + columns, 0.0),
            }
        }
        Tensor::from_vec(entries, [rows, columns])
    })
}
