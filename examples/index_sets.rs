//! Who shares statistics in each norm, and the proof from its derivatives.
//!
//! Run with `cargo run --example index_sets`, or for one layer with
//! `cargo run --example index_sets GroupNorm`; the chapter is `norm/one_formula`.

use handgrad::catalog::Configured;
use handgrad::check::{CheckOptions, jacobian};
use handgrad::module::Args;
use handgrad::norm::index_sets;
use handgrad::{Error, Result, Tensor};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

const SHAPE: [usize; 3] = [2, 4, 3];
/// The output whose derivatives are shown.
const CELL: [usize; 3] = [0, 2, 1];

/// The norms, the arguments they are made with, and what is to be seen.
fn norms() -> Vec<(&'static str, Args, &'static str)> {
    let channels = || Args::new().with("num_features", 4);
    let trailing = || Args::new().with("normalized_shape", &SHAPE[1..]);
    let groups = Args::new().with("num_groups", 2).with("num_channels", 4);
    vec![
        (
            "BatchNorm1d",
            channels(),
            "A channel is standardized over the whole batch: an output follows the other sample.",
        ),
        ("LayerNorm", trailing(), "A sample is standardized by itself, all its channels together."),
        (
            "RMSNorm",
            trailing(),
            "The cells of LayerNorm. No mean is subtracted: its derivatives are others.",
        ),
        (
            "InstanceNorm1d",
            channels(),
            "A channel of a sample is standardized by itself: it follows nothing else.",
        ),
        (
            "GroupNorm",
            groups,
            "Between the two: one group would be LayerNorm, a group a channel InstanceNorm.",
        ),
        (
            "SwitchableNorm1d",
            channels(),
            "A mixture of InstanceNorm, LayerNorm and BatchNorm: the cells of all three, a cross.",
        ),
        (
            "LocalResponseNorm",
            Args::new().with("size", 3).with("alpha", 1.0),
            "Not standardized but damped, by the channels around it: at one place (L) only.",
        ),
        (
            "WeightStandardization",
            Args::new(),
            "Not of an input but of a weight: all that one output channel (O) is made with.",
        ),
    ]
}

fn main() -> Result<()> {
    let wanted = std::env::args().nth(1);
    let mut norms = norms();
    let names: Vec<&str> = norms.iter().map(|(name, ..)| *name).collect();
    if let Some(wanted) = wanted {
        if !names.contains(&wanted.as_str()) {
            let message = format!("there is no {wanted:?} here; there are {}", names.join(", "));
            return Err(Error::argument("index_sets", message));
        }
        norms.retain(|(name, ..)| *name == wanted);
    }
    println!("Left: who is standardized with whom, by the definition of the norm.");
    println!(
        "Right: how output {CELL:?} follows each input, by the layer's own backward; a dot is"
    );
    println!("an exact 0.");
    for (layer, args, sentence) in norms {
        println!("\n\n{}", beside_the_proof(layer, &args)?);
        println!("\n{sentence}");
    }
    Ok(())
}

/// The sets of a norm, and beside them one output's derivatives by every input.
fn beside_the_proof(layer: &str, args: &Args) -> Result<String> {
    // ANCHOR: example
    let sets = index_sets(layer, args, SHAPE)?;
    let x = Tensor::randn(SHAPE, &mut ChaCha8Rng::seed_from_u64(0));
    let layer = Configured::new(layer, args.clone())?;
    let dy_dx = jacobian(&layer, &x, &CheckOptions::default())?;
    // ANCHOR_END: example

    let one = sets.of(&CELL)?;
    let slopes = dy_dx.select(0, one.cell() as isize)?.to_vec();
    let slope = |cell: usize| match slopes[cell] {
        0.0 => ".".to_owned(),
        slope => format!("{slope:.3}"),
    };
    // Sets that overlap have no labels; then it is the one cell's that is shown.
    let printed = if sets.labels().is_some() { sets.to_string() } else { one.to_string() };
    let proof = sets.grid(slope);
    // The grid is as long as the proof; a heading stands above it.
    let heading = printed.lines().count() - proof.lines().count();
    let width = printed.lines().skip(heading).map(str::len).max().unwrap_or(0);
    let mut lines: Vec<String> = printed.lines().take(heading).map(str::to_owned).collect();
    for (left, right) in printed.lines().skip(heading).zip(proof.lines()) {
        lines.push(format!("{left:width$}     {right}").trim_end().to_owned());
    }
    Ok(lines.join("\n"))
}
