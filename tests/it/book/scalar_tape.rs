//! The chapter `foundations/scalar_tape`.

use std::cell::Cell;
use std::fmt::Write;
use std::rc::Rc;

use handgrad::{Result, Tape, Tensor, Var};

use crate::examples::{assert_snapshot, run};

/// The results that the chapter works out by hand.
#[test]
fn the_scalar_tapes_numbers_are_those_of_the_formula() {
    let f = |x: f64, y: f64| (x * y + x) * (x * y + x);
    let (x, y) = (3.0, -2.0);
    let sum = x * y + x;
    assert_eq!((x * y, sum, f(x, y)), (-6.0, -3.0, 9.0));
    assert!((f(3.01, y) - 9.0601).abs() < 1e-12);
    assert_eq!(2.0 * sum * (y + 1.0), 6.0);
    assert_eq!(2.0 * sum * x, -18.0);
}

// ANCHOR: list
/// One step: which numbers it read, and its slope in each.
type Step = Vec<(usize, f64)>;

/// The steps to x, y, x y, x y + x and (x y + x)² at x = 3, y = -2.
fn steps() -> Vec<Step> {
    vec![
        vec![],
        vec![],
        vec![(0, -2.0), (1, 3.0)],
        vec![(2, 1.0), (0, 1.0)],
        vec![(3, -3.0), (3, -3.0)],
    ]
}
// ANCHOR_END: list

// ANCHOR: order
/// The cotangents of all numbers where the steps hand on in this order, each
/// what it has collected by then.
fn handed_on(steps: &[Step], order: [usize; 3]) -> Vec<f64> {
    let mut cotangents = vec![0.0; steps.len()];
    cotangents[steps.len() - 1] = 1.0;
    for id in order {
        for &(input, slope) in &steps[id] {
            cotangents[input] += slope * cotangents[id];
        }
    }
    cotangents
}

#[test]
fn a_step_must_wait_for_those_that_read_it() {
    let of_x_and_y = |order| handed_on(&steps(), order)[..2].to_vec();
    assert_eq!(of_x_and_y([4, 3, 2]), [6.0, -18.0]); // from the last to the first
    assert_eq!(of_x_and_y([2, 3, 4]), [0.0, 0.0]); // from the first to the last
    assert_eq!(of_x_and_y([4, 2, 3]), [-6.0, 0.0]); // the product before the sum
}
// ANCHOR_END: order

// ANCHOR: recursion
/// A number that knows what it was computed from.
struct Number {
    value: f64,
    inputs: Vec<(Rc<Number>, f64)>,
    gradient: Cell<f64>,
}

fn add(a: &Rc<Number>, b: &Rc<Number>) -> Rc<Number> {
    let inputs = vec![(Rc::clone(a), 1.0), (Rc::clone(b), 1.0)];
    Rc::new(Number { value: a.value + b.value, inputs, gradient: Cell::new(0.0) })
}

/// Passes a cotangent on to everything below, and counts its own calls.
fn push(number: &Number, cotangent: f64, calls: &mut u64) {
    *calls += 1;
    number.gradient.set(number.gradient.get() + cotangent);
    for (input, slope) in &number.inputs {
        push(input, slope * cotangent, calls);
    }
}
// ANCHOR_END: recursion

fn one() -> Rc<Number> {
    Rc::new(Number { value: 1.0, inputs: vec![], gradient: Cell::new(0.0) })
}

#[test]
fn recursion_visits_every_path_and_the_tape_every_step() -> Result<()> {
    let mut table = String::from("doublings     dy/dx  calls of push  steps of the tape\n");
    for doublings in [1, 2, 3, 10, 20] {
        let x = one();
        let y = (0..doublings).fold(Rc::clone(&x), |y, _| add(&y, &y));
        let mut calls = 0;
        push(&y, 1.0, &mut calls);
        assert_eq!(y.value, x.gradient.get());

        let tape = Tape::new();
        let leaf = tape.leaf(Tensor::<f64>::scalar(1.0));
        let y = (0..doublings).fold(leaf, |y, _| y + y);
        let mut sweep = y.backward_steps(&Tensor::scalar(1.0))?;
        let steps = sweep.by_ref().count();
        assert_eq!(sweep.finish()?.wrt(leaf)?.item()?, x.gradient.get());
        let slope = x.gradient.get();
        let _ = writeln!(table, "{doublings:>9}  {slope:>8}  {calls:>13}  {steps:>17}");
    }
    assert_snapshot("tape_recursion", &table);
    Ok(())
}

