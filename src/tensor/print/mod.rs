//! Printing tensors to the byte as PyTorch 2.15 does.
//!
//! [`numbers`] chooses how elements look (fixed, whole or scientific) and how
//! wide they are; [`layout`] arranges them in brackets and lines; this file
//! adds the prefix and the suffixes.

mod layout;
mod numbers;
#[cfg(test)]
mod tests;

use std::fmt;

use super::{Shape, Tensor};
use crate::real::{DType, Element, Real};

/// How tensors print: `torch.set_printoptions`, as a value rather than a
/// global.
///
/// ```
/// use handgrad::{PrintOptions, Tensor};
///
/// let x = Tensor::<f32>::new([1.0 / 3.0, 2.0 / 3.0]);
/// assert_eq!(x.to_string(), "tensor([0.3333, 0.6667])");
/// let brief = PrintOptions { precision: 2, ..PrintOptions::default() };
/// assert_eq!(brief.show(&x), "tensor([0.33, 0.67])");
/// // The formatter's own precision does the same, and `#` prints every element.
/// assert_eq!(format!("{x:.2}"), "tensor([0.33, 0.67])");
/// assert_eq!(format!("{:#}", Tensor::<f32>::zeros([1001])).matches("0.").count(), 1001);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrintOptions {
    /// Digits after the point, at most 65,000.
    pub precision: usize,
    /// Tensors with more elements than this are summarised.
    pub threshold: usize,
    /// How many entries a summary shows at each end of a dimension.
    pub edge_items: usize,
    /// Where lines wrap, in characters.
    pub line_width: usize,
    /// Scientific notation always, never, or as the values ask for it.
    pub sci_mode: Option<bool>,
}

/// PyTorch's defaults.
impl Default for PrintOptions {
    fn default() -> Self {
        PrintOptions {
            precision: 4,
            threshold: 1000,
            edge_items: 3,
            line_width: 80,
            sci_mode: None,
        }
    }
}

const PREFIX: &str = "tensor(";

impl PrintOptions {
    /// The options that a format string asks for: `{:.2}` sets the precision,
    /// `{:#}` prints every element.
    pub(crate) fn from_formatter(f: &fmt::Formatter<'_>) -> Self {
        let mut options = PrintOptions::default();
        if let Some(precision) = f.precision() {
            options.precision = precision;
        }
        if f.alternate() {
            options.threshold = usize::MAX;
        }
        options
    }

    /// The tensor's text.
    pub fn show<T: Element>(&self, tensor: &Tensor<T>) -> String {
        self.show_with(tensor, None)
    }

    /// The tensor's text with one more suffix, such as `requires_grad=True`.
    pub(crate) fn show_with<T: Element>(
        &self,
        tensor: &Tensor<T>,
        suffix: Option<String>,
    ) -> String {
        let contents = layout::contents(tensor, self, PREFIX.len());
        let suffixes = self
            .shape_and_dtype(tensor.shape(), T::PRIMAL)
            .into_iter()
            .chain(suffix)
            .chain(T::tangent(tensor, self).map(|tangent| format!("tangent={tangent}")));
        self.append(format!("{PREFIX}{contents}"), suffixes)
    }

    /// What stands behind `tangent=`. PyTorch writes it with an f-string, in
    /// which a scalar is no tensor but a Python float.
    pub(crate) fn show_tangent<R: Real>(&self, tangent: &Tensor<R>) -> String {
        match tangent.get(&[]) {
            Some(x) if R::DTYPE != DType::Dual => numbers::python_float(x.to_f64()),
            _ => self.show(tangent),
        }
    }

    fn shape_and_dtype(&self, shape: &Shape, dtype: DType) -> Vec<String> {
        let mut suffixes = Vec::new();
        let empty = shape.contains(&0);
        if (empty && shape.len() != 1) || (!empty && self.edge_items == 0) {
            suffixes.push(format!("size={}", tuple(shape)));
        }
        match dtype {
            DType::F64 => suffixes.push("dtype=torch.float64".to_owned()),
            // Nothing among no elements shows that they would be whole numbers.
            DType::Index if empty => suffixes.push("dtype=torch.int64".to_owned()),
            DType::Bool if empty => suffixes.push("dtype=torch.bool".to_owned()),
            _ => {}
        }
        suffixes
    }

    /// Appends each suffix, on a new line where the last one would be too long.
    fn append(&self, mut text: String, suffixes: impl Iterator<Item = String>) -> String {
        // PyTorch's own count is a character longer than the line is; the break
        // comes where it comes there.
        let mut line = match text.rfind('\n') {
            Some(newline) => text.len() - newline + 1,
            None => text.len() + 2,
        };
        for suffix in suffixes {
            if line + suffix.len() + 2 > self.line_width {
                text.push_str(",\n");
                text.push_str(&" ".repeat(PREFIX.len()));
                line = PREFIX.len() + suffix.len();
            } else {
                text.push_str(", ");
                line += suffix.len() + 2;
            }
            text.push_str(&suffix);
        }
        text.push(')');
        text
    }
}

/// A shape as Python prints a tuple: `()`, `(2,)`, `(2, 0)`.
pub(super) fn tuple(shape: &Shape) -> String {
    let sizes: Vec<String> = shape.iter().map(ToString::to_string).collect();
    let comma = if sizes.len() == 1 { "," } else { "" };
    format!("({}{comma})", sizes.join(", "))
}

impl<T: Element> fmt::Display for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&PrintOptions::from_formatter(f).show(self))
    }
}

/// The same text: what a failed assertion shows should be readable.
impl<T: Element> fmt::Debug for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&PrintOptions::default().show(self))
    }
}
