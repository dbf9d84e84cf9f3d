//! The bits of a result do not depend on how many threads worked on it.

use handgrad::catalog::{self, Entry};
use handgrad::module::Args;
use handgrad::{Result, Shape, Tape, Tensor};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

/// More numbers than are left to one thread, in a shape that the layer takes.
fn shape(layer: &str) -> Shape {
    match layer {
        "Softmax2d"
        | "BatchNorm2d"
        | "InstanceNorm2d"
        | "SwitchableNorm2d"
        | "GroupNorm"
        | "LocalResponseNorm"
        | "WeightStandardization" => Shape::from([8, 64, 12, 13]),
        "BatchNorm3d" | "InstanceNorm3d" | "SwitchableNorm3d" => Shape::from([8, 64, 3, 4, 13]),
        "InstanceNorm1d" | "SwitchableNorm1d" => Shape::from([32, 64, 39]),
        _ => Shape::from([78, 1024]),
    }
}

/// The bits of a layer's output and of every gradient.
fn bits(entry: &Entry) -> Result<Vec<u32>> {
    let shape = shape(entry.about.name);
    let args = match entry.about.name {
        "Threshold" => Args::new().with("threshold", 0.5).with("value", 0.1),
        "LocalResponseNorm" => Args::new().with("size", 5),
        _ => entry.args_for(&shape),
    };
    let mut layer = catalog::build::<f32>(entry.about.name, &args)?;
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::randn(shape, &mut rng));
    let y = layer.forward(x)?;
    let mut numbers = y.value().to_vec();
    if y.requires_grad() {
        let gradients = y.backward_with(&Tensor::randn(y.shape(), &mut rng))?;
        let of_node = |id| gradients.by_node(id).map(Tensor::to_vec).unwrap_or_default();
        numbers.extend((0..tape.len()).flat_map(of_node));
    }
    Ok(numbers.into_iter().map(f32::to_bits).collect())
}

#[test]
fn one_two_and_eight_threads_give_the_same_bits() -> Result<()> {
    let pool = |threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads to be had")
    };
    let pools = [1, 2, 8].map(pool);
    for entry in catalog::entries() {
        let [one, two, eight] = [0, 1, 2].map(|i| pools[i].install(|| bits(&entry)));
        let (one, two, eight) = (one?, two?, eight?);
        assert!(one.len() >= 1 << 16, "{} is too small to be shared", entry.about.name);
        assert!(one == two && two == eight, "{}: other bits", entry.about.name);
    }
    Ok(())
}
