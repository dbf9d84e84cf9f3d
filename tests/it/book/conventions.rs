//! The chapter `appendix/conventions`: a test for each row of its tables. The test finds
//! this library's answer and holds the row to it. What PyTorch and Keras answered stands in
//! `tests/fixtures/conventions.txt`.

mod activations;
mod kinks;
mod norms;
mod numerics;

use std::collections::BTreeMap;

use handgrad::module::Args;
use handgrad::{Real, Result, Tape, Tensor, catalog};

const PAGE: &str = "book/src/appendix/conventions.md";
const ANSWERS: &str = "tests/fixtures/conventions.txt";

/// A file of the repository.
pub(super) fn read(path: &str) -> String {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The page's rows by the test that each names: the cells of PyTorch, Keras and this library.
fn rows() -> BTreeMap<String, [String; 3]> {
    let mut rows = BTreeMap::new();
    for line in read(PAGE).lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, _, .., torch, keras, ours, test, _] = cells.as_slice() else { continue };
        // The head of a table names no test.
        let Some(test) = test.strip_prefix('`') else { continue };
        let test = test.trim_end_matches('`').to_owned();
        let answers = [torch, keras, ours].map(|cell| (*cell).to_owned());
        let before = rows.insert(test.clone(), answers);
        assert!(before.is_none(), "two rows name `{test}`");
    }
    rows
}

/// What a library answered; nothing where it was not asked.
fn answered(library: &str, test: &str) -> String {
    let question = format!("{library} {test} ");
    let answers = read(ANSWERS);
    let answer = answers.lines().find_map(|line| line.strip_prefix(question.as_str()));
    answer.unwrap_or_default().to_owned()
}

/// Whether the row that names a test says what all three answer.
#[track_caller]
fn assert_row(test: &str, ours: &str) {
    let rows = rows();
    let row = rows.get(test).unwrap_or_else(|| panic!("no row of the page names `{test}`"));
    let answers = [answered("torch", test), answered("keras", test), ours.to_owned()];
    assert_eq!(*row, answers, "PyTorch, Keras and this library in the row of `{test}`");
}

#[test]
fn every_row_has_its_test_and_every_answer_its_row() {
    let sources = ["activations", "kinks", "norms", "numerics"]
        .map(|name| read(&format!("tests/it/book/conventions/{name}.rs")))
        .concat();
    let rows = rows();
    assert!(rows.len() > 50, "the page has {} rows", rows.len());
    for test in rows.keys() {
        let is_there = sources.contains(&format!("fn {test}()"));
        assert!(is_there, "a row names `{test}`, which is no test; write it");
        let is_held = sources.contains(&format!("assert_row(\"{test}\", "));
        assert!(is_held, "the test {test} does not look at its row");
    }
    for line in read(ANSWERS).lines().filter(|line| !line.starts_with('#')) {
        let test = line.split(' ').nth(1).expect("a library, a test and an answer");
        assert!(rows.contains_key(test), "no row shows the answer {line:?}");
    }
}

/// The page names the versions that answered.
#[test]
fn the_versions_are_those_that_were_asked() {
    let answers = read(ANSWERS);
    let first = answers.lines().next().expect("a line of versions");
    let page = read(PAGE);
    for library in ["PyTorch", "Keras"] {
        let mut words = first.split(' ').skip_while(|word| *word != library);
        let version = words.nth(1).expect("a version").trim_end_matches(',');
        assert!(page.contains(&format!("{library} {version}")), "{library} {version}");
    }
}

/// What becomes of an input.
fn run<T: Real>(layer: &str, args: &Args, x: Tensor<T>, training: bool) -> Result<Vec<f64>> {
    let tape = Tape::new();
    let mut layer = catalog::build::<T>(layer, args)?;
    layer.set_training(training);
    let y = layer.forward(tape.leaf(x))?;
    Ok(y.value().iter().map(Real::to_f64).collect())
}

/// What becomes of an input in training.
fn output<T: Real>(layer: &str, args: &Args, x: Tensor<T>) -> Result<Vec<f64>> {
    run(layer, args, x, true)
}

/// What becomes of a number in evaluation.
fn value(layer: &str, args: &Args, x: f64) -> Result<f64> {
    Ok(run(layer, args, Tensor::scalar(x), false)?[0])
}

/// The slope at a number in evaluation.
fn slope(layer: &str, args: &Args, x: f64) -> Result<f64> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::scalar(x));
    let mut layer = catalog::build::<f64>(layer, args)?;
    layer.set_training(false);
    let gradients = layer.forward(x)?.backward()?;
    gradients.wrt(x)?.item()
}

/// A number in all its digits, with 1 for 1.0, as the script prints it.
fn shown(x: f64) -> String {
    // Added to 0, both zeros are 0.
    let text = format!("{:?}", x + 0.0);
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// A number in four digits.
fn number(x: f64) -> String {
    shown(format!("{x:.3e}").parse().expect("what was printed as a number is one"))
}

fn numbers(values: &[f64]) -> String {
    let shown: Vec<String> = values.iter().map(|&x| number(x)).collect();
    shown.join(", ")
}

/// The answer whose number was found.
#[track_caller]
fn which(found: f64, answers: [(f64, &'static str); 2]) -> &'static str {
    let answer = answers.into_iter().find(|(x, _)| (found - x).abs() < 1e-4);
    answer.unwrap_or_else(|| panic!("{found} is neither of {answers:?}")).1
}

#[test]
fn numbers_are_shown_as_the_script_shows_them() {
    let shown = [1e-5, 0.001, -1.0, -0.0, 1.192_092_9e-7, f64::NAN, f64::INFINITY].map(number);
    assert_eq!(shown, ["1e-5", "0.001", "-1", "0", "1.192e-7", "NaN", "inf"]);
}
