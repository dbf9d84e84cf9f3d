//! The chapter `activation/softmaxes`.

use handgrad::{Result, Tape, Tensor, Var};

use super::{assert_near, rounded, saved};

/// The chapter's line, (0, ln 2, ln 5), whose exponentials are 1, 2 and 5.
fn line() -> Tensor<f64> {
    Tensor::<f64>::new([1.0, 2.0, 5.0]).map(f64::ln)
}

/// Softmax, softmin, softmax2d and log-softmax of one line.
fn all_four(x: Var<'_, f64>) -> Result<[Var<'_, f64>; 4]> {
    let place = x.reshape([3, 1, 1])?.softmax2d()?;
    Ok([x.softmax(0)?, x.softmin(0)?, place.reshape([3])?, x.log_softmax(0)?])
}

/// The chapter's table.
#[test]
fn the_numbers_of_the_table() -> Result<()> {
    assert_eq!(line().map(rounded).to_vec(), [0.0, 0.6931, 1.6094]);
    let tape = Tape::new();
    let [plain, of_minus, of_channels, logarithm] = all_four(tape.constant(line()))?;
    assert_near(&plain.value(), &[1.0 / 8.0, 2.0 / 8.0, 5.0 / 8.0]);
    assert_near(&of_minus.value(), &[10.0 / 17.0, 5.0 / 17.0, 2.0 / 17.0]);
    assert_near(&of_channels.value(), &[1.0 / 8.0, 2.0 / 8.0, 5.0 / 8.0]);
    assert_eq!(logarithm.value().map(rounded).to_vec(), [-2.0794, -1.3863, -0.47]);
    assert_eq!(rounded(logarithm.value().sum().item()?), -3.9357);
    Ok(())
}

#[test]
fn a_number_added_to_the_line_changes_nothing() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(line());
    for (y, shifted) in all_four(x)?.into_iter().zip(all_four(x + 7.0)?) {
        assert_near(&shifted.value(), &y.value().to_vec());
    }
    Ok(())
}

#[test]
fn all_four_save_their_output_which_costs_nothing() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3, 4]));
    for y in [x.softmax(-1)?, x.softmin(-1)?, x.softmax2d()?, x.log_softmax(-1)?] {
        assert_eq!(saved(y, &[y]), [("output", 96, true)]);
        assert_eq!(y.shape(), [2, 3, 4]);
    }
    Ok(())
}

// ANCHOR: one_backward
/// What each number of a line keeps of h when the line's total is paid by share.
fn less_its_share(h: &Tensor<f64>, shares: &Tensor<f64>) -> Tensor<f64> {
    h - &(shares * &h.sum())
}

#[test]
fn one_formula_is_the_backward_of_all() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(line());
    let cotangent = Tensor::new([8.0, -1.0, 2.0]);

    let y = x.log_softmax(0)?;
    let expected = less_its_share(&cotangent, &y.value().map(f64::exp));
    assert_near(y.backward_with(&cotangent)?.wrt(x)?, &expected.to_vec());

    let y = x.softmax(0)?;
    let expected = less_its_share(&(&y.value() * &cotangent), &y.value());
    assert_near(y.backward_with(&cotangent)?.wrt(x)?, &expected.to_vec());

    let y = x.softmin(0)?;
    let expected = -&less_its_share(&(&y.value() * &cotangent), &y.value());
    assert_near(y.backward_with(&cotangent)?.wrt(x)?, &expected.to_vec());
    Ok(())
}
// ANCHOR_END: one_backward

#[test]
fn one_h_from_two_layers() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(line());
    let of_logarithm = x.log_softmax(0)?.backward_with(&Tensor::new([1.0, 0.0, 0.0]))?;
    let of_share = x.softmax(0)?.backward_with(&Tensor::new([8.0, 0.0, 0.0]))?;
    for gradients in [of_logarithm, of_share] {
        assert_near(gradients.wrt(x)?, &[7.0 / 8.0, -1.0 / 4.0, -5.0 / 8.0]);
    }
    Ok(())
}

#[test]
fn what_goes_back_along_a_line_has_the_sum_0() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(line());
    for y in all_four(x)? {
        let gradients = y.backward_with(&Tensor::new([8.0, -1.0, 2.0]))?;
        assert_near(&gradients.wrt(x)?.sum(), &[0.0]);
    }
    Ok(())
}

/// Row k is what comes back for a cotangent of 1 at output k alone.
fn jacobian(y: Var<'_, f64>, x: Var<'_, f64>) -> Result<Tensor<f64>> {
    let mut rows = Vec::new();
    for output in 0..3 {
        let unit = Tensor::<f64>::eye(3).select(0, output)?;
        rows.push(y.backward_with(&unit)?.wrt(x)?.clone());
    }
    Tensor::stack(&rows.iter().collect::<Vec<_>>(), 0)
}

#[test]
fn the_jacobians() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(line());
    let shares = x.softmax(0)?.value();
    let (row, column) = (shares.unsqueeze(0)?, shares.unsqueeze(1)?);

    let by_hand = Tensor::<f64>::new([[7.0, -2.0, -5.0], [-2.0, 12.0, -10.0], [-5.0, -10.0, 15.0]]);
    let found = jacobian(x.softmax(0)?, x)?;
    assert_near(&found, &by_hand.scale(1.0 / 64.0).to_vec());
    let formula = &(&Tensor::eye(3) * &row) - &(&column * &row);
    assert_near(&found, &formula.to_vec());

    let by_hand = Tensor::<f64>::new([[7.0, -2.0, -5.0], [-1.0, 6.0, -5.0], [-1.0, -2.0, 3.0]]);
    let found = jacobian(x.log_softmax(0)?, x)?;
    assert_near(&found, &by_hand.scale(1.0 / 8.0).to_vec());
    let formula = &Tensor::eye(3) - &row;
    assert_near(&found, &formula.to_vec());
    Ok(())
}

// ANCHOR: predict
#[test]
fn only_the_logarithm_hears_the_sample_that_is_quite_wrong() -> Result<()> {
    let tape = Tape::new();
    let samples = [(0.999, 0.000_999, 0.001), (0.5, 0.25, 0.5), (0.001, 0.000_999, 0.999)];
    for (share, through_share, through_logarithm) in samples {
        // Two logits that have these shares; the first class is right.
        let x = tape.leaf(Tensor::<f64>::new([share, 1.0 - share]).map(f64::ln));
        let minus_the_first = Tensor::new([-1.0, 0.0]);
        let gradients = x.softmax(0)?.backward_with(&minus_the_first)?;
        assert_near(gradients.wrt(x)?, &[-through_share, through_share]);
        let gradients = x.log_softmax(0)?.backward_with(&minus_the_first)?;
        assert_near(gradients.wrt(x)?, &[-through_logarithm, through_logarithm]);
    }
    Ok(())
}
// ANCHOR_END: predict

#[test]
fn of_a_number_and_a_0_they_are_the_sigmoid_and_its_logarithm() -> Result<()> {
    let tape = Tape::new();
    let pair = tape.constant(Tensor::<f64>::new([1.5, 0.0]));
    let alone = tape.constant(Tensor::<f64>::new([1.5]));
    let first = |y: Var<'_, f64>| y.value().narrow(0, 0, 1);
    assert_near(&first(pair.softmax(0)?)?, &alone.sigmoid().value().to_vec());
    assert_near(&first(pair.log_softmax(0)?)?, &alone.log_sigmoid().value().to_vec());
    Ok(())
}
