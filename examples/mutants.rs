//! Mutants: layers with one mistake in their backward, and what the check says of each.
//!
//! Run with `cargo run --release --example mutants`; a layer's name after `--` shows its
//! mutants alone, with the whole report.

use handgrad::check::mutants::{self, Mutant};
use handgrad::check::{Diagnosis, Sureness};
use handgrad::{Result, Tensor, catalog};

fn main() -> Result<()> {
    match std::env::args().nth(1) {
        Some(layer) => reports(&layer),
        None => gallery(),
    }
}

/// The whole reports on one layer's mutants.
fn reports(layer: &str) -> Result<()> {
    let layer = catalog::find(layer)?.about.name;
    for mutant in mutants::all().iter().filter(|mutant| mutant.layer == layer) {
        println!("{mutant:?}\n\n{}\n", mutant.gradcheck()?);
    }
    Ok(())
}

/// All of them in brief.
fn gallery() -> Result<()> {
    let mutants = mutants::all();
    let (mut killed, mut diagnosed) = (0, 0);
    for mutant in &mutants {
        let verdict = verdict(mutant)?;
        println!("{verdict}");
        killed += usize::from(verdict.killed);
        diagnosed += usize::from(verdict.diagnosed);
    }
    losses(&mutants)?;
    println!("{} mutants, {killed} killed, {diagnosed} diagnosed", mutants.len());
    Ok(())
}

/// What both references say of a mutant.
struct Verdict<'a> {
    mutant: &'a Mutant,
    killed: bool,
    headline: String,
    sureness: Sureness,
    diagnosed: bool,
}

fn verdict(mutant: &Mutant) -> Result<Verdict<'_>> {
    let (differences, duals) = (mutant.gradcheck()?, mutant.dualcheck()?);
    let killed = !differences.passed() && !duals.passed();
    let diagnosis = differences.diagnosis(mutant.of);
    let headline = diagnosis.map_or_else(|| "none".to_owned(), Diagnosis::headline);
    let sureness = diagnosis.map_or(Sureness::Unknown, |diagnosis| diagnosis.sureness);
    let agreed = duals.diagnosis(mutant.of).is_some_and(|other| other.headline() == headline);
    let diagnosed = sureness != Sureness::Unknown && agreed && headline == mutant.headline;
    Ok(Verdict { mutant, killed, headline, sureness, diagnosed })
}

impl std::fmt::Display for Verdict<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Mutant { layer, args, of, mistake, .. } = self.mutant;
        let sureness = match self.sureness {
            Sureness::Sure => "sure",
            Sureness::Likely => "likely",
            Sureness::Unknown => "unknown",
        };
        writeln!(f, "{layer}({args}), the gradient of {of} {mistake}")?;
        write!(f, "  {}", if self.killed { "killed" } else { "SURVIVED" })?;
        write!(f, ", {sureness}: {}", self.headline)?;
        if self.headline != self.mutant.headline {
            write!(f, "  [expected: {}]", self.mutant.headline)?;
        }
        Ok(())
    }
}

/// How far off the norms' mutants are under three losses: the gradients of two of them
/// are 0 for a norm that is right, and for many that are wrong.
fn losses(mutants: &[Mutant]) -> Result<()> {
    println!(
        "\nLosses under which a wrong norm passes. The input's gradient is off by, relative to its"
    );
    println!("largest entry (or to 1, where that is smaller); a check would let 1e-3 pass.\n");
    println!("  {:>9} {:>9} {:>9}", "sum(y)", "sum(y^2)", "random");
    let mut passed = [0; 3];
    let mut count = 0;
    let of_norms = mutants.iter().filter(|m| m.of == "input" && m.layer.contains("Norm"));
    for mutant in of_norms.filter(|m| !m.layer.starts_with("Local") && m.layer != "Normalize") {
        let off = [
            mutant.seen_by(|y| Tensor::ones(y.shape()))?,
            mutant.seen_by(|y| y.scale(2.0))?,
            mutant.seen_by(random)?,
        ];
        for (passed, off) in passed.iter_mut().zip(off) {
            *passed += usize::from(off < 1e-3);
        }
        count += 1;
        let [sum, squares, random] = off.map(rounded);
        println!("  {sum:>9} {squares:>9} {random:>9}  {} {}", mutant.layer, mutant.mistake);
    }
    let [sum, squares, random] = passed;
    println!(
        "\nof {count} wrong norms sum(y) passes {sum}, sum(y^2) {squares}, a random cotangent {random}"
    );
    println!(
        "(Those have gamma in the wrong place, or not at all, and it is 1 here. The checks draw the"
    );
    println!("parameters at random.)\n");
    Ok(())
}

/// A cotangent with nothing special about it.
fn random(y: &Tensor<f64>) -> Tensor<f64> {
    use rand::SeedableRng;
    Tensor::randn(y.shape(), &mut rand::rngs::ChaCha8Rng::seed_from_u64(0))
}

/// In one digit; what is due to rounding alone, and differs between machines, as 0.
fn rounded(off: f64) -> String {
    if off < 1e-9 { "0".to_owned() } else { format!("{off:.0e}") }
}
