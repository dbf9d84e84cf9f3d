//! NumPy's .npy files.
//!
//! A file is a magic number, a version, the header's length, the header (a
//! Python dictionary that NumPy always writes in one form) and the elements.
//! Reading it here, rather than through a general parser of Python literals,
//! bounds what a damaged or hostile header can ask for: nothing is allocated
//! before the bytes for it have arrived. The format is documented in
//! `numpy/lib/_format_impl.py`.

use std::io::{Read, Write};

use super::bytes::{decode, encode, is_narrow};
use super::print::tuple;
use super::{Shape, Tensor};
use crate::error::{Error, Result};
use crate::real::Real;

const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// The header is padded so that the elements start at a multiple of this.
const ALIGNMENT: usize = 64;

/// Reads an array of `float32` or `float64`, of either byte order, in C or
/// Fortran order, into a tensor of either type.
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
pub fn read_npy<T: Real>(mut reader: impl Read) -> Result<Tensor<T>> {
    let header = Header::parse(&read_header(&mut reader)?)?;
    let width = header.descr.width();
    let bytes = header.shape.checked_numel().and_then(|numel| numel.checked_mul(width));
    let Some(bytes) = bytes else {
        return Err(refused(format!("shape {} is too large to address", header.shape)));
    };
    let data = read_exactly(&mut reader, bytes, "elements")?;
    let values = header.descr.decode(&data);
    if header.column_major {
        let reversed: Shape = header.shape.iter().rev().copied().collect();
        let dims: Vec<isize> = (0..reversed.len() as isize).rev().collect();
        return Tensor::from_vec(values, reversed)?.permute(&dims);
    }
    Tensor::from_vec(values, header.shape)
}

fn refused(why: impl Into<String>) -> Error {
    Error::file("read_npy", why)
}

/// The header's text, from the start of the file.
fn read_header(reader: &mut impl Read) -> Result<String> {
    let start = read_exactly(reader, 8, "magic number")?;
    let Some([major, _]) = start.strip_prefix(MAGIC) else {
        return Err(refused("the file does not start as .npy files do; write it with np.save"));
    };
    let length = match major {
        1 => read_exactly(reader, 2, "header")?,
        2 | 3 => read_exactly(reader, 4, "header")?,
        _ => return Err(refused(format!("version {major} is unknown; 1, 2 and 3 are read"))),
    };
    let length = length.iter().rev().fold(0, |length, &byte| length << 8 | usize::from(byte));
    String::from_utf8(read_exactly(reader, length, "header")?)
        .map_err(|_| refused("the header is not text; the file is damaged"))
}

/// The next `count` bytes. The buffer grows as they arrive, since a damaged
/// file may promise any number.
fn read_exactly(reader: &mut impl Read, count: usize, what: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match reader.take(count as u64).read_to_end(&mut bytes) {
        Ok(read) if read == count => Ok(bytes),
        Ok(read) => Err(refused(format!(
            "the file ends {read} bytes into the {what}, which should have {count}; it is truncated"
        ))),
        Err(error) => Err(refused(error.to_string())),
    }
}

/// What a header says.
struct Header {
    descr: Descr,
    column_major: bool,
    shape: Shape,
}

impl Header {
    /// Understands the one form that NumPy writes:
    /// `{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }`.
    fn parse(text: &str) -> Result<Header> {
        let value = |key: &str| {
            let (_, after) = text.split_once(&format!("'{key}':"))?;
            Some(after.trim_start())
        };
        let broken = |key: &str| {
            refused(format!(
                "the header has no proper {key:?}: {:?}; the file is damaged",
                excerpt(text)
            ))
        };
        let descr = value("descr").ok_or_else(|| broken("descr"))?;
        let order = value("fortran_order").ok_or_else(|| broken("fortran_order"))?;
        let column_major = match (order.starts_with("True"), order.starts_with("False")) {
            (false, false) => return Err(broken("fortran_order")),
            (column_major, _) => column_major,
        };
        let shape = value("shape").and_then(parse_tuple).ok_or_else(|| broken("shape"))?;
        Ok(Header { descr: Descr::parse(descr)?, column_major, shape })
    }
}

/// A header's beginning: a damaged one may be of any length.
fn excerpt(text: &str) -> String {
    text.chars().take(100).collect()
}

/// `()`, `(3,)`, `(2, 3)`.
fn parse_tuple(text: &str) -> Option<Shape> {
    let (sizes, _) = text.strip_prefix('(')?.split_once(')')?;
    let sizes = sizes.trim_end().trim_end_matches(',');
    if sizes.is_empty() {
        return Some(Shape::default());
    }
    sizes.split(',').map(|size| size.trim().parse().ok()).collect()
}

/// The element types that are read, as NumPy names them.
#[derive(Clone, Copy)]
enum Descr {
    F32 { big_endian: bool },
    F64 { big_endian: bool },
}

impl Descr {
    fn parse(text: &str) -> Result<Descr> {
        match text.get(..5) {
            Some("'<f4'") => Ok(Descr::F32 { big_endian: false }),
            Some("'>f4'") => Ok(Descr::F32 { big_endian: true }),
            Some("'<f8'") => Ok(Descr::F64 { big_endian: false }),
            Some("'>f8'") => Ok(Descr::F64 { big_endian: true }),
            _ => {
                let dtype = text.split(", '").next().unwrap_or(text);
                Err(refused(format!(
                    "dtype {} is not float32 or float64; convert it with astype",
                    excerpt(dtype)
                )))
            }
        }
    }

    fn width(self) -> usize {
        match self {
            Descr::F32 { .. } => 4,
            Descr::F64 { .. } => 8,
        }
    }

    fn decode<T: Real>(self, data: &[u8]) -> Vec<T> {
        match self {
            Descr::F32 { big_endian: false } => decode(data, |b| f32::from_le_bytes(b).into()),
            Descr::F32 { big_endian: true } => decode(data, |b| f32::from_be_bytes(b).into()),
            Descr::F64 { big_endian: false } => decode(data, f64::from_le_bytes),
            Descr::F64 { big_endian: true } => decode(data, f64::from_be_bytes),
        }
    }
}

/// Writes a tensor as `float32` or `float64`, in C order. A dual tensor's
/// values are written, its tangents are not.
pub fn write_npy<T: Real>(tensor: &Tensor<T>, mut writer: impl Write) -> Result<()> {
    let descr = if is_narrow::<T>() { "<f4" } else { "<f8" };
    let shape = tuple(tensor.shape());
    let dict = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    // Version 2 has room for any shape; 12 bytes come before its header, and a
    // newline ends it.
    let length = (12 + dict.len() + 1).next_multiple_of(ALIGNMENT) - 12;
    let mut file = Vec::from(MAGIC);
    file.extend([2, 0]);
    file.extend((length as u32).to_le_bytes());
    file.extend(format!("{dict:<width$}\n", width = length - 1).into_bytes());
    file.extend(encode(tensor));
    writer.write_all(&file).map_err(|error| Error::file("write_npy", error.to_string()))
}
