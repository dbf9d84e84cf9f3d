//! Tensors and arguments as JSON, in the form that `eval` speaks.
//!
//! A tensor is `{"shape": [2, 3], "data": [..row-major..]}`; numbers that JSON
//! lacks travel as the strings "nan", "inf" and "-inf". Every number is written
//! with as many digits as it takes to read back the same bits.

#![allow(dead_code, reason = "each example that includes this file uses its own part of it")]

use handgrad::module::{Args, State, StateDict, Value};
use handgrad::{Error, Module, Real, Result, Shape, Tensor};
use serde_json::{Map, Value as Json, json};

/// PyTorch's limit too; it keeps absurd requests from growing absurd answers.
const MAX_RANK: usize = 64;

/// The largest size or product of sizes an argument may name. A layer allocates
/// its parameters before it sees an input that refutes their size.
const MAX_SIZE: u64 = 1 << 22;

pub(crate) fn refused(message: impl Into<String>) -> Error {
    Error::argument("request", message)
}

/// A tensor as JSON.
pub(crate) fn from_tensor<T: Real>(tensor: &Tensor<T>) -> Json {
    let data: Vec<Json> = tensor.iter().map(|x| from_number(x.to_f64())).collect();
    json!({ "shape": tensor.shape().to_vec(), "data": data })
}

fn from_number(x: f64) -> Json {
    if x.is_nan() {
        json!("nan")
    } else if x.is_infinite() {
        json!(if x > 0.0 { "inf" } else { "-inf" })
    } else {
        json!(x)
    }
}

/// A tensor from JSON; `name` is how errors call it.
pub(crate) fn to_tensor<T: Real>(name: &str, json: &Json) -> Result<Tensor<T>> {
    let fields = to_object(name, json, &["shape", "data"])?;
    let (Some(shape), Some(data)) = (fields.get("shape"), fields.get("data")) else {
        return Err(refused(format!("{name} must have both shape and data")));
    };
    let (Some(shape), Some(data)) = (shape.as_array(), data.as_array()) else {
        return Err(refused(format!("shape and data of {name} must be lists")));
    };
    if shape.len() > MAX_RANK {
        return Err(refused(format!(
            "{name} has {} dims; at most {MAX_RANK} are served",
            shape.len()
        )));
    }
    let sizes = shape.iter().map(|size| size.as_u64().and_then(|size| usize::try_from(size).ok()));
    let Some(sizes) = sizes.collect::<Option<Vec<usize>>>() else {
        return Err(refused(format!("shape of {name} must hold whole numbers from 0")));
    };
    let Some(values) = data.iter().map(to_number).collect::<Option<Vec<f64>>>() else {
        return Err(refused(format!(
            "data of {name} must hold numbers, \"nan\", \"inf\" or \"-inf\", not nested lists"
        )));
    };
    let values = values.into_iter().map(T::from_f64).collect();
    Tensor::from_vec(values, Shape::from(sizes))
        .map_err(|error| refused(format!("{name}: {}", error.message())))
}

/// A tensor from nested lists, `[[1, 2], [3, 4]]`; `name` is how errors call it.
pub(crate) fn nested_to_tensor<T: Real>(name: &str, json: &Json) -> Result<Tensor<T>> {
    let mut shape = Vec::new();
    let mut items = vec![json];
    // Level by level: a list of lists becomes the list of their entries.
    while items.first().is_some_and(|item| item.is_array()) {
        let lists: Option<Vec<&Vec<Json>>> = items.iter().map(|item| item.as_array()).collect();
        let lists = lists.filter(|lists| lists.iter().all(|list| list.len() == lists[0].len()));
        let Some(lists) = lists else {
            return Err(refused(format!("the lists of {name} must all have the same length")));
        };
        shape.push(lists[0].len());
        items = lists.into_iter().flatten().collect();
    }
    let Some(values) = items.into_iter().map(to_number).collect::<Option<Vec<f64>>>() else {
        return Err(refused(format!("{name} must hold numbers in lists of equal length")));
    };
    Tensor::from_vec(values.into_iter().map(T::from_f64).collect(), shape)
}

