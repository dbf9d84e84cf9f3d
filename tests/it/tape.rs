//! The tape, the sweep, parameters and modules.

use handgrad::norm::LayerNorm;
use handgrad::ops::cat;
use handgrad::tape::{Cotangents, Op};
use handgrad::{Module, Parameter, Tape, Tensor};
use smallvec::smallvec;

use crate::examples::assert_snapshot;

fn leaf(tape: &Tape<f64>, values: [f64; 2]) -> handgrad::Var<'_, f64> {
    tape.leaf(Tensor::new(values))
}

#[test]
fn a_tape_of_a_million_nodes_runs_backward_and_drops_without_recursion() {
    let mut tape = Tape::new();
    {
        let x = tape.leaf(Tensor::<f64>::scalar(1.0));
        let mut y = x;
        for _ in 0..1_000_000 {
            y = -y;
        }
        assert_eq!(tape.len(), 1_000_001);
        assert_eq!(y.backward().unwrap().wrt(x).unwrap().item().unwrap(), 1.0);
    }
    tape.clear();
    assert!(tape.is_empty());
    // A second long tape is dropped whole, without being cleared.
    let mut y = tape.leaf(Tensor::scalar(1.0));
    for _ in 0..100_000 {
        y = -y;
    }
}

#[test]
fn a_var_used_several_times_collects_every_contribution() {
    let tape = Tape::new();
    let x = leaf(&tape, [2.0, 3.0]);
    let y = x * x + x * 3.0 + x;
    let gradients = y.backward_with(&Tensor::new([1.0, 10.0])).unwrap();
    assert_eq!(gradients.wrt(x).unwrap().to_vec(), [8.0, 100.0]);
}

#[test]
fn the_steps_show_each_contribution_and_the_running_total() {
    let tape = Tape::new();
    let x = leaf(&tape, [2.0, 3.0]);
    let y = (x * x) + x;
    let sweep = y.backward_steps(&Tensor::ones([2])).unwrap();
    let steps: Vec<_> = sweep.map(Result::unwrap).collect();
    assert_eq!(steps.iter().map(|step| step.op).collect::<Vec<_>>(), ["add", "mul"]);
    let to_x: Vec<_> = steps
        .iter()
        .flat_map(|step| &step.contributions)
        .filter(|contribution| contribution.input == x.id())
        .map(|c| (c.is_first, c.cotangent.to_vec(), c.total.to_vec()))
        .collect();
    assert_eq!(
        to_x,
        [
            (true, vec![1.0, 1.0], vec![1.0, 1.0]),
            (false, vec![2.0, 3.0], vec![3.0, 4.0]),
            (false, vec![2.0, 3.0], vec![5.0, 7.0]),
        ]
    );
}

#[test]
fn stepping_halfway_and_finishing_gives_what_backward_gives() {
    let tape = Tape::new();
    let x = leaf(&tape, [0.5, -1.5]);
    let y = (x.exp() * x).sum();
    let whole = y.backward().unwrap().wrt(x).unwrap().to_vec();
    let mut sweep = y.backward_steps(&Tensor::scalar(1.0)).unwrap();
    sweep.next().unwrap().unwrap();
    assert_eq!(sweep.finish().unwrap().wrt(x).unwrap().to_vec(), whole);
}

#[test]
fn intermediate_gradients_are_kept_when_asked_for() {
    let tape = Tape::new();
    let x = leaf(&tape, [1.0, 2.0]);
    let square = x * x;
    let y = square.sum();
    assert!(y.backward().unwrap().wrt(square).is_err());
    let sweep = y.backward_steps(&Tensor::scalar(5.0)).unwrap();
    let gradients = sweep.keep_intermediates().finish().unwrap();
    assert_eq!(gradients.wrt(square).unwrap().to_vec(), [5.0, 5.0]);
    assert_eq!(gradients.wrt(y).unwrap().item().unwrap(), 5.0);
    assert_eq!(gradients.wrt(x).unwrap().to_vec(), [10.0, 20.0]);
}

