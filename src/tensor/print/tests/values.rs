//! The values of the fixture's tensors, bit for bit as
//! `tests/fixtures/printing.py` makes them.
//!
//! Both sides use integers and float operations that IEEE 754 rounds exactly
//! (no `pow`, no `exp`), and draw in the same order.

/// 64 random bits (splitmix64's), spent piece by piece.
#[derive(Clone, Copy)]
pub(super) struct Draw(u64);

impl Draw {
    pub(super) fn new(seed: u64, index: u64) -> Self {
        let bits = seed.wrapping_add((index + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Draw(bits ^ (bits >> 31))
    }

    fn below(&mut self, n: u64) -> u64 {
        let piece = self.0 % n;
        self.0 /= n;
        piece
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }

    fn pick<const N: usize>(&mut self, values: [f64; N]) -> f64 {
        values[self.below(N as u64) as usize]
    }

    fn sign(&mut self) -> f64 {
        self.pick([1.0, -1.0])
    }

    fn whole(&mut self, n: u64) -> f64 {
        self.sign() * self.below(n) as f64
    }

    fn fraction(&mut self) -> f64 {
        self.whole(1 << 32) / 2_f64.powi(31)
    }
}

fn ten_to(power: i64) -> f64 {
    format!("1e{power}").parse().expect("a float")
}

/// A float type: its bits, and how large its values get.
pub(super) trait Float {
    const MANTISSA: i64;
    const LARGEST_POWER: i64;
    const LARGEST: f64;

    fn from_bits(bits: u64) -> f64;
    fn bits(x: f64) -> u64;
    fn rounded(x: f64) -> f64;

    /// The float that is so many floats above `x`, or below for negative steps.
    fn stepped(x: f64, steps: i64) -> f64 {
        Self::from_bits(Self::bits(x).wrapping_add_signed(steps))
    }
}

impl Float for f32 {
    const MANTISSA: i64 = 23;
    const LARGEST_POWER: i64 = 38;
    const LARGEST: f64 = f32::MAX as f64;

    fn from_bits(bits: u64) -> f64 {
        f64::from(f32::from_bits(bits as u32))
    }
    fn bits(x: f64) -> u64 {
        u64::from((x as f32).to_bits())
    }
    fn rounded(x: f64) -> f64 {
        f64::from(x as f32)
    }
}

impl Float for f64 {
    const MANTISSA: i64 = 52;
    const LARGEST_POWER: i64 = 300;
    const LARGEST: f64 = f64::MAX;

    fn from_bits(bits: u64) -> f64 {
        f64::from_bits(bits)
    }
    fn bits(x: f64) -> u64 {
        x.to_bits()
    }
    fn rounded(x: f64) -> f64 {
        x
    }
}

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// A float before it is rounded to its type. `t` is the tensor's own draw,
/// `e` the element's.
pub(super) fn float<F: Float>(kind: &str, mut t: Draw, mut e: Draw) -> f64 {
    match kind {
        "decimals" => e.whole(20_001) / 1e4,
        "fractions" => e.fraction(),
        "scaled" => e.fraction() * ten_to(t.between(-9, 11)),
        "tiny" => e.fraction() / ten_to(e.between(5, F::LARGEST_POWER)),
        "huge" => e.fraction() * ten_to(e.between(5, F::LARGEST_POWER)),
        "mixed" => {
            let (low, span) = (t.between(-6, 5), t.between(0, 4));
            e.fraction() * ten_to(low + e.between(0, span))
        }
        "whole" => e.whole(1001),
        "long_whole" => e.whole(10_u64.pow(t.between(1, 12) as u32)),
        "whole_nonfinite" => {
            let whole = e.whole(t.between(1, 2000) as u64);
            e.pick([whole, whole, whole, whole, whole, INF, -INF, NAN])
        }
        "fraction_nonfinite" => {
            let fraction = e.fraction();
            e.pick([fraction, fraction, fraction, fraction, fraction, INF, -INF, NAN])
        }
        "nonfinite" => e.pick([INF, -INF, NAN]),
        "nonfinite_zero" => e.pick([INF, -INF, NAN, 0.0, -0.0]),
        "zero" => e.pick([0.0, -0.0]),
        "around_1e-4" => F::stepped(e.pick([1e-4, 1e-4, 1e-3, 0.05, 0.09]), e.between(-2, 2)),
        "around_1e8" => F::stepped(e.pick([1e8, 1e8, 1e7, 123_456.0, 654_321.5]), e.between(-2, 2)),
        "ratio_1000" => {
            let (whole, fraction) = (1 + t.below(50), (1 + t.below(1 << 20)) as f64 / 1024.0);
            let base = t.pick([whole as f64, fraction]);
            let base = F::rounded(base * ten_to(t.between(-3, 1)));
            let (sign, multiple) = (e.sign(), base * e.pick([1.0, 1000.0, 10.0, 100.0]));
            sign * F::stepped(multiple, e.between(-1, 1))
        }
        "halfway" => {
            let odd = e.sign() * (2 * e.below(5000) + 1) as f64;
            odd / e.pick([32.0, 32.0, 2.0, 4.0, 8.0, 16.0, 64.0])
        }
        "nines" => {
            let scale = 10_u64.pow(t.between(4, 13) as u32);
            e.sign() * (scale - e.below(20)) as f64 / ten_to(t.between(4, 9))
        }
        "spiked" => {
            let fraction = e.fraction();
            if e.below(50) == 49 { fraction * 1e10 } else { fraction }
        }
        "subnormal" => {
            let (sign, bits) = (e.sign(), e.between(1, F::MANTISSA));
            sign * F::from_bits(e.below(1 << bits))
        }
        "extreme" => {
            let normal = F::from_bits(1 << F::MANTISSA);
            e.sign() * e.pick([F::LARGEST, F::from_bits(1), normal, 1.0])
        }
        "bits" => F::from_bits(e.0),
        other => panic!("no kind of float is called {other}"),
    }
}

/// An index; the arguments are those of [`float`].
pub(super) fn index(kind: &str, mut t: Draw, mut e: Draw) -> usize {
    let index = match kind {
        "digit" => e.below(10),
        "short" => e.below(10_u64.pow(t.between(1, 6) as u32)),
        "long" => (e.0 >> 1) >> e.below(63),
        other => panic!("no kind of index is called {other}"),
    };
    index as usize
}

/// A truth value of the element's draw.
pub(super) fn boolean(kind: &str, mut e: Draw) -> bool {
    match kind {
        "coin" => e.below(2) == 1,
        "true" => true,
        "false" => false,
        other => panic!("no kind of bool is called {other}"),
    }
}
