//! The definitions of the norms: along which axes a set extends.

use super::refuse;
use crate::error::Result;
use crate::module::Args;
use crate::tensor::Shape;

/// How far a set extends along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// One index: each has sets of its own.
    Same,
    /// The whole axis.
    All,
    /// Groups of so many indices.
    Groups(usize),
    /// From so many before a cell to so many after it.
    Window(usize, usize),
}

impl Extent {
    // ANCHOR: joins
    fn joins(self, a: usize, b: usize) -> bool {
        match self {
            Extent::Same => a == b,
            Extent::All => true,
            Extent::Groups(size) => a / size == b / size,
            Extent::Window(before, after) => b + before >= a && b <= a + after,
        }
    }
    // ANCHOR_END: joins
}

/// What makes two cells of a norm share statistics.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// The names of the axes that a grid has as rows: N and C.
    pub(super) rows: Vec<&'static str>,
    /// The names of those it has as columns: L, or H and W.
    pub(super) columns: Vec<&'static str>,
    /// The sets that a cell's is the union of: a name, and an extent for each axis.
    /// All norms but SwitchableNorm have one, whose name is not used.
    parts: Vec<(&'static str, Vec<Extent>)>,
    /// What the cells of a set have in common.
    shared: &'static str,
}

/// The rule of a norm that accepts these arguments and this shape, of rank 2 to 5.
pub(super) fn rule(layer: &str, stem: &str, args: &Args, shape: &Shape) -> Result<Rule> {
    use Extent::{All, Groups, Same, Window};
    // InstanceNorm has the number of its places in its name, and accepts an input
    // without N.
    let places = layer.strip_suffix('d').and_then(|name| name.chars().last()?.to_digit(10));
    let batched = stem != "instance_norm" || places.is_none_or(|d| shape.len() == d as usize + 2);
    let rows = match (batched, stem) {
        (_, "weight_standardization") => vec!["O", "I"],
        (true, _) => vec!["N", "C"],
        (false, _) => vec!["C"],
    };
    let columns: &[&str] = match shape.len() - rows.len() {
        0 => &[],
        1 => &["L"],
        2 => &["H", "W"],
        _ => &["D", "H", "W"],
    };
    // By axis: N, C and the places.
    let extents = |n: Extent, c: Extent, place: Extent| {
        let rows = [n, c].into_iter().skip(2 - rows.len());
        rows.chain(columns.iter().map(|_| place)).collect::<Vec<_>>()
    };
    let (set, shared) = match stem {
        // ANCHOR: rules
        "batch_norm" => (extents(All, Same, All), "mean and variance"),
        "instance_norm" => (extents(Same, Same, All), "mean and variance"),
        "weight_standardization" => (extents(Same, All, All), "mean and variance"),
        "group_norm" => {
            let groups = args.size("num_groups")?;
            let channels = match shape[1] / groups {
                _ if groups == 1 => All,
                1 => Same,
                size => Groups(size),
            };
            (extents(Same, channels, All), "mean and variance")
        }
        "layer_norm" | "rms_norm" => {
            let leading = shape.len() - args.shape("normalized_shape")?.len();
            let of = |axis| if axis < leading { Same } else { All };
            let shared = if stem == "rms_norm" { "the mean square" } else { "mean and variance" };
            ((0..shape.len()).map(of).collect(), shared)
        }
        // ANCHOR_END: rules
        "switchable_norm" => {
            let (layer, batch) = (extents(Same, All, All), extents(All, Same, All));
            let mut parts = vec![("layer", layer), ("batch", batch)];
            // Without places an instance is a single number, and left out.
            if !columns.is_empty() {
                parts.insert(0, ("instance", extents(Same, Same, All)));
            }
            return Ok(Rule {
                rows,
                columns: columns.to_vec(),
                parts,
                shared: "mean and variance",
            });
        }
        "local_response_norm" => {
            let size = args.size("size")?;
            (extents(Same, Window(size / 2, (size - 1) / 2), Same), "a sum of squares")
        }
        _ => {
            return refuse(format!(
                "{layer} does not standardize sets of cells; take a norm that does"
            ));
        }
    };
    Ok(Rule { rows, columns: columns.to_vec(), parts: vec![("set", set)], shared })
}

impl Rule {
    /// Whether cell `b` is in the set of cell `a`.
    pub(super) fn joins(&self, a: &[usize], b: &[usize]) -> bool {
        let along =
            |part: &[Extent]| part.iter().zip(a.iter().zip(b)).all(|(e, (a, b))| e.joins(*a, *b));
        self.parts.iter().any(|(_, part)| along(part))
    }

    fn axes(&self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().chain(&self.columns).copied()
    }

    /// `[N, C, H, W]`.
    pub(super) fn names(&self) -> String {
        format!("[{}]", self.axes().collect::<Vec<_>>().join(", "))
    }

    /// What the sets are, in a sentence.
    pub(super) fn sentence(&self, shape: &Shape, sets: &[Vec<usize>]) -> String {
        if self.parts.len() > 1 {
            let parts = self.parts.iter();
            let named = parts.map(|(name, part)| format!("its {name} {}", self.over(part, shape)));
            return format!("A cell's set is the union of {}.", and(&named.collect::<Vec<_>>()));
        }
        let (_, part) = &self.parts[0];
        let window = self.axes().zip(part).find_map(|(name, extent)| match extent {
            Extent::Window(before, after) => Some((name, before, after)),
            _ => None,
        });
        if let Some((axis, before, after)) = window {
            return format!(
                "A cell's set is a window over {axis}, from {before} before it to {after} after \
                 it, cut off at the ends."
            );
        }
        let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let (number, size) = (count(sets.len(), "set"), count(sets[0].len(), "cell"));
        let same: Vec<String> =
            self.axes().zip(part).filter_map(|(name, e)| same(name, *e)).collect();
        let who = if same.is_empty() {
            "all cells".to_owned()
        } else {
            format!("cells with the same {}", and(&same))
        };
        format!("{number} of {size} over {}: {who} share {}.", self.over(part, shape), self.shared)
    }

    /// The axes that a set extends along: `(C/2, L)`.
    fn over(&self, part: &[Extent], shape: &Shape) -> String {
        let along =
            self.axes().zip(part).zip(&**shape).filter_map(|((name, extent), axis)| match extent {
                Extent::Same => None,
                Extent::Groups(size) => Some(format!("{name}/{}", axis / size)),
                Extent::All | Extent::Window(..) => Some(name.to_owned()),
            });
        let along: Vec<String> = along.collect();
        if along.is_empty() { "no axis".to_owned() } else { format!("({})", along.join(", ")) }
    }
}

/// What cells of one set have in common along an axis.
fn same(name: &str, extent: Extent) -> Option<String> {
    match extent {
        Extent::Same => Some(name.to_owned()),
        Extent::Groups(size) => Some(format!("group of {size} {name}")),
        Extent::All | Extent::Window(..) => None,
    }
}

/// `N, C and L`.
fn and(names: &[String]) -> String {
    match names {
        [first @ .., before, last] if !first.is_empty() => {
            format!("{}, {before} and {last}", first.join(", "))
        }
        names => names.join(" and "),
    }
}