#[test]
fn nothing_flows_through_detach_or_no_grad_or_to_constants() {
    let tape = Tape::new();
    let x = leaf(&tape, [1.0, 2.0]);
    let y = x * x.detach() + tape.no_grad(|| x * 100.0);
    let gradients = y.backward_with(&Tensor::ones([2])).unwrap();
    assert_eq!(gradients.wrt(x).unwrap().to_vec(), [1.0, 2.0]);
    assert!(!tape.no_grad(|| x * x).requires_grad());
    assert!(tape.is_recording());
}

#[test]
fn recording_is_on_again_after_a_panic_within_no_grad() {
    let tape = Tape::<f64>::new();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        tape.no_grad(|| panic!("expected"));
    }));
    assert!(caught.is_err());
    assert!(tape.is_recording());
}

#[test]
fn an_operation_without_gradients_saves_nothing() {
    let tape = Tape::new();
    let c = tape.constant(Tensor::new([1.0, 2.0]));
    let y = c * c;
    assert_eq!(y.node().op, "constant");
    assert_eq!(y.node().saved.iter().count(), 0);
    // A factor is kept only for the other's cotangent.
    let x = leaf(&tape, [3.0, 4.0]);
    let saved = (x * c).node().saved;
    assert_eq!(saved.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["other"]);
}

#[test]
fn a_parameter_is_bound_once_and_again_after_its_value_changes() {
    let tape = Tape::new();
    let mut weight = Parameter::new("weight", Tensor::new([2.0]));
    let (first, second) = (tape.parameter(&weight), tape.parameter(&weight));
    assert_eq!(first.id(), second.id());
    let y = first * second;
    assert_eq!(y.backward().unwrap().of(&weight).unwrap().to_vec(), [4.0]);

    weight.value_mut().make_mut()[0] = 5.0;
    let third = tape.parameter(&weight);
    assert_ne!(third.id(), first.id());
    assert_eq!(third.value().to_vec(), [5.0]);
    assert_eq!(first.value().to_vec(), [2.0], "the tape keeps the value it has bound");

    weight.set_requires_grad(false);
    assert!(!tape.parameter(&weight).requires_grad());
    assert_ne!(weight.clone().id(), weight.id());
}

#[test]
fn gradients_outlive_the_nodes_and_do_not_answer_for_new_ones() {
    let mut tape = Tape::new();
    let weight = Parameter::new("weight", Tensor::new([2.0]));
    let gradients = (tape.parameter(&weight) * 3.0).backward().unwrap();
    tape.clear();
    assert_eq!(gradients.of(&weight).unwrap().to_vec(), [3.0]);
    let x = tape.leaf(Tensor::new([1.0]));
    assert!(gradients.get(x).is_none());
}

#[test]
fn large_buffers_are_taken_again_after_a_clear() {
    let mut tape = Tape::new();
    let x = Tensor::<f32>::ones([64, 64]);
    let address = |tape: &Tape<f32>| {
        let y = tape.leaf(x.clone()).exp().value();
        y.as_slice().unwrap().as_ptr() as usize
    };
    let first = address(&tape);
    tape.clear();
    assert_eq!(address(&tape), first);
}

#[test]
fn a_state_dict_goes_from_one_module_to_another() {
    let mut from = LayerNorm::<f64>::new([2]).unwrap();
    if let Some(weight) = &mut from.weight {
        *weight.value_mut() = Tensor::new([5.0, 6.0]);
    }
    let mut to = LayerNorm::<f32>::new([2]).unwrap();
    to.load_state_dict(&from.state_dict().cast()).unwrap();
    assert_eq!(to.weight.unwrap().value().to_vec(), [5.0, 6.0]);
}

