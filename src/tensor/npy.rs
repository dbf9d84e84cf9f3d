//! NumPy's .npy files, through the `npyz` crate.

use std::io::{Read, Write};

use npyz::WriterBuilder;

use super::{Shape, Tensor};
use crate::error::{Error, Result};
use crate::real::{DType, Real};

/// Reads an array of `float32` or `float64`, in C or Fortran order, into a
/// tensor of either type.
///
/// ```
/// use handgrad::{Tensor, tensor::{read_npy, write_npy}};
///
/// let x = Tensor::<f32>::new([[1.0, 2.0], [3.0, 4.0]]);
/// let mut file = Vec::new();
/// write_npy(&x, &mut file)?;
/// let y: Tensor<f64> = read_npy(file.as_slice())?;
/// assert_eq!(y.to_vec(), [1.0, 2.0, 3.0, 4.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
pub fn read_npy<T: Real>(reader: impl Read) -> Result<Tensor<T>> {
    let refused = |error: std::io::Error| Error::file("read_npy", error.to_string());
    let file = npyz::NpyFile::new(reader).map_err(refused)?;
    let shape: Shape = file.shape().iter().map(|&size| size as usize).collect();
    let column_major = file.order() == npyz::Order::Fortran;
    let dtype = file.dtype().descr();
    if shape.checked_numel().is_none() {
        return Err(Error::file("read_npy", format!("shape {shape} is too large to address")));
    }
    // Read as they come: a header may promise more than the file holds.
    let values: Vec<f64> = match file.try_data::<f64>() {
        Ok(data) => data.collect::<Result<_, _>>().map_err(refused)?,
        Err(file) => match file.try_data::<f32>() {
            Ok(data) => {
                let wide = data.map(|x| x.map(f64::from));
                wide.collect::<Result<_, _>>().map_err(refused)?
            }
            Err(_) => {
                return Err(Error::file(
                    "read_npy",
                    format!("dtype {dtype} is not float32 or float64; convert it with astype"),
                ));
            }
        },
    };
    let values = values.into_iter().map(T::from_f64).collect();
    if column_major {
        let reversed: Shape = shape.iter().rev().copied().collect();
        let dims: Vec<isize> = (0..shape.len() as isize).rev().collect();
        return Tensor::from_vec(values, reversed)?.permute(&dims);
    }
    Tensor::from_vec(values, shape)
}

/// Writes a tensor as `float32` or `float64`, in C order. A dual tensor's
/// values are written, its tangents are not.
pub fn write_npy<T: Real>(tensor: &Tensor<T>, writer: impl Write) -> Result<()> {
    if T::DTYPE == DType::F32 {
        write_as::<f32, T>(tensor, |x| x.to_f64() as f32, writer)
    } else {
        write_as::<f64, T>(tensor, Real::to_f64, writer)
    }
}

fn write_as<F: npyz::AutoSerialize, T: Real>(
    tensor: &Tensor<T>,
    convert: impl Fn(T) -> F,
    writer: impl Write,
) -> Result<()> {
    let refused = |error: std::io::Error| Error::file("write_npy", error.to_string());
    let shape: Vec<u64> = tensor.shape().iter().map(|&size| size as u64).collect();
    let options = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(writer);
    let mut file = options.begin_nd().map_err(refused)?;
    file.extend(tensor.iter().map(convert)).map_err(refused)?;
    file.finish().map_err(refused)
}
