//! RMSNorm: LayerNorm without the mean.
//!
//! Run with `cargo run --example rms_norm`; the chapter is `norm/rms_norm`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::norm::{LayerNorm, RMSNorm, layer_norm, rms_norm};
use handgrad::{Module, Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let mut norm = RMSNorm::<f32>::new([4])?;
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([
        [1.0, 1.0, 7.0, 7.0],
        [2.0, 2.0, 14.0, 14.0],
        [11.0, 11.0, 17.0, 17.0],
        [-7.0, -1.0, 1.0, 7.0],
    ]));
    let y = norm.forward(x)?;
    let cotangent = Tensor::from_fn([4, 4], |at| if at[1] == 0 { 1.0 } else { 0.0 });
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x: a row, its double, the row plus 10, and a row whose mean is 0\n{x}");
    println!("rms_norm(x): the double does not show, the shift does\n{y}");
    println!("layer_norm(x): the shift does not show either; where the mean is 0 the two agree");
    println!("{}\n", LayerNorm::new([4])?.forward(x)?.value());
    println!("Saved for the backward, beside x and the weight: one statistic a row, and no mean.");
    for (name, saved) in y.node().saved.iter().filter(|(name, _)| *name == "rstd") {
        println!("{name}: {saved}");
    }

    println!("\ncotangent\n{cotangent}");
    println!("gradient of x: half as large where x is doubled\n{}", gradients.wrt(x)?);
    for (name, parameter) in norm.parameters() {
        println!("gradient of {name}: {}", gradients.of(parameter)?);
    }

    println!("\nWhat makes no difference to the output, no gradient asks for. To stretch x is");
    println!("such a thing in both norms, to shift it in LayerNorm alone. A stretch would show");
    println!("in the first sum, a shift in the second (in f64, without eps):");
    println!("           sum of x * gradient     sum of gradient");
    println!("           RMSNorm    LayerNorm    RMSNorm    LayerNorm");
    let wide = Tape::new();
    let wide_x = wide.leaf(x.value().cast::<f64>());
    let rms = rms_norm(wide_x, [4], None, Some(0.0))?.backward_with(&cotangent.cast())?;
    let layer = layer_norm(wide_x, [4], None, None, 0.0)?.backward_with(&cotangent.cast())?;
    for row in 0..4 {
        let of_row = |gradient: &Tensor<f64>| -> Result<[String; 2]> {
            let (x, gradient) = (wide_x.value().select(0, row)?, gradient.select(0, row)?);
            Ok([number((&x * &gradient).sum().item()?), number(gradient.sum().item()?)])
        };
        let ([rms_x, rms], [layer_x, layer]) =
            (of_row(rms.wrt(wide_x)?)?, of_row(layer.wrt(wide_x)?)?);
        println!("row {row}      {rms_x}    {layer_x}      {rms:>7}    {layer}");
    }

    println!("In row 3 the two norms have the same output, and yet different gradients.");
    println!("\nUnless eps is given, it is that of the type: 1.2e-7 in f32, 2.2e-16 in f64. A row");
    println!("whose mean square is small beside the former comes out differently in the two:");
    let tiny = Tensor::<f32>::new([1e-5, 1e-5, 7e-5, 7e-5]);
    println!("x:   {tiny}");
    println!("f32: {}", norm.forward(tape.constant(tiny.clone()))?.value());
    println!("f64: {}\n", RMSNorm::new([4])?.forward(wide.constant(tiny.cast::<f64>()))?.value());

    let layer = Configured::new("RMSNorm", Args::new().with("normalized_shape", 4))?;
    let point = wide_x.value();
    println!("{}\n", layer.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", layer.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}

/// A number, unless it is rounding.
fn number(number: f64) -> String {
    if number.abs() < 1e-12 { "< 1e-12".to_owned() } else { format!("{number:.4}") }
}
