//! What a check costs: `cargo bench --bench checks`.
//!
//! One JSON line for each size and reference: LayerNorm on [rows, columns] with weight and
//! bias, the median of several runs in milliseconds. A check looks at every element by
//! itself and runs the forward once for each (dual numbers) or four times
//! (differences), so its time grows with the square of the number of elements.

use std::time::Instant;

use handgrad::catalog::Configured;
use handgrad::check::{CheckOptions, Report};
use handgrad::module::Args;
use handgrad::{Result, Tensor};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

const RUNS: usize = 5;

type Check = fn(&Configured, &Tensor<f64>, &CheckOptions) -> Result<Report>;

const CHECKS: [(&str, Check); 2] =
    [("differences", Configured::gradcheck), ("duals", Configured::dualcheck)];

fn main() -> Result<()> {
    for (rows, columns) in [(8, 16), (16, 32), (32, 64)] {
        let layer =
            Configured::new("LayerNorm", Args::new().with("normalized_shape", columns as i64))?;
        let x = Tensor::randn([rows, columns], &mut ChaCha8Rng::seed_from_u64(0));
        for (name, check) in CHECKS {
            let mut times = Vec::with_capacity(RUNS);
            for _ in 0..RUNS {
                let start = Instant::now();
                check(&layer, &x, &CheckOptions::default())?.into_result()?;
                times.push(start.elapsed().as_secs_f64() * 1e3);
            }
            times.sort_by(f64::total_cmp);
            let ms = times[RUNS / 2];
            println!(r#"{{"name": "check_layer_norm/{rows}x{columns}/{name}", "ms": {ms:.1}}}"#);
        }
    }
    Ok(())
}
