//! The chapter `foundations/broadcasting`.

use std::fmt::Write;

use handgrad::check::{CheckOptions, Report, gradcheck};
use handgrad::tape::{Cotangents, Op};
use handgrad::{Result, Shape, Tape, Tensor, broadcast_shapes};
use smallvec::smallvec;

use super::assert_near;
use crate::examples::assert_snapshot;

fn two_rows() -> Tensor<f64> {
    Tensor::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]])
}

fn cotangent() -> Tensor<f64> {
    Tensor::new([[1.0, 2.0, 4.0], [-1.0, 0.5, 10.0]])
}

// ANCHOR: bias
#[test]
fn a_bias_collects_from_every_row() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]));
    let b = tape.leaf(Tensor::new([10.0, 20.0, 30.0]));
    let y = x + b;
    assert_eq!(y.value().to_vec(), [11.0, 22.0, 33.0, 14.0, 25.0, 39.0]);

    let cotangent = Tensor::new([[1.0, 2.0, 4.0], [-1.0, 0.5, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), cotangent.to_vec());
    assert_eq!(gradients.wrt(b)?.to_vec(), [0.0, 2.5, 14.0]);
    Ok(())
}
// ANCHOR_END: bias

// ANCHOR: product
#[test]
fn a_column_and_a_row_each_collect_along_the_other() -> Result<()> {
    let tape = Tape::new();
    let c = tape.leaf(Tensor::<f64>::new([[2.0], [-1.0]]));
    let w = tape.leaf(Tensor::new([1.0, 3.0, 5.0]));
    let y = c * w;
    assert_eq!(y.value().to_vec(), [2.0, 6.0, 10.0, -1.0, -3.0, -5.0]);

    let gradients = y.backward_with(&cotangent())?;
    assert_eq!(gradients.wrt(c)?.shape(), &[2, 1]);
    assert_eq!(gradients.wrt(c)?.to_vec(), [27.0, 50.5]);
    assert_eq!(gradients.wrt(w)?.to_vec(), [3.0, 3.5, -2.0]);
    Ok(())
}
// ANCHOR_END: product

// ANCHOR: strides
fn operands() -> [Tensor<f64>; 5] {
    [
        Tensor::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]),
        Tensor::new([10.0, 20.0, 30.0]),
        Tensor::new([[10.0, 20.0, 30.0]]),
        Tensor::new([[7.0], [8.0]]),
        Tensor::scalar(5.0),
    ]
}
// ANCHOR_END: strides

#[test]
fn repeating_is_a_stride_of_0() -> Result<()> {
    let mut table = String::from("shape   strides  as [2, 3]  reads\n");
    for operand in operands() {
        let repeated = operand.expand([2, 3])?;
        assert!(repeated.shares_storage(&operand));
        let (shape, own) = (operand.shape().to_string(), format!("{:?}", operand.strides()));
        let walk = format!("{:?}", repeated.strides());
        let numbers: Vec<String> = repeated.iter().map(|x| x.to_string()).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(table, "{shape:<6}  {own:<7}  {walk:<9}  {}", numbers.join(" "));
    }
    assert_snapshot("broadcasting_strides", &table);
    Ok(())
}

// ANCHOR: shapes
#[test]
fn shapes_are_aligned_at_the_last_dim() {
    let joined = |a: &[usize], b: &[usize]| broadcast_shapes("add", &a.into(), &b.into()).ok();
    assert_eq!(joined(&[2, 3], &[3]), Some([2, 3].into()));
    assert_eq!(joined(&[2, 1], &[3]), Some([2, 3].into()));
    assert_eq!(joined(&[4, 1, 3], &[2, 1]), Some([4, 2, 3].into()));
    assert_eq!(joined(&[2, 3], &[]), Some([2, 3].into()));
    assert_eq!(joined(&[0, 3], &[1]), Some([0, 3].into()));
    assert_eq!(joined(&[2, 3], &[2]), None);
}
// ANCHOR_END: shapes

// ANCHOR: one_by_one
#[test]
fn six_additions_of_single_numbers_give_the_same() -> Result<()> {
    let tape = Tape::new();
    let b = [10.0, 20.0, 30.0].map(|b| tape.leaf(Tensor::<f64>::scalar(b)));
    let x = [[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]];
    let cotangent = [[1.0, 2.0, 4.0], [-1.0, 0.5, 10.0]];
    let mut result = tape.constant(Tensor::scalar(0.0));
    for (row, cotangents) in x.into_iter().zip(cotangent) {
        for ((b, x), g) in b.into_iter().zip(row).zip(cotangents) {
            result = result + (b + x) * g;
        }
    }
    let gradients = result.backward()?;
    for (b, expected) in b.into_iter().zip([0.0, 2.5, 14.0]) {
        assert_eq!(gradients.wrt(b)?.item()?, expected);
    }
    Ok(())
}
// ANCHOR_END: one_by_one

