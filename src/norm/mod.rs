//! Normalizations, one file each.
//!
//! Each standardizes over an index set: subtracts the mean of the elements that
//! share it and divides by their standard deviation.

use crate::module::layers;

layers! {
    layer_norm: LayerNorm<T>;
    local_response_norm: LocalResponseNorm;
    dyt: DyT<T>;
    normalize: Normalize;
    weight_norm: WeightNorm<T>;
}
