//! .safetensors files, through the `safetensors` crate.

use std::collections::BTreeMap;

use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, SafeTensors, TensorInfo, TensorView, serialize};

use super::Tensor;
use super::bytes::{decode, encode, is_narrow};
use crate::error::{Error, Result};
use crate::real::Real;

/// A file starts with its header's length, in this many bytes.
const LENGTH_BYTES: usize = 8;

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
    let (header, metadata) = SafeTensors::read_metadata(bytes)
        .map_err(|error| refused(format!("{error}; the file is damaged or not in this format")))?;
    let data = &bytes[LENGTH_BYTES + header..];
    // The crate lists them in the order of a hash table, another in each run.
    // Tensors without elements share an offset: their names decide.
    let mut infos: Vec<(String, &TensorInfo)> = metadata.tensors().into_iter().collect();
    infos.sort_by(|(a, x), (b, y)| x.data_offsets.cmp(&y.data_offsets).then_with(|| a.cmp(b)));
    infos
        .into_iter()
        .map(|(name, info)| {
            let data = &data[info.data_offsets.0..info.data_offsets.1];
            let values: Vec<T> = match info.dtype {
                Dtype::F32 => decode(data, |b| f64::from(f32::from_le_bytes(b))),
                Dtype::F64 => decode(data, f64::from_le_bytes),
                other => {
                    return Err(refused(format!(
                        "tensor {name:?} holds {other:?}; only F32 and F64 are read"
                    )));
                }
            };
            Ok((name, Tensor::from_vec(values, info.shape.as_slice())?))
        })
        .collect()
}

/// The bytes of a file with these tensors, sorted by name, which must differ.
/// Dual tensors lose their tangents.
pub fn write_safetensors<'a, T: Real>(
    tensors: impl IntoIterator<Item = (&'a str, &'a Tensor<T>)>,
) -> Result<Vec<u8>> {
    let refused = |why: String| Error::file("write_safetensors", why);
    let mut named: BTreeMap<&str, (&Tensor<T>, Vec<u8>)> = BTreeMap::new();
    for (name, tensor) in tensors {
        if name == "__metadata__" {
            return Err(refused(format!(
                "the format keeps the name {name:?} for itself; rename it"
            )));
        }
        if named.insert(name, (tensor, encode(tensor))).is_some() {
            return Err(refused(format!("two tensors are named {name:?}; rename one")));
        }
    }
    let dtype = if is_narrow::<T>() { Dtype::F32 } else { Dtype::F64 };
    let views = named
        .iter()
        .map(|(name, (tensor, bytes))| {
            let view = TensorView::new(dtype, tensor.shape().to_vec(), bytes)?;
            Ok((*name, view))
        })
        .collect::<Result<Vec<_>, SafeTensorError>>();
    views.and_then(|views| serialize(views, None)).map_err(|error| refused(error.to_string()))
}
