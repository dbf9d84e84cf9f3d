//! Numbers as the bytes of files.

use super::Tensor;
use crate::real::{DType, Real};

/// Numbers of `N` bytes each, by the function that reads one as `f64`.
pub(super) fn decode<T: Real, const N: usize>(
    bytes: &[u8],
    read: impl Fn([u8; N]) -> f64,
) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|number| T::from_f64(read(*number))).collect()
}

/// Whether a tensor of this type is written as `f32`; the others, dual numbers
/// among them, are written as `f64`.
pub(super) fn is_narrow<T: Real>() -> bool {
    T::DTYPE == DType::F32
}

/// The elements in row-major order, little-endian.
pub(super) fn encode<T: Real>(tensor: &Tensor<T>) -> Vec<u8> {
    let values = tensor.iter().map(Real::to_f64);
    if is_narrow::<T>() {
        values.flat_map(|x| (x as f32).to_le_bytes()).collect()
    } else {
        values.flat_map(f64::to_le_bytes).collect()
    }
}
