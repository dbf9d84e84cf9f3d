//! The degenerate inputs, in the shape that a layer takes.

use handgrad::catalog::Entry;
use handgrad::module::{Args, Value};
use handgrad::{Shape, Tensor};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

/// A layer's arguments and an input.
pub(crate) struct Case {
    pub(crate) title: &'static str,
    pub(crate) args: Args,
    pub(crate) input: Tensor<f32>,
}

/// Neither symmetric nor monotone, so that no gradient vanishes by chance; and
/// fractions of 2, which an offset of a million leaves exact.
const GENERIC: [f32; 8] = [0.5, -1.0, 2.0, 1.5, -2.5, 3.0, -0.5, 1.0];

/// What a large mean is in f32: its neighbours are 0.0625 apart.
pub(crate) const OFFSET: f32 = 1e6;

/// The shapes of a page's inputs, by rank: a line; rows; two samples of one channel;
/// and one sample of two channels. With three places a channel is not standardized to
/// plus and minus 1, where its gradient is 0.
const SHAPES: [&[usize]; 5] = [&[4], &[2, 4], &[2, 1, 3], &[1, 2, 1, 3], &[1, 2, 1, 1, 3]];

/// Draws what the catalog cannot guess.
const SEED: u64 = 1;

/// A page's cases in order.
pub(crate) fn cases(entry: &Entry) -> Vec<Case> {
    let shape = usual_shape(entry);
    let case = |title, input: Tensor<f32>| {
        let args = arguments(entry, input.shape());
        Case { title, args, input }
    };
    let mut cases = vec![
        case("constant", constant(&shape)),
        case("zeros", Tensor::zeros(&shape)),
        case("one element", generic(&all_ones_but_last(&shape, 1))),
        case("two elements", generic(&all_ones_but_last(&shape, 2))),
        case("a first dim of 0", Tensor::zeros(with_dim(&shape, 0, 0))),
        case("a last dim of 0", Tensor::zeros(with_dim(&shape, shape.len() - 1, 0))),
        case("a mean of a million", generic(&shape).map(|x| x + OFFSET)),
        case("+inf", at_both_ends(&shape, f32::INFINITY)),
        case("-inf", at_both_ends(&shape, f32::NEG_INFINITY)),
        case("NaN", with_nan(&shape)),
    ];
    if entry.about.arguments.iter().any(|argument| argument.name == "eps") {
        let without_eps = |title, input: Tensor<f32>| {
            let args = arguments(entry, input.shape()).with("eps", 0.0);
            Case { title, args, input }
        };
        cases.push(without_eps("constant, eps=0", constant(&shape)));
        cases.push(without_eps("zeros, eps=0", Tensor::zeros(&shape)));
        cases.push(without_eps("generic, eps=0", generic(&shape)));
    }
    cases
}

/// The shape of most of a page's inputs.
pub(crate) fn usual_shape(entry: &Entry) -> Shape {
    SHAPES[rank(entry).clamp(1, SHAPES.len()) - 1].into()
}

/// The rank of a page's inputs, from those that the layer is tried with. A layer that
/// takes rows as well as images is as clear with rows. Any other wants samples of
/// channels, which the greatest rank has.
fn rank(entry: &Entry) -> usize {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let ranks: Vec<usize> = (0..64).map(|_| entry.sample(&mut rng).shape.len()).collect();
    let takes = |rank| ranks.contains(&rank);
    if takes(2) && takes(4) { 2 } else { ranks.into_iter().max().unwrap_or_default() }
}

/// The arguments for an input: what the layer cannot do without, as the catalog
/// guesses it, or else as the layer draws it for its own tests.
pub(crate) fn arguments(entry: &Entry, shape: &Shape) -> Args {
    let mut args = entry.args_for(shape);
    let drawn = entry.sample(&mut ChaCha8Rng::seed_from_u64(SEED)).args;
    for argument in entry.about.arguments {
        let is_missing = argument.default.is_none() && args.get(argument.name).is_none();
        if let (true, Some(value)) = (is_missing, drawn.get(argument.name)) {
            args.set(argument.name, value.clone());
        }
        // Without running statistics a layer's two modes are one.
        if argument.name == "track_running_stats" && argument.default == Some(Value::Bool(false)) {
            args.set(argument.name, Value::Bool(true));
        }
    }
    args
}

pub(crate) fn generic(shape: &Shape) -> Tensor<f32> {
    let mut values = GENERIC.into_iter().cycle();
    Tensor::from_fn(shape, |_| values.next().unwrap_or_default())
}

fn constant(shape: &Shape) -> Tensor<f32> {
    Tensor::full(shape, 2.0)
}

/// The value as the first number of the first line and the last of the last: for a
/// gated unit, once in what is gated and once in the gate.
fn at_both_ends(shape: &Shape, value: f32) -> Tensor<f32> {
    let mut input = generic(shape);
    let numbers = input.make_mut();
    let last = numbers.len() - 1;
    (numbers[0], numbers[last]) = (value, value);
    input
}

/// A single NaN, so that the page shows how far it reaches.
fn with_nan(shape: &Shape) -> Tensor<f32> {
    let mut input = generic(shape);
    input.make_mut()[0] = f32::NAN;
    input
}

fn all_ones_but_last(shape: &Shape, size: usize) -> Shape {
    with_dim(&Shape::from(vec![1; shape.len()]), shape.len() - 1, size)
}

fn with_dim(shape: &Shape, dim: usize, size: usize) -> Shape {
    shape.iter().enumerate().map(|(at, &old)| if at == dim { size } else { old }).collect()
}
