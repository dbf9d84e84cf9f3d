//! The chapter `practice/speed`.

use handgrad::{Result, Tape, Tensor};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::saved;

// ANCHOR: least_time
#[test]
fn the_least_time_of_a_relu() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([4096, 1024]));
    let y = x.relu();
    let kept: usize = saved(y, &[x]).iter().map(|(_, bytes, _)| bytes).sum();
    let tensor = x.value().bytes();
    let moved = 4 * tensor + kept;
    assert_eq!((tensor, moved), (16_777_216, 83_886_080));
    let milliseconds = moved as f64 / 20e9 * 1e3;
    assert_eq!((milliseconds * 10.0).round(), 42.0);
}
// ANCHOR_END: least_time

// ANCHOR: mask
#[test]
fn a_mask_of_bits_takes_a_thirty_second() {
    let y = [0.0_f32, 1.5, 0.0, 2.0, 3.0, 0.0, 0.0, 0.5];
    let mask = y.iter().rev().fold(0_u8, |mask, &y| mask << 1 | u8::from(y > 0.0));
    let backward = |g: f32, i: usize| if mask >> i & 1 == 1 { g } else { 0.0 };
    let through: Vec<f32> = (0..8).map(|i| backward(1.0, i)).collect();
    assert_eq!(through, [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0]);
    assert_eq!(size_of_val(&y) / size_of_val(&mask), 32);
}
// ANCHOR_END: mask

// ANCHOR: order
#[test]
fn a_sum_depends_on_its_order_and_the_library_keeps_one() -> Result<()> {
    let x = Tensor::<f64>::randn([300, 40], &mut ChaCha8Rng::seed_from_u64(0));
    let running = x.iter().fold(0.0, |sum, x| sum + x);
    let sum = x.sum().item()?;
    assert_ne!(running, sum);
    assert!((running - sum).abs() < 1e-10);
    // The same numbers with other strides.
    assert_eq!(x.t().t().sum().item()?, sum);
    assert_eq!(x.t().contiguous().t().sum().item()?, sum);
    Ok(())
}
// ANCHOR_END: order
