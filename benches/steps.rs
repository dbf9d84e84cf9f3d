//! From the naive loop to the last one: `cargo bench --bench steps`.
//!
//! SiLU of 4096x1024 numbers, and the sum of as many, each written in several ways that
//! the chapter `practice/speed` goes through. One JSON line for each way: the median time
//! of a pass in milliseconds. All ways are run in turns, so that what else the machine
//! does meets all of them; a few times in a row, because threads that slept are slow at
//! first.

use std::hint::black_box;
use std::time::Instant;

use handgrad::{Real, Tape, Tensor};
use multiversion::multiversion;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;

const NUMBERS: usize = 4096 * 1024;
const ROUNDS: usize = 7;

/// How often a way is run in a round, and how many of these runs do not count.
const IN_A_ROW: usize = 7;
const WARMING_UP: usize = 2;

/// A piece of work for a thread: 64 KiB.
const PIECE: usize = 1 << 14;

// ANCHOR: naive
fn naive(x: &[f32]) -> Vec<f32> {
    x.iter().map(|&x| x / (1.0 + (-x).exp())).collect()
}
// ANCHOR_END: naive

// ANCHOR: reused
fn reused(x: &[f32], y: &mut [f32]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = x / (1.0 + (-x).exp());
    }
}
// ANCHOR_END: reused

// ANCHOR: eight
#[multiversion(targets("x86_64+avx2+fma"))]
fn eight(x: &[f32], y: &mut [f32]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = x / (1.0 + Real::exp(-x));
    }
}
// ANCHOR_END: eight

// ANCHOR: sixteen
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn sixteen(x: &[f32], y: &mut [f32]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = x / (1.0 + Real::exp(-x));
    }
}
// ANCHOR_END: sixteen

// ANCHOR: shared
fn shared(x: &[f32], y: &mut [f32]) {
    let pieces = y.par_chunks_mut(PIECE).zip(x.par_chunks(PIECE));
    pieces.for_each(|(y, x)| sixteen(x, y));
}
// ANCHOR_END: shared

// ANCHOR: running
fn running(x: &[f32]) -> f64 {
    x.iter().fold(0.0, |sum, &x| sum + f64::from(x))
}
// ANCHOR_END: running

// ANCHOR: by_index
fn by_index(x: &[f32]) -> f64 {
    let mut lanes = [0.0; 16];
    for start in (0..x.len()).step_by(16) {
        for lane in 0..16 {
            lanes[lane] += f64::from(x[start + lane]);
        }
    }
    lanes.iter().sum()
}
// ANCHOR_END: by_index

// ANCHOR: by_arrays
fn by_arrays(x: &[f32]) -> f64 {
    let mut lanes = [0.0; 16];
    for chunk in x.as_chunks::<16>().0 {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane += f64::from(x);
        }
    }
    lanes.iter().sum()
}
// ANCHOR_END: by_arrays

/// A way to do it, by name.
type Way<'a> = (&'static str, Box<dyn FnMut() + 'a>);

fn main() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let tensor = Tensor::<f32>::randn([NUMBERS], &mut rng);
    let x = tensor.to_vec();
    let mut buffers: Vec<Vec<f32>> = (0..4).map(|_| vec![0.0; NUMBERS]).collect();
    let [a, b, c, d] = buffers.as_mut_slice() else { unreachable!("there are four") };
    let mut tape = Tape::new();
    let mut ways: Vec<Way<'_>> = vec![
        ("silu, a new vector", Box::new(|| drop(black_box(naive(&x))))),
        ("silu, a buffer used again", Box::new(|| reused(&x, black_box(a)))),
        ("silu, eight numbers at once", Box::new(|| eight(&x, black_box(b)))),
        ("silu, sixteen where it can", Box::new(|| sixteen(&x, black_box(c)))),
        ("silu, two threads", Box::new(|| shared(&x, black_box(d)))),
        (
            "silu, the library's",
            Box::new(|| {
                tape.clear();
                black_box(tape.leaf(tensor.clone()).silu().value());
            }),
        ),
        ("sum, a running sum", Box::new(|| _ = black_box(running(&x)))),
        ("sum, sixteen by index", Box::new(|| _ = black_box(by_index(&x)))),
        ("sum, sixteen by arrays", Box::new(|| _ = black_box(by_arrays(&x)))),
    ];
    let mut times = vec![Vec::new(); ways.len()];
    for _ in 0..ROUNDS {
        for ((_, run), times) in ways.iter_mut().zip(&mut times) {
            for i in 0..IN_A_ROW {
                let start = Instant::now();
                run();
                if i >= WARMING_UP {
                    times.push(start.elapsed().as_secs_f64() * 1e3);
                }
            }
        }
    }
    for ((name, _), mut times) in ways.iter().zip(times) {
        times.sort_by(f64::total_cmp);
        println!(r#"{{"name": "{name}", "ms": {:.2}}}"#, times[times.len() / 2]);
    }
}
