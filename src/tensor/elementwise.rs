//! Elementwise arithmetic, comparisons and `where`, with broadcasting.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::Tensor;
use super::storage::{Buffer, buffer, try_buffer};
use crate::error::Result;
use crate::kernel::elementwise::{self as kernel, Binary, Unary};
use crate::real::{Element, Real};

impl<T: Element> Tensor<T> {
    /// `f` of every element, in a new contiguous tensor.
    ///
    /// ```
    /// let x = handgrad::Tensor::<f64>::new([1.0, -2.0]);
    /// assert_eq!(x.map(|x| x * x).to_vec(), [1.0, 4.0]);
    /// ```
    pub fn map<U: Element>(&self, f: impl Fn(T) -> U + Sync + Send) -> Tensor<U> {
        self.map_by(&f)
    }

    /// [`map`](Self::map) by a function that may insist on being inlined.
    pub(crate) fn map_by<U: Element>(&self, f: &impl Unary<T, U>) -> Tensor<U> {
        let mut out = buffer(self.numel());
        match self.as_slice() {
            Some(x) => kernel::map_slices(x, &mut out, f),
            None => kernel::map_strided(self.shape(), self.operand(), &mut out, f),
        }
        self.with_buffer(out)
    }

    /// `f(a, b)` of every pair of elements, with broadcasting. `op` names the
    /// operation in the error for shapes that do not broadcast.
    ///
    /// ```
    /// use handgrad::Tensor;
    ///
    /// let column = Tensor::<f64>::new([[1.0], [2.0]]);
    /// let row = Tensor::<f64>::new([10.0, 20.0]);
    /// let hypot = column.zip_map("hypot", &row, f64::hypot)?;
    /// assert_eq!(hypot.shape(), &[2, 2]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn zip_map<B: Element, U: Element>(
        &self,
        op: &str,
        other: &Tensor<B>,
        f: impl Fn(T, B) -> U + Sync + Send,
    ) -> Result<Tensor<U>> {
        if self.shape() != other.shape() {
            let (a, b) = self.broadcast_with(op, other)?;
            return a.zip_map(op, &b, f);
        }
        let out = try_buffer(op, self.shape())?;
        Ok(self.zip_into(other, out, &f))
    }

    /// [`zip_map`](Self::zip_map) for tensors known to have one shape.
    ///
    /// # Panics
    ///
    /// When the shapes differ, which is a defect of the caller.
    pub(crate) fn zip_same<B: Element, U: Element>(
        &self,
        other: &Tensor<B>,
        f: impl Fn(T, B) -> U + Sync + Send,
    ) -> Tensor<U> {
        self.zip_by(other, &f)
    }

    /// [`zip_same`](Self::zip_same) by a function that may insist on being inlined.
    pub(crate) fn zip_by<B: Element, U: Element>(
        &self,
        other: &Tensor<B>,
        f: &impl Binary<T, B, U>,
    ) -> Tensor<U> {
        assert_eq!(self.shape(), other.shape());
        self.zip_into(other, buffer(self.numel()), f)
    }

    fn zip_into<B: Element, U: Element>(
        &self,
        other: &Tensor<B>,
        mut out: Buffer<U>,
        f: &impl Binary<T, B, U>,
    ) -> Tensor<U> {
        match (self.as_slice(), other.as_slice()) {
            (Some(a), Some(b)) => kernel::zip_slices(a, b, &mut out, f),
            _ => kernel::zip_strided(self.shape(), self.operand(), other.operand(), &mut out, f),
        }
        self.with_buffer(out)
    }
}

impl<T: Real> Tensor<T> {
    /// The sum, with broadcasting.
    pub fn try_add(&self, other: &Self) -> Result<Self> {
        self.zip_map("add", other, |a, b| a + b)
    }

    /// The difference, with broadcasting.
    pub fn try_sub(&self, other: &Self) -> Result<Self> {
        self.zip_map("sub", other, |a, b| a - b)
    }

    /// The elementwise product, with broadcasting.
    pub fn try_mul(&self, other: &Self) -> Result<Self> {
        self.zip_map("mul", other, |a, b| a * b)
    }

    /// The quotient, with broadcasting.
    pub fn try_div(&self, other: &Self) -> Result<Self> {
        self.zip_map("div", other, |a, b| a / b)
    }

