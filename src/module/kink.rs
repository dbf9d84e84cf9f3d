//! Points where a function is not smooth.

/// A value of the input where the slope jumps, and the slope taken there; or the
/// function itself, or only the slope's slope.
///
/// At a kink any slope between the two one-sided ones is a subgradient; the
/// layer says which one its backward takes, and the checks hold it to that. Where
/// only the slope's slope jumps both choices are the same number; it is named so
/// that no difference is taken across the corner, where it would be less exact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kink {
    /// The input's value.
    pub at: f64,
    /// The slope that the backward takes there.
    pub slope: Choice,
}

/// Which slope a backward takes at a kink.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Choice {
    /// That of the values below.
    Left,
    /// That of the values above.
    Right,
    /// A number of its own.
    Value(f64),
}
