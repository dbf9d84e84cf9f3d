//! The chapter `activation/rectifiers`.

use handgrad::module::{Args, Choice, Kink};
use handgrad::{Result, Tape, Tensor, catalog};

use super::{rounded, saved};

/// A layer as the table of a family's chapter has it.
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) args: Args,
    /// The outputs at minus infinity and at infinity, in evaluation.
    pub(super) ends: [f64; 2],
    pub(super) kinks: Vec<Kink>,
    /// What it saves in evaluation.
    pub(super) saves: &'static [&'static str],
}

impl Member {
    /// Holds the layer to its row of the table.
    pub(super) fn check(&self) -> Result<()> {
        let (name, args) = (self.name, &self.args);
        let (ends, _) = outputs_and_slopes(name, args, &[f64::NEG_INFINITY, f64::INFINITY])?;
        assert_eq!(ends, self.ends, "{name}");
        assert_eq!(catalog::find(name)?.kinks(args)?, self.kinks, "{name}");
        assert_eq!(names_of_saved(name, args, false)?, self.saves, "{name}");
        Ok(())
    }
}

/// What a layer makes of some numbers, and its slope at each, in evaluation.
pub(super) fn outputs_and_slopes(
    name: &str,
    args: &Args,
    inputs: &[f64],
) -> Result<(Vec<f64>, Vec<f64>)> {
    let mut layer = catalog::build::<f64>(name, args)?;
    layer.set_training(false);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::from_vec(inputs.to_vec(), [inputs.len()])?);
    let y = layer.forward(x)?;
    let gradients = y.backward_with(&Tensor::ones(y.shape()))?;
    Ok((y.value().to_vec(), gradients.wrt(x)?.to_vec()))
}

/// The names of what a layer saves for its backward.
fn names_of_saved(name: &str, args: &Args, training: bool) -> Result<Vec<&'static str>> {
    let mut layer = catalog::build::<f32>(name, args)?;
    layer.set_training(training);
    let tape = Tape::new();
    let y = layer.forward(tape.leaf(Tensor::zeros([2, 3])))?;
    Ok(saved(y, &[]).into_iter().map(|(name, ..)| name).collect())
}

/// Just left of a point, at it, and just right of it.
pub(super) fn around(point: f64) -> [f64; 3] {
    [point - 1e-9, point, point + 1e-9]
}

fn members() -> Vec<Member> {
    let infinite = f64::INFINITY;
    let at_zero = Kink { at: 0.0, slope: Choice::Left };
    let at_six = Kink { at: 6.0, slope: Choice::Right };
    let at_one = Kink { at: 1.0, slope: Choice::Left };
    let threshold = Args::new().with("threshold", 1.0).with("value", 0.0);
    let member = |name, ends, kinks, saves| Member { name, args: Args::new(), ends, kinks, saves };
    vec![
        member("ReLU", [0.0, infinite], vec![at_zero], &["output"]),
        member("ReLU6", [0.0, 6.0], vec![at_zero, at_six], &["output"]),
        member("LeakyReLU", [-infinite, infinite], vec![at_zero], &["input"]),
        member("PReLU", [-infinite, infinite], vec![at_zero], &["input", "weight"]),
        member("RReLU", [-infinite, infinite], vec![at_zero], &["input"]),
        Member {
            args: threshold,
            ..member("Threshold", [0.0, infinite], vec![at_one], &["input"])
        },
        member("SquaredReLU", [0.0, infinite], vec![at_zero], &["input"]),
    ]
}

#[test]
fn one_row_through_all_of_them() -> Result<()> {
    let mean = 11.0 / 48.0;
    assert_eq!([rounded(mean), rounded(-2.0 * mean)], [0.2292, -0.4583]);
    // The outputs at -2, 0, 0.5 and 8, and the slopes there.
    let rows = [
        ([0.0, 0.0, 0.5, 8.0], [0.0, 0.0, 1.0, 1.0]),
        ([0.0, 0.0, 0.5, 6.0], [0.0, 0.0, 1.0, 0.0]),
        ([-0.02, 0.0, 0.5, 8.0], [0.01, 0.01, 1.0, 1.0]),
        ([-0.5, 0.0, 0.5, 8.0], [0.25, 0.25, 1.0, 1.0]),
        ([-2.0 * mean, 0.0, 0.5, 8.0], [mean, mean, 1.0, 1.0]),
        ([0.0, 0.0, 0.0, 8.0], [0.0, 0.0, 0.0, 1.0]),
        ([0.0, 0.0, 0.25, 64.0], [0.0, 0.0, 1.0, 16.0]),
    ];
    for (member, (outputs, slopes)) in members().iter().zip(rows) {
        let row = outputs_and_slopes(member.name, &member.args, &[-2.0, 0.0, 0.5, 8.0])?;
        assert_eq!(row, (outputs.to_vec(), slopes.to_vec()), "{}", member.name);
    }
    Ok(())
}

