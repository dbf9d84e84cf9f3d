//! Weight and bias, which most norms own or may own.

use super::standardized::Affine;
use crate::module::{Argument, Kind, State, StateMut, Value};
use crate::real::Real;
use crate::tape::{Parameter, Var};
use crate::tensor::{Shape, Tensor};

/// A weight of ones and a bias of zeros, where they are wanted.
pub(super) fn parameters<T: Real>(
    shape: &Shape,
    affine: bool,
    bias: bool,
) -> (Option<Parameter<T>>, Option<Parameter<T>>) {
    let parameter = |wanted: bool, name, value| {
        wanted.then(|| Parameter::new(name, Tensor::full(shape, value)))
    };
    (parameter(affine, "weight", T::ONE), parameter(affine && bias, "bias", T::ZERO))
}

/// Both on the tape of an input.
pub(super) fn bind<'t, T: Real>(
    x: Var<'t, T>,
    weight: Option<&Parameter<T>>,
    bias: Option<&Parameter<T>>,
) -> Affine<'t, T> {
    let bind = |parameter: Option<&Parameter<T>>| parameter.map(|p| x.tape().parameter(p));
    Affine { weight: bind(weight), bias: bind(bias) }
}

/// Those that are there, by name.
pub(super) fn state<'a, T: Real>(
    named: impl IntoIterator<Item = (&'static str, &'a Option<Parameter<T>>)>,
) -> Vec<(String, State<'a, T>)> {
    let present = |(name, p): (&str, &'a Option<Parameter<T>>)| {
        Some((name.to_owned(), State::Parameter(p.as_ref()?)))
    };
    named.into_iter().filter_map(present).collect()
}

/// Those that are there, by name, to be changed.
pub(super) fn state_mut<'a, T: Real>(
    named: impl IntoIterator<Item = (&'static str, &'a mut Option<Parameter<T>>)>,
) -> Vec<(String, StateMut<'a, T>)> {
    let present = |(name, p): (&str, &'a mut Option<Parameter<T>>)| {
        Some((name.to_owned(), StateMut::Parameter(p.as_mut()?)))
    };
    named.into_iter().filter_map(present).collect()
}

/// PyTorch's `affine`, on by default.
pub(super) const AFFINE_TRUE: Argument = affine_argument(true);

/// PyTorch's `affine`, off by default.
pub(super) const AFFINE_FALSE: Argument = affine_argument(false);

const fn affine_argument(default: bool) -> Argument {
    Argument {
        name: "affine",
        kind: Kind::Bool,
        default: Some(Value::Bool(default)),
        meaning: "whether there are a weight and a bias",
    }
}

/// PyTorch's `bias`.
pub(super) const BIAS: Argument = Argument {
    name: "bias",
    kind: Kind::Bool,
    default: Some(Value::Bool(true)),
    meaning: "whether there is a bias, where there is a weight",
};

/// PyTorch's `eps`.
pub(super) const EPS: Argument = Argument {
    name: "eps",
    kind: Kind::Float,
    default: Some(Value::Float(1e-5)),
    meaning: "added to the variance",
};

/// PyTorch's `num_features`.
pub(super) const NUM_FEATURES: Argument = Argument {
    name: "num_features",
    kind: Kind::Int,
    default: None,
    meaning: "how many channels the input has (dim 1)",
};