/// A tape like the one that the chapter draws.
#[test]
fn the_slopes_of_squares_are_summed_for_the_bias() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(two_rows());
    let b = tape.leaf(Tensor::new([-1.0, 0.0, 1.0]));
    let moved = x + b;
    let gradients = (moved * moved).sum().backward()?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 4.0, 8.0, 6.0, 10.0, 20.0]);
    assert_eq!(gradients.wrt(b)?.to_vec(), [6.0, 14.0, 28.0]);
    Ok(())
}

#[test]
fn one_number_for_all_collects_from_all() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(two_rows());
    let scale = tape.leaf(Tensor::scalar(2.0));
    let gradients = (x * scale).backward_with(&cotangent())?;
    assert_eq!(gradients.wrt(scale)?.rank(), 0);
    assert_eq!(gradients.wrt(scale)?.item()?, 105.5);
    Ok(())
}

// ANCHOR: predictions
#[test]
fn a_column_of_targets_pulls_every_prediction_to_their_mean() -> Result<()> {
    let tape = Tape::new();
    let targets = tape.constant(Tensor::<f64>::new([[1.0], [2.0], [3.0]]));
    let loss_at = |numbers: [f64; 3]| -> Result<[Tensor<f64>; 2]> {
        let predictions = tape.leaf(Tensor::new(numbers));
        let difference = predictions.try_sub(targets)?;
        assert_eq!(difference.shape(), [3, 3]);
        let loss = (difference * difference).mean();
        Ok([loss.value(), loss.backward()?.wrt(predictions)?.clone()])
    };
    let [loss, gradient] = loss_at([1.0, 2.0, 3.0])?;
    assert_near(&loss, &[4.0 / 3.0]);
    assert_near(&gradient, &[-2.0 / 3.0, 0.0, 2.0 / 3.0]);

    let [loss, gradient] = loss_at([2.0, 2.0, 2.0])?;
    assert_near(&loss, &[2.0 / 3.0]);
    assert_near(&gradient, &[0.0, 0.0, 0.0]);
    Ok(())
}
// ANCHOR_END: predictions

// ANCHOR: keepdim
#[test]
fn a_mean_without_its_dim_is_subtracted_from_the_wrong_numbers() -> Result<()> {
    let x = Tensor::<f64>::new([[1.0, 3.0], [10.0, 30.0]]);
    assert_eq!(x.mean_dims(&[1], true)?.shape(), &[2, 1]);
    assert_eq!(x.mean_dims(&[1], false)?.to_vec(), [2.0, 20.0]);
    let kept = &x - &x.mean_dims(&[1], true)?;
    assert_eq!(kept.to_vec(), [-1.0, 1.0, -10.0, 10.0]);
    let lost = &x - &x.mean_dims(&[1], false)?;
    assert_eq!(lost.to_vec(), [-1.0, -17.0, 8.0, 10.0]);

    // The backward of what was written is right, so the check passes.
    gradcheck(|v| v[0].try_sub(v[0].mean_dims(&[1], false)?), &[x], &CheckOptions::default())?
        .into_result()
}
// ANCHOR_END: keepdim

// ANCHOR: wrong
/// What a backward of x + b makes of b's cotangent, for x of shape `[N, C]` and
/// b of shape `[C]`. Right would be the sum over the rows.
#[derive(Clone, Copy, Debug)]
enum BiasGradient {
    NotSummed,
    MeanOverRows,
    SumOverColumns,
    LastRow,
}

impl Op<f64> for BiasGradient {
    fn name(&self) -> &'static str {
        "add_bias"
    }

    fn backward(&self, g: &Tensor<f64>) -> Cotangents<f64> {
        let of_b = match self {
            BiasGradient::NotSummed => Ok(g.clone()),
            BiasGradient::MeanOverRows => g.mean_dims(&[0], false),
            BiasGradient::SumOverColumns => g.sum_dims(&[1], false),
            BiasGradient::LastRow => g.select(0, -1),
        };
        smallvec![Some(g.clone()), Some(of_b.expect("g has rows and columns"))]
    }
}

fn check(backward: BiasGradient, x: Tensor<f64>) -> Result<Report> {
    gradcheck(
        |v| v[0].tape().record(v, v[0].value().try_add(&v[1].value())?, || backward),
        &[x, Tensor::new([10.0, 20.0, 30.0])],
        &CheckOptions { names: vec!["x".to_owned(), "b".to_owned()], ..Default::default() },
    )
}
// ANCHOR_END: wrong

