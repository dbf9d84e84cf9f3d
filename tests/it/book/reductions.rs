//! The chapter `foundations/reductions`.

use std::fmt::Write;

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::tape::{Cotangents, Op};
use handgrad::{Result, Tape, Tensor};
use smallvec::smallvec;

use super::{assert_near, saved};
use crate::examples::assert_snapshot;

// ANCHOR: sums
#[test]
fn sum_and_mean_spread_their_cotangent() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]));
    let cotangent = Tensor::new([3.0, 30.0]);

    let sums = x.sum_dims(&[1], false)?;
    assert_eq!(sums.value().to_vec(), [6.0, 18.0]);
    let gradients = sums.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [3.0, 3.0, 3.0, 30.0, 30.0, 30.0]);
    assert_eq!(gradients.wrt(x)?.strides(), [1, 0]); // six numbers, of which two are in memory

    let means = x.mean_dims(&[1], false)?;
    assert_eq!(means.value().to_vec(), [2.0, 6.0]);
    let gradients = means.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [1.0, 1.0, 1.0, 10.0, 10.0, 10.0]);
    Ok(())
}
// ANCHOR_END: sums

#[test]
fn a_sum_saves_nothing_and_an_extreme_its_input_and_output() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([3.0, 1.0, 3.0]));
    assert!(saved(x.sum(), &[x]).is_empty());
    let largest = x.max()?;
    assert_eq!(saved(largest, &[x, largest]), [("input", 12, true), ("output", 4, true)]);
    Ok(())
}

// ANCHOR: ties
#[test]
fn equal_largest_numbers_share() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([3.0, 1.0, 3.0]));
    assert_eq!(x.max()?.backward()?.wrt(x)?.to_vec(), [0.5, 0.0, 0.5]);
    assert_eq!(x.amax(&[0], false)?.backward()?.wrt(x)?.to_vec(), [0.5, 0.0, 0.5]);

    let (a, b) = (tape.leaf(Tensor::new([1.0, 2.0])), tape.leaf(Tensor::new([1.0, 5.0])));
    let gradients = a.maximum(b)?.backward_with(&Tensor::new([10.0, 20.0]))?;
    assert_eq!(gradients.wrt(a)?.to_vec(), [5.0, 0.0]);
    assert_eq!(gradients.wrt(b)?.to_vec(), [5.0, 20.0]);
    Ok(())
}
// ANCHOR_END: ties

#[test]
fn the_variances_own_mean_does_not_show_in_its_slope() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([1.0, 2.0, 3.0]));
    let biased = x.var(0.0);
    assert_near(&biased.value(), &[2.0 / 3.0]);
    assert_near(biased.backward()?.wrt(x)?, &[-2.0 / 3.0, 0.0, 2.0 / 3.0]);
    let unbiased = x.var(1.0);
    assert_near(&unbiased.value(), &[1.0]);
    assert_near(unbiased.backward()?.wrt(x)?, &[-1.0, 0.0, 1.0]);
    Ok(())
}

// ANCHOR: in_f32
fn one_sum(x: &[f32]) -> f32 {
    let mut sum = 0.0_f32;
    for x in x {
        sum += x;
    }
    sum
}

fn sixteen_sums(x: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 16];
    for (i, x) in x.iter().enumerate() {
        lanes[i % 16] += x;
    }
    one_sum(&lanes)
}
// ANCHOR_END: in_f32

#[test]
fn a_long_sum_in_f32_goes_astray() -> Result<()> {
    let mut table = String::from("numbers  one f32 sum  sixteen f32 sums  the library\n");
    for count in [10, 1000, 100_000, 1_000_000] {
        let x = vec![0.1; count];
        let (one, sixteen) = (one_sum(&x), sixteen_sums(&x));
        let wide = Tensor::<f32>::from_vec(x, [count])?.sum().item()?;
        // Writing to a string cannot fail.
        let _ = writeln!(table, "{count:>7}  {one:>11}  {sixteen:>16}  {wide:>11}");
    }
    assert_snapshot("reductions_sums", &table);
    Ok(())
}

// ANCHOR: spacing
#[test]
fn far_from_0_the_floats_lie_too_far_apart() {
    assert_eq!(16_777_216.0_f32 + 1.0, 16_777_216.0);
    assert_eq!((70_000.0_f32 + 0.1) - 70_000.0, 0.101_562_5);
    assert_ne!((0.1 + 0.2) + 0.3, 0.1 + (0.2 + 0.3));
}
// ANCHOR_END: spacing

