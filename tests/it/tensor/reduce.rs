//! Reductions over any dimensions, with and without `keepdim`.

use handgrad::{Dual, Real, Result, Tensor, Tolerance};
use proptest::prelude::*;

use crate::naive::{Naive, assert_same, positive};
use crate::strategies::{
    Twins, Values, dims_of, exact_values, for_all, shapes, shapes_with, special_values,
    twins_and_dim, twins_with, values, views_of,
};

/// Twins, some of their dimensions, and `keepdim`.
fn reductions(values: impl Values) -> impl Strategy<Value = (Twins, Vec<isize>, bool)> {
    twins_with(shapes(), values).prop_flat_map(|twins| {
        let rank = twins.plain.rank();
        (Just(twins), dims_of(rank), any::<bool>())
    })
}

/// The mean, NaN of no numbers.
fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// The variance, in `torch.var`'s sense where `correction` exceeds the count.
fn variance(x: &[f64], correction: f64) -> f64 {
    let mean = mean(x);
    let squares: f64 = x.iter().map(|x| (x - mean).powi(2)).sum();
    squares / (x.len() as f64 - correction).max(0.0)
}

/// The largest (or, by a negative sign, the smallest), or the first NaN.
fn extreme(x: &[f64], sign: f64) -> f64 {
    let nan = x.iter().copied().find(|x| x.is_nan());
    nan.unwrap_or_else(|| sign * x.iter().fold(f64::NEG_INFINITY, |best, x| best.max(sign * x)))
}

#[test]
fn sums_and_products_are_exact_where_the_numbers_are() {
    for_all(reductions(exact_values()), |(twins, dims, keepdim)| {
        let x = Naive::of(&twins.plain);
        let at = positive(&dims, x.shape.len());
        let sums = x.reduce(&at, keepdim, |group| group.iter().sum::<f64>() + 0.0);
        sums.assert_is(&twins.strided.sum_dims(&dims, keepdim).unwrap());
        let means = x.reduce(&at, keepdim, mean);
        means.assert_is(&twins.strided.mean_dims(&dims, keepdim).unwrap());
        let all: Vec<usize> = (0..x.shape.len()).collect();
        x.reduce(&all, false, |group| group.iter().sum::<f64>() + 0.0)
            .assert_is(&twins.strided.sum());
        x.reduce(&all, false, mean).assert_is(&twins.strided.mean());
    });
    let powers = prop_oneof![Just(2.0), Just(-0.5), Just(1.0), Just(0.0)];
    for_all(reductions(powers), |(twins, dims, keepdim)| {
        let x = Naive::of(&twins.plain);
        let at = positive(&dims, x.shape.len());
        let products = x.reduce(&at, keepdim, |group| group.iter().product());
        products.assert_is(&twins.strided.prod_dims(&dims, keepdim).unwrap());
        assert_same(&twins.strided.prod().to_vec(), &[x.data.iter().product::<f64>()]);
    });
}

#[test]
fn variance_divides_by_the_corrected_count() {
    let inputs = (reductions(exact_values()), prop_oneof![Just(0.0), Just(1.0), Just(2.5)]);
    for_all(inputs, |((twins, dims, keepdim), correction)| {
        let x = Naive::of(&twins.plain);
        let at = positive(&dims, x.shape.len());
        let expected = x.reduce(&at, keepdim, |group| variance(group, correction));
        let got = twins.strided.var_dims(&dims, correction, keepdim).unwrap();
        expected.tensor().assert_close(&got, Tolerance::default()).unwrap();
        let all = twins.strided.var(correction).item().unwrap();
        let close = Tolerance::default();
        assert!(close.accepts(all, variance(&x.data, correction)));
    });
}

#[test]
fn too_large_a_correction_gives_infinity_or_nan_as_in_pytorch() {
    // torch.tensor([1., 2.]).var(correction=3) is inf, torch.tensor([1.]).var() nan.
    assert_eq!(Tensor::<f64>::new([1.0, 2.0]).var(3.0).item().unwrap(), f64::INFINITY);
    assert!(Tensor::<f64>::new([1.0]).var(1.0).item().unwrap().is_nan());
    assert!(Tensor::<f64>::zeros([0]).var(0.0).item().unwrap().is_nan());
}

#[test]
fn extremes_let_nan_win_and_refuse_to_choose_from_nothing() {
    for_all(reductions(special_values()), |(twins, dims, keepdim)| {
        let x = Naive::of(&twins.plain);
        let at = positive(&dims, x.shape.len());
        for sign in [1.0, -1.0] {
            let expected = x.reduce(&at, keepdim, |group| extreme(group, sign));
            let (some, all) = if sign > 0.0 {
                (twins.strided.amax(&dims, keepdim), twins.strided.max())
            } else {
                (twins.strided.amin(&dims, keepdim), twins.strided.min())
            };
            let of_nothing = !expected.data.is_empty() && at.iter().any(|&dim| x.shape[dim] == 0);
            assert_eq!(some.is_err(), of_nothing);
            if let Ok(extremes) = some {
                expected.assert_is(&extremes);
            }
            assert_eq!(all.is_err(), x.data.is_empty());
            if let Ok(all) = all {
                assert_same(&all.to_vec(), &[extreme(&x.data, sign)]);
            }
        }
    });
}

