//! What several norms refuse.

use super::running::RunningStatistics;
use crate::error::{Error, Result};
use crate::real::Real;
use crate::tensor::Shape;

/// Refuses an input whose rank is not among `ranks`.
pub(super) fn other_rank(op: &str, shape: &Shape, ranks: &[usize]) -> Result<()> {
    if ranks.contains(&shape.len()) {
        return Ok(());
    }
    let ranks: Vec<String> = ranks.iter().map(ToString::to_string).collect();
    Err(Error::shape(
        op,
        format!("the input {shape} has rank {}; it must be {}", shape.len(), ranks.join(" or ")),
    ))
}

/// Refuses running statistics for other channels than the input's dim 1.
pub(super) fn running_misfit<T: Real>(
    op: &str,
    shape: &Shape,
    running: Option<&RunningStatistics<T>>,
) -> Result<()> {
    match running {
        Some(running) if !running.fit(shape[1]) => Err(Error::shape(
            op,
            format!(
                "the running statistics are of {} channels, the input {shape} has {} (dim 1); \
                 make the layer with num_features={1}",
                running.mean.numel(),
                shape[1]
            ),
        )),
        _ => Ok(()),
    }
}
