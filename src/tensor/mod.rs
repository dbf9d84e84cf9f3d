//! A minimal strided tensor: shared storage, a shape, signed strides.
//!
//! Views copy nothing; every operation returns a new tensor; what can fail
//! returns an error that names the shapes. The book's chapter on the tensor
//! draws what happens.

mod broadcast;
#[cfg(any(feature = "npy", feature = "safetensors"))]
mod bytes;
mod compare;
mod convert;
mod create;
mod elementwise;
mod index;
mod iter;
mod join;
mod layout;
mod matmul;
#[cfg(feature = "npy")]
mod npy;
mod print;
mod random;
mod reduce;
mod reshape;
#[cfg(feature = "safetensors")]
mod safetensors;
mod shape;
pub(crate) mod storage;
mod view;

use std::sync::Arc;

pub use broadcast::broadcast_shapes;
pub use compare::Tolerance;
pub use create::Nested;
pub use iter::Iter;
#[cfg(feature = "npy")]
pub use npy::{read_npy, write_npy};
pub use print::PrintOptions;
#[cfg(feature = "safetensors")]
pub use safetensors::{read_safetensors, write_safetensors};
pub use shape::{Shape, Strides};

use crate::error::{Error, Result};
use crate::kernel::elementwise::Operand;
use crate::real::Element;
use layout::Layout;
use storage::{Buffer, Storage};

/// An n-dimensional array.
///
/// Cloning is cheap: clones and views share one buffer, and nothing writes to
/// a buffer that is shared.
///
/// ```
/// use handgrad::Tensor;
///
/// let x = Tensor::<f32>::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]);
/// assert_eq!(x.shape(), &[2, 3]);
/// assert_eq!(x.to_string(), "tensor([[1., 2., 3.],\n        [4., 5., 9.]])");
///
/// // A transpose is the same buffer, walked with other strides.
/// let t = x.t();
/// assert_eq!(t.strides(), [1, 3]);
/// assert_eq!(t.to_vec(), [1.0, 4.0, 2.0, 5.0, 3.0, 9.0]);
/// ```
// ANCHOR: tensor
pub struct Tensor<T: Element> {
    storage: Arc<Storage<T>>,
    layout: Arc<Layout>,
}
// ANCHOR_END: tensor

impl<T: Element> Clone for Tensor<T> {
    fn clone(&self) -> Self {
        Tensor { storage: Arc::clone(&self.storage), layout: Arc::clone(&self.layout) }
    }
}

impl<T: Element> Tensor<T> {
    /// A row-major tensor over a buffer whose length has been checked.
    pub(crate) fn contiguous_from(data: Buffer<T>, shape: Shape) -> Self {
        debug_assert_eq!(data.len(), shape.numel());
        Tensor {
            storage: Arc::new(Storage::new(data)),
            layout: Arc::new(Layout::contiguous(shape)),
        }
    }

    /// A row-major tensor of this one's shape over another buffer. Where this one is
    /// row-major from the beginning of its buffer the two share their layout too: a
    /// tape of small tensors keeps one for all.
    pub(crate) fn with_buffer<U: Element>(&self, data: Buffer<U>) -> Tensor<U> {
        debug_assert_eq!(data.len(), self.numel());
        if self.offset() != 0 || !self.is_contiguous() {
            return Tensor::contiguous_from(data, self.shape().clone());
        }
        Tensor { storage: Arc::new(Storage::new(data)), layout: Arc::clone(&self.layout) }
    }

    /// Another view of the same buffer; the caller keeps it within bounds.
    fn view_as(&self, offset: usize, shape: Shape, strides: Strides) -> Self {
        let layout = Arc::new(Layout::new(offset, shape, strides));
        Tensor { storage: Arc::clone(&self.storage), layout }
    }

    /// The sizes of the dimensions.
    pub fn shape(&self) -> &Shape {
        &self.layout.shape
    }

    /// The steps in storage along each dimension, in elements.
    pub fn strides(&self) -> &[isize] {
        &self.layout.strides
    }

    /// Where in its storage the first element lies.
    pub fn offset(&self) -> usize {
        self.layout.offset
    }

    /// The number of dimensions.
    pub fn rank(&self) -> usize {
        self.shape().len()
    }