/// `argmax` or `argmin`.
type ArgExtreme = fn(&Tensor<f64>, isize, bool) -> Result<Tensor<usize>>;

#[test]
fn arg_extremes_take_the_first_of_equals_and_nan_before_all() {
    // Few distinct values, so that ties are common.
    let few = prop_oneof![4 => (0..3).prop_map(f64::from), 1 => Just(f64::NAN)];
    let inputs = twins_with(shapes_with(1..=4, 0..=5), few).prop_flat_map(|twins| {
        let rank = twins.plain.rank() as isize;
        (Just(twins), -rank..rank, any::<bool>())
    });
    for_all(inputs, |(twins, dim, keepdim)| {
        let x = Naive::of(&twins.plain);
        let at = positive(&[dim], x.shape.len());
        for (op, sign) in
            [(Tensor::argmax as ArgExtreme, 1.0), (Tensor::argmin as ArgExtreme, -1.0)]
        {
            let first = |group: &[f64]| {
                let best = extreme(group, sign);
                let is_best = |x: &f64| *x == best || (x.is_nan() && best.is_nan());
                group.iter().position(is_best).unwrap_or(0)
            };
            let expected = x.reduce(&at, keepdim, first);
            match op(&twins.strided, dim, keepdim) {
                Ok(indices) => expected.assert_is(&indices),
                Err(_) => assert!(x.shape[at[0]] == 0 && !expected.data.is_empty()),
            }
        }
    });
    assert_eq!(Tensor::scalar(7.0_f64).argmax(0, false).unwrap().item().unwrap(), 0);
}

#[test]
fn reducing_no_dims_changes_nothing() {
    for_all(twins_with(shapes(), exact_values()), |twins| {
        let naive = Naive::of(&twins.plain);
        naive.assert_is(&twins.strided.sum_dims(&[], false).unwrap());
        naive.assert_is(&twins.strided.amax(&[], true).unwrap());
        naive.map(|_| 0.0).assert_is(&twins.strided.var_dims(&[], 0.0, false).unwrap());
    });
}

#[test]
fn nothing_sums_to_zero_multiplies_to_one_and_has_no_mean() {
    let empty = Tensor::<f32>::zeros([2, 0]);
    assert_eq!(empty.sum().item().unwrap(), 0.0);
    assert_eq!(empty.prod().item().unwrap(), 1.0);
    assert!(empty.mean().item().unwrap().is_nan());
    assert_eq!(empty.sum_dims(&[1], false).unwrap().to_vec(), [0.0, 0.0]);
    assert_eq!(empty.sum_dims(&[0], true).unwrap().shape(), &[1, 0]);
    assert_eq!(empty.amax(&[0], false).unwrap().shape(), &[0]);
}

#[test]
fn f32_sums_are_kept_in_f64() {
    // In f32, 2^24 + 1 is 2^24 again; a running f32 sum would never leave it.
    let x = Tensor::<f32>::from_vec([vec![16_777_216.0], vec![1.0; 64]].concat(), [65]).unwrap();
    assert_eq!(x.sum().item().unwrap(), 16_777_280.0);
    assert_eq!(x.sum_dims(&[0], false).unwrap().item().unwrap(), 16_777_280.0);
    assert_eq!(x.mean().item().unwrap(), (16_777_280.0_f64 / 65.0) as f32);
}

#[test]
fn a_sum_has_the_same_bits_in_every_layout() {
    for_all((twins_with(shapes(), values()), any::<u64>()), |(twins, choice)| {
        let sums = [twins.plain.sum(), twins.strided.sum(), views_of(&twins.plain, choice).sum()];
        let [plain, strided, view] = sums.map(|sum| sum.item().unwrap().to_bits());
        assert_eq!((plain, plain), (strided, view));
    });
}

#[test]
fn tangents_are_reduced_with_their_values() {
    for_all(twins_and_dim(), |(twins, dim)| {
        let x = &twins.strided;
        let dual = x.with_tangent(&x.scale(2.0)).unwrap();
        let sums = dual.sum_dims(&[dim], false).unwrap();
        let expected = x.sum_dims(&[dim], false).unwrap();
        Naive::of(&expected).assert_is(&sums.primal());
        Naive::of(&expected.scale(2.0)).assert_is(&sums.tangent());
    });
    // (xy)' = x'y + xy'; a maximum passes its own tangent on.
    let x = Tensor::new([Dual::new(3.0_f64, 1.0), Dual::new(5.0, 10.0)]);
    assert_eq!(x.prod().item().unwrap().eps, 5.0 + 30.0);
    assert_eq!(x.max().unwrap().item().unwrap().eps, 10.0);
    assert_eq!(x.var(1.0).item().unwrap().to_f64(), 2.0);
    assert_eq!(x.var(1.0).item().unwrap().eps, 2.0 * 9.0);
}
