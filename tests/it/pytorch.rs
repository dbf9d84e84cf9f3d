//! Layers against what PyTorch 2.15 made of the same inputs
//! (`tests/fixtures/layers.py` and `norms.py`).

use std::collections::BTreeMap;

use handgrad::module::{State, StateDict};
use handgrad::{Real, Tape, Tensor, catalog};
use serde_json::Value as Json;

#[path = "../../examples/shared/json.rs"]
mod json;

/// Read at run time: the compiler need not see megabytes of numbers.
fn fixtures() -> Vec<Fixture> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    let text = ["layers", "norms"].map(|name| {
        let path = format!("{folder}/{name}.jsonl");
        std::fs::read_to_string(path).expect("the fixtures are in the repository")
    });
    let fixture = |line: &str| {
        let json: Json = serde_json::from_str(line).expect("a fixture is JSON");
        Fixture { layer: json["layer"].as_str().expect("a fixture has a layer").to_owned(), json }
    };
    text.iter().flat_map(|text| text.lines()).map(fixture).collect()
}

/// Entries may differ by this much of the tensor's largest entry in f64.
const F64_TOLERANCE: f64 = 1e-12;

struct Fixture {
    layer: String,
    json: Json,
}

impl Fixture {
    fn tensor<T: Real>(&self, group: &str, name: &str) -> Tensor<T> {
        let json = if name.is_empty() { &self.json[group] } else { &self.json[group][name] };
        json::to_tensor(group, json).expect("a fixture's tensor")
    }

    /// What we make of it: PyTorch's names for each tensor, and its value.
    fn run<T: Real>(&self) -> Vec<(String, Tensor<T>)> {
        let args = json::to_args(&self.json["args"]).expect("a fixture's arguments");
        let mut layer = catalog::build::<T>(&self.layer, &args).expect("PyTorch built it");
        let mut dict: StateDict<T> = layer.state_dict();
        let names: Vec<String> = dict.iter().map(|(name, _)| name.to_owned()).collect();
        for name in names {
            dict.insert(&name, self.tensor("state", &name));
        }
        layer.load_state_dict(&dict).expect("PyTorch has the same parameters and buffers");
        layer.set_training(self.json["training"].as_bool().expect("a fixture has a mode"));
        let tape = Tape::new();
        let x = tape.leaf(self.tensor("input", ""));
        let y = layer.forward(x).expect("PyTorch accepted it");
        let gradients = y.backward_with(&self.tensor("grad_output", "")).expect("y's shape");
        let mut found = vec![
            ("output".to_owned(), y.value()),
            ("grad_input".to_owned(), gradients.wrt(x).expect("a leaf").clone()),
        ];
        for (name, state) in layer.state() {
            found.push(match state {
                State::Parameter(parameter) => {
                    let gradient = gradients.of(parameter).expect("a parameter of the layer");
                    (format!("grad_parameters.{name}"), gradient.clone())
                }
                State::Buffer(buffer) => (format!("buffers.{name}"), buffer.clone()),
            });
        }
        found
    }
}

/// The largest difference, relative to the largest finite entry of `exact`; not
/// finite entries must be equal (NaN to NaN).
fn relative_error(ours: &Tensor<f64>, exact: &Tensor<f64>) -> f64 {
    assert_eq!(ours.shape(), exact.shape());
    let scale = exact.iter().filter(|x| x.is_finite()).fold(0.0_f64, |s, x| s.max(x.abs()));
    let gap = ours.iter().zip(exact).fold(0.0_f64, |gap, (a, b)| {
        if a == b || (a.is_nan() && b.is_nan()) {
            gap
        } else if b.is_finite() && a.is_finite() {
            gap.max((a - b).abs())
        } else {
            f64::INFINITY
        }
    });
    if scale > 0.0 { gap / scale } else { gap }
}

#[test]
fn f64_agrees_with_pytorch_forward_backward_and_in_every_parameter() {
    for fixture in fixtures() {
        for (name, ours) in fixture.run::<f64>() {
            let theirs: Tensor<f64> = fixture.tensor("expected", &name);
            let error = relative_error(&ours, &theirs);
            assert!(
                error <= F64_TOLERANCE,
                "{} {name} of {} is off by {error:e}: {ours}\nPyTorch: {theirs}",
                fixture.layer,
                fixture.json["args"]
            );
        }
    }
}

/// PyTorch's error may be 0 by luck in one case, so a case may be off by an ulp of
/// its largest entry more; over all cases of a layer there is no luck.
#[test]
fn f32_is_no_further_from_the_truth_than_twice_pytorch() {
    let mut worst: BTreeMap<(String, String), [f64; 2]> = BTreeMap::new();
    for fixture in fixtures() {
        for (name, ours) in fixture.run::<f32>() {
            let exact: Tensor<f64> = fixture.tensor("expected", &name);
            let error = relative_error(&ours.cast(), &exact);
            let theirs = fixture.json["f32_error"][&name].as_f64().expect("an error is a number");
            assert!(
                error <= 2.0 * theirs + f64::from(f32::EPSILON),
                "{} {name} of {}: error {error:e}, PyTorch's {theirs:e}",
                fixture.layer,
                fixture.json["args"]
            );
            let worst = worst.entry((fixture.layer.clone(), name)).or_default();
            *worst = [worst[0].max(error), worst[1].max(theirs)];
        }
    }
    for ((layer, name), [ours, theirs]) in worst {
        assert!(ours <= 2.0 * theirs, "{layer} {name}: error {ours:e}, PyTorch's {theirs:e}");
    }
}

#[test]
fn every_layer_is_among_the_fixtures() {
    for entry in catalog::entries() {
        let count = fixtures().iter().filter(|fixture| fixture.layer == entry.about.name).count();
        assert!(count >= 8, "{} has {count} fixtures; add cases to layers.py", entry.about.name);
    }
}

#[test]
fn the_readme_counts_the_fixtures() {
    let count = fixtures().len();
    let claim = format!("on {},{:03} random cases", count / 1000, count % 1000);
    assert!(include_str!("../../README.md").contains(&claim), "the README should say {claim:?}");
}