    /// The sum of two tensors of one shape, written over this one where nobody
    /// else holds its buffer.
    pub(crate) fn accumulate(mut self, other: &Self) -> Self {
        if !self.is_unshared() {
            return self.zip_same(other, |a, b| a + b);
        }
        let other = other.contiguous();
        let addends = other.as_slice().expect("just made contiguous");
        kernel::update_slices(self.make_mut(), addends, |a, b| *a += b);
        self
    }

    /// Every element times a number.
    pub fn scale(&self, factor: f64) -> Self {
        let factor = T::from_f64(factor);
        self.map(|x| x * factor)
    }

    /// Where the elements are equal, with broadcasting.
    pub fn eq(&self, other: &Self) -> Result<Tensor<bool>> {
        self.zip_map("eq", other, |a, b| a == b)
    }

    /// Where this element is less, with broadcasting.
    pub fn lt(&self, other: &Self) -> Result<Tensor<bool>> {
        self.zip_map("lt", other, |a, b| a < b)
    }

    /// Where this element is less or equal, with broadcasting.
    pub fn le(&self, other: &Self) -> Result<Tensor<bool>> {
        self.zip_map("le", other, |a, b| a <= b)
    }

    /// Where this element is greater, with broadcasting.
    ///
    /// ```
    /// use handgrad::Tensor;
    ///
    /// let x = Tensor::<f32>::new([-1.0, 0.0, 2.0]);
    /// assert_eq!(x.gt(&Tensor::scalar(0.0))?.to_string(), "tensor([False, False,  True])");
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn gt(&self, other: &Self) -> Result<Tensor<bool>> {
        self.zip_map("gt", other, |a, b| a > b)
    }

    /// Where this element is greater or equal, with broadcasting.
    pub fn ge(&self, other: &Self) -> Result<Tensor<bool>> {
        self.zip_map("ge", other, |a, b| a >= b)
    }
}

impl Tensor<bool> {
    /// `a` where this is true, `b` elsewhere (`torch.where`), with broadcasting.
    ///
    /// ```
    /// use handgrad::Tensor;
    ///
    /// let x = Tensor::<f32>::new([-1.0, 2.0]);
    /// let zero = Tensor::scalar(0.0);
    /// assert_eq!(x.gt(&zero)?.select_where(&x, &zero)?.to_vec(), [0.0, 2.0]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn select_where<T: Element>(&self, a: &Tensor<T>, b: &Tensor<T>) -> Result<Tensor<T>> {
        let (condition, a) = self.broadcast_with("where", a)?;
        let pairs = a.zip_map("where", b, |a, b| Pair(a, b))?;
        condition.zip_map("where", &pairs, |condition, Pair(a, b)| if condition { a } else { b })
    }
}

/// Both branches of a `where`, so that three operands need no loop of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Pair<T>(T, T);

impl<T: Element> Element for Pair<T> {
    const DTYPE: crate::real::DType = T::DTYPE;

    fn number(self) -> crate::real::Number {
        self.0.number()
    }
}

/// The operators, for two tensors and for a tensor and a number on either side.
macro_rules! operator {
    ($trait:ident, $method:ident, $checked:ident, $f:expr) => {
        impl<T: Real> $trait<&Tensor<T>> for &Tensor<T> {
            type Output = Tensor<T>;

            /// # Panics
            ///
            /// At the caller, when the shapes do not broadcast.
            #[track_caller]
            fn $method(self, other: &Tensor<T>) -> Tensor<T> {
                match self.$checked(other) {
                    Ok(out) => out,
                    Err(error) => panic!("{error}"),
                }
            }
        }

        impl<T: Real> $trait<f64> for &Tensor<T> {
            type Output = Tensor<T>;

            fn $method(self, number: f64) -> Tensor<T> {
                let (f, number) = ($f, T::from_f64(number));
                self.map(move |x| f(x, number))
            }
        }

        impl<T: Real> $trait<&Tensor<T>> for f64 {
            type Output = Tensor<T>;

            fn $method(self, tensor: &Tensor<T>) -> Tensor<T> {
                let (f, number) = ($f, T::from_f64(self));
                tensor.map(move |x| f(number, x))
            }
        }
    };
}

operator!(Add, add, try_add, |a: T, b: T| a + b);
operator!(Sub, sub, try_sub, |a: T, b: T| a - b);
operator!(Mul, mul, try_mul, |a: T, b: T| a * b);
operator!(Div, div, try_div, |a: T, b: T| a / b);

impl<T: Real> Neg for &Tensor<T> {
    type Output = Tensor<T>;

    fn neg(self) -> Tensor<T> {
        self.map(|x| -x)
    }
}
