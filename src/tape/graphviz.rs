//! The tape as a picture, in Graphviz's language.

use std::fmt::Write;

use super::{NodeInfo, Tape};
use crate::real::Real;

impl<T: Real> Tape<T> {
    /// The tape as a Graphviz digraph, inputs at the top: `dot -Tsvg` draws it.
    /// Leaves are ellipses, parameters are filled, constants dashed,
    /// operations boxes.
    ///
    /// ```
    /// use handgrad::{Tape, Tensor};
    ///
    /// let tape = Tape::new();
    /// let x = tape.leaf(Tensor::<f32>::zeros([3]));
    /// let _y = x.relu();
    /// assert_eq!(
    ///     tape.to_dot(),
    ///     r#"digraph tape {
    ///   node [fontname="monospace"];
    ///   n0 [label="%0 leaf\nf32[3]", shape=ellipse];
    ///   n1 [label="%1 relu\nf32[3]", shape=box];
    ///   n0 -> n1;
    /// }
    /// "#
    /// );
    /// ```
    pub fn to_dot(&self) -> String {
        let mut dot = String::from("digraph tape {\n  node [fontname=\"monospace\"];\n");
        for (id, node) in self.nodes.borrow().iter().enumerate() {
            let info = NodeInfo::of(node, id);
            let style = match info.op {
                "leaf" => "shape=ellipse",
                "parameter" => "shape=ellipse, style=filled",
                "constant" => "shape=ellipse, style=dashed",
                _ => "shape=box",
            };
            let label = info.parameter.unwrap_or(info.op);
            let (dtype, shape) = (T::DTYPE.name(), info.value.shape());
            // Writing to a string cannot fail.
            let _ = writeln!(dot, "  n{id} [label=\"%{id} {label}\\n{dtype}{shape}\", {style}];");
            for input in info.inputs {
                let _ = writeln!(dot, "  n{input} -> n{id};");
            }
        }
        dot.push_str("}\n");
        dot
    }
}