fn to_number(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::String(word) => match word.as_str() {
            "nan" => Some(f64::NAN),
            "inf" => Some(f64::INFINITY),
            "-inf" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

/// An object with no other fields than `known`.
pub(crate) fn to_object<'a>(
    name: &str,
    json: &'a Json,
    known: &[&str],
) -> Result<&'a Map<String, Json>> {
    let Some(object) = json.as_object() else {
        return Err(refused(format!("{name} must be an object")));
    };
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(stranger) => Err(refused(format!(
            "{name} has an unknown field {stranger:?}; it takes {}",
            if known.is_empty() { "none".to_owned() } else { known.join(", ") }
        ))),
        None => Ok(object),
    }
}

/// A layer's keyword arguments from a JSON object.
pub(crate) fn to_args(json: &Json) -> Result<Args> {
    let Some(object) = json.as_object() else {
        return Err(refused("args must be an object"));
    };
    let mut args = Args::new();
    for (name, value) in object {
        args.set(name, to_value(name, value)?);
    }
    Ok(args)
}

/// The value of one argument from JSON.
pub(crate) fn to_value(name: &str, json: &Json) -> Result<Value> {
    let value = match json {
        Json::Null => Value::None,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(word) => match to_number(json) {
            Some(number) => Value::Float(number),
            None => Value::Str(word.clone().into()),
        },
        Json::Array(items) => match items.iter().map(Json::as_i64).collect() {
            Some(sizes) => Value::Ints(sizes),
            None => return Err(refused(format!("{name} must be a list of whole numbers"))),
        },
        Json::Object(_) => return Err(refused(format!("{name} must not be an object"))),
    };
    refuse_absurd_size(name, &value)?;
    Ok(value)
}

fn refuse_absurd_size(name: &str, value: &Value) -> Result<()> {
    let sizes = match value {
        Value::Int(size) => std::slice::from_ref(size),
        Value::Ints(sizes) => sizes,
        _ => return Ok(()),
    };
    let product = sizes.iter().try_fold(1_u64, |n, size| n.checked_mul(size.unsigned_abs().max(1)));
    match product {
        Some(product) if product <= MAX_SIZE && sizes.len() <= MAX_RANK => Ok(()),
        _ => Err(refused(format!(
            "{name} = {value} is too large; at most {MAX_SIZE} elements and {MAX_RANK} dims are served"
        ))),
    }
}

/// A field that must be there.
pub(crate) fn given<'a>(name: &str, request: &'a Map<String, Json>) -> Result<&'a Json> {
    request.get(name).ok_or_else(|| refused(format!("{name} must be given")))
}

/// The layer that a request names, and its arguments.
pub(crate) fn to_layer(request: &Map<String, Json>) -> Result<(&str, Args)> {
    let Some(name) = request.get("layer").and_then(Json::as_str) else {
        return Err(refused("layer must be the name of a layer, as PyTorch has it"));
    };
    Ok((name, request.get("args").map_or_else(|| Ok(Args::new()), to_args)?))
}

/// Whether a request is for training mode, which it is unless it says otherwise.
pub(crate) fn to_training(request: &Map<String, Json>) -> Result<bool> {
    match request.get("training") {
        None => Ok(true),
        Some(Json::Bool(training)) => Ok(*training),
        Some(_) => Err(refused("training must be true or false")),
    }
}

/// A layer's state with the parameters and buffers of a request, where it has them.
pub(crate) fn to_state<T: Real>(
    layer: &dyn Module<T>,
    request: &Map<String, Json>,
) -> Result<StateDict<T>> {
    let mut dict = layer.state_dict();
    for group in ["parameters", "buffers"] {
        let Some(given) = request.get(group) else { continue };
        let of_group =
            |state: &State<'_, T>| (group == "parameters") == matches!(state, State::Parameter(_));
        let state = layer.state().into_iter().filter(|(_, state)| of_group(state));
        let names: Vec<String> = state.map(|(name, _)| name).collect();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        for (name, tensor) in to_object(group, given, &known)? {
            dict.insert(name, to_tensor(name, tensor)?);
        }
    }
    Ok(dict)
}
