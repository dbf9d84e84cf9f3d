//! The stepper, `examples/step`: what it prints when piped, and its refusals.

use crate::examples::{assert_snapshot, example, run};

#[test]
fn the_articles_model_step_by_step() {
    assert_snapshot("step_article", &run("step", &[]));
}

#[test]
fn a_layer_with_arguments_and_input() {
    let args = ["LayerNorm", "--set", "eps=0", "--input", "[[1,2,3],[4,5,9]]"];
    assert_snapshot("step_layer_norm", &run("step", &args));
}

#[test]
fn the_list_of_layers_and_the_help() {
    assert_snapshot("step_list", &run("step", &["--list"]));
    assert_snapshot("step_help", &run("step", &["--help"]));
}

#[test]
fn refusals_go_to_stderr_and_say_what_to_do() {
    let requests: [&[&str]; 9] = [
        &["LayrNorm"],
        &["ReLU", "--set", "slope=1"],
        &["ReLU", "--set", "slope"],
        &["ReLU", "--input", "[[1,2],[3]]"],
        &["ReLU", "--input", "1,2"],
        &["ReLU", "--cotangent", "[1]"],
        &["ReLU", "--dtype", "f16"],
        &["ReLU", "--frobnicate"],
        &["LayerNorm", "--set", "normalized_shape=[4]"],
    ];
    let refusal = |args: &[&str]| {
        let output = example("step").args(args).output().expect("the example runs");
        assert!(!output.status.success(), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
        format!("step {}\n{}", args.join(" "), String::from_utf8_lossy(&output.stderr))
    };
    assert_snapshot("step_errors", &requests.map(refusal).join("\n"));
}
