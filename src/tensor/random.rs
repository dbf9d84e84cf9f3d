//! Random tensors. Each takes its generator, so that a seed fixes them.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal, StandardUniform};

use super::{Shape, Tensor};
use crate::real::{Element, Real};

impl<T: Element> Tensor<T> {
    /// Independent draws from any distribution of `rand_distr`, in row-major
    /// order.
    ///
    /// ```
    /// use handgrad::Tensor;
    /// use rand::SeedableRng;
    /// use rand_distr::Uniform;
    ///
    /// let mut rng = rand_chacha_rng(0);
    /// let x = Tensor::<f64>::random([2, 3], &Uniform::new(5.0, 6.0).unwrap(), &mut rng);
    /// assert!(x.iter().all(|x| (5.0..6.0).contains(&x)));
    /// # fn rand_chacha_rng(seed: u64) -> impl rand::Rng { rand::rngs::ChaCha8Rng::seed_from_u64(seed) }
    /// ```
    #[track_caller]
    pub fn random<D: Distribution<T>>(
        shape: impl Into<Shape>,
        distribution: &D,
        rng: &mut (impl Rng + ?Sized),
    ) -> Self {
        let mut out = Self::full(shape, T::default());
        for value in out.make_mut() {
            *value = distribution.sample(rng);
        }
        out
    }
}

impl<T: Real> Tensor<T> {
    /// Uniform on [0, 1). The draws are the same in every type, up to rounding.
    #[track_caller]
    pub fn rand(shape: impl Into<Shape>, rng: &mut (impl Rng + ?Sized)) -> Self {
        // One f32 draw in thirty million would round up to the excluded 1.
        let largest = 1.0 - T::EPSILON / 2.0;
        Tensor::<f64>::random(shape, &StandardUniform, rng).map(|x| T::from_f64(x.min(largest)))
    }

    /// Standard normal. The draws are the same in every type, up to rounding.
    ///
    /// ```
    /// use handgrad::Tensor;
    /// use rand::{SeedableRng, rngs::ChaCha8Rng};
    ///
    /// let x = Tensor::<f64>::randn([1000], &mut ChaCha8Rng::seed_from_u64(0));
    /// assert!(x.mean().item()?.abs() < 0.1);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    #[track_caller]
    pub fn randn(shape: impl Into<Shape>, rng: &mut (impl Rng + ?Sized)) -> Self {
        Tensor::<f64>::random(shape, &StandardNormal, rng).map(T::from_f64)
    }
}
