//! Tapes as pictures. Each is recorded, and swept backwards, when the book is built.

mod draw;
mod layout;
mod placed;

use handgrad::activation::{LeakyReLU, PReLU, ReLU};
use handgrad::norm::{LayerNorm, LayerNormConfig};
use handgrad::ops::stack;
use handgrad::tape::NodeInfo;
use handgrad::{Module, Result, Tape, Tensor, Var};

use crate::number::short;

/// The ten numbers of `examples/seed.rs`.
const NUMBERS: [f64; 10] = [-0.9, 0.1, 0.0, -0.1, 0.9, -0.4, 0.9, -0.5, 0.8, 0.1];

/// A tensor with at most so many elements is shown with its numbers.
const FEW: usize = 6;

/// The picture of a tape.
pub(crate) fn figure(name: &str) -> std::result::Result<String, String> {
    let drawn = match name {
        "product" => product(),
        "article" => article(),
        "broadcast" => broadcast(),
        _ => {
            return Err(format!(
                "there is no tape {name:?}; there are product, article, broadcast"
            ));
        }
    };
    drawn.map_err(|error| format!("the tape {name} cannot be drawn: {error}"))
}

/// f = (x y + x)² at x = 3, y = -2.
fn product() -> Result<String> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::scalar(3.0));
    let y = tape.leaf(Tensor::scalar(-2.0));
    let p = x * y;
    let s = p + x;
    let f = s * s;
    let names = [(x, "x"), (y, "y"), (p, "p"), (s, "s"), (f, "f")];
    let title = "The tape of f = (x y + x)², at x = 3 and y = −2";
    picture(title, &names, f, &Sweep::from_one(f))
}

/// The model of `examples/seed.rs`, with the same cotangents.
fn article() -> Result<String> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new(NUMBERS));
    let mut layer_norm = LayerNorm::with([10], LayerNormConfig { eps: 0.0, ..Default::default() })?;
    let normalized = layer_norm.forward(x)?;
    let outputs = [
        PReLU::default().forward(normalized)?,
        ReLU.forward(normalized)?,
        LeakyReLU { negative_slope: 0.01 }.forward(normalized)?,
    ];
    let stacked = stack(&outputs, 0)?;
    let begin = Sweep {
        cotangent: Tensor::arange(1.0, 11.0, 1.0)?.expand([3, 10])?,
        in_words: "1 to 10 for each of the three activations",
    };
    let title = "The tape of a LayerNorm on ten numbers, followed by PReLU, ReLU and LeakyReLU \
                 side by side, whose outputs are stacked";
    picture(title, &[(x, "x")], stacked, &begin)
}

/// The sum of (x + b)², where b is repeated for both rows of x.
fn broadcast() -> Result<String> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]));
    let b = tape.leaf(Tensor::new([10.0, 0.0, -3.0]));
    let s = x + b;
    let f = (s * s).sum();
    let title = "The tape of the sum of (x + b)², where x has two rows and b has one";
    picture(title, &[(x, "x"), (b, "b"), (s, "s"), (f, "f")], f, &Sweep::from_one(f))
}

/// How the backward begins: the cotangent of the last step.
struct Sweep {
    cotangent: Tensor<f64>,
    in_words: &'static str,
}

impl Sweep {
    /// That of a single number.
    fn from_one(result: Var<'_, f64>) -> Self {
        Sweep { cotangent: Tensor::ones(result.shape()), in_words: "1" }
    }
}

/// A node of the tape as it is drawn.
struct Shown {
    id: usize,
    /// A var's or a parameter's name; an operation's, where its result has none.
    name: String,
    /// What the name leaves open: that it is a leaf, or of which operation.
    kind: String,
    shape: String,
    /// Its numbers and their cotangents, row by row, if they are few.
    numbers: Option<[Vec<Vec<String>>; 2]>,
    /// What its operation keeps for the backward.
    keeps: Vec<String>,
    inputs: Vec<Input>,
}

/// An arrow that leads to a node.
struct Input {
    from: usize,
    /// What came back along it, if that is one number.
    cotangent: Option<String>,
}

