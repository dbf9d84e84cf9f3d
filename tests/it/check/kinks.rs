//! What happens on kinks and beside them.

use handgrad::check::{CheckOptions, Report, gradcheck};
use handgrad::module::{Choice, Kink};
use handgrad::{Result, Tensor, Var};
use smallvec::smallvec;

use super::record;
use crate::examples::assert_snapshot;

/// |x| with a given slope at 0.
fn abs(x: Var<'_, f64>, at_zero: f64) -> Result<Var<'_, f64>> {
    let input = x.value();
    let value = input.map(f64::abs);
    record(&[x], value, move |g| {
        let slope = input.map(|x| if x == 0.0 { at_zero } else { x.signum() });
        smallvec![Some(&slope * g)]
    })
}

/// The check of such an |x|, where a slope is declared.
fn check(at_zero: f64, declared: Choice) -> Report {
    let kinks = vec![Kink { at: 0.0, slope: declared }];
    let options = CheckOptions { kinks, ..CheckOptions::default() };
    gradcheck(|v| abs(v[0], at_zero), &[Tensor::new([-1.0, 0.0, 2.0, 0.0])], &options).unwrap()
}

#[test]
fn at_a_kink_the_declared_slope_is_required_and_no_other() {
    for (slope, choice) in [
        (-1.0, Choice::Left),
        (1.0, Choice::Right),
        (0.0, Choice::Value(0.0)),
        (0.25, Choice::Value(0.25)),
    ] {
        assert!(check(slope, choice).passed());
        for other in [-1.0, 1.0, 0.0, 0.25, 2.0] {
            assert_eq!(check(other, choice).passed(), other == slope, "{other} for {choice:?}");
        }
    }
}

#[test]
fn the_interval_is_printed() {
    let text = format!(
        "declared and taken:\n{}\n\nthe other side:\n{}\n\noutside of both:\n{}",
        check(-1.0, Choice::Left),
        check(1.0, Choice::Left),
        check(2.0, Choice::Value(0.0)),
    );
    assert_snapshot("check_kinks", &text);
}

#[test]
fn closer_to_a_kink_than_a_step_any_slope_between_will_do() {
    let kinks = vec![Kink { at: 0.0, slope: Choice::Left }];
    let options = CheckOptions { kinks, ..CheckOptions::default() };
    let check = |slope: f64| {
        let report = gradcheck(
            |v| {
                let value = v[0].value().map(f64::abs);
                record(v, value, move |g| smallvec![Some(g.scale(slope))])
            },
            &[Tensor::new([1e-12])],
            &options,
        );
        report.unwrap().passed()
    };
    assert!(check(1.0) && check(-1.0) && check(0.3));
    assert!(!check(1.5) && !check(-2.0));
}
