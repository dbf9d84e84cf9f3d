//! What each fallible function says of bad input, all on one page.
//!
//! Read the snapshot as a user would: every message names the operation, what
//! it was given, and what would have been right.

use std::fmt::Write;

use handgrad::tensor::{read_npy, read_safetensors, write_npy, write_safetensors};
use handgrad::{Shape, Tensor, Tolerance, broadcast_shapes};

/// Each call's text, and below it the error it returned.
macro_rules! page {
    ($($call:expr;)*) => {{
        let mut page = String::new();
        $(
            let error = $call.err().expect(concat!(stringify!($call), " must be refused"));
            let call = stringify!($call).split_whitespace().collect::<Vec<_>>().join(" ");
            writeln!(page, "{call}\n    {error}").expect("strings grow");
        )*
        page
    }};
}

#[test]
fn views() {
    let x = Tensor::<f64>::zeros([2, 3]);
    let empty = Tensor::<f64>::zeros([0, 3]);
    let scalar = Tensor::<f64>::scalar(1.0);
    let page = page! {
        x.transpose(0, 2);
        scalar.transpose(0, 1);
        x.permute(&[0]);
        x.permute(&[0, 0]);
        x.permute(&[0, -3]);
        x.narrow(1, 2, 2);
        x.narrow(1, 4, usize::MAX);
        x.narrow(2, 0, 1);
        scalar.narrow(0, 0, 1);
        x.slice(1, 0..4, 1);
        x.slice(1, 0..3, 0);
        x.select(0, 2);
        x.select(-1, -4);
        empty.select(0, 0);
        scalar.select(0, 0);
        x.expand([2, 4]);
        x.expand([3]);
        x.expand([usize::MAX, 2, 3]);
        x.flip(&[1, -1]);
        x.flip(&[2]);
        x.squeeze(2);
        x.unsqueeze(3);
        x.unsqueeze(-4);
        x.reshape([4]);
        x.reshape([usize::MAX, 2]);
        x.t().view([6]);
        x.flatten(1, 0);
        x.flatten(0, 2);
        x.item();
        empty.item();
    };
    insta::assert_snapshot!(page);
}

#[test]
fn arithmetic() {
    let (x, y) = (Tensor::<f64>::zeros([2, 3]), Tensor::<f64>::zeros([4]));
    let scalar = Tensor::<f64>::scalar(1.0);
    let huge = scalar.expand([1 << 50]).expect("a view of one element");
    let mask = Tensor::new([true, false]);
    let page = page! {
        x.try_add(&y);
        x.try_sub(&y);
        x.try_mul(&y);
        x.try_div(&y);
        huge.try_add(&huge);
        x.eq(&y);
        x.lt(&y);
        x.le(&y);
        x.gt(&y);
        x.ge(&y);
        mask.select_where(&x, &scalar);
        x.zip_map("hypot", &y, f64::hypot);
        broadcast_shapes("outer", x.shape(), y.shape());
        broadcast_shapes("outer", &Shape::from([1 << 40, 1]), &Shape::from([1 << 40]));
        x.sum_to_shape([2]);
        x.sum_to_shape([1, 2, 3]);
        x.with_tangent(&y);
        x.matmul(&x);
        x.matmul(&y);
        y.matmul(&x);
        y.matmul(&scalar);
        Tensor::<f64>::zeros([2, 1, 3]).matmul(&Tensor::zeros([4, 3, 1]));
        x.assert_close(&y, Tolerance::default());
        x.assert_close(&(&x + 1.0), Tolerance::default());
    };
    insta::assert_snapshot!(page);
}

#[test]
fn reductions() {
    let (x, empty) = (Tensor::<f64>::zeros([2, 3]), Tensor::<f64>::zeros([2, 0]));
    let wide = Tensor::<f64>::zeros([1 << 60, 0]);
    let page = page! {
        x.sum_dims(&[2], false);
        x.sum_dims(&[0, -2], false);
        wide.sum_dims(&[1], false);
        x.mean_dims(&[-3], false);
        x.var_dims(&[1, 1], 1.0, true);
        x.prod_dims(&[5], false);
        empty.amax(&[1], false);
        empty.amin(&[1], false);
        empty.max();
        empty.min();
        empty.argmax(1, false);
        empty.argmin(1, false);
        x.argmax(2, false);
    };
    insta::assert_snapshot!(page);
}

