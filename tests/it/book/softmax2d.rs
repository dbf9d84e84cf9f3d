//! The chapter `activation/softmax2d`.

use handgrad::{Result, Tape, Tensor};

use super::{assert_near, mutant, rounded, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn softmax2d_by_hand() -> Result<()> {
    // Two channels of an image of one row and three columns.
    let exponentials = Tensor::<f64>::new([[[1.0, 3.0, 1.0]], [[1.0, 1.0, 4.0]]]);
    let tape = Tape::new();
    let x = tape.leaf(exponentials.map(f64::ln));
    let y = x.softmax2d()?;
    assert_near(&y.value(), &[0.5, 0.75, 0.2, 0.5, 0.25, 0.8]);

    let cotangent = Tensor::new([[[4.0, 8.0, 0.0]], [[0.0, -8.0, 50.0]]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_near(gradients.wrt(x)?, &[1.0, 3.0, -8.0, -1.0, -3.0, 8.0]);
    Ok(())
}
// ANCHOR_END: by_hand

/// The chapter's logarithms, to four decimals.
#[test]
fn the_numbers_of_the_table() {
    assert_eq!([3.0_f64, 4.0].map(|x| rounded(x.ln())), [1.0986, 1.3863]);
}

#[test]
fn softmax2d_saves_its_output_which_costs_nothing() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([3, 1, 2]));
    let y = x.softmax2d()?;
    assert_eq!(saved(y, &[y]), [("output", 24, true)]);
    Ok(())
}

// ANCHOR: predict
#[test]
fn one_channel_is_always_sure_and_never_learns() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[[0.5, -1.0, 30.0]]]));
    let y = x.softmax2d()?;
    assert_eq!(y.value().to_vec(), [1.0, 1.0, 1.0]);
    let gradients = y.backward_with(&Tensor::new([[[1.0, -2.0, 3.0]]]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 0.0, 0.0]);
    Ok(())
}
// ANCHOR_END: predict

#[test]
fn a_softmax2d_that_forgets_the_sum_over_the_channels_is_caught() -> Result<()> {
    let mutant = mutant("Softmax2d", "the sum");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("softmax2d_wrong", &report.to_string());
    Ok(())
}

#[test]
fn softmax2d_step_by_step() {
    let args = [
        "Softmax2d",
        "--input",
        "[[[0,1.09861229,0]],[[0,0,1.38629436]]]",
        "--cotangent",
        "[[[4,8,0]],[[0,-8,50]]]",
    ];
    assert_snapshot("softmax2d_steps", &run("step", &args));
}

#[test]
fn three_dims_are_an_image_and_not_a_batch_of_sequences() -> Result<()> {
    // Two samples of three channels and four steps, it was meant.
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::zeros([2, 3, 4]));
    assert_near(&x.softmax2d()?.value(), &[0.5; 24]);
    assert!(tape.constant(Tensor::<f64>::zeros([3, 4])).softmax2d().is_err());
    Ok(())
}

#[test]
fn it_is_softmax_over_the_third_dim_from_the_end() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::arange(0.0, 24.0, 1.0)?.reshape([2, 3, 2, 2])?);
    assert_eq!(x.softmax2d()?.value().to_vec(), x.softmax(-3)?.value().to_vec());
    assert_eq!(x.softmax2d()?.value().to_vec(), x.softmax(1)?.value().to_vec());
    let single = x.select(0, 0)?;
    assert_eq!(single.softmax2d()?.value().to_vec(), single.softmax(0)?.value().to_vec());
    Ok(())
}

#[test]
fn a_nan_spoils_its_own_place() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([[[f64::NAN, 0.0]], [[0.0, 0.0]]]));
    let y = x.softmax2d()?.value().to_vec();
    assert!(y[0].is_nan() && y[2].is_nan());
    assert_eq!((y[1], y[3]), (0.5, 0.5));
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[[1.0]], [[3.0]]]).map(f64::ln));
    let y = x.softmax2d()?;
    assert_near(&y.value(), &[0.25, 0.75]);
    let gradients = y.backward_with(&Tensor::new([[[0.0]], [[16.0]]]))?;
    assert_near(gradients.wrt(x)?, &[-3.0, 3.0]);

    let lines = 8 * 512 * 1024_u64;
    assert_eq!((lines, 19 * 19), (4_194_304, 361));
    assert_eq!(lines * 19, 79_691_776);
    assert_eq!(lines * 361, 1_514_143_744);
    let entries = (lines * 19) as f64;
    assert!((6.3e15..6.4e15).contains(&(entries * entries)));
    Ok(())
}

// ANCHOR: permuted
#[test]
fn softmax2d_by_moving_the_channels_to_the_end() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::arange(0.0, 24.0, 1.0)?.reshape([2, 3, 2, 2])?);
    let moved = x.permute(&[0, 2, 3, 1])?.softmax(-1)?.permute(&[0, 3, 1, 2])?;
    let direct = x.softmax2d()?;
    assert_near(&moved.value(), &direct.value().to_vec());

    let cotangent = Tensor::<f64>::arange(1.0, 25.0, 1.0)?.reshape([2, 3, 2, 2])?;
    let (moved, direct) = (moved.backward_with(&cotangent)?, direct.backward_with(&cotangent)?);
    assert_near(moved.wrt(x)?, &direct.wrt(x)?.to_vec());
    Ok(())
}
// ANCHOR_END: permuted
