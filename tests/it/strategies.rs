//! Random shapes, values and tensors, in every layout a tensor can have.
//!
//! Runs are reproducible: the generator's seed is fixed and no file is written,
//! so a failure on one machine is a failure on all.

use std::ops::RangeInclusive;

use handgrad::{Real, Shape, Tensor};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;
use proptest::test_runner::{RngSeed, TestRunner};
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

/// The most elements a random tensor has: enough for every kind of loop to
/// run, few enough that a thousand cases take no time.
const MOST_ELEMENTS: usize = 120;

/// Runs a test on random inputs and reports the smallest that fails.
///
/// A failing test panics; plain `assert!` will do.
#[track_caller]
pub(crate) fn for_all<S: Strategy>(inputs: S, test: impl Fn(S::Value)) {
    let config = ProptestConfig {
        cases: 512,
        rng_seed: RngSeed::Fixed(0),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let result = TestRunner::new(config).run(&inputs, |input| {
        test(input);
        Ok(())
    });
    if let Err(failure) = result {
        // Written out first: a broken tensor may panic when printed, and a panic
        // within a panic aborts all other tests.
        let report = failure.to_string();
        panic!("{report}");
    }
}

/// Shapes of rank 0 to 5 with sizes 0 to 5.
pub(crate) fn shapes() -> impl Strategy<Value = Vec<usize>> {
    shapes_with(0..=5, 0..=5)
}

/// Shapes of tensors that have elements.
pub(crate) fn full_shapes() -> impl Strategy<Value = Vec<usize>> {
    shapes_with(0..=5, 1..=5)
}

/// Shapes with ranks and sizes within bounds, and not too many elements.
pub(crate) fn shapes_with(
    ranks: RangeInclusive<usize>,
    sizes: RangeInclusive<usize>,
) -> impl Strategy<Value = Vec<usize>> {
    let least = *sizes.start();
    vec(sizes, ranks).prop_map(move |mut shape| {
        // Shrinking the sizes, rather than rejecting the shape, keeps high ranks likely.
        while shape.iter().product::<usize>() > MOST_ELEMENTS {
            match shape.iter_mut().max() {
                Some(largest) if *largest > least => *largest -= 1,
                _ => drop(shape.pop()),
            }
        }
        shape
    })
}

/// What to draw a tensor's elements from. A strategy is used up by a tensor, so
/// two tensors need a clone.
pub(crate) trait Values: Strategy<Value = f64> + Clone {}

impl<S: Strategy<Value = f64> + Clone> Values for S {}

/// Multiples of 1/8 from -4 to 4. Sums of products of them are exact in `f32`
/// and `f64`, so results must be equal whatever the order of additions.
pub(crate) fn exact_values() -> impl Values {
    (-32..=32).prop_map(|eighths| f64::from(eighths) / 8.0)
}

/// Any values from -4 to 4.
pub(crate) fn values() -> impl Values {
    -4.0..4.0
}

/// Values among which NaN, infinities, both zeros, and the very large and very
/// small are common.
pub(crate) fn special_values() -> impl Values {
    prop_oneof![
        2 => exact_values(),
        1 => proptest::sample::select(vec![
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            0.0,
            -0.0,
            f64::MAX,
            f64::MIN_POSITIVE,
            5e-324,
        ]),
    ]
}

/// A contiguous tensor of a given shape.
pub(crate) fn tensor_of(
    shape: Vec<usize>,
    values: impl Values,
) -> impl Strategy<Value = Tensor<f64>> {
    vec(values, shape.iter().product::<usize>())
        .prop_map(move |data| Tensor::from_vec(data, shape.clone()).expect("one for each element"))
}

/// Contiguous tensors of exact values.
pub(crate) fn tensors() -> impl Strategy<Value = Tensor<f64>> {
    shapes().prop_flat_map(|shape| tensor_of(shape, exact_values()))
}

/// Two tensors of the same shape and values: one contiguous, one usually not.
#[derive(Clone, Debug)]
pub(crate) struct Twins {
    pub(crate) plain: Tensor<f64>,
    pub(crate) strided: Tensor<f64>,
}

/// Twins of exact values and any shape.
pub(crate) fn twins() -> impl Strategy<Value = Twins> {
    twins_with(shapes(), exact_values())
}

/// Twins whose strided half is permuted, sliced with steps, flipped and
/// expanded.
pub(crate) fn twins_with(
    shapes: impl Strategy<Value = Vec<usize>>,
    values: impl Values,
) -> impl Strategy<Value = Twins> {
    let strided = shapes
        .prop_flat_map(|shape| (Just(shape.clone()), some_of(shape.len())))
        .prop_flat_map(move |(shape, expanded)| {
            let mut base = shape.clone();
            for dim in expanded {
                base[dim] = 1;
            }
            (Just(shape), tensor_of(base, values.clone()), any::<u64>())
        });
    strided.prop_map(|(shape, base, choice)| Twins {
        plain: repeated(&base, &shape),
        strided: views_of(&base, choice).expand(shape).expect("dims of size 1 expand"),
    })
}

/// No dimension, usually; now and then some.
fn some_of(rank: usize) -> impl Strategy<Value = Vec<usize>> {
    let all: Vec<usize> = (0..rank).collect();
    prop_oneof![2 => Just(vec![]), 1 => subsequence(all, 0..=rank)]
}

/// What expanding `base` to `shape` means, element by element.
fn repeated(base: &Tensor<f64>, shape: &[usize]) -> Tensor<f64> {
    Tensor::from_fn(shape.to_vec(), |index| {
        let sizes = base.shape().iter();
        let own: Vec<usize> =
            index.iter().zip(sizes).map(|(&i, &size)| if size == 1 { 0 } else { i }).collect();
        base.get(&own).expect("within the base")
    })
}

/// A tensor of the same shape and values in another layout: permuted, flipped,
/// and scattered over a buffer with a start, steps and an end of its own.
///
/// The gaps hold NaN, which shows in whatever reads them. `choice` picks the
/// layout; the tensor may be in any.
pub(crate) fn views_of<T: Real>(tensor: &Tensor<T>, choice: u64) -> Tensor<T> {
    let mut rng = ChaCha8Rng::seed_from_u64(choice);
    let mut order: Vec<usize> = (0..tensor.rank()).collect();
    order.shuffle(&mut rng);
    let axes: Vec<Axis> =
        order.iter().map(|&dim| Axis::random(dim, tensor.shape()[dim], &mut rng)).collect();

    let buffer_shape: Shape = axes.iter().map(Axis::buffer_size).collect();
    let buffer = Tensor::from_fn(buffer_shape, |place| {
        let mut index = vec![0; axes.len()];
        for (axis, &at) in axes.iter().zip(place) {
            match axis.entry_at(at) {
                Some(entry) => index[axis.dim] = entry,
                None => return T::from_f64(f64::NAN),
            }
        }
        tensor.get(&index).expect("an entry of every dim")
    });

    let mut view = buffer;
    for (at, axis) in axes.iter().enumerate() {
        let range = axis.start..axis.start + axis.size * axis.step;
        view = view.slice(at as isize, range, axis.step).expect("within the buffer");
        if axis.flipped {
            view = view.flip(&[at as isize]).expect("a dim of the buffer");
        }
    }
    let mut back = vec![0; axes.len()];
    for (at, &dim) in order.iter().enumerate() {
        back[dim] = at as isize;
    }
    view.permute(&back).expect("each dim once")
}

/// How one dimension of a tensor lies in a buffer.
struct Axis {
    dim: usize,
    size: usize,
    start: usize,
    step: usize,
    end: usize,
    flipped: bool,
}

impl Axis {
    fn random(dim: usize, size: usize, rng: &mut ChaCha8Rng) -> Self {
        let mut rarely = |most: usize| if rng.random() { 0 } else { rng.random_range(0..=most) };
        let (start, step, end) = (rarely(1), 1 + rarely(1), rarely(1));
        Axis { dim, size, start, step, end, flipped: rng.random() }
    }

    fn buffer_size(&self) -> usize {
        self.start + self.size * self.step + self.end
    }

    /// Which entry of the dimension lies at a place in the buffer.
    fn entry_at(&self, place: usize) -> Option<usize> {
        let steps = place.checked_sub(self.start)?;
        let entry = steps / self.step;
        let held = steps.is_multiple_of(self.step) && entry < self.size;
        held.then(|| if self.flipped { self.size - 1 - entry } else { entry })
    }
}

/// Two shapes that broadcast together, and what they broadcast to.
pub(crate) fn broadcastable_shapes() -> impl Strategy<Value = (Vec<usize>, Vec<usize>)> {
    shapes()
        .prop_flat_map(|joined| {
            let rank = joined.len();
            let ones = || vec(proptest::bool::weighted(0.3), rank);
            (Just(joined), ones(), ones(), 0..=rank, any::<bool>())
        })
        .prop_map(|(joined, ones_a, ones_b, dropped, drop_first)| {
            let operand = |ones: &[bool]| -> Vec<usize> {
                joined.iter().zip(ones).map(|(&size, &one)| if one { 1 } else { size }).collect()
            };
            let (a, b) = (operand(&ones_a), operand(&ones_b)[dropped..].to_vec());
            if drop_first { (b, a) } else { (a, b) }
        })
}

/// Two tensors that broadcast together, each in any layout.
pub(crate) fn broadcastable_twins(values: impl Values) -> impl Strategy<Value = (Twins, Twins)> {
    broadcastable_shapes().prop_flat_map(move |(a, b)| {
        (twins_with(Just(a), values.clone()), twins_with(Just(b), values.clone()))
    })
}

/// Some dimensions of a rank in any order, counted from either end.
pub(crate) fn dims_of(rank: usize) -> impl Strategy<Value = Vec<isize>> {
    subsequence((0..rank as isize).collect::<Vec<_>>(), 0..=rank)
        .prop_shuffle()
        .prop_flat_map(move |dims| (vec(any::<bool>(), dims.len()), Just(dims)))
        .prop_map(move |(from_end, dims)| {
            let named = |(&dim, &back)| if back { dim - rank as isize } else { dim };
            dims.iter().zip(&from_end).map(named).collect()
        })
}

/// Twins of rank 1 or more with one of their dimensions, counted from either
/// end.
pub(crate) fn twins_and_dim() -> impl Strategy<Value = (Twins, isize)> {
    twins_with(shapes_with(1..=5, 0..=5), exact_values()).prop_flat_map(|twins| {
        let rank = twins.plain.rank() as isize;
        (Just(twins), -rank..rank)
    })
}
