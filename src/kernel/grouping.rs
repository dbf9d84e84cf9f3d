//! Which numbers a norm standardizes together: the one thing in which the norms
//! differ.

use super::parallel::{for_each_item, for_each_piece};

// ANCHOR: grouping
/// A norm's contiguous input as `[samples, groups, per_group, spatial]`, where
/// channels are `groups * per_group`.
///
/// A set of numbers with common statistics is one group of one sample, or, if
/// `across_samples`, one group of all samples.
///
/// | norm | samples | groups | per_group | spatial | across |
/// |---|---|---|---|---|---|
/// | LayerNorm | rows | 1 | row's length | 1 | no |
/// | GroupNorm | N | G | C / G | H W | no |
/// | InstanceNorm | N | C | 1 | H W | no |
/// | BatchNorm | N | C | 1 | H W | yes |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grouping {
    pub(crate) samples: usize,
    pub(crate) groups: usize,
    pub(crate) per_group: usize,
    pub(crate) spatial: usize,
    pub(crate) across_samples: bool,
}
// ANCHOR_END: grouping

impl Grouping {
    /// Rows that are sets of their own; every place in a row is a channel.
    pub(crate) fn rows(leading: &[usize], row: &[usize]) -> Self {
        Grouping {
            samples: product(leading),
            groups: 1,
            per_group: product(row),
            spatial: 1,
            across_samples: false,
        }
    }

    /// `[N, C, ..]` with the channels in so many groups.
    pub(crate) fn channels_in_groups(shape: &[usize], groups: usize) -> Self {
        Grouping {
            samples: shape[0],
            groups,
            per_group: shape[1] / groups.max(1),
            spatial: product(&shape[2..]),
            across_samples: false,
        }
    }

    /// The same sets, joined over all samples.
    pub(crate) fn joined(self) -> Self {
        Grouping { across_samples: true, ..self }
    }

    /// How many numbers share statistics.
    pub(crate) fn set_len(&self) -> usize {
        let samples = if self.across_samples { self.samples } else { 1 };
        samples * self.per_group * self.spatial
    }

    pub(crate) fn channels(&self) -> usize {
        self.groups * self.per_group
    }

    /// `f` of every stretch: the places of one channel of one sample.
    pub(crate) fn map_stretches<R: Send + Default + Clone>(
        &self,
        f: impl Fn(Stretch) -> R + Sync,
    ) -> Vec<R> {
        // Stretches without numbers, of which there may be any number, are none.
        let stretches = if self.spatial == 0 { 0 } else { self.samples * self.channels() };
        let mut results = vec![R::default(); stretches];
        for_each_item(&mut results, self.spatial, &|first, results| {
            for (index, result) in (first..).zip(results) {
                *result = f(self.stretch(index));
            }
        });
        results
    }

    /// `f(stretch, its part of out)` for every stretch.
    pub(crate) fn for_each_stretch<T: Send>(
        &self,
        out: &mut [T],
        f: impl Fn(Stretch, &mut [T]) + Sync,
    ) {
        for_each_piece(out, self.spatial, &|start, piece| {
            for (i, out) in piece.chunks_exact_mut(self.spatial).enumerate() {
                f(self.stretch(start / self.spatial + i), out);
            }
        });
    }

    fn stretch(&self, index: usize) -> Stretch {
        Stretch {
            index,
            channel: index % self.channels(),
            start: index * self.spatial,
            len: self.spatial,
        }
    }
}

/// The places of one channel of one sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    /// `sample * channels + channel`.
    pub(crate) index: usize,
    pub(crate) channel: usize,
    start: usize,
    len: usize,
}

impl Stretch {
    /// The stretch's part of a buffer that holds all of them.
    pub(crate) fn of<'a, T>(&self, buffer: &'a [T]) -> &'a [T] {
        &buffer[self.start..self.start + self.len]
    }
}

/// The number of elements; 0 where a size is 0, whatever the others.
fn product(sizes: &[usize]) -> usize {
    if sizes.contains(&0) { 0 } else { sizes.iter().product() }
}
