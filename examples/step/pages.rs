//! What each step shows: one page an operation, forward and then backward.

use handgrad::tape::{NodeInfo, Step};
use handgrad::{Real, Result, Tape, Tensor, Var};

/// How a line is meant, which decides its colour.
#[derive(Clone, Copy)]
pub(crate) enum Tone {
    /// An operation as the tape has it.
    Operation,
    /// What the lines below it are.
    Label,
    /// Numbers.
    Plain,
}

/// One screenful.
pub(crate) struct Page {
    pub(crate) title: String,
    pub(crate) lines: Vec<(Tone, String)>,
}

impl Page {
    fn new(title: String) -> Self {
        Page { title, lines: Vec::new() }
    }

    fn operation<T: Real>(&mut self, node: &NodeInfo<T>) {
        self.lines.push((Tone::Operation, node.to_string()));
    }

    fn label(&mut self, text: impl Into<String>) {
        self.lines.push((Tone::Label, text.into()));
    }

    fn tensor(&mut self, tensor: &str) {
        for line in tensor.lines() {
            self.lines.push((Tone::Plain, format!("    {line}")));
        }
    }
}

/// Every step from the inputs to the output `y` and back.
pub(crate) fn describe<T: Real>(
    tape: &Tape<T>,
    y: Var<'_, T>,
    cotangent: &Tensor<T>,
) -> Result<Vec<Page>> {
    let nodes = (0..tape.len()).map(|id| tape.node(id)).collect::<Result<Vec<_>>>()?;
    let mut pages = Vec::new();
    for node in &nodes {
        pages.push(forward_page(node, &nodes));
    }
    let mut sweep = y.backward_steps(cotangent)?;
    for step in sweep.by_ref() {
        pages.push(backward_page(&step?, &nodes, y.id()));
    }
    let gradients = sweep.finish()?;
    let mut last = Page::new("the gradients".to_owned());
    for node in nodes.iter().filter(|node| matches!(node.op, "leaf" | "parameter")) {
        let name = node.parameter.unwrap_or("the input");
        last.label(format!("gradient of {name}, %{}", node.id));
        match gradients.by_node(node.id) {
            Some(gradient) => last.tensor(&gradient.to_string()),
            None => last.tensor("none: nothing flowed to it"),
        }
    }
    pages.push(last);
    let count = pages.len();
    for (index, page) in pages.iter_mut().enumerate() {
        page.title = format!("{:>2}/{count}  {}", index + 1, page.title);
    }
    Ok(pages)
}

fn forward_page<T: Real>(node: &NodeInfo<T>, nodes: &[NodeInfo<T>]) -> Page {
    let mut page = Page::new("forward".to_owned());
    page.operation(node);
    for &input in &node.inputs {
        page.label(format!("from {}", name(&nodes[input])));
        page.tensor(&nodes[input].value.to_string());
    }
    page.label("value");
    page.tensor(&node.value.to_string());
    let owner = |saved: &handgrad::tape::SavedTensor<T>| {
        nodes.iter().find(|other| saved.shares_storage(&other.value)).map(|other| other.id)
    };
    for (what, saved) in node.saved.iter() {
        if let Some(id) = owner(saved) {
            page.label(format!("saves {what}: %{id} itself, no more bytes"));
        } else {
            page.label(format!("saves {what}: {} bytes", saved.bytes()));
            page.tensor(&saved.to_string());
        }
    }
    page
}

fn backward_page<T: Real>(step: &Step<T>, nodes: &[NodeInfo<T>], output: usize) -> Page {
    let node = &nodes[step.node];
    let mut page = Page::new("backward".to_owned());
    page.operation(node);
    let origin = if step.node == output {
        "given"
    } else {
        "complete: all that it went into has been visited"
    };
    page.label(format!("cotangent of {} ({origin})", name(node)));
    page.tensor(&step.cotangent.to_string());
    for contribution in &step.contributions {
        let to = name(&nodes[contribution.input]);
        page.label(format!("contributes to {to}"));
        page.tensor(&contribution.cotangent.to_string());
        // A first contribution is the total already.
        if contribution.is_first {
            page.label(format!("which is all that {to} has collected so far"));
        } else {
            page.label(format!("total of {to} so far"));
            page.tensor(&contribution.total.to_string());
        }
    }
    page
}

fn name<T: Real>(node: &NodeInfo<T>) -> String {
    match node.parameter {
        Some(parameter) => format!("%{} ({parameter})", node.id),
        None => format!("%{} ({})", node.id, node.op),
    }
}
