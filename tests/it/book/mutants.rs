//! The chapter `foundations/mutants`.

use handgrad::catalog::Configured;
use handgrad::check::{CheckOptions, jacobian};
use handgrad::module::Args;
use handgrad::{Result, Tensor};

use super::assert_near;
use crate::examples::run;

#[test]
fn two_rows_lose_their_sum_and_their_squares() {
    for row in [[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]] {
        let row = Tensor::<f64>::new(row);
        let y = &(&row - &row.mean()) / &row.var(0.0).map(f64::sqrt);
        assert_near(&y.sum(), &[0.0]);
        assert_near(&(&y * &y).sum(), &[3.0]);
    }
}

#[test]
fn the_three_parts_of_a_rows_jacobian() -> Result<()> {
    let args =
        Args::new().with("normalized_shape", 3).with("eps", 0.0).with("elementwise_affine", false);
    let layer = Configured::new("LayerNorm", args)?;
    let x = Tensor::new([1.0, 2.0, 3.0]);
    let found = jacobian(&layer, &x, &CheckOptions::default())?;
    let rstd = 1.5_f64.sqrt();
    let expected = Tensor::from_fn([3, 3], |at| {
        let (i, j) = (at[0], at[1]);
        let direct = f64::from(u8::from(i == j));
        let along = [[0.5, 0.0, -0.5], [0.0, 0.0, 0.0], [-0.5, 0.0, 0.5]][i][j];
        rstd * (direct - 1.0 / 3.0 - along)
    });
    assert_near(&found, &expected.to_vec());
    Ok(())
}

#[test]
fn the_chapters_counts_are_the_gallerys() {
    let gallery = run("mutants", &[]);
    let chapter = include_str!("../../../book/src/foundations/mutants.md");
    assert!(gallery.ends_with("200 mutants, 200 killed, 199 diagnosed\n"));
    assert!(
        gallery.contains("of 55 wrong norms sum(y) passes 25, sum(y^2) 25, a random cotangent 10")
    );
    for said in [
        "every one of the 200 is killed",
        "all but one",
        "lets 25 of 55 wrong norms pass",
        "passes ten",
    ] {
        assert!(chapter.contains(said), "{said}");
    }
}

/// Exercise 1: which wrong backwards of a softmax a sum of its outputs lets pass.
#[test]
fn a_sum_sees_a_softmax_that_forgets_its_sum() {
    let y = Tensor::<f64>::new([0.2, 0.3, 0.5]);
    let right = y.map(|y| y * (1.0 - 1.0));
    assert_eq!(right.to_vec(), [0.0; 3]);
    assert_ne!(y.to_vec(), right.to_vec());
    assert_ne!(y.map(|y| y * (1.0 - y)).to_vec(), right.to_vec());
}
