//! Normalizations, one file each.
//!
//! Most of them standardize over an index set: they subtract the mean of the
//! elements that share it and divide by their standard deviation. They differ in the
//! set, which [`index_sets`] shows, and share one operation, `standardized.rs`.
//! SwitchableNorm mixes the statistics of three sets. The others scale: by the
//! neighbouring channels, by a length, by a tanh.

mod affine;
mod index_sets;
mod refuse;
mod running;
mod standardized;
mod switchable_statistics;

pub use index_sets::{IndexSets, SetOf, index_sets};
pub use running::{RunningStatistics, Timeline, Update};

use crate::module::layers;

layers! {
    layer_norm: LayerNorm<T>;
    rms_norm: RMSNorm<T>;
    group_norm: GroupNorm<T>;
    instance_norm: InstanceNorm1d<T>, InstanceNorm2d<T>, InstanceNorm3d<T>;
    batch_norm: BatchNorm1d<T>, BatchNorm2d<T>, BatchNorm3d<T>;
    switchable_norm: SwitchableNorm1d<T>, SwitchableNorm2d<T>, SwitchableNorm3d<T>;
    weight_standardization: WeightStandardization;
    local_response_norm: LocalResponseNorm;
    dyt: DyT<T>;
    normalize: Normalize;
    weight_norm: WeightNorm<T>;
}
