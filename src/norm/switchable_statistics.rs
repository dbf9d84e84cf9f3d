//! The statistics that SwitchableNorm mixes, how it mixes them, and the way back.

use crate::kernel::grouping::Grouping;
use crate::kernel::moments::{Moments, pool};
use crate::kernel::standardize::Statistics;
use crate::kernel::standardize_backward::stretch_sums;
use crate::real::Real;
use crate::tape::{Cotangents, Op, Saved};
use crate::tensor::storage::buffer;
use crate::tensor::{Shape, Tensor};

/// A mean and a variance, or the cotangents of both.
type Pair<W> = (W, W);

/// The statistics of every branch: by instance, by sample, and by channel.
#[derive(Clone, Debug)]
pub(super) struct Branches<W> {
    channels: usize,
    instance: Vec<Pair<W>>,
    layer: Vec<Pair<W>>,
    batch: Vec<Pair<W>>,
    /// Whether the batch branch was given, by running statistics.
    batch_is_given: bool,
}

impl<W: Real> Branches<W> {
    /// From the instances' moments. A mean of the instances' means is the mean of
    /// all; a variance is the mean of their variances and the variance of their
    /// means. (The paper's E[σ² + μ²] - E[μ]² is the same, and cancels.)
    pub(super) fn new(
        instance: Vec<Pair<W>>,
        channels: usize,
        given: Option<Vec<Statistics<W>>>,
    ) -> Self {
        let samples = instance.len() / channels.max(1);
        let batch_is_given = given.is_some();
        let layer = (0..samples)
            .map(|n| together(instance[n * channels..(n + 1) * channels].iter()))
            .collect();
        let batch = match given {
            Some(statistics) => statistics.iter().map(|s| (s.mean, s.variance)).collect(),
            None if samples == 0 => Vec::new(),
            None => {
                (0..channels).map(|c| together(instance[c..].iter().step_by(channels))).collect()
            }
        };
        Branches { channels, instance, layer, batch, batch_is_given }
    }

    /// The batch branch's means and biased variances, by channel.
    pub(super) fn batch(&self) -> impl Iterator<Item = Pair<W>> {
        self.batch.iter().copied()
    }

    /// The three branches' statistics as one instance sees them.
    fn seen_by(&self, instance: usize) -> [Pair<W>; 3] {
        let (n, c) = (instance / self.channels, instance % self.channels);
        [self.instance[instance], self.layer[n], self.batch[c]]
    }

    /// The statistics with which each instance is standardized.
    pub(super) fn mix(&self, [of_mean, of_var]: &[Mixture<W>; 2], eps: f64) -> Vec<Statistics<W>> {
        let mixed = |instance| {
            let seen = self.seen_by(instance);
            let mean = dot(&of_mean.shares, &seen.map(|(mean, _)| mean));
            let var = dot(&of_var.shares, &seen.map(|(_, var)| var));
            Statistics::new(mean, var, eps)
        };
        (0..self.instance.len()).map(mixed).collect()
    }

