//! Random tensors: reproducible from their seed, and of the right distribution.

use std::convert::Infallible;

use handgrad::{Dual, Tensor};
use rand::rngs::ChaCha8Rng;
use rand::{SeedableRng, TryRng};
use rand_distr::{Distribution, StandardNormal};

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

#[test]
#[allow(clippy::unreadable_literal, reason = "all digits of an f64")]
fn a_seed_fixes_the_values_for_good() {
    // The generator is ChaCha8, whose output is fixed by its specification: a
    // change of these numbers would change every seeded experiment.
    let uniform = Tensor::<f64>::rand([3], &mut rng(0));
    assert_eq!(uniform.to_vec(), [0.7090754154265618, 0.46592172228961015, 0.6991432426747317]);
    let normal = Tensor::<f64>::randn([3], &mut rng(0));
    assert_eq!(normal.to_vec(), [0.6999607946268154, -0.14406163542784764, 0.30288628024558556]);
    assert_eq!(normal.to_vec(), Tensor::<f64>::randn([3], &mut rng(0)).to_vec());
    assert_ne!(normal.to_vec(), Tensor::<f64>::randn([3], &mut rng(1)).to_vec());
}

#[test]
fn every_type_draws_the_same_numbers() {
    let wide = Tensor::<f64>::randn([4, 5], &mut rng(7));
    let narrow = Tensor::<f32>::randn([4, 5], &mut rng(7));
    let dual = Tensor::<Dual<f64>>::randn([4, 5], &mut rng(7));
    assert_eq!(narrow.to_vec(), wide.cast::<f32>().to_vec());
    assert_eq!(dual.primal().to_vec(), wide.to_vec());
    let wide = Tensor::<f64>::rand([4, 5], &mut rng(7));
    assert_eq!(Tensor::<f32>::rand([4, 5], &mut rng(7)).to_vec(), wide.cast::<f32>().to_vec());
}

#[test]
fn draws_are_taken_in_row_major_order() {
    let mut one_by_one = rng(3);
    let x = Tensor::<f64>::randn([2, 3], &mut rng(3));
    for value in &x {
        assert_eq!(value, Distribution::<f64>::sample(&StandardNormal, &mut one_by_one));
    }
}

#[test]
fn moments_are_those_of_the_distribution() {
    let normal = Tensor::<f64>::randn([20_000], &mut rng(1));
    assert!(normal.mean().item().unwrap().abs() < 0.02);
    assert!((normal.var(1.0).item().unwrap() - 1.0).abs() < 0.03);
    let uniform = Tensor::<f64>::rand([20_000], &mut rng(1));
    assert!((uniform.mean().item().unwrap() - 0.5).abs() < 0.01);
    assert!((uniform.var(1.0).item().unwrap() - 1.0 / 12.0).abs() < 0.002);
    assert!(uniform.iter().all(|x| (0.0..1.0).contains(&x)));
}

/// A generator whose every bit is 1: the largest draw there is.
struct AllOnes;

impl TryRng for AllOnes {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::MAX)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::MAX)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(u8::MAX);
        Ok(())
    }
}

#[test]
fn the_largest_uniform_draw_is_below_one_in_every_type() {
    assert_eq!(Tensor::<f64>::rand([1], &mut AllOnes).item().unwrap(), 1.0_f64.next_down());
    assert_eq!(Tensor::<f32>::rand([1], &mut AllOnes).item().unwrap(), 1.0_f32.next_down());
}