#[test]
fn the_rectifiers_are_as_their_table_says() -> Result<()> {
    for member in members() {
        member.check()?;
    }
    // In training RReLU saves what it drew, between an eighth and a third.
    assert_eq!(names_of_saved("RReLU", &Args::new(), true)?, ["slopes"]);
    let mut rrelu = catalog::build::<f64>("RReLU", &Args::new())?;
    let tape = Tape::new();
    let y = rrelu.forward(tape.leaf(Tensor::full([1000], -1.0)))?.value();
    assert!(y.iter().all(|y| (-1.0 / 3.0..=-0.125).contains(&y)));
    Ok(())
}

#[test]
fn six_have_corners_or_a_jump_and_the_square_has_neither() -> Result<()> {
    let none = Args::new();
    let slopes = |name: &str, kink: f64| {
        outputs_and_slopes(name, &none, &around(kink)).map(|(_, slopes)| slopes)
    };
    assert_eq!(slopes("ReLU", 0.0)?, [0.0, 0.0, 1.0]);
    assert_eq!(slopes("ReLU6", 0.0)?, [0.0, 0.0, 1.0]);
    assert_eq!(slopes("ReLU6", 6.0)?, [1.0, 0.0, 0.0]);
    assert_eq!(slopes("LeakyReLU", 0.0)?, [0.01, 0.01, 1.0]);
    assert_eq!(slopes("PReLU", 0.0)?, [0.25, 0.25, 1.0]);
    assert_eq!(slopes("RReLU", 0.0)?, [11.0 / 48.0, 11.0 / 48.0, 1.0]);
    assert_eq!(slopes("SquaredReLU", 0.0)?, [0.0, 0.0, 2e-9]);

    let threshold = |value: f64| {
        let args = Args::new().with("threshold", 1.0).with("value", value);
        outputs_and_slopes("Threshold", &args, &around(1.0)).map(|(outputs, _)| outputs)
    };
    assert_eq!(threshold(0.0)?, [0.0, 0.0, 1.0 + 1e-9]);
    assert_eq!(threshold(1.0)?, [1.0, 1.0, 1.0 + 1e-9]);
    Ok(())
}

#[test]
fn four_of_them_keep_the_scale() -> Result<()> {
    for Member { name, args, .. } in members() {
        let (once, _) = outputs_and_slopes(name, &args, &[-2.0, 0.5, 3.0])?;
        let (four_times, _) = outputs_and_slopes(name, &args, &[-8.0, 2.0, 12.0])?;
        let keeps = four_times.iter().zip(&once).all(|(large, small)| *large == 4.0 * small);
        assert_eq!(keeps, ["ReLU", "LeakyReLU", "PReLU", "RReLU"].contains(&name), "{name}");
    }
    Ok(())
}

// ANCHOR: predict
#[test]
fn of_two_sums_of_relus_one_has_the_slope_of_leaky_relu_at_0() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-2.0, 0.0, 2.0]));
    let layer = x.leaky_relu(0.25);
    let mirrored = x.relu() - (-x).relu() * 0.25;
    let with_a_line = x * 0.25 + x.relu() * 0.75;
    for y in [layer, mirrored, with_a_line] {
        assert_eq!(y.value().to_vec(), [-0.5, 0.0, 2.0]);
    }

    let ones = Tensor::ones([3]);
    assert_eq!(layer.backward_with(&ones)?.wrt(x)?.to_vec(), [0.25, 0.25, 1.0]);
    assert_eq!(mirrored.backward_with(&ones)?.wrt(x)?.to_vec(), [0.25, 0.0, 1.0]);
    assert_eq!(with_a_line.backward_with(&ones)?.wrt(x)?.to_vec(), [0.25, 0.25, 1.0]);
    Ok(())
}
// ANCHOR_END: predict