    /// From the cotangents of each instance's mixture: those of the shares, and
    /// those of the instances' own statistics, through every branch.
    fn backward(
        &self,
        [of_mean, of_var]: &[Mixture<W>; 2],
        mixed: &[Statistics<W>],
        cotangents: &[Pair<W>],
    ) -> ([[W; 3]; 2], Vec<Pair<W>>) {
        // ANCHOR: branches
        let mut shares = [[W::ZERO; 3]; 2];
        let mut layer = vec![(W::ZERO, W::ZERO); self.layer.len()];
        let mut batch = vec![(W::ZERO, W::ZERO); self.batch.len()];
        for (instance, &(mean, var)) in cotangents.iter().enumerate() {
            for (k, (mean_k, var_k)) in self.seen_by(instance).into_iter().enumerate() {
                // The mixture taken out, as the softmax will: no large numbers cancel.
                shares[0][k] += mean * (mean_k - mixed[instance].mean);
                shares[1][k] += var * (var_k - mixed[instance].variance);
            }
            let (layer, batch) =
                (&mut layer[instance / self.channels], &mut batch[instance % self.channels]);
            layer.0 += of_mean.shares[1] * mean;
            layer.1 += of_var.shares[1] * var;
            batch.0 += of_mean.shares[2] * mean;
            batch.1 += of_var.shares[2] * var;
        }
        let samples = W::from_f64(self.layer.len() as f64);
        let channels = W::from_f64(self.channels as f64);
        let of_instance = |(instance, &(mean, var)): (usize, &Pair<W>)| {
            let [own, of_layer, of_batch] = self.seen_by(instance);
            let (layer, batch) = (layer[instance / self.channels], batch[instance % self.channels]);
            let mut total = (of_mean.shares[0] * mean, of_var.shares[0] * var);
            let two = W::ONE + W::ONE;
            let mut through = |(mean, var): Pair<W>, pooled: Pair<W>, n: W| {
                total.0 += (mean + two * (own.0 - pooled.0) * var) / n;
                total.1 += var / n;
            };
            through(layer, of_layer, channels);
            if !self.batch_is_given {
                through(batch, of_batch, samples);
            }
            total
        };
        // ANCHOR_END: branches
        (shares, cotangents.iter().enumerate().map(of_instance).collect())
    }
}

/// The moments of sets of equal size taken together.
fn together<'a, W: Real>(sets: impl Iterator<Item = &'a Moments<W>> + Clone) -> Moments<W> {
    pool(sets.map(|&moments| (1, moments)))
}

fn dot<W: Real>(a: &[W; 3], b: &[W; 3]) -> W {
    // A branch without a share does not count, not even where it is infinite.
    let terms = a.iter().zip(b).filter(|(share, _)| **share != W::ZERO);
    terms.fold(W::ZERO, |sum, (&a, &b)| sum + a * b)
}

/// The shares of the three branches.
#[derive(Clone, Debug)]
pub(super) struct Mixture<W> {
    shares: [W; 3],
    /// Whether the first branch takes part.
    uses_instances: bool,
}

impl<W: Real> Mixture<W> {
    /// Softmax of three weights, or of the last two.
    pub(super) fn new<T: Real<Wide = W>>(weight: &Tensor<T>, uses_instances: bool) -> Self {
        let mut logits = [W::ZERO; 3];
        for (logit, weight) in logits.iter_mut().zip(weight) {
            *logit = weight.widen();
        }
        let first = usize::from(!uses_instances);
        let larger = |a: W, b: W| if b > a { b } else { a };
        let shift = logits[first..].iter().copied().reduce(larger).unwrap_or(W::ZERO).detach();
        let mut shares = logits.map(|logit| (logit - shift).exp());
        if !uses_instances {
            shares[0] = W::ZERO;
        }
        let sum = shares[0] + shares[1] + shares[2];
        Mixture { shares: shares.map(|share| share / sum), uses_instances }
    }

    /// The cotangents of the weights from those of the shares, less their mean over
    /// the shares.
    fn backward<T: Real<Wide = W>>(&self, shares: [W; 3]) -> Tensor<T> {
        let of = |k: usize| T::narrow(self.shares[k] * shares[k]);
        Tensor::new([if self.uses_instances { of(0) } else { T::ZERO }, of(1), of(2)])
    }
}

/// The operation; its inputs are x, weight and bias where there are, and the two
/// mixing weights.
#[derive(Debug)]
pub(super) struct SwitchableOp<T: Real> {
    pub(super) input: Tensor<T>,
    pub(super) scale: Tensor<T>,
    pub(super) grouping: Grouping,
    pub(super) branches: Branches<T::Wide>,
    pub(super) mixtures: [Mixture<T::Wide>; 2],
    pub(super) mixed: Vec<Statistics<T::Wide>>,
    /// The shapes of weight and bias, where they are inputs.
    pub(super) affine: [Option<Shape>; 2],
}