#[test]
fn the_scalar_tape_prints_its_numbers() {
    assert_snapshot("scalar_tape", &run("scalar_tape", &[]));
}

// ANCHOR: thousand
#[test]
fn one_sweep_finds_a_thousand_slopes() -> Result<()> {
    let tape = Tape::new();
    let x: Vec<_> = (0..1000).map(|_| tape.leaf(Tensor::<f64>::scalar(1.0))).collect();
    let product = x[1..].iter().fold(x[0], |product, &x| product * x);

    let multiplications = product.backward_steps(&Tensor::scalar(1.0))?.count();
    assert_eq!(multiplications, 999);
    assert_eq!(2 * multiplications, 1998); // a sweep: two slopes for each
    assert_eq!(1000 * multiplications, 999_000); // differences: a run for each input
    let gradients = product.backward()?;
    for x in x {
        assert_eq!(gradients.wrt(x)?.item()?, 1.0);
    }
    Ok(())
}
// ANCHOR_END: thousand

// ANCHOR: branch
/// x² above 0, and -x elsewhere.
fn bent(x: Var<'_, f64>) -> Result<Var<'_, f64>> {
    Ok(if x.value().item()? > 0.0 { x * x } else { -x })
}

#[test]
fn a_tape_holds_the_branch_that_was_taken() -> Result<()> {
    for (at, recorded, slope) in [(3.0, "mul(%0, %0)", 6.0), (-3.0, "neg(%0)", -1.0)] {
        let tape = Tape::new();
        let x = tape.leaf(Tensor::scalar(at));
        let y = bent(x)?;
        assert_eq!(tape.to_string(), format!("%0 = leaf : f64[]\n%1 = {recorded} : f64[]\n"));
        assert_eq!(y.backward()?.wrt(x)?.item()?, slope);
    }
    Ok(())
}
// ANCHOR_END: branch

#[test]
fn exercise_1_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::scalar(3.0));
    let y = tape.leaf(Tensor::scalar(-2.0));
    let f = (x + y) * x;
    assert_eq!(f.value().item()?, 3.0);
    let gradients = f.backward()?;
    assert_eq!(gradients.wrt(x)?.item()?, 4.0);
    assert_eq!(gradients.wrt(y)?.item()?, 3.0);
    Ok(())
}

#[test]
fn exercise_2_recursion_on_fibonaccis_numbers() {
    let x = one();
    let (mut before, mut last) = (Rc::clone(&x), Rc::clone(&x));
    for _ in 0..9 {
        let next = add(&before, &last);
        before = last;
        last = next;
    }
    let mut calls = 0;
    push(&last, 1.0, &mut calls);
    assert_eq!((last.value, x.gradient.get(), calls), (89.0, 89.0, 177));
}

// ANCHOR: forward
/// How fast every number moves with one leaf: the same list, read forwards.
fn tangents(steps: &[Step], leaf: usize) -> Vec<f64> {
    let mut tangents = vec![0.0; steps.len()];
    tangents[leaf] = 1.0;
    for (id, inputs) in steps.iter().enumerate().skip(leaf + 1) {
        tangents[id] = inputs.iter().map(|&(input, slope)| slope * tangents[input]).sum::<f64>();
    }
    tangents
}

#[test]
fn read_forwards_the_list_gives_the_slopes_in_one_input() {
    assert_eq!(tangents(&steps(), 0), [1.0, 0.0, -2.0, -1.0, 6.0]);
    assert_eq!(tangents(&steps(), 1), [0.0, 1.0, 3.0, 3.0, -18.0]);
}
// ANCHOR_END: forward

// ANCHOR: shortcut
/// x², with an answer kept ready for x = 3.
fn square(x: Var<'_, f64>) -> Result<Var<'_, f64>> {
    let known = x.value().item()? == 3.0;
    Ok(if known { x.tape().constant(Tensor::scalar(9.0)) } else { x * x })
}
// ANCHOR_END: shortcut

#[test]
fn exercise_4_the_value_is_right_and_the_slope_is_lost() -> Result<()> {
    let tape = Tape::new();
    let (x, other) = (tape.leaf(Tensor::scalar(3.0)), tape.leaf(Tensor::scalar(4.0)));
    assert_eq!(square(x)?.value().item()?, 9.0);
    assert_eq!(square(other)?.backward()?.wrt(other)?.item()?, 8.0);
    assert!(square(x)?.backward().is_err());
    Ok(())
}
