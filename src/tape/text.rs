//! The tape as text, one line a node.

use std::fmt;

use smallvec::SmallVec;

use super::{Node, Saved, Source, Tape};
use crate::error::{Error, Result};
use crate::real::Real;
use crate::tensor::Tensor;

/// What the tape knows of one node, for tools that show it.
#[derive(Clone, Debug)]
pub struct NodeInfo<T: Real> {
    /// Its number, printed as `%id`.
    pub id: usize,
    /// The operation's name, or `leaf`, `constant`, `parameter`.
    pub op: &'static str,
    /// A parameter's name.
    pub parameter: Option<&'static str>,
    /// The numbers of its inputs.
    pub inputs: SmallVec<[usize; 4]>,
    /// Its value.
    pub value: Tensor<T>,
    /// What it keeps for the backward.
    pub saved: Saved<T>,
    /// Whether gradients flow to it.
    pub requires_grad: bool,
}

impl<T: Real> NodeInfo<T> {
    pub(super) fn of(node: &Node<T>, id: usize) -> Self {
        let (op, parameter, saved) = match &node.source {
            Source::Leaf => ("leaf", None, Saved::new()),
            Source::Constant => ("constant", None, Saved::new()),
            Source::Parameter { name } => ("parameter", Some(*name), Saved::new()),
            Source::Op(op) => (op.name(), None, op.saved()),
        };
        NodeInfo {
            id,
            op,
            parameter,
            inputs: node.inputs.iter().map(|&input| input as usize).collect(),
            value: node.value.clone(),
            saved,
            requires_grad: node.requires_grad(),
        }
    }
}

/// `%3 = layer_norm(%0, %1, %2) : f32[2, 4]`
impl<T: Real> fmt::Display for NodeInfo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{} = {}", self.id, self.op)?;
        if let Some(name) = self.parameter {
            write!(f, " {name:?}")?;
        }
        if !self.inputs.is_empty() {
            let inputs: Vec<String> = self.inputs.iter().map(|id| format!("%{id}")).collect();
            write!(f, "({})", inputs.join(", "))?;
        }
        write!(f, " : {}{}", T::DTYPE.name(), self.value.shape())
    }
}

impl<T: Real> Tape<T> {
    /// One node, by its number.
    pub fn node(&self, id: usize) -> Result<NodeInfo<T>> {
        let nodes = self.nodes.borrow();
        match nodes.get(id) {
            Some(node) => Ok(NodeInfo::of(node, id)),
            None => Err(Error::argument(
                "node",
                format!("there is no %{id} on a tape of {} nodes", nodes.len()),
            )),
        }
    }
}

/// Every node on a line of its own.
impl<T: Real> fmt::Display for Tape<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (id, node) in self.nodes.borrow().iter().enumerate() {
            writeln!(f, "{}", NodeInfo::of(node, id))?;
        }
        Ok(())
    }
}
