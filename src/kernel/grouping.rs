//! Which numbers a norm standardizes together: the one thing in which the norms
//! differ.

use super::parallel::{for_each_item, for_each_piece};
use super::sum::sums;
use crate::real::Real;

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

    /// For every stretch, the places of one channel of one sample, the sums of the
    /// components of `f(stretch, at)`.
    pub(crate) fn sum_by_stretch<W: Real, const K: usize>(
        &self,
        f: impl Fn(usize, usize) -> [W; K] + Sync,
    ) -> Vec<[W; K]> {
        // Stretches without numbers, of which there may be any number, are none.
        let stretches = if self.spatial == 0 { 0 } else { self.samples * self.channels() };
        let mut results = vec![[W::ZERO; K]; stretches];
        for_each_item(&mut results, self.spatial, &|first, results| {
            for (stretch, result) in (first..).zip(results) {
                *result = sums(self.spatial, |j| f(stretch, stretch * self.spatial + j));
            }
        });
        results
    }

    /// `f(place, &mut out[place.at])` for every number.
    pub(crate) fn for_each_number<T: Send>(&self, out: &mut [T], f: impl Fn(Place, &mut T) + Sync) {
        let (channels, spatial) = (self.channels(), self.spatial);
        for_each_piece(out, spatial, &|start, piece| {
            let mut channel = start / spatial % channels;
            for (i, out) in piece.chunks_exact_mut(spatial).enumerate() {
                let stretch = start / spatial + i;
                for (j, out) in out.iter_mut().enumerate() {
                    f(Place { at: stretch * spatial + j, stretch, channel }, out);
                }
                channel = if channel + 1 == channels { 0 } else { channel + 1 };
            }
        });
    }

    /// For every channel the sums of the components of `f(channel, at)` over all
    /// samples and places.
    pub(crate) fn sum_by_channel<W: Real, const K: usize>(
        &self,
        f: impl Fn(usize, usize) -> [W; K] + Sync,
    ) -> Vec<[W; K]> {
        let (channels, spatial) = (self.channels(), self.spatial);
        let mut results = vec![[W::ZERO; K]; channels];
        for_each_item(&mut results, self.samples * spatial, &|first, results| {
            for sample in 0..self.samples {
                for (i, result) in results.iter_mut().enumerate() {
                    let channel = first + i;
                    let start = (sample * channels + channel) * spatial;
                    // A lone number, as in [N, C], is no sum to set up lanes for.
                    let terms = if spatial == 1 {
                        f(channel, start)
                    } else {
                        sums(spatial, |j| f(channel, start + j))
                    };
                    for (result, term) in result.iter_mut().zip(terms) {
                        *result += term;
                    }
                }
            }
        });
        results
    }
}

/// Where a number is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Its index.
    pub(crate) at: usize,
    /// `sample * channels + channel`.
    pub(crate) stretch: usize,
    pub(crate) channel: usize,
}

/// The number of elements; 0 where a size is 0, whatever the others.
fn product(sizes: &[usize]) -> usize {
    if sizes.contains(&0) { 0 } else { sizes.iter().product() }
}
