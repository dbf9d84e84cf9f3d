//! Which row of the picture each node is in, and where in it.

/// What stands in a row: a node, or an arrow on its way to a lower row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Node(usize),
    Arrow { from: usize, to: usize },
}

/// How often the rows are put into order, each by its neighbours.
const PASSES: usize = 4;

/// The rows from the top, each from the left. A node is below everything that it is computed
/// from. Within a row, places are ordered by where the arrows from above come from and those
/// below go to, so that few of them cross.
pub(super) fn rows(inputs: &[Vec<usize>]) -> Vec<Vec<Place>> {
    let depths = depths(inputs);
    let mut rows = vec![Vec::new(); depths.iter().max().map_or(0, |deepest| deepest + 1)];
    for (to, inputs_of_it) in inputs.iter().enumerate() {
        rows[depths[to]].push(Place::Node(to));
        for (index, &from) in inputs_of_it.iter().enumerate() {
            if !inputs_of_it[..index].contains(&from) {
                for row in &mut rows[depths[from] + 1..depths[to]] {
                    row.push(Place::Arrow { from, to });
                }
            }
        }
    }
    for _ in 0..PASSES {
        for row in 1..rows.len() {
            let above = rows[row - 1].clone();
            order(&mut rows[row], &above, |place, above| joined(inputs, above, place));
        }
        for row in (1..rows.len()).rev() {
            let below = rows[row].clone();
            order(&mut rows[row - 1], &below, |place, below| joined(inputs, place, below));
        }
    }
    rows
}

/// An operation is below its inputs, and what nothing computed is right above the first
/// operation that reads it.
fn depths(inputs: &[Vec<usize>]) -> Vec<usize> {
    let mut depths = vec![0; inputs.len()];
    for (node, inputs) in inputs.iter().enumerate() {
        depths[node] = inputs.iter().map(|&input| depths[input] + 1).max().unwrap_or(0);
    }
    for source in (0..inputs.len()).filter(|&node| inputs[node].is_empty()) {
        let readers = (0..inputs.len()).filter(|&node| inputs[node].contains(&source));
        depths[source] = readers.map(|reader| depths[reader] - 1).min().unwrap_or(0);
    }
    depths
}

/// Whether an arrow leads from a place to one in the next row.
fn joined(inputs: &[Vec<usize>], above: Place, below: Place) -> bool {
    match (above, below) {
        (Place::Node(from), Place::Node(to)) => inputs[to].contains(&from),
        (Place::Node(node), Place::Arrow { from, .. }) => node == from,
        (Place::Arrow { to, .. }, Place::Node(node)) => node == to,
        (above, below) => above == below,
    }
}

/// Orders a row by the middle of what each place is joined to in the row beside it.
fn order(row: &mut Vec<Place>, beside: &[Place], joined: impl Fn(Place, Place) -> bool) {
    let centred = |index: usize, len: usize| index as f64 - (len as f64 - 1.0) / 2.0;
    let len = row.len();
    let mut keyed: Vec<(f64, Place)> = Vec::with_capacity(len);
    for (index, &place) in row.iter().enumerate() {
        let found = (0..beside.len()).filter(|&other| joined(place, beside[other]));
        let found: Vec<f64> = found.map(|other| centred(other, beside.len())).collect();
        let middle = found.iter().sum::<f64>() / found.len() as f64;
        keyed.push((if found.is_empty() { centred(index, len) } else { middle }, place));
    }
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    *row = keyed.into_iter().map(|(_, place)| place).collect();
}

#[cfg(test)]
mod tests {
    use super::Place::{Arrow, Node};
    use super::rows;

    #[test]
    fn an_arrow_over_a_row_has_a_place_in_it() {
        // 2 = f(0, 1), 3 = g(2, 0)
        let rows = rows(&[vec![], vec![], vec![0, 1], vec![2, 0]]);
        assert_eq!(rows[0], [Node(0), Node(1)]);
        assert_eq!(rows[1], [Arrow { from: 0, to: 3 }, Node(2)]);
        assert_eq!(rows[2], [Node(3)]);
    }

    #[test]
    fn arrows_do_not_cross_where_they_need_not() {
        // 2 = f(0), 3 = g(2), 4 = h(2, 1), 5 = k(3, 4): 1 and 4 belong on the same side.
        let rows = rows(&[vec![], vec![], vec![0], vec![2], vec![2, 1], vec![3, 4]]);
        assert_eq!(rows[0], [Node(0)]);
        assert_eq!(rows[1], [Node(1), Node(2)]);
        assert_eq!(rows[2], [Node(4), Node(3)]);
    }
}
