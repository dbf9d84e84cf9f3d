//! The chapter `practice/custom_op`.

use handgrad::check::{CheckOptions, Report, gradcheck};
use handgrad::tape::{Cotangents, Op};
use handgrad::{Real, Result, Tensor};
use smallvec::smallvec;

/// Swish whose backward has these factors before the gate's term of x, and these powers of x
/// in beta's.
#[derive(Debug)]
struct Swish {
    x: Tensor<f64>,
    beta: f64,
    through_gate: f64,
    power: i32,
}

impl Op<f64> for Swish {
    fn name(&self) -> &'static str {
        "swish"
    }

    fn backward(&self, g: &Tensor<f64>) -> Cotangents<f64> {
        let gate = self.x.map(|x| (self.beta * x).sigmoid());
        let slope = gate.map(|s| s * (1.0 - s));
        let through_gate = (&self.x * &slope).scale(self.through_gate);
        let of_beta = &self.x.map(|x| x.powi(self.power)) * &slope;
        smallvec![
            Some(g * &(&gate + &through_gate)),
            Some((g * &of_beta).sum().reshape([1]).expect("one element")),
        ]
    }
}

/// The check of such a backward at beta = 1.5.
fn check(x: &Tensor<f64>, through_gate: f64, power: i32) -> Result<Report> {
    let names = vec!["x".to_owned(), "beta".to_owned()];
    gradcheck(
        |v| {
            let (x, beta) = (v[0].value(), v[1].value().item()?);
            let value = x.map(|x| x * (beta * x).sigmoid());
            v[0].tape().record(v, value, || Swish { x, beta, through_gate, power })
        },
        &[x.clone(), Tensor::new([1.5])],
        &CheckOptions { names, ..CheckOptions::default() },
    )
}

fn six_numbers() -> Tensor<f64> {
    Tensor::new([[-2.0, -0.5, 0.3], [0.8, 1.7, 3.1]])
}

#[test]
fn the_ratio_of_the_report_by_hand() {
    let s = 1.2_f64.sigmoid();
    assert_eq!(format!("{s:.4} {:.4}", 1.0 - s), "0.7685 0.2315");
    assert_eq!(format!("{:.4}", 1.0 / (1.0 + 1.2 * (1.0 - s))), "0.7826");
}

#[test]
fn with_its_factors_right_it_passes() -> Result<()> {
    check(&six_numbers(), 1.5, 2)?.into_result()
}

#[test]
fn at_ones_one_mistake_is_not_seen_and_the_other_looks_like_a_factor() -> Result<()> {
    let report = check(&Tensor::ones([2, 3]), 0.0, 1)?;
    assert!(report.diagnosis("beta").is_none());
    let diagnosis = report.diagnosis("x").expect("it is refused");
    let said: Vec<&str> = diagnosis.causes.iter().map(|cause| cause.headline.as_str()).collect();
    assert!(said[0].starts_with("a constant factor of"), "{report}");
    assert!(said.contains(&"the product rule's second term is missing"), "{report}");
    Ok(())
}

#[test]
fn exercise_in_code() -> Result<()> {
    let headline = |through_gate: f64| -> Result<String> {
        let report = check(&six_numbers(), through_gate, 2)?;
        assert!(report.diagnosis("beta").is_none());
        Ok(report.diagnosis("x").expect("it is refused").headline())
    };
    assert_eq!(headline(-1.5)?, "the product rule's second term has the wrong sign");
    assert_eq!(headline(1.0)?, "the product rule's second term is 0.6667 times the right one");
    Ok(())
}
