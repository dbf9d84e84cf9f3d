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

/// Refuses what BatchNorm refuses before it looks at the parameters: no dim of
/// channels, one number a channel, and an eps that is not above 0 (negative, where
/// the statistics are given).
pub(super) fn unfit_batch(op: &str, shape: &Shape, of_batch: bool, eps: f64) -> Result<()> {
    let [samples, _, places @ ..] = &**shape else {
        return Err(Error::shape(
            op,
            format!("the input {shape} has no dim of channels; give [N, C, ..]"),
        ));
    };
    if of_batch && !places.contains(&0) && samples * places.iter().product::<usize>() == 1 {
        return Err(Error::shape(
            op,
            format!(
                "the input {shape} has one number a channel, whose variance is 0: more than 1 is \
                 needed in training; take a larger batch, or evaluate with running statistics"
            ),
        ));
    }
    let positive = if of_batch { eps > 0.0 } else { eps >= 0.0 };
    if positive || eps.is_nan() {
        return Ok(());
    }
    let bound = if of_batch { "above 0 in training" } else { "0 or more" };
    Err(Error::argument(op, format!("eps must be {bound}, got {eps:?}; 1e-5 is usual")))
}
