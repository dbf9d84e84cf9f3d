//! What becomes of large, infinite and NaN inputs.

use handgrad::activation::Approximate;
use handgrad::{Tape, Tensor, Var, catalog, module::Args};

/// Arguments for the layers that cannot do without.
pub(super) fn some_args(layer: &str) -> Args {
    match layer {
        "Threshold" => Args::new().with("threshold", 0.5).with("value", 20.0),
        _ => Args::new(),
    }
}

/// The activations of one number: their names, arguments, and the shape of an
/// input of one number.
pub(super) fn of_one_number() -> impl Iterator<Item = (&'static str, Args)> {
    let of_lines =
        ["GLU", "ReGLU", "GEGLU", "SwiGLU", "Softmax", "Softmin", "Softmax2d", "LogSoftmax"];
    catalog::entries()
        .into_iter()
        .filter(|entry| entry.about.family == handgrad::module::Family::Activation)
        .map(|entry| entry.about.name)
        .filter(move |name| !of_lines.contains(name))
        .map(|name| (name, some_args(name)))
}

/// Values and slopes of a layer, in evaluation mode.
pub(super) fn at_all(layer: &str, args: &Args, points: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let mut module = catalog::build::<f32>(layer, args).unwrap();
    module.set_training(false);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::from_vec(points.to_vec(), [points.len()]).unwrap());
    let y = module.forward(x).unwrap();
    let gradients = y.backward_with(&Tensor::ones(y.shape())).unwrap();
    (y.value().to_vec(), gradients.wrt(x).unwrap().to_vec())
}

fn at(layer: &str, args: &Args, x: f32) -> (f32, f32) {
    let (y, slope) = at_all(layer, args, &[x]);
    (y[0], slope[0])
}

#[test]
fn a_nan_stays_one() {
    for (layer, args) in of_one_number() {
        assert!(at(layer, &args, f32::NAN).0.is_nan(), "{layer}");
    }
    for layer in ["GLU", "ReGLU", "GEGLU", "SwiGLU", "Softmax", "Softmin", "LogSoftmax"] {
        for x in [[f32::NAN, 1.0], [1.0, f32::NAN]] {
            let tape = Tape::new();
            let mut module = catalog::build::<f32>(layer, &Args::new()).unwrap();
            let y = module.forward(tape.constant(Tensor::new(x))).unwrap().value();
            assert!(y.iter().all(f32::is_nan), "{layer} of {x:?}: {y}");
        }
    }
}

#[test]
fn no_finite_input_overflows() {
    let extremes = [f32::MAX, 1e30, 1e4, 90.0, 1e-40, 0.0];
    for (layer, args) in of_one_number() {
        for x in extremes.into_iter().flat_map(|x| [x, -x]) {
            let (y, slope) = at(layer, &args, x);
            // A square and SELU's factor above 1 are honest about the largest.
            let grows = ["SquaredReLU", "SELU"].contains(&layer) && x > 1e18;
            assert!(grows || (y.is_finite() && slope.is_finite()), "{layer} of {x}: {y}, {slope}");
        }
    }
}

#[test]
fn infinite_inputs_reach_the_limits() {
    let smooth: [fn(Var<'_, f64>) -> Var<'_, f64>; 5] = [
        |x| x.gelu(Approximate::None),
        |x| x.gelu(Approximate::Tanh),
        |x| x.silu(),
        |x| x.mish(),
        |x| x.hardswish(),
    ];
    for f in smooth {
        let tape = Tape::new();
        let x = tape.leaf(Tensor::new([f64::NEG_INFINITY, f64::INFINITY]));
        let y = f(x);
        assert_eq!(y.value().to_vec(), [0.0, f64::INFINITY], "{y}");
        let gradients = y.backward_with(&Tensor::ones([2])).unwrap();
        assert_eq!(gradients.wrt(x).unwrap().to_vec(), [0.0, 1.0], "{y}");
    }
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([f64::NEG_INFINITY, f64::INFINITY]));
    assert_eq!(x.softsign().value().to_vec(), [-1.0, 1.0]);
    assert_eq!(x.log_sigmoid().value().to_vec(), [f64::NEG_INFINITY, 0.0]);
    assert_eq!(x.softplus(1.0, 20.0).value().to_vec(), [0.0, f64::INFINITY]);
}

/// The tails that the obvious formulas lose.
#[test]
fn tails_keep_their_digits() {
    let relative = |found: f32, exact: f64| (f64::from(found) / exact - 1.0).abs();
    let check = |layer: &str, args: Args, x: f32, exact: f64, slope: f64| {
        let (y, dx) = at(layer, &args, x);
        assert!(relative(y, exact) < 3e-6, "{layer} of {x}: {y:e}, not {exact:e}");
        assert!(relative(dx, slope) < 3e-6, "{layer}' of {x}: {dx:e}, not {slope:e}");
    };
    // From mpmath with 40 digits, at the f32 numbers nearest to these inputs.
    check("GELU", Args::new(), -6.0, -5.919_525_870_226_19e-9, -3.546_870_945_390_2e-8);
    check("SiLU", Args::new(), -80.0, -1.443_881_110_276_33e-33, -1.425_832_596_397_88e-33);
    check("Mish", Args::new(), -80.0, -1.443_881_110_276_33e-33, -1.425_832_596_397_88e-33);
    check("Softplus", Args::new(), -80.0, 1.804_851_387_845_42e-35, 1.804_851_387_845_42e-35);
    check("LogSigmoid", Args::new(), 80.0, -1.804_851_387_845_42e-35, 1.804_851_387_845_42e-35);
    check("Tanhshrink", Args::new(), 1e-3, 3.333_332_474_974_76e-10, 9.999_994_283_284_89e-7);
    check("ELU", Args::new(), -80.0, -1.0, 1.804_851_387_845_42e-35);
}
