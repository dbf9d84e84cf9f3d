//! Constructors.

use super::storage::{Buffer, try_buffer};
use super::{Shape, Tensor};
use crate::error::{Error, Result};
use crate::real::{Element, Real};

/// Nested arrays of numbers: `1.0`, `[1.0, 2.0]`, `[[1.0], [2.0]]`, to any depth.
pub trait Nested<T> {
    /// The sizes of the levels, outermost first.
    fn sizes() -> Shape;
    /// Appends the numbers in row-major order.
    fn flatten_into(self, data: &mut Vec<T>);
}

impl<T: Element> Nested<T> for T {
    fn sizes() -> Shape {
        Shape::default()
    }

    fn flatten_into(self, data: &mut Vec<T>) {
        data.push(self);
    }
}

impl<T: Element, A: Nested<T>, const N: usize> Nested<T> for [A; N] {
    fn sizes() -> Shape {
        let mut sizes = A::sizes();
        sizes.insert(0, N);
        sizes
    }

    fn flatten_into(self, data: &mut Vec<T>) {
        for inner in self {
            inner.flatten_into(data);
        }
    }
}

impl<T: Element> Tensor<T> {
    /// A tensor from nested arrays; a bare number makes a scalar.
    ///
    /// ```
    /// use handgrad::Tensor;
    ///
    /// assert_eq!(Tensor::<f32>::new([[1.0, 2.0, 3.0]]).shape(), &[1, 3]);
    /// assert_eq!(Tensor::<f32>::new(5.0).rank(), 0);
    /// ```
    pub fn new<A: Nested<T>>(nested: A) -> Self {
        let shape = A::sizes();
        let mut data = Vec::with_capacity(shape.numel());
        nested.flatten_into(&mut data);
        Self::contiguous_from(data.into(), shape)
    }

    /// A tensor over a vector in row-major order, without copying it.
    ///
    /// Refuses a vector whose length is not the shape's product.
    ///
    /// ```
    /// use handgrad::Tensor;
    ///
    /// let x = Tensor::from_vec(vec![1.0_f32, 2.0, 3.0, 4.0], [2, 2])?;
    /// assert_eq!(x.get(&[1, 0]), Some(3.0));
    /// assert_eq!(
    ///     Tensor::from_vec(vec![1.0_f32], [2, 2]).unwrap_err().to_string(),
    ///     "from_vec: shape [2, 2] needs 4 elements, got 1",
    /// );
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn from_vec(data: Vec<T>, shape: impl Into<Shape>) -> Result<Self> {
        let shape = shape.into();
        match shape.checked_numel() {
            Some(numel) if numel == data.len() => Ok(Self::contiguous_from(data.into(), shape)),
            Some(numel) => Err(Error::shape(
                "from_vec",
                format!("shape {shape} needs {numel} elements, got {}", data.len()),
            )),
            None => Err(Error::shape(
                "from_vec",
                format!("shape {shape} has more elements than memory can address"),
            )),
        }
    }

    /// A tensor filled with one value.
    ///
    /// # Panics
    ///
    /// Like `vec![value; n]`: when the shape has more elements than memory can
    /// address. The same holds for [`zeros`](Self::zeros) and the other
    /// constructors that take a shape.
    #[track_caller]
    pub fn full(shape: impl Into<Shape>, value: T) -> Self {
        let shape = shape.into();
        let Some(numel) = shape.checked_numel() else {
            panic!("full: shape {shape} has more elements than memory can address");
        };
        Self::contiguous_from(Buffer::from_elem(value, numel), shape)
    }

    /// A scalar: rank 0, one element.
    pub fn scalar(value: T) -> Self {
        Self::contiguous_from(Buffer::from_slice(&[value]), Shape::default())
    }

    /// A tensor without elements where a shape has a 0, else of `f(index)`
    /// in row-major order.
    #[track_caller]
    pub fn from_fn(shape: impl Into<Shape>, mut f: impl FnMut(&[usize]) -> T) -> Self {
        let mut out = Self::full(shape, T::default());
        let mut index = Shape::from(vec![0; out.rank()]);
        let shape = out.shape().clone();
        for value in out.make_mut() {
            *value = f(&index);
            for dim in (0..shape.len()).rev() {
                let next = index[dim] + 1;
                index.set(dim, if next == shape[dim] { 0 } else { next });
                if next != shape[dim] {
                    break;
                }
            }
        }
        out
    }
}

impl<T: Real> Tensor<T> {
    /// All zeros.
    #[track_caller]
    pub fn zeros(shape: impl Into<Shape>) -> Self {
        Self::full(shape, T::ZERO)
    }

    /// All ones.
    #[track_caller]
    pub fn ones(shape: impl Into<Shape>) -> Self {
        Self::full(shape, T::ONE)
    }

    /// The values `start`, `start + step`, ... below `end` (above it for a
    /// negative step), each computed as `start + i * step` in `f64`.
    ///
    /// Refuses a step of 0 or one that leads away from `end`.
    ///
    /// ```
    /// use handgrad::Tensor;
    ///
    /// let x = Tensor::<f32>::arange(0.0, 1.0, 0.25)?;
    /// assert_eq!(x.to_vec(), [0.0, 0.25, 0.5, 0.75]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn arange(start: f64, end: f64, step: f64) -> Result<Self> {
        let steps = (end - start) / step;
        // Beyond 2^53 steps a count has no exact `f64`.
        if step == 0.0 || !step.is_finite() || !(0.0..9.0e15).contains(&steps) {
            return Err(Error::argument(
                "arange",
                format!(
                    "cannot go from {start} to {end} in steps of {step}; \
                     give a finite step towards the end"
                ),
            ));
        }
        let shape = Shape::from([steps.ceil() as usize]);
        let mut values = try_buffer("arange", &shape)?;
        for (i, value) in values.iter_mut().enumerate() {
            *value = T::from_f64(start + i as f64 * step);
        }
        Ok(Self::contiguous_from(values, shape))
    }

    /// `count` evenly spaced values from `start` to `end`, both included.
    ///
    /// ```
    /// use handgrad::Tensor;
    ///
    /// assert_eq!(Tensor::<f32>::linspace(-1.0, 1.0, 5).to_vec(), [-1.0, -0.5, 0.0, 0.5, 1.0]);
    /// ```
    pub fn linspace(start: f64, end: f64, count: usize) -> Self {
        let step = if count > 1 { (end - start) / (count - 1) as f64 } else { 0.0 };
        // From both ends to the middle, so that the last value is `end` itself.
        let value = |i: usize| {
            if i < count / 2 || count == 1 {
                start + i as f64 * step
            } else {
                end - (count - 1 - i) as f64 * step
            }
        };
        Self::contiguous_from((0..count).map(|i| T::from_f64(value(i))).collect(), [count].into())
    }

    /// The identity matrix of `n` rows.
    #[track_caller]
    pub fn eye(n: usize) -> Self {
        Self::from_fn([n, n], |index| if index[0] == index[1] { T::ONE } else { T::ZERO })
    }
}
