//! One error for the whole crate.
//!
//! An [`Error`] names the operation that refused, says what it was given and
//! what would have been right. Whatever returns it has changed nothing.

use std::fmt;

/// What this crate's fallible functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation refused its input.
///
/// The text reads `op: what is wrong; what to do`:
///
/// ```
/// use handgrad::Tensor;
///
/// let a = Tensor::<f64>::zeros([2, 3]);
/// let b = Tensor::<f64>::zeros([4, 3]);
/// let error = a.matmul(&b).unwrap_err();
/// assert_eq!(error.op(), "matmul");
/// assert_eq!(
///     error.to_string(),
///     "matmul: the columns of [2, 3] (3) must equal the rows of [4, 3] (4); \
///      transpose one of them or check their order"
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    op: String,
    message: String,
}

/// The sort of mistake, for programs that react to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Shapes that do not fit each other or the operation.
    Shape,
    /// An argument outside its range, of the wrong type, missing or unknown.
    Argument,
    /// A tape used against its rules: vars of two tapes, no cotangent, no gradient.
    Tape,
    /// A file that cannot be read, written or understood.
    File,
}

impl Error {
    /// An error of any kind, for operations defined outside this crate.
    pub fn new(kind: ErrorKind, op: impl Into<String>, message: impl Into<String>) -> Self {
        Error(Box::new(Inner { kind, op: op.into(), message: message.into() }))
    }

    /// Shapes that do not fit.
    pub fn shape(op: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Shape, op, message)
    }

    /// A bad argument.
    pub fn argument(op: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Argument, op, message)
    }

    /// A tape used against its rules.
    pub fn tape(op: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Tape, op, message)
    }

    /// A file that cannot be read, written or understood.
    pub fn file(op: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::File, op, message)
    }

    /// The sort of mistake.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The operation that refused, as the tape prints it: `layer_norm`, `matmul`.
    pub fn op(&self) -> &str {
        &self.0.op
    }

    /// What is wrong and what to do, without the operation's name.
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.op, self.0.message)
    }
}

/// Shows the text itself, so that an `unwrap` or a `main` that returns the
/// error prints a sentence and not a struct.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
