//! Walking one or several strided operands of the same shape in row-major
//! order, a run at a time.

use smallvec::SmallVec;

/// The innermost stretches of `N` operands that share a shape.
///
/// Dimensions that all operands can walk as one are merged first, so that a
/// contiguous tensor of any rank is a single run.
#[derive(Clone, Debug)]
pub(crate) struct Runs<const N: usize> {
    /// Outer sizes and their strides, outermost first.
    sizes: SmallVec<[usize; 4]>,
    strides: SmallVec<[[isize; N]; 4]>,
    index: SmallVec<[usize; 4]>,
    offsets: [isize; N],
    /// Runs still to come.
    remaining: usize,
    /// The length of every run, and each operand's step within it.
    pub(crate) len: usize,
    pub(crate) steps: [isize; N],
}

impl<const N: usize> Runs<N> {
    /// Runs over operands of shape `sizes`, each given by its offset and strides.
    pub(crate) fn new(sizes: &[usize], operands: [(usize, &[isize]); N]) -> Self {
        let mut runs = Runs {
            sizes: SmallVec::new(),
            strides: SmallVec::new(),
            index: SmallVec::new(),
            offsets: operands.map(|(offset, _)| offset as isize),
            remaining: usize::from(!sizes.contains(&0)),
            len: 1,
            steps: [0; N],
        };
        if runs.remaining == 0 {
            return runs;
        }
        for (dim, &size) in sizes.iter().enumerate() {
            if size != 1 {
                runs.push(size, operands.map(|(_, strides)| strides[dim]));
            }
        }
        if let (Some(len), Some(steps)) = (runs.sizes.pop(), runs.strides.pop()) {
            (runs.len, runs.steps) = (len, steps);
        }
        runs.remaining = runs.sizes.iter().product();
        runs.index = SmallVec::from_elem(0, runs.sizes.len());
        runs
    }

    /// Adds an inner dimension, merging it into the last one where every
    /// operand walks both as one.
    fn push(&mut self, size: usize, strides: [isize; N]) {
        if let (Some(last_size), Some(last)) = (self.sizes.last_mut(), self.strides.last_mut())
            && last.iter().zip(&strides).all(|(&outer, &inner)| outer == inner * size as isize)
        {
            *last_size *= size;
            *last = strides;
            return;
        }
        self.sizes.push(size);
        self.strides.push(strides);
    }
}

impl<const N: usize> Iterator for Runs<N> {
    /// Where each operand's run starts in its storage.
    type Item = [usize; N];

    fn next(&mut self) -> Option<[usize; N]> {
        if self.remaining == 0 {
            return None;
        }
        self.remaining -= 1;
        let starts = self.offsets.map(|offset| offset as usize);
        for dim in (0..self.sizes.len()).rev() {
            self.index[dim] += 1;
            let wrapped = self.index[dim] == self.sizes[dim];
            let steps = if wrapped { 1 - self.sizes[dim] as isize } else { 1 };
            for (offset, stride) in self.offsets.iter_mut().zip(&self.strides[dim]) {
                *offset += steps * stride;
            }
            if !wrapped {
                break;
            }
            self.index[dim] = 0;
        }
        Some(starts)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining, Some(self.remaining))
    }
}

/// One strided operand's elements of a run.
pub(crate) fn run<T: Copy>(
    data: &[T],
    start: usize,
    step: isize,
    len: usize,
) -> impl Iterator<Item = T> {
    (0..len as isize).map(move |i| data[(start as isize + i * step) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contiguous_tensor_is_one_run() {
        let mut runs = Runs::new(&[2, 3, 4], [(5, &[12, 4, 1])]);
        assert_eq!((runs.len, runs.steps), (24, [1]));
        assert_eq!(runs.next(), Some([5]));
        assert_eq!(runs.next(), None);
    }

    #[test]
    fn a_transposed_operand_splits_the_runs_of_both() {
        let runs = Runs::new(&[2, 3], [(0, &[3, 1]), (0, &[1, 2])]);
        assert_eq!((runs.len, runs.steps), (3, [1, 2]));
        assert_eq!(runs.collect::<Vec<_>>(), [[0, 0], [3, 1]]);
    }

    #[test]
    fn flipped_expanded_scalar_and_empty_operands() {
        let flipped = Runs::new(&[2, 2], [(3, &[-2, -1])]);
        assert_eq!((flipped.len, flipped.steps), (4, [-1]));
        let expanded = Runs::new(&[3, 2], [(1, &[0, 1])]);
        assert_eq!(expanded.collect::<Vec<_>>(), [[1], [1], [1]]);
        assert_eq!(Runs::new(&[], [(7, &[])]).collect::<Vec<_>>(), [[7]]);
        assert_eq!(Runs::new(&[2, 0], [(0, &[0, 1])]).count(), 0);
    }
}