#[test]
fn a_refused_state_dict_changes_nothing() {
    let mut norm = LayerNorm::<f64>::new([2]).unwrap();
    let mut dict = norm.state_dict();
    dict.insert("weight", Tensor::new([7.0, 7.0]));
    dict.insert("bias", Tensor::new([1.0, 2.0, 3.0]));
    assert!(norm.load_state_dict(&dict).is_err());
    assert_eq!(norm.weight.unwrap().value().to_vec(), [1.0, 1.0]);
}

#[test]
fn a_refused_forward_leaves_the_tape_as_it_was() {
    let tape = Tape::new();
    let (x, other) = (leaf(&tape, [1.0, 2.0]), tape.leaf(Tensor::zeros([3])));
    let before = tape.to_string();
    assert!(x.try_add(other).is_err());
    assert!(x.matmul(other).is_err());
    assert!(x.reshape([3]).is_err());
    assert!(cat(&[x, tape.leaf(Tensor::zeros([1, 1]))], 0).is_err());
    assert!(tape.to_string().starts_with(&before));
    assert_eq!(tape.len(), 3);
}

/// An op whose backward breaks its contract.
#[derive(Debug)]
struct Broken(Cotangents<f64>);

impl Op<f64> for Broken {
    fn name(&self) -> &'static str {
        "broken"
    }
    fn backward(&self, _: &Tensor<f64>) -> Cotangents<f64> {
        self.0.clone()
    }
}

fn broken(contributions: Cotangents<f64>) -> handgrad::Error {
    let tape = Tape::new();
    let x = leaf(&tape, [1.0, 2.0]);
    let y = tape.record(&[x], x.value(), || Broken(contributions)).unwrap();
    y.backward_with(&Tensor::ones([2])).unwrap_err()
}

#[test]
fn errors_name_what_is_wrong_and_what_to_do() {
    let tape = Tape::new();
    let other_tape = Tape::new();
    let x = leaf(&tape, [1.0, 2.0]);
    let stranger = leaf(&other_tape, [1.0, 2.0]);
    let constant = tape.constant(Tensor::new([1.0, 2.0]));
    let unused = leaf(&tape, [1.0, 2.0]);
    let hidden = x * 2.0;
    let y = hidden.sum();
    let gradients = y.backward().unwrap();
    let parameter = Parameter::new("weight", Tensor::new([1.0]));
    let norm = |shape: &[usize]| LayerNorm::<f64>::new(shape).map(|_| ()).unwrap_err();
    let mut norm_of_three = LayerNorm::new([3]).unwrap();
    let errors = [
        x.backward().unwrap_err(),
        x.backward_with(&Tensor::ones([3])).unwrap_err(),
        constant.backward_with(&Tensor::ones([2])).unwrap_err(),
        x.try_add(stranger).unwrap_err(),
        cat(&[x, stranger], 0).unwrap_err(),
        x.try_mul(tape.leaf(Tensor::zeros([3]))).unwrap_err(),
        gradients.wrt(stranger).unwrap_err(),
        gradients.wrt(constant).unwrap_err(),
        gradients.wrt(unused).unwrap_err(),
        gradients.wrt(hidden).unwrap_err(),
        gradients.of(&parameter).unwrap_err(),
        tape.node(1000).unwrap_err(),
        x.clamp(1.0, 0.0).unwrap_err(),
        x.prelu(tape.leaf(Tensor::zeros([3]))).unwrap_err(),
        norm(&[]),
        norm_of_three.forward(x).unwrap_err(),
        broken(smallvec![]),
        broken(smallvec![Some(Tensor::ones([1, 2]))]),
    ];
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_snapshot("tape_errors", &lines.join("\n"));
}

#[test]
#[should_panic(expected = "add: shapes [2] and [3] do not broadcast")]
fn an_operator_panics_with_the_text_of_the_error() {
    let tape = Tape::new();
    let _ = leaf(&tape, [1.0, 2.0]) + tape.leaf(Tensor::zeros([3]));
}
