//! How a workload is timed.

use std::time::{Duration, Instant};

use handgrad::{Result, Tape, Tensor, catalog};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;

use crate::workloads::Workload;

/// Runs of one kind, as a line of JSON.
#[derive(Debug)]
pub(crate) struct Times {
    /// Milliseconds of a forward and a backward, and of the forward in it.
    runs: Vec<(f64, f64)>,
    /// What a pass that does nothing twice moves: x and g read, y and dx written, and what
    /// was saved read again.
    bytes: usize,
    /// Of these, what was saved.
    saved: usize,
}

impl Times {
    /// The median of a run, and of the forward in it.
    fn medians(&self) -> [f64; 2] {
        let median = |mut times: Vec<f64>| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        };
        let total = self.runs.iter().map(|run| run.0).collect();
        [median(total), median(self.runs.iter().map(|run| run.1).collect())]
    }

    pub(crate) fn to_json(&self, name: &str, threads: usize) -> String {
        let [ms, fwd_ms] = self.medians();
        let min_ms = self.runs.iter().map(|run| run.0).fold(f64::INFINITY, f64::min);
        let (bytes, gbps) = (self.bytes, self.bytes as f64 / ms / 1e6);
        format!(
            r#"{{"name": "{name}", "threads": {threads}, "ms": {ms:.5}, "fwd_ms": {fwd_ms:.5}, "min_ms": {min_ms:.5}, "gbps": {gbps:.2}, "saved": {}, "bytes": {bytes}}}"#,
            self.saved
        )
    }
}

/// Runs for as long as the budget, but a few times at least; the first two runs, which fill
/// caches and buffers, do not count.
fn repeat(
    budget: Duration,
    (bytes, saved): (usize, usize),
    mut run: impl FnMut() -> Result<(f64, f64)>,
) -> Result<Times> {
    run()?;
    run()?;
    let (start, mut runs) = (Instant::now(), Vec::new());
    while start.elapsed() < budget || runs.len() < 5 {
        runs.push(run()?);
    }
    Ok(Times { runs, bytes: bytes + saved, saved })
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// One step as a user takes it: the tape is cleared and used again, the input put on it,
/// the layer run, and its output's cotangent sent back.
pub(crate) fn layer(workload: &Workload, budget: Duration) -> Result<Times> {
    let mut layer = catalog::build::<f32>(workload.layer, &workload.args)?;
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let x = Tensor::<f32>::randn(workload.shape.clone(), &mut rng);
    let mut tape = Tape::new();
    let (g, saved) = {
        let y = layer.forward(tape.leaf(x.clone()))?;
        let saved: usize = y.node().saved.iter().map(|(_, saved)| saved.bytes()).sum();
        (Tensor::randn(y.shape(), &mut rng), saved)
    };
    let bytes = 2 * 4 * (x.numel() + g.numel());
    repeat(budget, (bytes, saved), || {
        let start = Instant::now();
        tape.clear();
        let leaf = tape.leaf(x.clone());
        let y = layer.forward(leaf)?;
        let forward = ms(start);
        let gradients = y.backward_with(&g)?;
        let total = ms(start);
        gradients.wrt(leaf)?;
        Ok((total, forward))
    })
}

/// `a b` and both cotangents.
pub(crate) fn matmul(budget: Duration) -> Result<Times> {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let a = Tensor::<f32>::randn([512, 1024], &mut rng);
    let b = Tensor::randn([1024, 1024], &mut rng);
    let g = Tensor::randn([512, 1024], &mut rng);
    let mut tape = Tape::new();
    let (moved, saved) = (2 * (a.numel() + b.numel() + g.numel()), a.numel() + b.numel());
    repeat(budget, (4 * moved, 4 * saved), || {
        let start = Instant::now();
        tape.clear();
        let (a, b) = (tape.leaf(a.clone()), tape.leaf(b.clone()));
        let y = a.matmul(b)?;
        let forward = ms(start);
        y.backward_with(&g)?;
        Ok((ms(start), forward))
    })
}

/// Copying 64 MiB, which is what the machine's memory can do: no cache holds both ends.
pub(crate) fn copy(budget: Duration) -> Result<Times> {
    // Half a page apart: a copy to a place a few bytes on, modulo a page, waits for its own
    // stores and takes four times as long.
    const APART: usize = 512;
    let from = vec![1.0_f32; 1 << 24];
    let mut to = vec![0.0; from.len() + APART];
    let to = &mut to[APART..];
    repeat(budget, (2 * 4 * from.len(), 0), || {
        let start = Instant::now();
        to.par_chunks_mut(1 << 14)
            .zip(from.par_chunks(1 << 14))
            .for_each(|(to, from)| to.copy_from_slice(from));
        Ok((ms(start), 0.0))
    })
}

/// The tape's own cost: a chain of operations on one number. Time for each, forward and
/// backward; bytes for each, as the operating system counts them.
pub(crate) fn tape(budget: Duration) -> Result<String> {
    const OPS: usize = 10_000;
    const MANY: usize = 1 << 20;
    let chain = |tape: &Tape<f32>, ops: usize| -> Result<(f64, f64)> {
        let start = Instant::now();
        let x = tape.leaf(Tensor::scalar(0.999));
        let y = (0..ops).fold(x, |y, _| y.relu());
        let forward = ms(start);
        y.backward()?;
        Ok((ms(start), forward))
    };
    let mut tape = Tape::new();
    let times = repeat(budget, (0, 0), || {
        tape.clear();
        chain(&tape, OPS)
    })?;
    let [total, forward] = times.medians().map(|ms| ms * 1e6 / OPS as f64);

    // Many nodes, so that a page more or less is nothing; and a tape that grew from the start.
    drop(tape);
    let (before, tape) = (resident_bytes(), Tape::new());
    let x = tape.leaf(Tensor::<f32>::scalar(0.999));
    let _ = (0..MANY).fold(x, |y, _| y.relu());
    let bytes = resident_bytes().saturating_sub(before) as f64 / MANY as f64;
    Ok(format!(
        r#"{{"name": "tape/scalar_chain", "ns_per_op": {total:.1}, "fwd_ns_per_op": {forward:.1}, "bytes_per_node": {bytes:.0}}}"#
    ))
}

/// The process's memory, or 0 where the system does not say.
fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or(0) * 4096
}
