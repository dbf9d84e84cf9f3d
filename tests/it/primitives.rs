//! Every primitive operation against both references, broadcasting included.

use handgrad::check::{CheckOptions, Function, dualcheck, gradcheck};
use handgrad::ops::{cat, stack, where_};
use handgrad::{Real, Result, Shape, Tape, Tensor, Var};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

/// One operation with its constant arguments.
#[derive(Clone, Copy, Debug)]
enum Primitive {
    Add,
    Sub,
    Mul,
    Div,
    Square,
    Maximum,
    Minimum,
    Where,
    Neg,
    Exp,
    Ln,
    Sqrt,
    Abs,
    Powf(f64),
    Clamp,
    Numbers,
    Sum,
    SumDims(&'static [isize], bool),
    Mean,
    MeanDims(&'static [isize], bool),
    Var(f64),
    VarDims(&'static [isize], f64, bool),
    Max,
    Min,
    Amax(&'static [isize], bool),
    Amin(&'static [isize], bool),
    Matmul,
    Reshape(&'static [usize]),
    ReshapeOfTranspose(&'static [usize]),
    Flatten,
    Squeeze(isize),
    Unsqueeze(isize),
    Permute(&'static [isize]),
    Transpose(isize, isize),
    T,
    Expand(&'static [usize]),
    Narrow,
    Slice,
    Select(isize, isize),
    Flip(&'static [isize]),
    Cat(isize),
    Stack(isize),
    Pad,
    IndexSelect(isize, &'static [usize]),
}

impl Function for Primitive {
    fn call<'t, T: Real>(&self, v: &[Var<'t, T>]) -> Result<Var<'t, T>> {
        let x = v[0];
        match *self {
            Primitive::Add => x.try_add(v[1]),
            Primitive::Sub => x.try_sub(v[1]),
            Primitive::Mul => x.try_mul(v[1]),
            Primitive::Div => x.try_div(v[1]),
            Primitive::Square => Ok(x * x),
            Primitive::Maximum => x.maximum(v[1]),
            Primitive::Minimum => x.minimum(v[1]),
            Primitive::Where => {
                where_(&Tensor::new([[true, false, true], [false, false, true]]), x, v[1])
            }
            Primitive::Neg => Ok(-x),
            Primitive::Exp => Ok(x.exp()),
            Primitive::Ln => Ok(x.ln()),
            Primitive::Sqrt => Ok(x.sqrt()),
            Primitive::Abs => Ok(x.abs()),
            Primitive::Powf(p) => Ok(x.powf(p)),
            Primitive::Clamp => x.clamp(-0.5, 0.75),
            Primitive::Numbers => Ok(2.0 / (3.0 - (x * 0.5 + 4.0) / 3.0 - 1.0) - (1.5 - x)),
            Primitive::Sum => Ok(x.sum()),
            Primitive::SumDims(dims, keep) => x.sum_dims(dims, keep),
            Primitive::Mean => Ok(x.mean()),
            Primitive::MeanDims(dims, keep) => x.mean_dims(dims, keep),
            Primitive::Var(correction) => Ok(x.var(correction)),
            Primitive::VarDims(dims, correction, keep) => x.var_dims(dims, correction, keep),
            Primitive::Max => x.max(),
            Primitive::Min => x.min(),
            Primitive::Amax(dims, keep) => x.amax(dims, keep),
            Primitive::Amin(dims, keep) => x.amin(dims, keep),
            Primitive::Matmul => x.matmul(v[1]),
            Primitive::Reshape(shape) => x.reshape(shape),
            Primitive::ReshapeOfTranspose(shape) => x.t().reshape(shape),
            Primitive::Flatten => x.flatten(0, -1),
            Primitive::Squeeze(dim) => x.squeeze(dim),
            Primitive::Unsqueeze(dim) => x.unsqueeze(dim),
            Primitive::Permute(dims) => x.permute(dims),
            Primitive::Transpose(a, b) => x.transpose(a, b),
            Primitive::T => Ok(x.t()),
            Primitive::Expand(shape) => x.expand(shape),
            Primitive::Narrow => x.narrow(-1, 1, 2),
            Primitive::Slice => x.slice(0, 1..5, 2),
            Primitive::Select(dim, index) => x.select(dim, index),
            Primitive::Flip(dims) => x.flip(dims),
            Primitive::Cat(dim) => cat(v, dim),
            Primitive::Stack(dim) => stack(v, dim),
            Primitive::Pad => x.pad(&[(1, 0), (2, 3)], 7.0),
            Primitive::IndexSelect(dim, indices) => x.index_select(dim, indices),
        }
    }
}

/// Operations and the shapes they are tried on, one list of shapes an operation.
fn cases() -> Vec<(Primitive, Vec<Shape>)> {
    use Primitive::*;
    let mut cases: Vec<(Primitive, Vec<Shape>)> = Vec::new();
    let pairs: [[&[usize]; 2]; 7] = [
        [&[2, 3], &[2, 3]],
        [&[2, 3], &[3]],
        [&[2, 1], &[1, 3]],
        [&[], &[2, 2]],
        [&[4, 1, 2], &[3, 1]],
        [&[], &[]],
        [&[0, 3], &[1]],
    ];
    for op in [Add, Sub, Mul, Div, Maximum, Minimum] {
        cases.extend(pairs.map(|[a, b]| (op, vec![a.into(), b.into()])));
    }
    cases.push((Where, vec![[2, 3].into(), [3].into()]));
    cases.push((Where, vec![Shape::default(), [2, 1].into()]));
    for op in [Square, Neg, Exp, Ln, Sqrt, Abs, Powf(2.5), Powf(-1.0), Powf(0.0), Clamp, Numbers] {
        cases.push((op, vec![[3, 4].into()]));
        cases.push((op, vec![Shape::default()]));
    }
    for op in [Sum, Mean, Var(0.0), Var(1.0), Max, Min, Flatten, T] {
        cases.push((op, vec![[2, 3, 2].into()]));
    }
    for dims in [&[0][..], &[-1], &[0, 2], &[0, 1, 2], &[]] {
        for keep in [true, false] {
            let ops = [
                SumDims(dims, keep),
                MeanDims(dims, keep),
                VarDims(dims, 0.0, keep),
                Amax(dims, keep),
                Amin(dims, keep),
            ];
            cases.extend(ops.map(|op| (op, vec![[2, 3, 2].into()])));
        }
    }
    let products: [[&[usize]; 2]; 8] = [
        [&[3], &[3]],
        [&[2, 3], &[3]],
        [&[3], &[3, 2]],
        [&[2, 3], &[3, 4]],
        [&[5, 2, 3], &[3, 4]],
        [&[2, 1, 2, 3], &[4, 3, 2]],
        [&[3], &[2, 3, 2]],
        [&[2, 2, 3], &[3]],
    ];
    cases.extend(products.map(|[a, b]| (Matmul, vec![a.into(), b.into()])));
    let views = [
        Reshape(&[4, 6]),
        ReshapeOfTranspose(&[4, 6]),
        Unsqueeze(1),
        Unsqueeze(-1),
        Permute(&[2, 0, 1]),
        Permute(&[-1, 1, 0]),
        Transpose(0, -1),
        Narrow,
        Select(1, -1),
        Select(0, 0),
        Flip(&[0, 2]),
        IndexSelect(1, &[2, 0, 2, 2]),
        IndexSelect(-1, &[]),
    ];
    cases.extend(views.map(|op| (op, vec![[2, 3, 4].into()])));
    cases.push((Slice, vec![[6, 2].into()]));
    cases.push((Squeeze(1), vec![[2, 1, 3].into()]));
    cases.push((Squeeze(0), vec![[2, 1, 3].into()]));
    cases.push((Expand(&[4, 2, 3]), vec![[2, 1].into()]));
    cases.push((Cat(1), vec![[2, 1].into(), [2, 3].into(), [2, 0].into()]));
    cases.push((Stack(-1), vec![[2, 3].into(), [2, 3].into()]));
    cases.push((Pad, vec![[2, 3].into()]));
    cases
}

#[test]
fn every_primitive_agrees_with_differences_and_with_dual_numbers() {
    for (index, (op, shapes)) in cases().into_iter().enumerate() {
        let mut rng = ChaCha8Rng::seed_from_u64(index as u64);
        let positive = matches!(op, Primitive::Ln | Primitive::Sqrt | Primitive::Powf(_));
        let inputs: Vec<Tensor<f64>> = shapes
            .iter()
            .map(|shape| Tensor::randn(shape, &mut rng))
            .map(|x: Tensor<f64>| if positive { x.map(|x| x.abs() + 0.5) } else { x })
            .collect();
        let options = CheckOptions { seed: index as u64, ..CheckOptions::default() };
        let report = gradcheck(|v| op.call(v), &inputs, &options).unwrap();
        assert!(report.passed(), "{op:?} on {shapes:?}\n{report}");
        let report = dualcheck(&op, &inputs, &options).unwrap();
        assert!(report.passed(), "{op:?} on {shapes:?}\n{report}");
    }
}

/// The gradient of `op` at one point of a vector, for cotangents of all ones.
fn slopes(op: Primitive, x: &[f64]) -> Vec<f64> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::from_vec(x.to_vec(), [x.len()]).unwrap());
    let y = op.call(&[x]).unwrap();
    y.backward_with(&Tensor::ones(y.shape())).unwrap().wrt(x).unwrap().to_vec()
}

#[test]
fn kinks_and_ties_are_resolved_as_in_pytorch() {
    assert_eq!(slopes(Primitive::Abs, &[0.0, -0.0, -2.0]), [0.0, 0.0, -1.0]);
    assert_eq!(slopes(Primitive::Clamp, &[-0.5, 0.75, 0.0, 2.0]), [0.0, 0.0, 1.0, 0.0]);
    assert_eq!(slopes(Primitive::Sqrt, &[0.0]), [f64::INFINITY]);
    assert_eq!(slopes(Primitive::Powf(0.0), &[0.0]), [0.0]);
    assert_eq!(slopes(Primitive::Max, &[3.0, 1.0, 3.0]), [0.5, 0.0, 0.5]);
    assert_eq!(slopes(Primitive::Amin(&[0], false), &[1.0, 1.0, 1.0, 2.0])[3], 0.0);

    let tape = Tape::new();
    let (a, b) = (tape.leaf(Tensor::new([1.0, 2.0])), tape.leaf(Tensor::new([1.0, 5.0])));
    let gradients = a.maximum(b).unwrap().backward_with(&Tensor::new([10.0, 20.0])).unwrap();
    assert_eq!(gradients.wrt(a).unwrap().to_vec(), [5.0, 0.0]);
    assert_eq!(gradients.wrt(b).unwrap().to_vec(), [5.0, 20.0]);
}
