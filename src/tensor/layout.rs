//! How a tensor walks its buffer.

use super::{Shape, Strides};

// ANCHOR: layout
/// Where the elements of a tensor lie in its buffer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The place of the first element.
    pub(super) offset: usize,
    pub(super) shape: Shape,
    pub(super) strides: Strides,
    /// The number of elements, and whether they lie in row-major order without
    /// gaps: every operation asks, so both are found once.
    pub(super) numel: usize,
    pub(super) is_contiguous: bool,
}
// ANCHOR_END: layout

impl Layout {
    pub(super) fn new(offset: usize, shape: Shape, strides: Strides) -> Self {
        let (numel, is_contiguous) = (shape.numel(), is_contiguous(&shape, &strides));
        Layout { offset, shape, strides, numel, is_contiguous }
    }

    /// Row-major, from the buffer's beginning.
    pub(super) fn contiguous(shape: Shape) -> Self {
        let (strides, numel) = (shape.contiguous_strides(), shape.numel());
        Layout { offset: 0, shape, strides, numel, is_contiguous: true }
    }
}

/// Where there are no elements, they lie in order.
fn is_contiguous(shape: &Shape, strides: &Strides) -> bool {
    if shape.contains(&0) {
        return true;
    }
    let mut step = 1;
    for (&size, &stride) in shape.iter().zip(strides).rev() {
        if size != 1 {
            if stride != step {
                return false;
            }
            step *= size as isize;
        }
    }
    true
}
