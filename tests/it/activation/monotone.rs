//! Which activations never fall, and which do.

use handgrad::module::Args;

use super::limits::{at_all, of_one_number, some_args};

/// A grid that holds every kink of the default arguments.
fn grid() -> Vec<f32> {
    (-4000..=4000).map(|i| i as f32 / 256.0).collect()
}

/// Whether the function falls somewhere on the grid, by more than rounding.
fn falls(layer: &str, args: &Args) -> bool {
    let (values, _) = at_all(layer, args, &grid());
    values.windows(2).any(|pair| pair[1] < pair[0] - 1e-5 * pair[0].abs())
}

#[test]
fn only_these_fall_somewhere() {
    let falling: Vec<&str> =
        of_one_number().filter(|(name, args)| falls(name, args)).map(|(name, _)| name).collect();
    // Threshold falls from 20 to its threshold.
    assert_eq!(falling, ["Threshold", "GELU", "SiLU", "Mish", "Hardswish"]);
}

/// Where a function falls its slope is negative, and nowhere else.
#[test]
fn the_slope_has_the_sign_of_the_change() {
    let (grid, step) = (grid(), 1.0 / 64.0);
    let shifted = |by: f32| grid.iter().map(|x| x + by).collect::<Vec<f32>>();
    for name in ["GELU", "SiLU", "Mish", "Hardswish"] {
        let values = |points: &[f32]| at_all(name, &some_args(name), points).0;
        let (above, below) = (values(&shifted(step)), values(&shifted(-step)));
        let (_, slopes) = at_all(name, &some_args(name), &grid);
        for ((x, slope), change) in
            grid.iter().zip(slopes).zip(above.iter().zip(&below).map(|(a, b)| a - b))
        {
            let bends_or_ends_here = change.abs() < 2e-3 * step;
            assert!(
                bends_or_ends_here || slope * change >= 0.0,
                "{name} at {x}: {slope}, {change}"
            );
        }
    }
}
