//! What is known of one tensor's wrong gradient.

use super::matrix::Matrix;
use crate::check::reference::{Column, Sides};
use crate::tensor::Tensor;

/// All that a diagnosis looks at. The Jacobian has a row for each output and a column
/// for each element of the tensor, both in row-major order.
#[derive(Debug)]
pub(in crate::check) struct Evidence {
    /// The tensor that is differentiated by, and its name.
    pub(super) point: Tensor<f64>,
    pub(super) name: String,
    pub(super) output: Tensor<f64>,
    /// The function's other tensors, by name.
    pub(in crate::check) others: Vec<(String, Tensor<f64>)>,
    /// Numbers that a wrong factor may be made of, by name.
    pub(in crate::check) constants: Vec<(String, f64)>,
    /// How closely the backward was to meet the reference.
    pub(in crate::check) tolerance: f64,
    /// Where the function is declared not to be smooth.
    pub(in crate::check) kinks: Vec<f64>,
    /// The elements where it is not, though nothing is declared.
    pub(in crate::check) undeclared: Vec<usize>,
    /// What a pointwise function does where something else is put in for its input.
    pub(in crate::check) moved: Vec<Moved>,
    columns: Vec<Tensor<f64>>,
    /// Both sides' columns, for the elements on kinks.
    pub(super) sides: Vec<Option<Sides>>,
    claims: Vec<(Tensor<f64>, Option<Vec<f64>>)>,
}

/// A pointwise function's slope where something else is put in for its input, and what its
/// backward says of a cotangent of ones there, if it can be asked.
#[derive(Debug)]
pub(in crate::check) struct Moved {
    /// What is put in.
    pub(in crate::check) name: &'static str,
    pub(in crate::check) slopes: Vec<f64>,
    pub(in crate::check) answers: Option<Vec<f64>>,
}

/// Cotangents, one a row, and what the backward made of them.
#[derive(Debug)]
pub(super) struct Testimony {
    /// `None` stands for the unit cotangents: the answers are then the backward's whole
    /// Jacobian.
    pub(super) cotangents: Option<Matrix>,
    pub(super) answers: Matrix,
}

impl Evidence {
    pub(in crate::check) fn new(name: &str, point: &Tensor<f64>, output: &Tensor<f64>) -> Self {
        Evidence {
            point: point.clone(),
            name: name.to_owned(),
            output: output.clone(),
            others: Vec::new(),
            constants: Vec::new(),
            tolerance: 0.0,
            kinks: Vec::new(),
            undeclared: Vec::new(),
            moved: Vec::new(),
            columns: Vec::new(),
            sides: Vec::new(),
            claims: Vec::new(),
        }
    }

    /// The reference's next column.
    pub(in crate::check) fn push_column(&mut self, column: Column, sides: Option<Sides>) {
        self.columns.push(match column {
            Column::Slope(column) => column,
            // Either will do; what is wrong lies outside both.
            Column::Between(sides) => sides.left,
        });
        self.sides.push(sides);
    }

    /// What the backward made of a cotangent; `None` where nothing arrived.
    pub(in crate::check) fn push_answer(&mut self, g: &Tensor<f64>, answer: Option<&Tensor<f64>>) {
        self.claims.push((g.clone(), answer.map(Tensor::to_vec)));
    }

    /// Whether each output follows its own input alone.
    pub(in crate::check) fn is_pointwise(&self) -> bool {
        let alone = |(j, column): (usize, &Tensor<f64>)| {
            column.iter().enumerate().all(|(i, slope)| i == j || slope == 0.0)
        };
        self.is_square() && self.columns.iter().enumerate().all(alone)
    }

    /// Whether the output has the tensor's shape.
    pub(super) fn is_square(&self) -> bool {
        self.point.shape() == self.output.shape()
    }

    /// Whether no gradient arrived for any cotangent.
    pub(super) fn nothing_arrived(&self) -> bool {
        self.claims.iter().all(|(_, answer)| answer.is_none())
    }

    /// The Jacobian by the reference.
    pub(super) fn truth(&self) -> Matrix {
        Matrix::from_columns(self.output.numel(), &self.columns)
    }

    /// What the backward said: its complete Jacobian where it was asked about every unit
    /// cotangent, what it made of the other ones where not.
    pub(super) fn testimony(&self) -> Testimony {
        let n = self.point.numel();
        let answer = |answer: &Option<Vec<f64>>| answer.clone().unwrap_or_else(|| vec![0.0; n]);
        let units: Vec<_> = self.claims.iter().filter(|(g, _)| is_unit(g)).collect();
        if units.len() == self.output.numel() {
            let answers = Matrix::from_rows(n, units.iter().map(|claim| answer(&claim.1)));
            return Testimony { cotangents: None, answers };
        }
        self.random_testimony()
    }

    /// What it made of cotangents that are not unit ones.
    pub(super) fn random_testimony(&self) -> Testimony {
        let n = self.point.numel();
        let others: Vec<_> = self.claims.iter().filter(|(g, _)| !is_unit(g)).collect();
        let cotangents = others.iter().map(|(g, _)| g.to_vec());
        let answers = others.iter().map(|(_, a)| a.clone().unwrap_or_else(|| vec![0.0; n]));
        Testimony {
            cotangents: Some(Matrix::from_rows(self.output.numel(), cotangents)),
            answers: Matrix::from_rows(n, answers),
        }
    }
}

/// Whether a cotangent is 1 at one place and 0 elsewhere.
fn is_unit(g: &Tensor<f64>) -> bool {
    g.iter().filter(|g| *g == 1.0).count() == 1 && g.iter().all(|g| g == 0.0 || g == 1.0)
}

impl Testimony {
    /// What a backward with this Jacobian would have answered.
    pub(super) fn predict(&self, jacobian: &Matrix) -> Matrix {
        match &self.cotangents {
            Some(cotangents) => cotangents.times(jacobian),
            None => jacobian.clone(),
        }
    }
}