    /// The number of elements.
    pub fn numel(&self) -> usize {
        self.layout.numel
    }

    /// The bytes its elements take, were they stored on their own.
    pub fn bytes(&self) -> usize {
        // An expanded view may have more elements than memory has bytes.
        self.numel().saturating_mul(size_of::<T>())
    }

    /// Whether the two share one buffer, as views of each other do.
    pub fn shares_storage(&self, other: &Tensor<T>) -> bool {
        Arc::ptr_eq(&self.storage, &other.storage)
    }

    /// Whether the two are one view of one buffer.
    pub(crate) fn is_same(&self, other: &Tensor<T>) -> bool {
        self.shares_storage(other)
            && (Arc::ptr_eq(&self.layout, &other.layout) || self.layout == other.layout)
    }

    /// Whether the elements lie in row-major order without gaps. Where there
    /// are none, they do.
    pub fn is_contiguous(&self) -> bool {
        self.layout.is_contiguous
    }

    /// The elements as a slice, where they are contiguous.
    pub fn as_slice(&self) -> Option<&[T]> {
        self.is_contiguous().then(|| {
            let start = self.offset().min(self.storage.as_slice().len());
            &self.storage.as_slice()[start..start + self.numel()]
        })
    }

    /// The elements of a tensor that was made contiguous.
    pub(crate) fn contiguous_slice(&self) -> &[T] {
        self.as_slice().expect("made contiguous")
    }

    /// The same elements in row-major order without gaps: itself where that
    /// holds already, a copy where it does not.
    pub fn contiguous(&self) -> Self {
        if self.is_contiguous() { self.clone() } else { self.map(|x| x) }
    }

    /// The elements in row-major order.
    pub fn to_vec(&self) -> Vec<T> {
        self.as_slice().map_or_else(|| self.iter().collect(), <[T]>::to_vec)
    }

    /// The element at an index of full rank, or `None` where it is outside.
    ///
    /// ```
    /// let x = handgrad::Tensor::<f64>::new([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.get(&[1, 0]), Some(3.0));
    /// assert_eq!(x.get(&[2, 0]), None);
    /// ```
    pub fn get(&self, index: &[usize]) -> Option<T> {
        if index.len() != self.rank() || index.iter().zip(&**self.shape()).any(|(i, n)| i >= n) {
            return None;
        }
        let at = index
            .iter()
            .zip(self.strides())
            .fold(self.offset() as isize, |at, (&i, &stride)| at + i as isize * stride);
        Some(self.storage.as_slice()[at as usize])
    }

    /// The value of a tensor that has just one element.
    pub fn item(&self) -> Result<T> {
        match self.iter().next() {
            Some(value) if self.numel() == 1 => Ok(value),
            _ => Err(Error::shape(
                "item",
                format!(
                    "needs exactly one element, got shape {} with {}; \
                     use get(&[i, ..]) for one of several",
                    self.shape(),
                    self.numel()
                ),
            )),
        }
    }

    /// The elements for writing, in row-major order. They are copied first
    /// where the buffer is shared or not contiguous, so no other tensor sees
    /// the change.
    ///
    /// ```
    /// let mut x = handgrad::Tensor::<f64>::zeros([2, 2]);
    /// let before = x.clone();
    /// x.make_mut()[3] = 1.0;
    /// assert_eq!(x.get(&[1, 1]), Some(1.0));
    /// assert_eq!(before.get(&[1, 1]), Some(0.0));
    /// ```
    pub fn make_mut(&mut self) -> &mut [T] {
        if !self.is_unshared() {
            *self = self.with_buffer(self.to_vec().into());
        }
        let (offset, numel) = (self.offset(), self.numel());
        let storage = Arc::get_mut(&mut self.storage).expect("just made unique");
        let data = storage.as_mut_slice();
        let start = offset.min(data.len());
        &mut data[start..start + numel]
    }

    /// Whether [`make_mut`](Self::make_mut) would copy nothing.
    pub(crate) fn is_unshared(&mut self) -> bool {
        self.is_contiguous() && Arc::get_mut(&mut self.storage).is_some()
    }

    /// The view as a kernel's operand.
    pub(crate) fn operand(&self) -> Operand<'_, T> {
        Operand { data: self.storage.as_slice(), offset: self.offset(), strides: self.strides() }
    }
}
