//! Elements in brackets, rows wrapped, long dimensions summarised.

use super::super::{Shape, Tensor};
use super::PrintOptions;
use super::numbers::NumberFormat;
use crate::real::{Element, Number};

/// What a summary shows of one dimension: indices, and `None` for the dots.
type Entries = Vec<Option<usize>>;

/// Everything between `tensor(` and the suffixes.
pub(super) fn contents<T: Element>(
    tensor: &Tensor<T>,
    options: &PrintOptions,
    indent: usize,
) -> String {
    if tensor.numel() == 0 {
        return "[]".to_owned();
    }
    let summarise = tensor.numel() > options.threshold;
    let entries: Vec<Entries> =
        tensor.shape().iter().map(|&size| entries(size, summarise, options.edge_items)).collect();
    let format = NumberFormat::choose(&shown(tensor, &entries), options);
    let number = |index: &[usize]| tensor.get(index).map_or(Number::Bool(false), T::number);
    let Some((last, outer)) = entries.split_last() else {
        return format.show(number(&[]));
    };
    let page = Page { format, options, last, indent: indent + outer.len() };
    let mut index = Shape::from(vec![0; tensor.rank()]);
    let mut text = String::new();
    // One position for each open bracket above the rows; no recursion, since
    // a tensor may have any number of dimensions.
    let mut open: Vec<usize> = Vec::with_capacity(outer.len());
    if outer.is_empty() {
        text.push_str(&page.row(&mut index, number));
        return text;
    }
    open.push(0);
    text.push('[');
    while let Some(&position) = open.last() {
        let level = open.len() - 1;
        let Some(&entry) = outer[level].get(position) else {
            text.push(']');
            open.pop();
            continue;
        };
        if position > 0 {
            text.push(',');
            text.push_str(&"\n".repeat(outer.len() - level));
            text.push_str(&" ".repeat(indent + level + 1));
        }
        open[level] += 1;
        match entry {
            None => text.push_str("..."),
            Some(at) => {
                index.set(level, at);
                if level + 1 == outer.len() {
                    text.push_str(&page.row(&mut index, number));
                } else {
                    text.push('[');
                    open.push(0);
                }
            }
        }
    }
    text
}

/// What all rows of one tensor have in common.
struct Page<'a> {
    format: NumberFormat,
    options: &'a PrintOptions,
    last: &'a Entries,
    /// The column of a row's opening bracket.
    indent: usize,
}

impl Page<'_> {
    /// One row along the last dimension, wrapped.
    fn row(&self, index: &mut Shape, number: impl Fn(&[usize]) -> Number) -> String {
        let last_dim = index.len() - 1;
        let alone = self.last.len() == 1;
        let elements: Vec<String> = self
            .last
            .iter()
            .map(|entry| match entry {
                None if alone => "...".to_owned(),
                None => " ...".to_owned(),
                Some(at) => {
                    index.set(last_dim, *at);
                    self.format.show(number(index))
                }
            })
            .collect();
        let room = self.options.line_width.saturating_sub(self.indent);
        let per_line = (room / (self.format.width() + 2)).max(1);
        let lines: Vec<String> = elements.chunks(per_line).map(|line| line.join(", ")).collect();
        format!("[{}]", lines.join(&format!(",\n{}", " ".repeat(self.indent + 1))))
    }
}

fn entries(size: usize, summarise: bool, edge: usize) -> Entries {
    // Halves compare, because twice the largest `edge` would overflow.
    if !summarise || size.div_ceil(2) <= edge {
        return (0..size).map(Some).collect();
    }
    (0..edge).map(Some).chain([None]).chain((size - edge..size).map(Some)).collect()
}

/// The elements that will be shown, which alone decide the format.
fn shown<T: Element>(tensor: &Tensor<T>, entries: &[Entries]) -> Vec<Number> {
    let picked: Vec<Vec<usize>> =
        entries.iter().map(|entries| entries.iter().copied().flatten().collect()).collect();
    let shape: Shape = picked.iter().map(Vec::len).collect();
    let mut index = shape.clone();
    let count = shape.numel();
    let mut numbers = Vec::with_capacity(count);
    for flat in 0..count {
        let mut rest = flat;
        for dim in (0..shape.len()).rev() {
            index.set(dim, picked[dim][rest % shape[dim]]);
            rest /= shape[dim];
        }
        numbers.extend(tensor.get(&index).map(T::number));
    }
    numbers
}
