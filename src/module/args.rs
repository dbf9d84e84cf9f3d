//! A layer's arguments as data: names, defaults, and values given by name.

use std::fmt;

use super::value::{Kind, Value};
use crate::error::{Error, Result};
use crate::tensor::Shape;

/// One argument of a layer, as its constructor in PyTorch has it.
#[derive(Clone, Debug)]
pub struct Argument {
    /// Its keyword.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it is when left out; `None` for one that must be given. A default
    /// of `Value::None` also accepts `None` when given.
    pub default: Option<Value>,
    /// What it does, in a sentence.
    pub meaning: &'static str,
}

/// Arguments given by name.
///
/// ```
/// use handgrad::module::Args;
///
/// let args = Args::new().with("eps", 0.0).with("num_groups", 2);
/// assert_eq!(args.to_string(), "eps=0.0, num_groups=2");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Args {
    values: Vec<(String, Value)>,
    /// Whose arguments they are, once that is known, for errors.
    op: &'static str,
}

impl Default for Args {
    fn default() -> Self {
        Args { values: Vec::new(), op: "args" }
    }
}

impl Args {
    /// None at all: every argument has its default.
    pub fn new() -> Self {
        Self::default()
    }

    /// And one more, or another value for one.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, value.into());
        self
    }

    /// Sets one argument.
    pub fn set(&mut self, name: &str, value: Value) {
        match self.values.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.values.push((name.to_owned(), value)),
        }
    }

    /// The value of one argument.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// These arguments, with every one that was left out at its default.
    ///
    /// Refuses names that `known` does not have, values of the wrong kind, and
    /// the lack of an argument that must be given.
    pub fn resolve(&self, op: &'static str, known: &[Argument]) -> Result<Args> {
        if let Some((stranger, _)) =
            self.iter().find(|(name, _)| known.iter().all(|a| a.name != *name))
        {
            let names: Vec<&str> = known.iter().map(|argument| argument.name).collect();
            let takes = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(Error::argument(
                op,
                format!("there is no argument {stranger:?}; it takes {takes}"),
            ));
        }
        known
            .iter()
            .map(|argument| {
                let value = match (self.get(argument.name), &argument.default) {
                    (Some(Value::None), Some(Value::None)) => Value::None,
                    (Some(value), _) if argument.kind.accepts(value) => value.clone(),
                    (Some(value), _) => {
                        return Err(Error::argument(
                            op,
                            format!("{} must be {}, got {value}", argument.name, argument.kind),
                        ));
                    }
                    (None, Some(default)) => default.clone(),
                    (None, None) => {
                        return Err(Error::argument(
                            op,
                            format!("{} ({}) must be given", argument.name, argument.kind),
                        ));
                    }
                };
                Ok((argument.name.to_owned(), value))
            })
            .collect::<Result<_>>()
            .map(|values| Args { values, op })
    }

    /// A number.
    pub fn float(&self, name: &str) -> Result<f64> {
        match self.get(name) {
            Some(Value::Float(value)) => Ok(*value),
            Some(Value::Int(value)) => Ok(*value as f64),
            Some(Value::Bool(value)) => Ok(f64::from(u8::from(*value))),
            other => Err(self.wrong_kind(name, Kind::Float, other)),
        }
    }

    /// A number, or nothing where it was left out or is `None`.
    pub fn optional_float(&self, name: &str) -> Result<Option<f64>> {
        match self.get(name) {
            None | Some(Value::None) => Ok(None),
            Some(_) => self.float(name).map(Some),
        }
    }

    /// A truth value.
    pub fn bool(&self, name: &str) -> Result<bool> {
        match self.get(name) {
            Some(Value::Bool(value)) => Ok(*value),
            Some(Value::Int(value)) => Ok(*value != 0),
            other => Err(self.wrong_kind(name, Kind::Bool, other)),
        }
    }

    /// A size: a whole number that is not negative.
    pub fn size(&self, name: &str) -> Result<usize> {
        match self.get(name) {
            Some(Value::Int(value)) => {
                usize::try_from(*value).map_err(|_| self.negative(name, *value))
            }
            other => Err(self.wrong_kind(name, Kind::Int, other)),
        }
    }

    /// A dimension, counted from the end where negative; `None` chooses none.
    pub fn dim(&self, name: &str) -> Result<Option<isize>> {
        match self.get(name) {
            Some(Value::Int(value)) => Ok(Some(*value as isize)),
            Some(Value::None) => Ok(None),
            other => Err(self.wrong_kind(name, Kind::Int, other)),
        }
    }

    /// A word.
    pub fn word(&self, name: &str) -> Result<&str> {
        match self.get(name) {
            Some(Value::Str(word)) => Ok(word),
            other => Err(self.wrong_kind(name, "a word", other)),
        }
    }

    /// A shape, given as a size or a list of sizes.
    pub fn shape(&self, name: &str) -> Result<Shape> {
        let sizes = match self.get(name) {
            Some(Value::Int(value)) => std::slice::from_ref(value),
            Some(Value::Ints(values)) => values,
            other => return Err(self.wrong_kind(name, Kind::Shape, other)),
        };
        sizes
            .iter()
            .map(|&size| usize::try_from(size).map_err(|_| self.negative(name, size)))
            .collect()
    }

    fn wrong_kind(&self, name: &str, kind: impl fmt::Display, value: Option<&Value>) -> Error {
        let got = value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
        Error::argument(self.op, format!("{name} must be {kind}, got {got}"))
    }

    fn negative(&self, name: &str, size: i64) -> Error {
        Error::argument(self.op, format!("{name} has the size {size}; sizes are not negative"))
    }
}

impl fmt::Display for Args {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.iter().enumerate() {
            let separator = if index > 0 { ", " } else { "" };
            write!(f, "{separator}{name}={value}")?;
        }
        Ok(())
    }
}
