//! What the examples print is a snapshot each: the README and the book quote
//! them, so they are checked to the byte.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use handgrad::catalog;

/// An example as `cargo test` has just built it, beside this test's own binary.
pub(crate) fn example(name: &str) -> Command {
    let test = std::env::current_exe().expect("a running program has a path");
    let target = test.ancestors().nth(2).expect("target/<profile>/deps/<test>");
    let path: PathBuf =
        target.join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    assert!(path.exists(), "{} is missing: run `cargo build --examples` first", path.display());
    Command::new(path)
}

pub(crate) fn run(name: &str, args: &[&str]) -> String {
    let output = example(name).args(args).stdin(Stdio::null()).output().expect("the example runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {args:?} failed: {stderr}");
    String::from_utf8(output.stdout).expect("examples print UTF-8")
}

/// Compares with the snapshot `tests/it/snapshots/<name>.snap`.
pub(crate) fn assert_snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The article's block, to the byte as PyTorch 2.15 prints it. It stands here
/// and not in a snapshot, so that no update of snapshots can change it.
const ARTICLE: &str = "\
tensor([-0.9000,  0.1000,  0.0000, -0.1000,  0.9000, -0.4000,  0.9000, -0.5000,
         0.8000,  0.1000])
LN: tensor([-1.6906,  0.0171, -0.1537, -0.3245,  1.3833, -0.8368,  1.3833, -1.0076,
         1.2125,  0.0171], grad_fn=<NativeLayerNormBackward0>)
PRelu: tensor([-0.4227,  0.0171, -0.0384, -0.0811,  1.3833, -0.2092,  1.3833, -0.2519,
         1.2125,  0.0171], grad_fn=<PreluKernelBackward0>)
Relu: tensor([0.0000, 0.0171, 0.0000, 0.0000, 1.3833, 0.0000, 1.3833, 0.0000, 1.2125,
        0.0171], grad_fn=<ReluBackward0>)
LeakyRelu: tensor([-0.0169,  0.0171, -0.0015, -0.0032,  1.3833, -0.0084,  1.3833, -0.0101,
         1.2125,  0.0171], grad_fn=<LeakyReluBackward0>)
";

#[test]
fn seed_begins_with_the_articles_output_to_the_byte() {
    let printed = run("seed", &[]);
    assert_eq!(printed.get(..ARTICLE.len()), Some(ARTICLE), "printed:\n{printed}");
    assert_snapshot("seed", &printed);
    assert!(include_str!("../../README.md").contains(ARTICLE), "the README shows another output");
}

#[test]
fn every_layer_of_the_catalog_has_an_example_that_prints_its_snapshot() {
    for entry in catalog::entries() {
        assert_snapshot(entry.about.stem, &run(entry.about.stem, &[]));
    }
}

#[test]
fn an_operation_of_ones_own_is_got_wrong_and_mended() {
    assert_snapshot("custom_op", &run("custom_op", &[]));
}
