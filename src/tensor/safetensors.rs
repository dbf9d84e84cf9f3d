//! .safetensors files, through the `safetensors` crate.

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

use super::Tensor;
use crate::error::{Error, Result};
use crate::real::{DType, Real};

/// Reads every tensor of a file's bytes by name, in the file's order. `F32`
/// and `F64` are understood, whatever type is asked for.
///
/// ```
/// use handgrad::{Tensor, tensor::{read_safetensors, write_safetensors}};
///
/// let weight = Tensor::<f32>::new([1.0, 2.0]);
/// let bytes = write_safetensors([("weight", &weight)])?;
/// let read = read_safetensors::<f32>(&bytes)?;
/// assert_eq!(read[0].0, "weight");
/// assert_eq!(read[0].1.to_vec(), [1.0, 2.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
pub fn read_safetensors<T: Real>(bytes: &[u8]) -> Result<Vec<(String, Tensor<T>)>> {
    let refused = |why: String| Error::file("read_safetensors", why);
    let file = SafeTensors::deserialize(bytes).map_err(|error| refused(error.to_string()))?;
    file.iter()
        .map(|(name, view)| {
            let data = view.data();
            let values: Vec<T> = match view.dtype() {
                Dtype::F32 => numbers(data, |b| f64::from(f32::from_le_bytes(b))),
                Dtype::F64 => numbers(data, f64::from_le_bytes),
                other => {
                    return Err(refused(format!(
                        "tensor {name:?} holds {other:?}; only F32 and F64 are read"
                    )));
                }
            };
            Ok((name.to_owned(), Tensor::from_vec(values, view.shape())?))
        })
        .collect()
}

fn numbers<T: Real, const N: usize>(data: &[u8], read: impl Fn([u8; N]) -> f64) -> Vec<T> {
    data.as_chunks::<N>().0.iter().map(|bytes| T::from_f64(read(*bytes))).collect()
}

/// The bytes of a file with these tensors. Dual tensors lose their tangents.
pub fn write_safetensors<'a, T: Real>(
    tensors: impl IntoIterator<Item = (&'a str, &'a Tensor<T>)>,
) -> Result<Vec<u8>> {
    let refused =
        |error: safetensors::SafeTensorError| Error::file("write_safetensors", error.to_string());
    let narrow = T::DTYPE == DType::F32;
    let named: Vec<(&str, &Tensor<T>, Vec<u8>)> = tensors
        .into_iter()
        .map(|(name, tensor)| {
            let values = tensor.iter().map(Real::to_f64);
            let bytes = if narrow {
                values.flat_map(|x| (x as f32).to_le_bytes()).collect()
            } else {
                values.flat_map(f64::to_le_bytes).collect()
            };
            (name, tensor, bytes)
        })
        .collect();
    let dtype = if narrow { Dtype::F32 } else { Dtype::F64 };
    let views = named
        .iter()
        .map(|(name, tensor, bytes)| {
            let view = TensorView::new(dtype, tensor.shape().to_vec(), bytes).map_err(refused)?;
            Ok((*name, view))
        })
        .collect::<Result<Vec<_>>>()?;
    serialize(views, None).map_err(refused)
}