#[test]
fn joins_and_indices() {
    let (x, y) = (Tensor::<f64>::zeros([2, 3]), Tensor::<f64>::zeros([4]));
    let scalar = Tensor::<f64>::scalar(1.0);
    let empty = Tensor::<f64>::zeros([0, 3]);
    let index = Tensor::<usize>::new([[0, 3]]);
    let page = page! {
        Tensor::<f64>::cat(&[], 0);
        Tensor::cat(&[&x, &y], 0);
        Tensor::cat(&[&x, &x.t()], 0);
        Tensor::cat(&[&x, &x], 2);
        Tensor::cat(&[&scalar, &scalar], 0);
        Tensor::<f64>::stack(&[], 0);
        Tensor::stack(&[&x, &y], 0);
        Tensor::stack(&[&x, &x], 3);
        x.split(&[1, 1], 1);
        x.split(&[1, 1], 2);
        scalar.split(&[1], 0);
        x.chunk(0, 0);
        x.chunk(2, 2);
        scalar.chunk(1, 0);
        x.pad(&[(0, 1)], 0.0);
        x.pad(&[(0, 1), (usize::MAX, 0)], 0.0);
        x.index_select(0, &[1, 2]);
        x.index_select(2, &[0]);
        empty.index_select(0, &[0]);
        scalar.index_select(0, &[0]);
        x.gather(1, &index);
        x.gather(0, &Tensor::new([[0_usize, 0], [0, 0], [0, 2]]));
        x.gather(0, &Tensor::new([[0_usize, 0, 0, 0]]));
        x.gather(0, &Tensor::new([0_usize]));
        x.index_add(1, &[0, 1], 3);
        x.index_add(0, &[0, 2], 2);
        x.index_add(0, &[0, 1], usize::MAX);
        x.scatter_add(0, &index, &Shape::from([2, 3]));
        Tensor::<f64>::zeros([1, 2]).scatter_add(1, &index, &Shape::from([2, 3]));
        x.scatter_add(0, &Tensor::new([[0_usize, 1]]), &Shape::from([2, 3]));
        x.scatter_add(0, &index, &Shape::from([usize::MAX, 3]));
    };
    insta::assert_snapshot!(page);
}

#[test]
fn constructors_and_files() {
    let x = Tensor::<f32>::zeros([3]);
    let mut whole = Vec::new();
    write_npy(&x, &mut whole).expect("a vector takes anything");
    let zip = b"PK\x03\x04\x14\0\0\0\x08\0".as_slice();
    let newer = b"\x93NUMPY\x09\0".as_slice();
    let integers = b"\x93NUMPY\x01\0\x39\0\
        {'descr': '<i8', 'fortran_order': False, 'shape': (3,), }"
        .as_slice();
    let no_shape = b"\x93NUMPY\x01\0\x28\0{'descr': '<f8', 'fortran_order': False}".as_slice();
    let ids = b"\x37\0\0\0\0\0\0\0\
        {\"ids\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}\x01"
        .as_slice();
    let page = page! {
        Tensor::from_vec(vec![1.0_f32, 2.0], [3]);
        Tensor::from_vec(vec![1.0_f32], [usize::MAX, 2]);
        Tensor::<f32>::arange(0.0, 1.0, -0.1);
        Tensor::<f32>::arange(0.0, 1.0, 0.0);
        Tensor::<f32>::arange(0.0, f64::INFINITY, 1.0);
        Tensor::<f32>::arange(0.0, 1e15, 1.0);
        read_npy::<f32>(zip);
        read_npy::<f32>(&whole[..4]);
        read_npy::<f32>(newer);
        read_npy::<f32>(&whole[..40]);
        read_npy::<f32>(&whole[..132]);
        read_npy::<f32>(integers);
        read_npy::<f32>(no_shape);
        read_safetensors::<f32>(zip);
        read_safetensors::<f32>(b"\x02\0\0\0\0\0\0\0[]");
        read_safetensors::<f32>(ids);
        write_safetensors([("w", &x), ("w", &x)]);
        write_safetensors([("__metadata__", &x)]);
    };
    insta::assert_snapshot!(page);
}