#[test]
fn a_sum_does_not_depend_on_the_strides() -> Result<()> {
    let x = Tensor::<f64>::arange(0.0, 100.0, 0.1)?;
    let other_strides = x.flip(&[0])?.contiguous().flip(&[0])?;
    assert_eq!(other_strides.strides(), [-1]);
    assert_eq!(x.sum().item()?.to_bits(), other_strides.sum().item()?.to_bits());
    Ok(())
}

// ANCHOR: outer
#[test]
fn one_sample_moves_all_weights_of_an_output_the_same_way() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([[1.0, 2.0, 3.0]]));
    let w = tape.leaf(Tensor::new([[0.5, 0.25], [-1.0, 0.0], [2.0, -0.5]]));
    let gradients = x.matmul(w)?.backward_with(&Tensor::new([[10.0, -1.0]]))?;
    assert_eq!(gradients.wrt(w)?.to_vec(), [10.0, -1.0, 20.0, -2.0, 30.0, -3.0]);
    Ok(())
}
// ANCHOR_END: outer

// ANCHOR: two_by_two
#[test]
fn the_product_of_two_small_matrices() -> Result<()> {
    let tape = Tape::new();
    let a = tape.leaf(Tensor::<f64>::new([[1.0, 2.0], [3.0, 4.0]]));
    let b = tape.leaf(Tensor::new([[5.0, 6.0], [7.0, 8.0]]));
    let c = a.matmul(b)?;
    assert_eq!(c.value().to_vec(), [19.0, 22.0, 43.0, 50.0]);

    // Only the first entry of C.
    let gradients = c.backward_with(&Tensor::new([[1.0, 0.0], [0.0, 0.0]]))?;
    assert_eq!(gradients.wrt(a)?.to_vec(), [5.0, 7.0, 0.0, 0.0]);
    assert_eq!(gradients.wrt(b)?.to_vec(), [1.0, 0.0, 2.0, 0.0]);

    let gradients = c.backward_with(&Tensor::new([[1.0, 10.0], [100.0, 1000.0]]))?;
    assert_eq!(gradients.wrt(a)?.to_vec(), [65.0, 87.0, 6500.0, 8700.0]);
    assert_eq!(gradients.wrt(b)?.to_vec(), [301.0, 3010.0, 402.0, 4020.0]);
    Ok(())
}
// ANCHOR_END: two_by_two

// ANCHOR: two_by_three
#[test]
fn the_cotangents_are_products_too() -> Result<()> {
    let tape = Tape::new();
    let a = tape.leaf(Tensor::<f64>::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]));
    let b = tape.leaf(Tensor::new([[1.0, 0.0], [0.0, 1.0], [2.0, -1.0]]));
    let c = a.matmul(b)?;
    assert_eq!(c.value().to_vec(), [7.0, -1.0, 22.0, -4.0]);

    let cotangent = Tensor::new([[1.0, 2.0], [-1.0, 10.0]]);
    let gradients = c.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(a)?.to_vec(), [1.0, 2.0, 0.0, -1.0, 10.0, -12.0]);
    assert_eq!(gradients.wrt(b)?.to_vec(), [-3.0, 42.0, -3.0, 54.0, -6.0, 96.0]);

    assert_eq!(gradients.wrt(a)?.to_vec(), cotangent.matmul(&b.value().t())?.to_vec());
    assert_eq!(gradients.wrt(b)?.to_vec(), a.value().t().matmul(&cotangent)?.to_vec());
    Ok(())
}
// ANCHOR_END: two_by_three

// ANCHOR: batches
#[test]
fn a_weight_shared_by_batches_collects_from_all_of_them() -> Result<()> {
    let tape = Tape::new();
    let x = Tensor::<f64>::arange(0.0, 12.0, 1.0)?.reshape([2, 2, 3])?;
    let cotangent = Tensor::arange(1.0, 9.0, 1.0)?.reshape([2, 2, 2])?;
    let w = tape.leaf(Tensor::new([[1.0, 0.0], [0.0, 1.0], [2.0, -1.0]]));
    let batched = tape.constant(x.clone()).matmul(w)?.backward_with(&cotangent)?;

    let (rows, cotangents) = (x.reshape([4, 3])?, cotangent.reshape([4, 2])?);
    let flat = tape.constant(rows).matmul(w)?.backward_with(&cotangents)?;
    assert_eq!(batched.wrt(w)?.to_vec(), flat.wrt(w)?.to_vec());
    Ok(())
}
// ANCHOR_END: batches

// ANCHOR: wrong
/// C = A B with a backward that forgets to transpose B.
#[derive(Debug)]
struct ForgetsToTranspose {
    a: Tensor<f64>,
    b: Tensor<f64>,
}

