//! Sets of elements that are coupled: a norm's statistics, a softmax's line.

use super::matrix::Matrix;
use crate::tensor::Shape;

/// Elements that follow each other, as a square Jacobian shows them: each set's elements
/// in ascending order.
pub(super) fn coupled(jacobian: &Matrix) -> Vec<Vec<usize>> {
    let n = jacobian.rows;
    let mut label: Vec<Option<usize>> = vec![None; n];
    let mut sets: Vec<Vec<usize>> = Vec::new();
    for start in 0..n {
        if label[start].is_some() {
            continue;
        }
        // Everything that can be reached; a list of what is still to be visited in
        // place of recursion.
        let (mut set, mut to_visit) = (Vec::new(), vec![start]);
        label[start] = Some(sets.len());
        while let Some(i) = to_visit.pop() {
            set.push(i);
            for (j, reached) in label.iter_mut().enumerate() {
                let linked = jacobian.at(i, j) != 0.0 || jacobian.at(j, i) != 0.0;
                if linked && reached.is_none() {
                    *reached = Some(sets.len());
                    to_visit.push(j);
                }
            }
        }
        set.sort_unstable();
        sets.push(set);
    }
    sets
}

/// The sets of elements that differ in these dims alone.
pub(super) fn over_dims(shape: &Shape, dims: &[usize]) -> Vec<Vec<usize>> {
    let mut sets: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    for element in 0..shape.numel() {
        let mut rest = element;
        let mut kept = Vec::new();
        for dim in (0..shape.len()).rev() {
            if !dims.contains(&dim) {
                kept.push(rest % shape[dim]);
            }
            rest /= shape[dim];
        }
        match sets.iter_mut().find(|(key, _)| *key == kept) {
            Some((_, set)) => set.push(element),
            None => sets.push((kept, vec![element])),
        }
    }
    sets.into_iter().map(|(_, set)| set).collect()
}

/// Every choice of dims of a shape that has more than one element in its sets.
pub(super) fn choices(shape: &Shape) -> Vec<Vec<usize>> {
    let subsets = 1..1_usize << shape.len().min(5);
    let dims_of = |mask: usize| (0..shape.len()).filter(|dim| mask >> dim & 1 == 1).collect();
    let all: Vec<Vec<usize>> = subsets.map(dims_of).collect();
    all.into_iter().filter(|dims| dims.iter().all(|&dim| shape[dim] > 1)).collect()
}

/// Sets in words: by the dims they run over, where they do.
pub(super) fn describe(sets: &[Vec<usize>], shape: &Shape) -> String {
    let mut sorted = sets.to_vec();
    sorted.sort();
    for dims in choices(shape) {
        let mut over = over_dims(shape, &dims);
        over.sort();
        if over == sorted {
            return in_words(&dims);
        }
    }
    let largest = sets.iter().map(Vec::len).max().unwrap_or(0);
    format!("sets of {largest} elements")
}

/// `dim 1`, `dims 0 and 2`.
pub(super) fn in_words(dims: &[usize]) -> String {
    let names: Vec<String> = dims.iter().map(usize::to_string).collect();
    match names.split_last() {
        Some((last, [])) => format!("dim {last}"),
        Some((last, rest)) => format!("dims {} and {last}", rest.join(", ")),
        None => "no dim".to_owned(),
    }
}
