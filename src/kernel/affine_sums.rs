//! What reaches a norm's weight and bias: sums by channel.

use multiversion::multiversion;

use crate::real::Real;

/// The cotangents of weight and bias by channel.
#[derive(Clone, Debug)]
pub(crate) struct AffineSums<W> {
    pub(crate) weight: Vec<W>,
    pub(crate) bias: Vec<W>,
}

impl<W: Real> AffineSums<W> {
    pub(super) fn zeros(n: usize) -> Self {
        AffineSums { weight: vec![W::ZERO; n], bias: vec![W::ZERO; n] }
    }

    pub(super) fn add(mut self, other: &Self) -> Self {
        for (sum, &term) in self.weight.iter_mut().zip(&other.weight) {
            *sum += term;
        }
        for (sum, &term) in self.bias.iter_mut().zip(&other.bias) {
            *sum += term;
        }
        self
    }
}

/// How many terms are added in the tensors' own type.
const FEW: usize = 8;

/// Sums to which row after row adds its terms.
///
/// They are added in the tensors' own type and, after eight rows, in the wide one; as in
/// [`sums_by_eight`](super::sum::sums_by_eight).
#[derive(Debug)]
pub(super) struct RowSums<T: Real> {
    few: AffineSums<T>,
    rows: usize,
    all: AffineSums<T::Wide>,
}

impl<T: Real> RowSums<T> {
    pub(super) fn zeros(channels: usize) -> Self {
        RowSums { few: AffineSums::zeros(channels), rows: 0, all: AffineSums::zeros(channels) }
    }

    /// Where the next row is to add its terms.
    pub(super) fn next_row(&mut self) -> &mut AffineSums<T> {
        if self.rows == FEW {
            self.empty();
        }
        self.rows += 1;
        &mut self.few
    }

    /// Sums that come from elsewhere.
    pub(super) fn wide(&mut self) -> &mut AffineSums<T::Wide> {
        &mut self.all
    }

    pub(super) fn finish(mut self) -> AffineSums<T::Wide> {
        self.empty();
        self.all
    }

    fn empty(&mut self) {
        empty(&mut self.few.weight, &mut self.all.weight);
        empty(&mut self.few.bias, &mut self.all.bias);
        self.rows = 0;
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn empty<T: Real>(few: &mut [T], all: &mut [T::Wide]) {
    for (few, all) in few.iter_mut().zip(all) {
        *all += few.widen();
        *few = T::ZERO;
    }
}