fn three_rows() -> Tensor<f64> {
    Tensor::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0], [0.0, -1.0, 2.0]])
}

#[test]
fn a_bias_gradient_that_is_not_summed_is_refused() -> Result<()> {
    let report = check(BiasGradient::NotSummed, two_rows())?;
    assert!(!report.passed());
    assert_snapshot("broadcasting_not_summed", &report.to_string());
    Ok(())
}

#[test]
fn a_mean_in_the_place_of_the_sum_is_named() -> Result<()> {
    let report = check(BiasGradient::MeanOverRows, two_rows())?;
    assert!(!report.passed());
    assert_snapshot("broadcasting_mean", &report.to_string());
    Ok(())
}

#[test]
fn a_sum_over_the_wrong_dim_of_a_square_is_named() -> Result<()> {
    let report = check(BiasGradient::SumOverColumns, three_rows())?;
    assert!(!report.passed());
    assert_snapshot("broadcasting_wrong_dim", &report.to_string());

    // Two rows of three: now the shape gives it away.
    let report = check(BiasGradient::SumOverColumns, two_rows())?;
    assert!(report.to_string().contains("a cotangent of shape [2] for input 1 of shape [3]"));
    Ok(())
}

#[test]
fn a_row_that_was_assigned_and_not_added_is_named() -> Result<()> {
    let report = check(BiasGradient::LastRow, two_rows())?;
    let diagnosis = report.diagnosis("b").expect("it is refused");
    assert_eq!(diagnosis.headline(), "only the last contribution arrives");
    Ok(())
}

#[test]
fn with_one_row_a_mean_and_a_last_row_are_right() -> Result<()> {
    let one_row = Tensor::new([[1.0, 2.0, 3.0]]);
    assert!(check(BiasGradient::MeanOverRows, one_row.clone())?.passed());
    assert!(check(BiasGradient::LastRow, one_row.clone())?.passed());
    assert!(!check(BiasGradient::NotSummed, one_row)?.passed());
    Ok(())
}

#[test]
fn exercise_1_a_table_of_differences() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([3.0, 5.0]));
    let table = x.unsqueeze(1)?.try_sub(x)?;
    assert_eq!(table.value().to_vec(), [0.0, -2.0, 2.0, 0.0]);
    let gradients = table.backward_with(&Tensor::new([[5.0, 1.0], [2.0, 7.0]]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [-1.0, 1.0]);
    Ok(())
}

#[test]
fn exercise_2_rows_divided_by_their_sums() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.0, 3.0], [2.0, 2.0]]));
    let sums = x.sum_dims(&[1], true)?;
    let y = x / sums;
    assert_eq!(y.value().to_vec(), [0.25, 0.75, 0.5, 0.5]);
    let sweep = y.backward_steps(&Tensor::new([[1.0, 0.0], [0.0, 1.0]]))?;
    let gradients = sweep.keep_intermediates().finish()?;
    assert_eq!(gradients.wrt(sums)?.to_vec(), [-1.0 / 16.0, -1.0 / 8.0]);
    let expected = [3.0 / 16.0, -1.0 / 16.0, -1.0 / 8.0, 1.0 / 8.0];
    assert_eq!(gradients.wrt(x)?.to_vec(), expected);
    Ok(())
}

// ANCHOR: collect
/// Adds every number of `g` to the one that a tensor of shape `to`, expanded to
/// g's shape, has in its place.
fn collect(g: &Tensor<f64>, to: &[usize]) -> Tensor<f64> {
    let mut sums = Tensor::zeros(to);
    let strides = Shape::from(to).contiguous_strides();
    for (index, value) in g.indexed_iter() {
        let own = index.iter().skip(g.rank() - to.len());
        let steps = own.zip(to).zip(&strides);
        let place: isize = steps
            .map(|((&at, &size), &stride)| if size == 1 { 0 } else { at as isize * stride })
            .sum();
        sums.make_mut()[place as usize] += value;
    }
    sums
}

#[test]
fn collecting_one_by_one_is_sum_to_shape() -> Result<()> {
    let g = Tensor::<f64>::arange(0.0, 24.0, 1.0)?.reshape([4, 2, 3])?;
    for to in [&[3][..], &[2, 1], &[4, 1, 1], &[1, 2, 3], &[], &[4, 2, 3]] {
        assert_eq!(collect(&g, to).to_vec(), g.sum_to_shape(to)?.to_vec());
    }
    Ok(())
}
// ANCHOR_END: collect
