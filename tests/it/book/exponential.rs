//! The chapter `activation/exponential`.

use handgrad::activation::{SELU_ALPHA, SELU_SCALE};
use handgrad::module::{Args, Choice, Kink};
use handgrad::{Result, Tape, Tensor};

use super::rectifiers::{Member, around, outputs_and_slopes};
use super::{assert_near, rounded};

fn alpha(alpha: f64) -> Args {
    Args::new().with("alpha", alpha)
}

fn members() -> Vec<Member> {
    let infinite = f64::INFINITY;
    let at_zero = Kink { at: 0.0, slope: Choice::Left };
    let at_twenty = Kink { at: 20.0, slope: Choice::Left };
    let member = |name, args, ends, kinks| Member { name, args, ends, kinks, saves: &["input"] };
    vec![
        member("ELU", Args::new(), [-1.0, infinite], vec![at_zero]),
        member("CELU", alpha(2.0), [-2.0, infinite], vec![at_zero]),
        member("SELU", Args::new(), [-SELU_SCALE * SELU_ALPHA, infinite], vec![at_zero]),
        member("Softplus", Args::new(), [0.0, infinite], vec![at_twenty]),
        member("LogSigmoid", Args::new(), [-infinite, 0.0], vec![]),
    ]
}

#[test]
fn one_row_through_all_of_them() -> Result<()> {
    let inputs = [-3.0, -(2.0_f64.ln()), 0.0, 3.0];
    // The outputs at these four, and the slopes there, to four decimals.
    let rows = [
        ([-0.9502, -0.5, 0.0, 3.0], [0.0498, 0.5, 1.0, 1.0]),
        ([-1.5537, -0.5858, 0.0, 3.0], [0.2231, 0.7071, 1.0, 1.0]),
        ([-1.6706, -0.879, 0.0, 3.1521], [0.0875, 0.879, 1.7581, 1.0507]),
        ([0.0486, 0.4055, 0.6931, 3.0486], [0.0474, 0.3333, 0.5, 0.9526]),
        ([-3.0486, -1.0986, -0.6931, -0.0486], [0.9526, 0.6667, 0.5, 0.0474]),
    ];
    for (member, (outputs, slopes)) in members().iter().zip(rows) {
        let (y, dx) = outputs_and_slopes(member.name, &member.args, &inputs)?;
        assert_eq!(y.into_iter().map(rounded).collect::<Vec<_>>(), outputs, "{}", member.name);
        assert_eq!(dx.into_iter().map(rounded).collect::<Vec<_>>(), slopes, "{}", member.name);
    }
    Ok(())
}

#[test]
fn the_exponential_rectifiers_are_as_their_table_says() -> Result<()> {
    for member in members() {
        member.check()?;
    }
    assert_eq!(rounded(SELU_SCALE * SELU_ALPHA), 1.7581);
    // With another beta the threshold is elsewhere.
    let sharp = Args::new().with("beta", 4.0);
    let kinks = vec![Kink { at: 5.0, slope: Choice::Left }];
    let ends = [0.0, f64::INFINITY];
    Member { name: "Softplus", args: sharp, ends, kinks, saves: &["input"] }.check()
}

#[test]
fn where_the_slope_jumps_and_where_only_its_slope_does() -> Result<()> {
    let slopes = |name: &str, args: &Args| {
        outputs_and_slopes(name, args, &around(0.0)).map(|(_, slopes)| slopes)
    };
    let near = |found: Vec<f64>, expected: [f64; 3]| {
        found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-8)
    };
    assert!(near(slopes("ELU", &alpha(2.0))?, [2.0, 2.0, 1.0]));
    assert!(near(slopes("ELU", &alpha(1.0))?, [1.0, 1.0, 1.0]));
    assert!(near(slopes("CELU", &alpha(2.0))?, [1.0, 1.0, 1.0]));
    assert!(near(slopes("SELU", &Args::new())?, [1.758_099_340_8, 1.758_099_340_8, 1.050_700_987]));
    assert!(near(slopes("Softplus", &Args::new())?, [0.5, 0.5, 0.5]));
    assert!(near(slopes("LogSigmoid", &Args::new())?, [0.5, 0.5, 0.5]));

    // How fast the slope itself moves: by 1/alpha left of 0, not at all right of it.
    for (name, args, left) in [("ELU", alpha(1.0), 1.0), ("CELU", alpha(2.0), 0.5)] {
        let (_, slopes) = outputs_and_slopes(name, &args, &[-1e-6, 0.0, 1e-6])?;
        assert!(((slopes[1] - slopes[0]) / 1e-6 - left).abs() < 1e-5, "{name}");
        assert_eq!(slopes[2], slopes[1], "{name}");
    }
    Ok(())
}

#[test]
fn every_slope_can_be_told_from_the_output() -> Result<()> {
    let inputs = [-3.0, -0.5];
    let from_output = |name: &str, args: &Args, slope: fn(f64) -> f64| -> Result<()> {
        let (y, dx) = outputs_and_slopes(name, args, &inputs)?;
        let told: Vec<f64> = y.into_iter().map(slope).collect();
        assert_near(&Tensor::from_vec(told, [2])?, &dx);
        Ok(())
    };
    from_output("ELU", &alpha(2.0), |y| y + 2.0)?;
    from_output("CELU", &alpha(2.0), |y| 1.0 + y / 2.0)?;
    from_output("SELU", &Args::new(), |y| y + SELU_SCALE * SELU_ALPHA)?;
    from_output("Softplus", &Args::new().with("beta", 4.0), |y| 1.0 - (-4.0 * y).exp())?;
    from_output("LogSigmoid", &Args::new(), |y| 1.0 - y.exp())
}

// ANCHOR: predict
#[test]
fn near_0_an_output_keeps_the_digits_that_it_loses_near_minus_1() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::scalar(-20.0));
    let (elu, softplus) = (x.elu(1.0), x.softplus(1.0, 20.0));
    for y in [elu, softplus] {
        assert_eq!(format!("{:.3e}", y.backward()?.wrt(x)?.item()?), "2.061e-9");
    }

    // What the outputs alone tell of this slope.
    let (elu, softplus) = (elu.value().item()?, softplus.value().item()?);
    assert_eq!(elu + 1.0, 0.0);
    assert_eq!(format!("{:.3e}", -(-softplus).exp_m1()), "2.061e-9");
    Ok(())
}
// ANCHOR_END: predict

#[test]
fn how_far_apart_the_numbers_of_an_f32_are() {
    // Between -1 and its neighbour above.
    assert_eq!(format!("{:.0e}", (-1.0_f32).next_up() + 1.0), "6e-8");
    // Near 2e-9 they are a hundred million times closer.
    let small = 2.061e-9_f32;
    assert_eq!(format!("{:.0e}", small.next_up() - small), "2e-16");
}

#[test]
fn log_sigmoid_is_softplus_turned_by_half_a_turn() -> Result<()> {
    let inputs = [-3.0, -0.5, 0.0, 2.0];
    let (y, dx) = outputs_and_slopes("LogSigmoid", &Args::new(), &inputs)?;
    let (turned, slopes) = outputs_and_slopes("Softplus", &Args::new(), &inputs.map(|x: f64| -x))?;
    let minus: Vec<f64> = turned.into_iter().map(|y| -y).collect();
    assert_near(&Tensor::from_vec(y, [4])?, &minus);
    assert_near(&Tensor::from_vec(dx, [4])?, &slopes);
    Ok(())
}
