//! What a backward owes beyond right numbers.

use std::cell::Cell;

use handgrad::check::{Breach, CheckOptions, gradcheck};
use handgrad::{Result, Tensor, Var};
use smallvec::smallvec;

use super::{normal, record};

fn breaches(f: impl for<'t> Fn(&[Var<'t, f64>]) -> Result<Var<'t, f64>>) -> Vec<Breach> {
    let report = gradcheck(f, &[normal(&[3, 4], 1)], &CheckOptions::default()).unwrap();
    assert_eq!(report.passed(), report.breaches.is_empty(), "{report}");
    assert!(report.breaches.iter().all(|b| report.to_string().contains(&b.to_string())));
    report.breaches
}

#[test]
fn a_backward_that_keeps_its_promises_breaks_none() {
    let found = breaches(|v| record(v, v[0].value().scale(2.0), |g| smallvec![Some(g.scale(2.0))]));
    assert_eq!(found, []);
}

#[test]
fn a_second_backward_must_not_add_to_the_first() {
    let found = breaches(|v| {
        let calls = Cell::new(0.0);
        record(v, v[0].value(), move |g| {
            calls.set(calls.get() + 1.0);
            smallvec![Some(g.scale(calls.get()))]
        })
    });
    let expected = Breach::DependsOnEarlierCalls { name: "input".to_owned(), ratio: Some(2.0) };
    assert_eq!(found, [expected]);
}

#[test]
fn a_gradient_of_another_shape_is_refused_by_the_tape() {
    let found = breaches(|v| {
        record(v, v[0].value(), |g| smallvec![Some(g.reshape([12]).expect("12 elements"))])
    });
    let [Breach::Refused(message)] = &found[..] else { panic!("another breach") };
    assert!(message.contains("[12]") && message.contains("[3, 4]"), "{message}");
}

#[test]
fn a_forward_that_draws_is_told_to_use_a_seed() {
    let calls = Cell::new(0.0);
    let x = [normal(&[2], 1)];
    let report = gradcheck(
        |v| {
            calls.set(calls.get() + 1.0);
            let factor: f64 = calls.get();
            record(v, v[0].value().scale(factor), move |g| smallvec![Some(g.scale(factor))])
        },
        &x,
        &CheckOptions::default(),
    )
    .unwrap();
    assert!(report.breaches.contains(&Breach::NotDeterministic), "{report}");
}

#[test]
fn reading_memory_in_order_is_not_reading_a_view() {
    // The elements as they lie in memory, for whoever takes those for the tensor's.
    fn in_memory_order(x: &Tensor<f64>) -> Tensor<f64> {
        let reversed = x.strides().iter().any(|&stride| stride < 0);
        let dims: Vec<isize> = (0..x.rank() as isize).collect();
        let lying = if reversed { x.flip(&dims).unwrap() } else { x.clone() };
        lying.contiguous()
    }
    let in_backward = breaches(|v| {
        record(v, v[0].value().scale(2.0), |g| smallvec![Some(in_memory_order(g).scale(2.0))])
    });
    let of_gradient = Breach::DependsOnStrides("the gradient of input".to_owned());
    assert_eq!(in_backward, [of_gradient]);
    let in_forward =
        breaches(|v| record(v, in_memory_order(&v[0].value()), |g| smallvec![Some(g.clone())]));
    assert_eq!(in_forward, [Breach::DependsOnStrides("output".to_owned())]);
}

#[test]
fn every_breach_says_what_to_do() {
    let all = [
        Breach::Refused("its gradient has another shape".to_owned()),
        Breach::NotDeterministic,
        Breach::DependsOnEarlierCalls { name: "input".to_owned(), ratio: Some(2.0) },
        Breach::DependsOnEarlierCalls { name: "input".to_owned(), ratio: None },
        Breach::DependsOnStrides("output".to_owned()),
        Breach::Mutated("input".to_owned()),
        Breach::OnlyInF32,
        Breach::OtherForward { index: [1, 2].into(), given: 0.5, expected: 0.25 },
    ];
    let texts: Vec<String> = all.iter().map(Breach::to_string).collect();
    crate::examples::assert_snapshot("check_breaches", &texts.join("\n"));
}
