//! The chapter `foundations/tensor`.

use std::fmt::Write;

use handgrad::{Result, Shape, Tensor, broadcast_shapes};

use crate::examples::assert_snapshot;

// ANCHOR: rows
/// A matrix as one might first write it.
struct Rows(Vec<Vec<f32>>);

impl Rows {
    fn t(&self) -> Rows {
        let columns = self.0[0].len();
        Rows((0..columns).map(|j| self.0.iter().map(|row| row[j]).collect()).collect())
    }
}
// ANCHOR_END: rows

#[test]
fn a_transpose_of_rows_copies() {
    let mut x = Rows(vec![vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0]]);
    let t = x.t();
    assert_eq!(t.0, [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]);
    x.0[0][0] = 100.0;
    assert_eq!(t.0[0][0], 1.0);
}

// ANCHOR: strided
/// The same matrix as one buffer and the rule for walking it.
#[derive(Clone)]
struct Strided<'a> {
    buffer: &'a [f32],
    shape: [usize; 2],
    strides: [usize; 2],
}

impl Strided<'_> {
    fn get(&self, i: usize, j: usize) -> f32 {
        self.buffer[i * self.strides[0] + j * self.strides[1]]
    }

    fn t(&self) -> Self {
        let ([rows, columns], [down, across]) = (self.shape, self.strides);
        Strided { buffer: self.buffer, shape: [columns, rows], strides: [across, down] }
    }
}
// ANCHOR_END: strided

#[test]
fn a_transpose_of_strides_copies_nothing() {
    let buffer = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let x = Strided { buffer: &buffer, shape: [2, 3], strides: [3, 1] };
    let t = x.t();
    assert_eq!((t.shape, t.strides), ([3, 2], [1, 3]));
    assert_eq!(x.get(1, 0), 4.0);
    assert_eq!(t.get(0, 1), 4.0);
    assert_eq!(t.get(2, 1), 6.0);
}

// ANCHOR: views
fn views() -> Result<Vec<(&'static str, Tensor<f32>)>> {
    let x = Tensor::new([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    Ok(vec![
        ("x", x.clone()),
        ("x.t()", x.t()),
        ("x.narrow(1, 1, 2)", x.narrow(1, 1, 2)?),
        ("x.slice(1, 0..3, 2)", x.slice(1, 0..3, 2)?),
        ("x.flip(&[1])", x.flip(&[1])?),
        ("x.select(0, 1)", x.select(0, 1)?),
        ("x.reshape([3, 2])", x.reshape([3, 2])?),
        ("x.select(0, 0).expand([2, 3])", x.select(0, 0)?.expand([2, 3])?),
    ])
}
// ANCHOR_END: views

#[test]
fn views_share_one_buffer() -> Result<()> {
    let views = views()?;
    let mut text = String::new();
    for (name, view) in &views {
        assert!(view.shares_storage(&views[0].1), "{name} copied");
        let (shape, strides, offset) = (view.shape(), view.strides(), view.offset());
        let numbers: Vec<String> = view.iter().map(|x| x.to_string()).collect();
        let (shape, strides) = (shape.to_string(), format!("{strides:?}"));
        let walk = format!("shape {shape:<7} strides {strides:<8} offset {offset}");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<30} {walk}  reads {}", numbers.join(" "));
    }
    assert_snapshot("tensor_views", &text);
    Ok(())
}

#[test]
fn a_transpose_cannot_be_seen_in_another_shape() -> Result<()> {
    let x = Tensor::<f32>::new([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let error = x.t().view([6]).unwrap_err();
    let copied = x.t().reshape([6])?;
    assert!(!copied.shares_storage(&x));
    assert_eq!(copied.to_vec(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    assert_snapshot("tensor_view_refused", &error.to_string());
    Ok(())
}

// ANCHOR: copy_on_write
#[test]
fn a_writer_gets_a_buffer_of_its_own() {
    let x = Tensor::<f32>::new([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let mut t = x.t();
    assert!(t.shares_storage(&x));
    t.make_mut()[0] = 100.0;
    assert!(!t.shares_storage(&x));
    assert_eq!(x.get(&[0, 0]), Some(1.0));
}
// ANCHOR_END: copy_on_write

// ANCHOR: broadcast
#[test]
fn a_column_and_a_row_make_a_table() -> Result<()> {
    let column = Tensor::<f32>::new([[1.0], [2.0]]);
    let row = Tensor::<f32>::new([10.0, 20.0, 30.0]);
    let sum = &column + &row;
    assert_eq!(sum.shape(), &[2, 3]);
    assert_eq!(sum.to_vec(), [11.0, 21.0, 31.0, 12.0, 22.0, 32.0]);
    assert_eq!(column.expand([2, 3])?.strides(), [1, 0]);
    assert_eq!(row.expand([2, 3])?.strides(), [0, 1]);
    Ok(())
}
// ANCHOR_END: broadcast

#[test]
fn shapes_that_do_not_broadcast() {
    let error = broadcast_shapes("add", &Shape::from([2, 3]), &Shape::from([2])).unwrap_err();
    assert_snapshot("tensor_broadcast_refused", &error.to_string());
}

// ANCHOR: adjoint
#[test]
fn summing_is_the_adjoint_of_repeating() -> Result<()> {
    let column = Tensor::<f32>::new([[1.0], [2.0]]);
    let g = Tensor::<f32>::new([[1.0, 10.0, 100.0], [2.0, 20.0, 200.0]]);

    let repeated = column.expand([2, 3])?;
    let summed = g.sum_to_shape([2, 1])?;
    assert_eq!(summed.to_vec(), [111.0, 222.0]);

    let dot = |a: &Tensor<f32>, b: &Tensor<f32>| (a * b).sum().item();
    assert_eq!(dot(&repeated, &g)?, 555.0);
    assert_eq!(dot(&column, &summed)?, 555.0);
    Ok(())
}
// ANCHOR_END: adjoint

#[test]
fn exercises_on_paper() -> Result<()> {
    let x = Tensor::<f32>::zeros([2, 3, 4]);
    assert_eq!(x.strides(), [12, 4, 1]);
    let permuted = x.permute(&[2, 0, 1])?;
    assert_eq!(permuted.shape(), &[4, 2, 3]);
    assert_eq!(permuted.strides(), [1, 12, 4]);

    let (a, b) = (Shape::from([5, 1, 4]), Shape::from([3, 1]));
    assert_eq!(broadcast_shapes("add", &a, &b)?, [5, 3, 4]);
    let g = Tensor::<f32>::ones([5, 3, 4]);
    assert!(g.sum_to_shape(&a)?.iter().all(|sum| sum == 3.0));
    assert!(g.sum_to_shape(&b)?.iter().all(|sum| sum == 20.0));
    Ok(())
}

// ANCHOR: strides_of
fn strides_of(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for dim in (1..shape.len()).rev() {
        strides[dim - 1] = strides[dim] * shape[dim];
    }
    strides
}
// ANCHOR_END: strides_of

#[test]
fn strides_of_agrees_with_the_library() {
    for shape in [vec![], vec![7], vec![2, 3], vec![2, 3, 4], vec![1, 5, 1, 2]] {
        let library = Shape::from(&shape[..]).contiguous_strides();
        let own: Vec<isize> = strides_of(&shape).iter().map(|&s| s as isize).collect();
        assert_eq!(own, library.to_vec());
    }
}
