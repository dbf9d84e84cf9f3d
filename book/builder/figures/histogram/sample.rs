//! A sample of numbers, the axis it is drawn on, and how high its bars are.

use handgrad::{Result, Tensor};

use crate::number::short;

/// How many bars there are between two ticks.
const BARS_FOR_A_TICK: f64 = 10.0;

/// A bar that is so many times as high as those beside it is a spike, and cut: of ReLU's
/// outputs one half is 0, and beside the whole of that bar no other would be seen. What is
/// left of it is higher than the others by the second number.
const SPIKE: (f64, f64) = (3.0, 1.4);

/// The share that the highest other bar must have, for it to be worth the cut.
const SEEN: f64 = 0.01;

/// Numbers in order, with their mean and standard deviation.
pub(super) struct Sample {
    pub(super) sorted: Vec<f64>,
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

impl Sample {
    pub(super) fn of(tensor: &Tensor<f64>) -> Result<Self> {
        let mut sorted = tensor.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (mean, deviation) = (tensor.mean().item()?, tensor.var(0.0).item()?.sqrt());
        Ok(Sample { sorted, mean, deviation })
    }

    pub(super) fn in_words(&self) -> String {
        format!("mean {}, standard deviation {}", short(self.mean), short(self.deviation))
    }

    /// The number that a share of all are below.
    fn quantile(&self, share: f64) -> f64 {
        self.sorted[((self.sorted.len() - 1) as f64 * share).round() as usize]
    }

    /// The share of the numbers in each bar.
    pub(super) fn shares(&self, axis: &Axis) -> Vec<f64> {
        let mut shares = vec![0.0; axis.bars()];
        for number in &self.sorted {
            // A bar's lower end belongs to it, although 0.3 / 0.1 is a little below 3.
            let bar = ((number - axis.low) / axis.bar() + 1e-9).floor();
            if let Some(share) = shares.get_mut(bar as usize).filter(|_| bar >= 0.0) {
                *share += 1.0 / self.sorted.len() as f64;
            }
        }
        shares
    }
}

/// From where to where numbers are drawn, and how far apart the ticks are.
#[derive(Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    step: f64,
}

impl Axis {
    /// Room for all but the last thousandth of the numbers at either end, with at most ten
    /// ticks.
    pub(super) fn over(all: &[&Sample]) -> Self {
        let low = all.iter().map(|sample| sample.quantile(0.001)).fold(f64::INFINITY, f64::min);
        let high = all.iter().map(|sample| sample.quantile(0.999)).fold(-f64::INFINITY, f64::max);
        let power = 10_f64.powf(((high - low) / 10.0).log10().floor());
        let fits = |step: &f64| (high / step).ceil() - (low / step).floor() <= 10.0;
        let step = [1.0, 2.0, 5.0, 10.0, 20.0].map(|factor| factor * power).into_iter().find(fits);
        let step = step.unwrap_or(50.0 * power);
        Axis { low: (low / step).floor() * step, high: (high / step).ceil() * step, step }
    }

    pub(super) fn bar(&self) -> f64 {
        self.step / BARS_FOR_A_TICK
    }

    fn bars(&self) -> usize {
        ((self.high - self.low) / self.bar()).round() as usize
    }

    pub(super) fn ticks(&self) -> impl Iterator<Item = f64> {
        let count = ((self.high - self.low) / self.step).round() as usize;
        (0..=count).map(|tick| self.low + tick as f64 * self.step)
    }

    /// The share of the axis that is left of a number.
    pub(super) fn share(&self, number: f64) -> f64 {
        (number - self.low) / (self.high - self.low)
    }
}

/// The share whose bar is as high as the panel.
pub(super) fn full_height(shares: &[f64]) -> f64 {
    let share = |bar: Option<usize>| bar.and_then(|bar| shares.get(bar)).copied().unwrap_or(0.0);
    let is_spike = |bar: &usize| {
        let beside = share(bar.checked_sub(1)).max(share(Some(bar + 1)));
        shares[*bar] > SPIKE.0 * beside
    };
    let highest =
        |bars: &mut dyn Iterator<Item = usize>| bars.map(|bar| shares[bar]).fold(0.0, f64::max);
    let all = highest(&mut (0..shares.len()));
    let others = highest(&mut (0..shares.len()).filter(|bar| !is_spike(bar)));
    if others >= SEEN { all.min(SPIKE.1 * others) } else { all }
}

#[cfg(test)]
mod tests {
    use handgrad::Tensor;

    use super::{Axis, Sample, full_height};

    fn sample(values: &[f64]) -> Sample {
        Sample::of(&Tensor::from_vec(values.to_vec(), [values.len()]).unwrap()).unwrap()
    }

    #[test]
    fn the_ticks_are_round_and_the_bars_hold_every_number_once() {
        let sample = sample(&[-1.2, 0.0, 0.3, 0.3, 4.1]);
        let axis = Axis::over(&[&sample]);
        assert_eq!(axis, Axis { low: -2.0, high: 5.0, step: 1.0 });
        let shares = sample.shares(&axis);
        assert_eq!((shares.len(), shares[20], shares[23]), (70, 0.2, 0.4));
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn only_a_spike_beside_bars_that_are_seen_is_cut() {
        assert_eq!(full_height(&[0.5, 0.04, 0.04, 0.02]), 1.4 * 0.04);
        assert_eq!(full_height(&[0.16, 0.04, 0.04, 0.16]), 1.4 * 0.04);
        assert_eq!(full_height(&[0.1, 0.38, 0.15, 0.04]), 0.38);
        assert_eq!(full_height(&[0.0, 1.0, 0.0, 0.0]), 1.0);
    }
}