/// Runs the backward and draws the tape of `result`.
fn picture(
    title: &str,
    names: &[(Var<'_, f64>, &str)],
    result: Var<'_, f64>,
    begin: &Sweep,
) -> Result<String> {
    let tape = result.tape();
    let gradients = result.backward_steps(&begin.cotangent)?.keep_intermediates().finish()?;
    let mut nodes = Vec::new();
    for id in 0..tape.len() {
        let name = names.iter().find(|(var, _)| var.id() == id).map(|(_, name)| *name);
        let node = tape.node(id)?;
        nodes.push(Shown {
            keeps: kept(tape, &node)?,
            ..Shown::of(&node, name, gradients.by_node(id))
        });
    }
    for step in result.backward_steps(&begin.cotangent)? {
        let step = step?;
        for (input, contribution) in nodes[step.node].inputs.iter_mut().zip(&step.contributions) {
            input.cotangent = contribution.cotangent.item().ok().map(short);
        }
    }
    let description: Vec<String> = nodes.iter().map(Shown::in_words).collect();
    let svg = draw::draw(&nodes, title, &description.join(" "));
    Ok(format!(
        "<figure class=\"tape\">{svg}<figcaption>{}</figcaption></figure>",
        caption(&nodes, begin)
    ))
}

/// What a node's operation keeps: an input by its number, what is not on the tape by its name.
fn kept(tape: &Tape<f64>, node: &NodeInfo<f64>) -> Result<Vec<String>> {
    let mut kept = Vec::new();
    for (name, saved) in node.saved.iter() {
        let mut text = (*name).to_owned();
        for &input in &node.inputs {
            if saved.shares_storage(&tape.node(input)?.value) {
                text = format!("%{input}");
            }
        }
        if saved.shares_storage(&node.value) {
            "its output".clone_into(&mut text);
        }
        if !kept.contains(&text) {
            kept.push(text);
        }
    }
    Ok(kept)
}

/// What the colours and numbers mean, as far as there are any.
fn caption(nodes: &[Shown], begin: &Sweep) -> String {
    let mut caption = String::from(
        "An arrow leads from a value to the step that reads it. Round boxes are what the \
         computation was given.",
    );
    if nodes.iter().any(|node| node.numbers.is_some()) {
        caption += " The cotangents are those of a sweep from the last step, which began with ";
        caption += begin.in_words;
        caption += ".";
    }
    if nodes.iter().flat_map(|node| &node.inputs).any(|input| input.cotangent.is_some()) {
        caption += " Beside an arrow stands what came back along it.";
    }
    caption
}

impl Shown {
    fn of(node: &NodeInfo<f64>, name: Option<&str>, cotangent: Option<&Tensor<f64>>) -> Self {
        let (name, kind) = match (name.or(node.parameter), node.op) {
            (Some(name), kind) => (name.to_owned(), kind.to_owned()),
            (None, op) => (op.to_owned(), String::new()),
        };
        let numbers = cotangent.filter(|_| node.value.numel() <= FEW && node.value.rank() <= 2);
        Shown {
            id: node.id,
            name,
            kind,
            shape: node.value.shape().to_string(),
            numbers: numbers.map(|cotangent| [rows(&node.value), rows(cotangent)]),
            keeps: Vec::new(),
            inputs: node.inputs.iter().map(|&from| Input { from, cotangent: None }).collect(),
        }
    }

    /// Whether something computed it.
    fn is_op(&self) -> bool {
        !self.inputs.is_empty()
    }

    /// What is written beside the name. That something is a parameter is seen by its box, as
    /// that something is a leaf; but a leaf's name is short.
    fn remark(&self) -> &str {
        if self.kind == "parameter" { "" } else { &self.kind }
    }

    /// What came back to one of its inputs, if that is one number.
    fn cotangent_to(&self, input: usize) -> Option<&str> {
        self.inputs[input].cotangent.as_deref()
    }

    /// The node as a screen reader says it.
    fn in_words(&self) -> String {
        let list = |inputs: &[Input]| {
            inputs.iter().map(|input| format!("%{}", input.from)).collect::<Vec<_>>().join(" and ")
        };
        let rows = |rows: &[Vec<String>]| {
            rows.iter().map(|row| row.join(" ")).collect::<Vec<_>>().join("; ")
        };
        let kind = if self.kind.is_empty() { String::new() } else { format!(" ({})", self.kind) };
        let of = if self.is_op() { format!(", of {}", list(&self.inputs)) } else { String::new() };
        let numbers = match &self.numbers {
            Some([value, cotangent]) => {
                format!("value {}, cotangent {}", rows(value), rows(cotangent))
            }
            None => format!("shape {}", self.shape),
        };
        let keeps = match self.keeps.join(", ") {
            keeps if keeps.is_empty() => keeps,
            keeps => format!(", keeps {keeps}"),
        };
        format!("%{}, {}{kind}{of}: {numbers}{keeps}.", self.id, self.name)
    }
}

/// The numbers of a small tensor, row by row.
fn rows(tensor: &Tensor<f64>) -> Vec<Vec<String>> {
    let columns = tensor.shape().last().copied().unwrap_or(1);
    let numbers: Vec<String> = tensor.iter().map(short).collect();
    numbers.chunks(columns).map(<[String]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::{NUMBERS, figure};

    #[test]
    fn the_articles_numbers_are_those_of_the_example() {
        let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/seed.rs");
        let example = std::fs::read_to_string(example).unwrap();
        assert!(example.contains(&format!("[f64; 10] = {NUMBERS:?};")));
    }

    #[test]
    fn the_product_has_the_chapters_numbers() {
        let svg = figure("product").unwrap();
        for text in [
            "%0, x (leaf): value 3, cotangent 6.",
            "%1, y (leaf): value −2, cotangent −18.",
            "%2, p (mul), of %0 and %1: value −6, cotangent −6, keeps %0, %1.",
            "%3, s (add), of %2 and %0: value −3, cotangent −6.",
            "%4, f (mul), of %3 and %3: value 9, cotangent 1, keeps %3.",
        ] {
            assert!(svg.contains(text), "{text} is not in {svg}");
        }
    }

    #[test]
    fn a_repeated_row_collects_from_both() {
        let svg = figure("broadcast").unwrap();
        // 2 (x + b), added up over the two rows: 22 + 28, 4 + 10, 0 + 6.
        assert!(svg.contains("%1, b (leaf): value 10 0 −3, cotangent 50 14 6."), "{svg}");
        let article = figure("article").unwrap();
        assert!(article.contains("keeps %0, %1, mean, rstd"));
        assert!(article.contains("which began with 1 to 10 for each"));
    }

    #[test]
    fn an_unknown_tape_is_named() {
        assert!(figure("prodct").unwrap_err().contains("\"prodct\""));
    }
}
