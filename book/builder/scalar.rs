//! Activations that are functions of one number, and what they are at some inputs.

use handgrad::catalog::{self, Entry};
use handgrad::module::{Args, Family};
use handgrad::{Result, Tape, Tensor};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

/// Values and slopes at some inputs.
pub(crate) struct Curve {
    pub(crate) values: Vec<f64>,
    pub(crate) slopes: Vec<f64>,
}

/// Every activation of one number, in the catalog's order.
pub(crate) fn entries() -> Vec<Entry> {
    let mut entries = catalog::entries();
    entries.retain(is_of_one_number);
    entries
}

/// Whether a layer is an activation of one number: it takes a single one, and its answer
/// does not depend on a neighbour.
pub(crate) fn is_of_one_number(entry: &Entry) -> bool {
    if entry.about.family != Family::Activation {
        return false;
    }
    let args = arguments(entry);
    match (at(entry, &args, &[0.7]), at(entry, &args, &[0.7, 3.0])) {
        (Ok(alone), Ok(beside)) => beside.values.len() == 2 && alone.values[0] == beside.values[0],
        _ => false,
    }
}

/// The layer's defaults; or, where some argument has none, values of the kind it is tested
/// with.
pub(crate) fn arguments(entry: &Entry) -> Args {
    if entry.about.name == "Threshold" {
        // A value below the threshold makes the jump that ReLU has not.
        return Args::new().with("threshold", 1.0).with("value", 0.0);
    }
    if entry.about.arguments.iter().all(|argument| argument.default.is_some()) {
        return Args::new();
    }
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    entry.sample(&mut rng as &mut dyn Rng).args
}

/// The layer's name, with its arguments where they are not the defaults.
pub(crate) fn name(entry: &Entry, args: &Args) -> String {
    match args.to_string() {
        args if args.is_empty() => entry.about.name.to_owned(),
        args => format!("{}({args})", entry.about.name),
    }
}

/// Values and slopes at some inputs, of a layer in evaluation mode.
pub(crate) fn at(entry: &Entry, args: &Args, inputs: &[f64]) -> Result<Curve> {
    let mut layer = catalog::build::<f64>(entry.about.name, args)?;
    layer.set_training(false);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::from_vec(inputs.to_vec(), [inputs.len()])?);
    let y = layer.forward(x)?;
    let slopes = y.backward_with(&Tensor::ones(y.shape()))?.wrt(x)?.to_vec();
    Ok(Curve { values: y.value().to_vec(), slopes })
}

#[cfg(test)]
mod tests {
    use handgrad::catalog;
    use handgrad::module::Args;

    use super::{at, is_of_one_number};

    #[test]
    fn a_gate_and_a_softmax_are_not_of_one_number() {
        let is = |name| is_of_one_number(&catalog::find(name).unwrap());
        assert!(is("ReLU") && is("PReLU") && is("RReLU"));
        assert!(!is("GLU") && !is("Softmax") && !is("LayerNorm") && !is("Identity"));
    }

    #[test]
    fn the_slope_is_the_backwards() {
        let curve = at(&catalog::find("ELU").unwrap(), &Args::new(), &[-1.0, 2.0]).unwrap();
        assert_eq!(curve.slopes, [(-1.0_f64).exp(), 1.0]);
    }
}
