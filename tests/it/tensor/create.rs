//! Constructors.

use handgrad::Tensor;

use crate::naive::Naive;
use crate::strategies::{for_all, shapes};

#[test]
fn from_fn_full_zeros_and_ones_fill_any_shape() {
    for_all(shapes(), |shape| {
        let value = |index: &[usize]| index.iter().fold(1.0, |sum, &i| sum * 7.0 + i as f64);
        Naive::from_fn(&shape, value).assert_is(&Tensor::from_fn(shape.clone(), value));
        Naive::from_fn(&shape, |_| 2.5_f32).assert_is(&Tensor::full(shape.clone(), 2.5_f32));
        Naive::from_fn(&shape, |_| 0.0).assert_is(&Tensor::<f64>::zeros(shape.clone()));
        Naive::from_fn(&shape, |_| 1.0).assert_is(&Tensor::<f64>::ones(shape.clone()));
        let count = shape.iter().product::<usize>();
        assert!(Tensor::from_vec(vec![true; count], shape.clone()).is_ok());
        assert!(Tensor::from_vec(vec![true; count + 1], shape).is_err());
    });
}

#[test]
fn nested_arrays_are_row_major() {
    let x = Tensor::<f64>::new([[[1.0, 2.0]], [[3.0, 4.0]], [[5.0, 6.0]]]);
    assert_eq!((x.shape().to_vec(), x.to_vec()), (vec![3, 1, 2], vec![1., 2., 3., 4., 5., 6.]));
    assert_eq!(Tensor::<f32>::new([[[0.0_f32; 0]; 4]; 2]).shape(), &[2, 4, 0]);
    assert_eq!(Tensor::new(true).rank(), 0);
}

#[test]
fn arange_has_the_values_that_numpy_has() {
    let values = |start, end, step| Tensor::<f64>::arange(start, end, step).map(|x| x.to_vec());
    assert_eq!(values(0.0, 3.0, 1.0).unwrap(), [0.0, 1.0, 2.0]);
    assert_eq!(values(0.0, 3.5, 1.0).unwrap(), [0.0, 1.0, 2.0, 3.0]);
    assert_eq!(values(2.0, -1.0, -1.0).unwrap(), [2.0, 1.0, 0.0]);
    assert!(values(5.0, 5.0, 1.0).unwrap().is_empty());
    assert!(values(5.0, 5.0, -1.0).unwrap().is_empty());
    // (1.3 - 1) / 0.1 rounds to more than 3, in NumPy and PyTorch as here.
    assert_eq!(values(1.0, 1.3, 0.1).unwrap().len(), 4);
    assert!(values(0.0, -0.5, 1.0).is_err());
    assert!(values(0.0, 1.0, 0.0).is_err());
    assert!(values(0.0, 1.0, f64::NAN).is_err());
    assert!(values(0.0, f64::INFINITY, 1.0).is_err());
    assert!(values(0.0, 9e15, 1.0).is_err());
}

#[test]
fn linspace_includes_both_ends_exactly() {
    for count in 2..50 {
        let x = Tensor::<f64>::linspace(-0.3, 0.7, count).to_vec();
        assert_eq!((x.len(), x[0], x[count - 1]), (count, -0.3, 0.7));
        let step = 1.0 / (count - 1) as f64;
        assert!(x.windows(2).all(|pair| (pair[1] - pair[0] - step).abs() < 1e-15));
    }
    assert_eq!(Tensor::<f32>::linspace(3.0, 9.0, 1).to_vec(), [3.0]);
    assert_eq!(Tensor::<f32>::linspace(3.0, 9.0, 0).shape(), &[0]);
}

#[test]
fn eye_is_neutral() {
    for n in 0..5 {
        let eye = Tensor::<f64>::eye(n);
        let x = Tensor::from_fn([n, n], |index| (index[0] * n + index[1]) as f64);
        assert_eq!(eye.matmul(&x).unwrap().to_vec(), x.to_vec());
        assert_eq!(eye.sum().item().unwrap(), n as f64);
    }
}

#[test]
fn bytes_are_those_of_the_elements_seen() {
    let x = Tensor::<f32>::zeros([2, 3]);
    assert_eq!((x.bytes(), x.narrow(1, 0, 1).unwrap().bytes()), (24, 8));
    assert_eq!(Tensor::<f32>::zeros([1]).expand([1 << 62]).unwrap().bytes(), usize::MAX);
}