impl<T: Real> Op<T> for SwitchableOp<T> {
    fn name(&self) -> &'static str {
        "switchable_norm"
    }

    fn saved(&self) -> Saved<T> {
        let saved = Saved::new().and("input", &self.input);
        let saved = saved.and_some("weight", self.affine[0].as_ref().map(|_| &self.scale));
        let by_instance = |pick: fn(&Statistics<T::Wide>) -> T::Wide| {
            let samples = self.mixed.len() / self.branches.channels.max(1);
            let shape = Shape::from([samples, self.branches.channels]);
            Tensor::contiguous_from(self.mixed.iter().map(pick).collect(), shape)
        };
        saved.and_wide("mean", &by_instance(|s| s.mean)).and_wide("rstd", &by_instance(|s| s.rstd))
    }

    fn backward(&self, grad_output: &Tensor<T>) -> Cotangents<T> {
        let (dy, grouping) = (grad_output.contiguous(), &self.grouping);
        let (x, dy) = (self.input.contiguous_slice(), dy.contiguous_slice());
        if x.is_empty() {
            let shapes = std::iter::once(self.input.shape()).chain(self.affine.iter().flatten());
            let zeros = shapes.map(|shape| Some(Tensor::zeros(shape)));
            let of_mixing = [(); 2].map(|()| Some(Tensor::zeros([3])));
            return zeros.chain(of_mixing).collect();
        }
        let w = self.scale.contiguous_slice();
        let channels = self.branches.channels;
        // ANCHOR: backward
        let sums = grouping.map_stretches(|stretch| {
            stretch_sums(stretch.of(x), stretch.of(dy), &self.mixed[stretch.index])
        });
        let mut affine = [vec![T::Wide::ZERO; channels], vec![T::Wide::ZERO; channels]];
        let mut of_mixture = Vec::with_capacity(sums.len());
        for (stretch, [through_x_hat, plain]) in sums.into_iter().enumerate() {
            let (channel, rstd) = (stretch % channels, self.mixed[stretch].rstd);
            affine[0][channel] += through_x_hat;
            affine[1][channel] += plain;
            let scale = w[channel].widen() * rstd;
            let half = T::Wide::from_f64(0.5);
            of_mixture.push((-(scale * plain), -(half * scale * rstd * through_x_hat)));
        }
        let (shares, of_instance) =
            self.branches.backward(&self.mixtures, &self.mixed, &of_mixture);
        let n = T::Wide::from_f64(grouping.spatial as f64);
        let two = T::Wide::from_f64(2.0);
        let mut dx = buffer(x.len());
        grouping.for_each_stretch(&mut dx, |stretch, dx| {
            let w = w[stretch.channel].widen();
            let ((mean, var), (own_mean, _)) =
                (of_instance[stretch.index], self.branches.instance[stretch.index]);
            let rstd = self.mixed[stretch.index].rstd;
            let (mean, var) = (mean / n, two * var / n);
            for ((dx, x), dy) in dx.iter_mut().zip(stretch.of(x)).zip(stretch.of(dy)) {
                let through_statistics = mean + (x.widen() - own_mean) * var;
                *dx = T::narrow(rstd * (dy.widen() * w) + through_statistics);
            }
        });
        // ANCHOR_END: backward
        let mut cotangents = Cotangents::new();
        cotangents.push(Some(self.input.with_buffer(dx)));
        for (sums, shape) in affine.into_iter().zip(&self.affine) {
            let Some(shape) = shape else { continue };
            let narrowed = sums.into_iter().map(T::narrow).collect();
            cotangents.push(Some(Tensor::contiguous_from(narrowed, shape.clone())));
        }
        for (mixture, shares) in self.mixtures.iter().zip(shares) {
            cotangents.push(Some(mixture.backward(shares)));
        }
        cotangents
    }
}
