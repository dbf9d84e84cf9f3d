//! LocalResponseNorm: a loud channel quiets its neighbours.
//!
//! Run with `cargo run --example local_response_norm`; the chapter is
//! `norm/local_response_norm`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::norm::LocalResponseNorm;
use handgrad::{Module, Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    // One sample of six channels at one place, of which the third is loud.
    let x = Tensor::new([[[1.0], [1.0], [10.0], [1.0], [1.0], [1.0]]]);
    let mut norm = LocalResponseNorm { size: 3, alpha: 0.3, beta: 0.5, k: 1.0 };
    let tape = Tape::<f32>::new();
    let x = tape.leaf(x);
    let y = norm.forward(x)?;
    // ANCHOR_END: example

    println!("x, six channels\n{}", tape.constant(x.value().flatten(0, -1)?));
    println!("y = x / sqrt(1 + 0.3/3 times the squares of 3 channels)\n{}", y.flatten(0, -1)?);
    println!("  channel 0: 1 / sqrt(1 + 0.1 *   2) = 0.9129, its window cut off by the edge");
    println!("  channel 1: 1 / sqrt(1 + 0.1 * 102) = 0.2988, beside the loud one");
    println!("  channel 4: 1 / sqrt(1 + 0.1 *   3) = 0.8771, out of its reach\n");

    // ANCHOR: spread
    // What if only the output beside the loud channel matters?
    let mut only = Tensor::zeros(y.shape());
    only.make_mut()[1] = 1.0;
    let gradients = y.backward_with(&only)?;
    // ANCHOR_END: spread
    println!("the gradient of channel 1's output: every channel of its window has a part");
    println!("{}\n", gradients.wrt(x)?.flatten(0, -1)?);

    // ANCHOR: even
    let even = |size| -> Result<_> {
        let mut norm = LocalResponseNorm { size, alpha: size as f64, beta: 1.0, k: 0.0 };
        norm.forward(tape.leaf(Tensor::new([[[1.0], [2.0], [4.0]]])))?.flatten(0, -1)
    };
    println!("1, 2, 4 over the sum of squares in a window of 3: the one before, the one after");
    println!("{}", even(3)?);
    println!("in a window of 2, which is the one before: 1/1, 2/5, 4/20");
    println!("{}\n", even(2)?);
    // ANCHOR_END: even

    let args = Args::new().with("size", 4).with("alpha", 1.0);
    let layer = Configured::new("LocalResponseNorm", args)?;
    let point = Tensor::new([[[1.0, -2.0], [0.5, 0.0], [3.0, 1.5], [-1.0, 2.5], [0.25, -0.75]]]);
    println!("{}\n", layer.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", layer.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
