//! The values that arguments take, and their kinds.

use std::borrow::Cow;
use std::fmt;

/// The value of an argument.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Python's `None`.
    None,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A word.
    Str(Cow<'static, str>),
    /// A list of whole numbers.
    Ints(Vec<i64>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::None => f.write_str("None"),
            Value::Bool(true) => f.write_str("True"),
            Value::Bool(false) => f.write_str("False"),
            Value::Int(value) => write!(f, "{value}"),
            // As short as Python has it: 1e-05, 0.25, 1.0.
            Value::Float(value) if value.abs() < 1e-4 && *value != 0.0 => write!(f, "{value:e}"),
            Value::Float(value) => write!(f, "{value:?}"),
            Value::Str(value) => write!(f, "'{value}'"),
            Value::Ints(values) => write!(f, "{values:?}"),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Float(value)
    }
}

impl From<&'static str> for Value {
    fn from(value: &'static str) -> Self {
        Value::Str(Cow::Borrowed(value))
    }
}

impl From<&[usize]> for Value {
    fn from(sizes: &[usize]) -> Self {
        Value::Ints(sizes.iter().map(|&size| size as i64).collect())
    }
}

/// What values an argument takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A truth value. As in Python, a number is one too.
    Bool,
    /// A whole number.
    Int,
    /// A number. As in Python, a truth value is one too.
    Float,
    /// A number or `None`, where the default is a number.
    FloatOrNone,
    /// A whole number or a list of them.
    Shape,
    /// One of a few words.
    Choice(&'static [&'static str]),
}

impl Kind {
    pub(super) fn accepts(self, value: &Value) -> bool {
        match self {
            Kind::Bool => matches!(value, Value::Bool(_) | Value::Int(_)),
            Kind::Int => matches!(value, Value::Int(_)),
            Kind::Float => matches!(value, Value::Float(_) | Value::Int(_) | Value::Bool(_)),
            Kind::FloatOrNone => *value == Value::None || Kind::Float.accepts(value),
            Kind::Shape => matches!(value, Value::Int(_) | Value::Ints(_)),
            Kind::Choice(words) => matches!(value, Value::Str(word) if words.contains(&&**word)),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Bool => f.write_str("a bool"),
            Kind::Int => f.write_str("a whole number"),
            Kind::Float => f.write_str("a number"),
            Kind::FloatOrNone => f.write_str("a number or None"),
            Kind::Shape => f.write_str("a whole number or a list of them"),
            Kind::Choice(words) => write!(f, "one of '{}'", words.join("', '")),
        }
    }
}
