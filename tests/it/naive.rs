//! Arrays without strides, views or cleverness: what tensors are tested against.
//!
//! Nothing here calls the crate but to read a tensor's shape and elements.

use std::fmt::Debug;

use handgrad::{Element, Tensor};

/// A row-major array.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Naive<T> {
    pub(crate) shape: Vec<usize>,
    pub(crate) data: Vec<T>,
}

impl<T: Copy> Naive<T> {
    /// The array whose element at each index is `f` of that index.
    pub(crate) fn from_fn(shape: &[usize], f: impl FnMut(&[usize]) -> T) -> Self {
        let data = indices(shape).iter().map(Vec::as_slice).map(f).collect();
        Naive { shape: shape.to_vec(), data }
    }

    /// The element at an index of full rank.
    pub(crate) fn at(&self, index: &[usize]) -> T {
        assert_eq!(index.len(), self.shape.len());
        let flat = index.iter().zip(&self.shape).fold(0, |flat, (&i, &size)| {
            assert!(i < size);
            flat * size + i
        });
        self.data[flat]
    }

    /// The element that broadcasting puts at an index of the larger shape.
    pub(crate) fn at_broadcast(&self, index: &[usize]) -> T {
        let own = &index[index.len() - self.shape.len()..];
        let own: Vec<usize> =
            own.iter().zip(&self.shape).map(|(&i, &size)| if size == 1 { 0 } else { i }).collect();
        self.at(&own)
    }

    /// `f` of every element.
    pub(crate) fn map<U: Copy>(&self, f: impl Fn(T) -> U) -> Naive<U> {
        Naive { shape: self.shape.clone(), data: self.data.iter().copied().map(f).collect() }
    }

    /// `f` of every group of elements that differ in `dims` only.
    pub(crate) fn reduce<U: Copy>(
        &self,
        dims: &[usize],
        keepdim: bool,
        f: impl Fn(&[T]) -> U,
    ) -> Naive<U> {
        let kept = with_sizes(&self.shape, dims, |_| 1);
        let grouped = Naive::from_fn(&kept, |cell| {
            let group: Vec<T> = indices(&self.shape)
                .iter()
                .filter(|index| (0..cell.len()).all(|d| dims.contains(&d) || index[d] == cell[d]))
                .map(|index| self.at(index))
                .collect();
            f(&group)
        });
        if keepdim {
            return grouped;
        }
        let shape = (0..kept.len()).filter(|d| !dims.contains(d)).map(|d| kept[d]).collect();
        Naive { shape, ..grouped }
    }
}

impl<T: Element> Naive<T> {
    /// A contiguous tensor's shape and elements.
    pub(crate) fn of(tensor: &Tensor<T>) -> Self {
        let data = tensor.as_slice().expect("a contiguous tensor").to_vec();
        Naive { shape: tensor.shape().to_vec(), data }
    }

    /// The contiguous tensor with this shape and these elements.
    pub(crate) fn tensor(&self) -> Tensor<T> {
        Tensor::from_vec(self.data.clone(), self.shape.clone()).expect("as many as the shape says")
    }

    /// Asserts that a tensor has this shape and these elements, whichever way
    /// they are read. One NaN equals another.
    #[track_caller]
    pub(crate) fn assert_is(&self, tensor: &Tensor<T>) {
        assert_eq!(tensor.shape().to_vec(), self.shape);
        assert_eq!(tensor.numel(), self.data.len());
        assert_same(&tensor.to_vec(), &self.data);
        assert_same(&tensor.iter().collect::<Vec<_>>(), &self.data);
        let by_index: Vec<T> =
            indices(&self.shape).iter().filter_map(|index| tensor.get(index)).collect();
        assert_same(&by_index, &self.data);
    }
}

/// Asserts that two lists are equal, where one NaN equals another.
#[track_caller]
pub(crate) fn assert_same<T: PartialEq + Debug>(got: &[T], expected: &[T]) {
    let same = |(a, b): (&T, &T)| a == b || format!("{a:?}") == format!("{b:?}");
    let all = got.len() == expected.len() && got.iter().zip(expected).all(same);
    assert!(all, "got {got:?}, expected {expected:?}");
}

/// Every index of a shape, in row-major order.
pub(crate) fn indices(shape: &[usize]) -> Vec<Vec<usize>> {
    shape.iter().fold(vec![vec![]], |prefixes, &size| {
        prefixes
            .iter()
            .flat_map(|prefix| (0..size).map(move |i| [prefix.as_slice(), &[i]].concat()))
            .collect()
    })
}

/// A shape with `f` of the sizes at some dimensions.
pub(crate) fn with_sizes(
    shape: &[usize],
    dims: &[usize],
    f: impl Fn(usize) -> usize,
) -> Vec<usize> {
    let size = |(d, &size)| if dims.contains(&d) { f(size) } else { size };
    shape.iter().enumerate().map(size).collect()
}

/// Dimensions that may count from the end, as those that do not.
pub(crate) fn positive(dims: &[isize], rank: usize) -> Vec<usize> {
    let rank = rank as isize;
    dims.iter().map(|&dim| if dim < 0 { dim + rank } else { dim } as usize).collect()
}

/// The shape that two shapes broadcast to, if they do.
pub(crate) fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let padded = |shape: &[usize]| [vec![1; rank - shape.len()], shape.to_vec()].concat();
    let pairs = padded(a).into_iter().zip(padded(b));
    pairs.map(|(x, y)| if x == 1 { Some(y) } else { (y == 1 || x == y).then_some(x) }).collect()
}
