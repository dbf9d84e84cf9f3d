//! How fast the layers are: `cargo bench --bench layers -- [--threads N] [NAME]`.
//!
//! One JSON line for each workload whose name contains NAME (all of them, unless it is
//! given): the median of a forward and a backward in milliseconds, the forward's part of
//! it, the fastest run, the memory traffic that this makes in GB/s, the bytes saved. With
//! `--serve` it reads names from its input and measures each as it comes; so
//! `benches/compare.py` takes turns with PyTorch.

mod measure;
mod workloads;

use std::io::{self, BufRead, Write};
use std::time::Duration;

use handgrad::{Error, Result};

use workloads::Workload;

/// How long each workload is run for.
const BUDGET: Duration = Duration::from_millis(300);

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (mut threads, mut serve, mut wanted) = (2, false, String::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => {} // Cargo's own.
            "--serve" => serve = true,
            "--threads" => {
                let number = arguments.next().and_then(|number| number.parse().ok());
                threads = number.ok_or_else(|| refused("--threads wants a number"))?;
            }
            _ => wanted = argument,
        }
    }
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|error| refused(&error.to_string()))?;

    let mut layers = workloads::compared();
    layers.extend(workloads::others());
    layers.extend(workloads::growth());
    if !serve {
        for name in ["copy/64MB", "matmul/512x1024x1024", "tape/scalar_chain"] {
            if name.contains(&wanted) {
                println!("{}", measured(name, &layers, threads)?);
            }
        }
        for workload in layers.iter().filter(|workload| workload.name.contains(&wanted)) {
            println!("{}", measured(&workload.name, &layers, threads)?);
        }
        return Ok(());
    }
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|error| refused(&error.to_string()))?;
        println!("{}", measured(line.trim(), &layers, threads)?);
        io::stdout().flush().map_err(|error| refused(&error.to_string()))?;
    }
    Ok(())
}

fn measured(name: &str, layers: &[Workload], threads: usize) -> Result<String> {
    let times = match name {
        "tape/scalar_chain" => return measure::tape(BUDGET),
        "copy/64MB" => measure::copy(BUDGET)?,
        "matmul/512x1024x1024" => measure::matmul(BUDGET)?,
        _ => {
            let workload = layers.iter().find(|workload| workload.name == name);
            let workload = workload.ok_or_else(|| refused(&format!("no workload {name:?}")))?;
            measure::layer(workload, BUDGET)?
        }
    };
    Ok(times.to_json(name, threads))
}

fn refused(message: &str) -> Error {
    Error::argument("layers", message)
}