impl Op<f64> for ForgetsToTranspose {
    fn name(&self) -> &'static str {
        "matmul"
    }

    fn backward(&self, g: &Tensor<f64>) -> Cotangents<f64> {
        let of_a = g.matmul(&self.b).expect("square matrices");
        let of_b = self.a.t().matmul(g).expect("square matrices");
        smallvec![Some(of_a), Some(of_b)]
    }
}
// ANCHOR_END: wrong

#[test]
fn square_matrices_let_a_forgotten_transpose_through_and_the_check_does_not() -> Result<()> {
    let inputs = [Tensor::new([[1.0, 2.0], [3.0, 4.0]]), Tensor::new([[5.0, 6.0], [7.0, 8.0]])];
    let names = vec!["A".to_owned(), "B".to_owned()];
    let report = gradcheck(
        |v| {
            let (a, b) = (v[0].value(), v[1].value());
            v[0].tape().record(v, a.matmul(&b)?, || ForgetsToTranspose { a, b })
        },
        &inputs,
        &CheckOptions { names, ..CheckOptions::default() },
    )?;
    assert!(!report.passed());
    assert_snapshot("reductions_no_transpose", &report.to_string());
    Ok(())
}

#[test]
fn exercise_1_three_ties() -> Result<()> {
    let three = [Tensor::<f64>::new([5.0, 5.0, 2.0, 5.0])];
    let tape = Tape::new();
    let x = tape.leaf(three[0].clone());
    let gradients = x.max()?.backward_with(&Tensor::scalar(12.0))?;
    assert_near(gradients.wrt(x)?, &[4.0, 4.0, 0.0, 4.0]);

    let options = CheckOptions::default();
    let two = [Tensor::new([5.0, 1.0, 2.0, 5.0])];
    gradcheck(|v| v[0].max(), &two, &options)?.into_result()?;
    assert!(!gradcheck(|v| v[0].max(), &three, &options)?.passed());
    Ok(())
}

#[test]
fn exercise_2_a_product_with_a_transpose() -> Result<()> {
    let tape = Tape::new();
    let a = tape.leaf(Tensor::<f64>::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]));
    let b = tape.leaf(Tensor::new([[1.0, 0.0, 2.0]]));
    let g = Tensor::new([[1.0], [-1.0]]);
    let gradients = a.matmul(b.t())?.backward_with(&g)?;
    assert_eq!(gradients.wrt(a)?.to_vec(), [1.0, 0.0, 2.0, -1.0, 0.0, -2.0]);
    assert_eq!(gradients.wrt(b)?.to_vec(), [-3.0, -3.0, -6.0]);
    assert_eq!(gradients.wrt(a)?.to_vec(), g.matmul(&b.value())?.to_vec());
    assert_eq!(gradients.wrt(b)?.to_vec(), g.t().matmul(&a.value())?.to_vec());
    Ok(())
}

// ANCHOR: loops
/// The cotangents of A and B by the three loops of the forward, which has
/// `c[i][j] += a[i][k] * b[k][j]` in its middle.
fn by_loops(a: &Tensor<f64>, b: &Tensor<f64>, g: &Tensor<f64>) -> [Tensor<f64>; 2] {
    let [rows, columns] = g.shape()[..] else { panic!("a matrix") };
    let inner = b.shape()[0];
    let (mut of_a, mut of_b) = (Tensor::zeros(a.shape()), Tensor::zeros(b.shape()));
    for i in 0..rows {
        for j in 0..columns {
            let g = g.get(&[i, j]).unwrap();
            for k in 0..inner {
                of_a.make_mut()[i * inner + k] += g * b.get(&[k, j]).unwrap();
                of_b.make_mut()[k * columns + j] += g * a.get(&[i, k]).unwrap();
            }
        }
    }
    [of_a, of_b]
}

#[test]
fn three_loops_are_enough_for_both_cotangents() -> Result<()> {
    let tape = Tape::new();
    let a = tape.leaf(Tensor::<f64>::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]));
    let b = tape.leaf(Tensor::new([[1.0, 0.0], [0.0, 1.0], [2.0, -1.0]]));
    let cotangent = Tensor::new([[1.0, 2.0], [-1.0, 10.0]]);
    let gradients = a.matmul(b)?.backward_with(&cotangent)?;
    let [of_a, of_b] = by_loops(&a.value(), &b.value(), &cotangent);
    assert_eq!(gradients.wrt(a)?.to_vec(), of_a.to_vec());
    assert_eq!(gradients.wrt(b)?.to_vec(), of_b.to_vec());
    Ok(())
}
// ANCHOR_END: loops
