//! What the norms refuse, and what they say.

use handgrad::module::Args;
use handgrad::{Tape, Tensor, Var, catalog};

use crate::examples::assert_snapshot;

/// The error of building a layer and running it in training.
fn error(layer: &str, args: &Args, shape: &[usize]) -> String {
    let refused = catalog::build::<f64>(layer, args).and_then(|mut module| {
        let tape = Tape::new();
        let before = module.state_dict();
        let refused = module.forward(tape.leaf(Tensor::zeros(shape))).map(Var::value);
        assert_eq!(tape.len(), 1, "{layer} of {shape:?} was refused and yet left a node");
        let unchanged = before.iter().all(|(name, tensor)| {
            module.state_dict().get(name).is_some_and(|now| now.to_vec() == tensor.to_vec())
        });
        assert!(unchanged, "{layer} of {shape:?} was refused and yet changed the module");
        refused
    });
    refused.map_or_else(|error| error.to_string(), |y| panic!("{layer} took {shape:?}: {y}"))
}

fn features(n: i64) -> Args {
    Args::new().with("num_features", n)
}

#[test]
fn every_refusal_names_the_shapes_and_the_remedy() {
    let groups = |groups: i64, channels: i64| {
        Args::new().with("num_groups", groups).with("num_channels", channels)
    };
    let normalized = |sizes: &[usize]| Args::new().with("normalized_shape", sizes);
    let errors = [
        error("BatchNorm1d", &features(3), &[4]),
        error("BatchNorm1d", &features(3), &[2, 3, 4, 5]),
        error("BatchNorm2d", &features(3), &[2, 3, 4]),
        error("BatchNorm3d", &features(3), &[2, 3, 4, 5]),
        error("BatchNorm1d", &features(3), &[1, 3]),
        error("BatchNorm2d", &features(3), &[1, 3, 1, 1]),
        error("BatchNorm1d", &features(3), &[2, 4]),
        error("BatchNorm1d", &features(3).with("affine", false), &[2, 4]),
        error("BatchNorm1d", &features(3).with("eps", 0.0), &[2, 3]),
        error("BatchNorm1d", &features(-1), &[2, 3]),
        error("InstanceNorm1d", &features(3), &[4]),
        error("InstanceNorm2d", &features(3), &[2, 3]),
        error("InstanceNorm1d", &features(3), &[2, 3, 1]),
        error("InstanceNorm2d", &features(3), &[3, 1, 1]),
        error("InstanceNorm1d", &features(3).with("affine", true), &[2, 4, 5]),
        error("InstanceNorm1d", &features(3).with("track_running_stats", true), &[2, 4, 5]),
        error("GroupNorm", &groups(3, 4), &[2, 4]),
        error("GroupNorm", &groups(0, 4), &[2, 4]),
        error("GroupNorm", &groups(2, 4), &[4]),
        error("GroupNorm", &groups(4, 4), &[1, 4, 1]),
        error("GroupNorm", &groups(2, 4), &[2, 3, 5]),
        error("GroupNorm", &groups(2, 4), &[2, 6, 5]),
        error("GroupNorm", &groups(2, 4), &[2, 4, 0]),
        error("RMSNorm", &normalized(&[]), &[2, 3]),
        error("RMSNorm", &normalized(&[4]), &[2, 3]),
        error("SwitchableNorm1d", &features(3), &[1, 3]),
        error("SwitchableNorm2d", &features(3), &[2, 3, 4]),
        error("SwitchableNorm2d", &features(3), &[2, 4, 2, 2]),
        error("SwitchableNorm2d", &features(3).with("eps", 0.0), &[2, 3, 2, 2]),
        error("WeightStandardization", &Args::new(), &[5]),
    ];
    assert_snapshot("norm_refusals", &errors.join("\n"));
}
