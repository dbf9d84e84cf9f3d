//! The command line of the stepper.

use std::str::FromStr;

use handgrad::module::Args;
use handgrad::{Error, Result};
use lexopt::prelude::{Long, Short, Value, ValueExt};
use serde_json::Value as Json;

use crate::json::{refused, to_value};

pub(crate) const HELP: &str = "\
Steps through a layer, forward and backward, one operation at a time.

usage: step [LAYER] [options]

  LAYER                a layer of the catalog, or `article` (the default): the model
                       LayerNorm -> PReLU, ReLU, LeakyReLU on its ten numbers
  --set NAME=VALUE     an argument of the layer, as in PyTorch: --set eps=0
  --input JSON         the input as nested lists: --input \"[[1,2,3],[4,5,9]]\"
  --cotangent JSON     the output's cotangent; random by default
  --dtype f32|f64      the scalar type; f32 by default
  --eval               evaluation mode instead of training
  --all                print every step at once, as when the output is piped
  --list               list the layers and their arguments
  --help               this text

In a terminal each step waits for a key: space or n for the next, b for the one
before, r to run to the end, q to quit. NO_COLOR turns the colours off.
";

/// What the command line asks for.
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Options {
    pub(crate) layer: Option<String>,
    pub(crate) args: Args,
    pub(crate) input: Option<Json>,
    pub(crate) cotangent: Option<Json>,
    pub(crate) dtype: Dtype,
    pub(crate) training: bool,
    pub(crate) all: bool,
    pub(crate) list: bool,
    pub(crate) help: bool,
}

#[derive(Clone, Copy)]
pub(crate) enum Dtype {
    F32,
    F64,
}

impl FromStr for Dtype {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        match word {
            "f32" => Ok(Dtype::F32),
            "f64" => Ok(Dtype::F64),
            _ => Err(refused("--dtype must be f32 or f64")),
        }
    }
}

/// Reads the command line.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Options> {
    let mut options = Options {
        layer: None,
        args: Args::new(),
        input: None,
        cotangent: None,
        dtype: Dtype::F32,
        training: true,
        all: false,
        list: false,
        help: false,
    };
    let bad = |error: lexopt::Error| refused(format!("{error}; --help shows the options"));
    while let Some(argument) = parser.next().map_err(bad)? {
        match argument {
            Value(layer) if options.layer.is_none() => {
                options.layer = Some(layer.string().map_err(bad)?);
            }
            Long("set") => set(&mut options.args, &word(&mut parser)?)?,
            Long("input") => options.input = Some(json("--input", &word(&mut parser)?)?),
            Long("cotangent") => {
                options.cotangent = Some(json("--cotangent", &word(&mut parser)?)?);
            }
            Long("dtype") => options.dtype = word(&mut parser)?.parse()?,
            Long("eval") => options.training = false,
            Long("all") => options.all = true,
            Long("list") => options.list = true,
            Long("help") | Short('h') => options.help = true,
            other => return Err(bad(other.unexpected())),
        }
    }
    Ok(options)
}

fn word(parser: &mut lexopt::Parser) -> Result<String> {
    let value = parser.value().and_then(ValueExt::string);
    value.map_err(|error| refused(format!("{error}; --help shows the options")))
}

/// `eps=0`, `normalized_shape=[2, 3]`, `approximate=tanh`.
fn set(args: &mut Args, assignment: &str) -> Result<()> {
    let Some((name, value)) = assignment.split_once('=') else {
        return Err(refused(format!("--set {assignment} must be NAME=VALUE")));
    };
    let value = match value {
        "True" => Json::Bool(true),
        "False" => Json::Bool(false),
        "None" => Json::Null,
        // What is not JSON is a word.
        _ => serde_json::from_str(value).unwrap_or_else(|_| Json::String(value.to_owned())),
    };
    args.set(name, to_value(name, &value)?);
    Ok(())
}

fn json(option: &str, text: &str) -> Result<Json> {
    serde_json::from_str(text).map_err(|error| {
        refused(format!("{option} {text:?} is not a JSON list of numbers ({error})"))
    })
}
