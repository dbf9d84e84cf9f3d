//! The JSON door, `examples/eval.rs`: its answers and its refusals.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value as Json, json};

use crate::examples::{assert_snapshot, example};

/// The answers to some lines, one for each.
fn ask(lines: &[Vec<u8>]) -> Vec<Json> {
    let mut door = example("eval")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the example runs");
    let mut stdin = door.stdin.take().expect("piped");
    let stdout = BufReader::new(door.stdout.take().expect("piped"));
    let sent: Vec<Vec<u8>> = lines.to_vec();
    // Writing from another thread: neither pipe can fill up while we wait on
    // the other.
    let writer = std::thread::spawn(move || {
        for line in sent {
            stdin.write_all(&line).and_then(|()| stdin.write_all(b"\n")).expect("the door is open");
        }
    });
    let answers = stdout
        .lines()
        .map(|line| serde_json::from_str(&line.expect("UTF-8")).expect("an answer is JSON"))
        .collect();
    writer.join().expect("everything was sent");
    assert!(door.wait().expect("it ends").success());
    answers
}

fn ask_one(request: &Json) -> Json {
    ask(&[request.to_string().into_bytes()]).remove(0)
}

#[test]
fn a_request_is_answered_in_full() {
    let answer = ask_one(&json!({
        "layer": "LayerNorm",
        "args": {"normalized_shape": [3], "eps": 0},
        "dtype": "f64",
        "input": {"shape": [2, 3], "data": [1, 2, 3, 4, 5, 9]},
        "parameters": {"weight": {"shape": [3], "data": [1, 2, 3]}},
        "grad_output": {"shape": [2, 3], "data": [1, 0, 0, 0, 0, 1]},
    }));
    let pretty = serde_json::to_string_pretty(&answer).expect("JSON prints");
    assert_snapshot("eval_layer_norm", &pretty);
}

#[test]
fn what_is_left_out_has_its_default() {
    let short = ask_one(&json!({"layer": "PReLU", "input": {"shape": [2], "data": [-1, 2]}}));
    let long = ask_one(&json!({
        "layer": "PReLU",
        "args": {"num_parameters": 1, "init": 0.25},
        "dtype": "f32",
        "training": true,
        "input": {"shape": [2], "data": [-1.0, 2.0]},
        "parameters": {"weight": {"shape": [1], "data": [0.25]}},
        "buffers": {},
        "grad_output": {"shape": [2], "data": [1, 1]},
    }));
    assert_eq!(short, long);
    assert_eq!(short["output"]["data"], json!([-0.25, 2.0]));
    assert_eq!(short["grad_parameters"]["weight"]["data"], json!([-1.0]));
}

#[test]
fn numbers_read_back_to_the_same_bits() {
    let values = [0.1, 1.0 / 3.0, 5e-324, f64::MAX, -0.0, 123_456_789.123_456_79, 1e22];
    let answer = ask_one(&json!({
        "layer": "Identity", "dtype": "f64", "input": {"shape": [7], "data": values},
    }));
    let back: Vec<u64> = answer["output"]["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|x| x.as_f64().expect("a number").to_bits())
        .collect();
    assert_eq!(back, values.map(f64::to_bits));
    let answer = ask_one(&json!({
        "layer": "ReLU", "dtype": "f32", "input": {"shape": [3], "data": ["nan", "inf", "-inf"]},
    }));
    assert_eq!(answer["output"]["data"], json!(["nan", "inf", 0.0]));
}

#[test]
fn refusals_say_what_to_do() {
    let input = json!({"shape": [2, 3], "data": [1, 2, 3, 4, 5, 6]});
    let requests = [
        json!([1, 2]),
        json!({"input": input}),
        json!({"layer": "ReLU"}),
        json!({"layer": "PRelu", "input": input}),
        json!({"layer": "ReLU", "inputs": input}),
        json!({"layer": "ReLU", "input": input, "dtype": "f16"}),
        json!({"layer": "ReLU", "input": input, "training": "yes"}),
        json!({"layer": "ReLU", "input": input, "args": {"slope": 1}}),
        json!({"layer": "LeakyReLU", "input": input, "args": {"negative_slope": "steep"}}),
        json!({"layer": "LayerNorm", "input": input}),
        json!({"layer": "LayerNorm", "input": input, "args": {"normalized_shape": [4]}}),
        json!({"layer": "LayerNorm", "input": input, "args": {"normalized_shape": []}}),
        json!({"layer": "LayerNorm", "input": input, "args": {"normalized_shape": -3}}),
        json!({"layer": "LayerNorm", "input": input, "args": {"normalized_shape": [1e18 as u64]}}),
        json!({"layer": "LayerNorm", "input": input, "args": {"normalized_shape": 3, "eps": null}}),
        json!({"layer": "PReLU", "input": input, "args": {"num_parameters": 2}}),
        json!({"layer": "PReLU", "input": input, "parameters": {"bias": input}}),
        json!({"layer": "PReLU", "input": input, "parameters": {"weight": input}}),
        json!({"layer": "ReLU", "input": input, "buffers": {"running_mean": input}}),
        json!({"layer": "ReLU", "input": {"shape": [2, 3], "data": [1]}}),
        json!({"layer": "ReLU", "input": {"shape": [-1], "data": [1]}}),
        json!({"layer": "ReLU", "input": {"shape": [1e18 as u64], "data": [1]}}),
        json!({"layer": "ReLU", "input": {"shape": [u64::MAX, u64::MAX], "data": []}}),
        json!({"layer": "ReLU", "input": {"shape": [1], "data": ["one"]}}),
        json!({"layer": "ReLU", "input": {"shape": [1], "data": [[1]]}}),
        json!({"layer": "ReLU", "input": {"data": [1]}}),
        json!({"layer": "ReLU", "input": {"shape": vec![1; 65], "data": [1]}}),
        json!({"layer": "ReLU", "input": input, "grad_output": {"shape": [1], "data": [1]}}),
    ];
    let mut lines: Vec<Vec<u8>> = requests.iter().map(|r| r.to_string().into_bytes()).collect();
    lines.push(b"".to_vec());
    lines.push(b"{\"layer\": \"ReLU\"".to_vec());
    lines.push(b"\xff\xfe".to_vec());
    let answers = ask(&lines);
    assert_eq!(answers.len(), lines.len());
    let errors: Vec<&str> =
        answers.iter().map(|answer| answer["error"].as_str().expect("refused")).collect();
    assert_snapshot("eval_errors", &errors.join("\n"));
}

#[test]
fn a_name_like_no_layers_is_answered_with_the_list_of_layers() {
    let answer = ask_one(&json!({"layer": "Transformer", "input": {"shape": [0], "data": []}}));
    let error = answer["error"].as_str().expect("refused");
    for entry in handgrad::catalog::entries() {
        assert!(error.contains(entry.about.name), "{error}");
    }
}

/// A value that belongs nowhere in a request.
fn nonsense(rng: &mut ChaCha8Rng) -> Json {
    match rng.random_range(0..10) {
        0 => Json::Null,
        1 => json!("nan"),
        2 => json!(-1),
        3 => json!(1e308),
        4 => json!([[], [1], {"a": 1}]),
        5 => json!({"shape": [1_000_000_000_000_000_000_u64], "data": []}),
        6 => json!({"shape": [3], "data": ["NaN", true, null]}),
        7 => json!({"shape": ["2"], "data": [1, 2]}),
        8 => json!("ReLU"),
        _ => json!([u64::MAX, i64::MIN, 0.5]),
    }
}

/// A good request with one thing in it spoiled, or its text cut or garbled.
fn malformed(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut request = json!({
        "layer": "LayerNorm",
        "args": {"normalized_shape": 3},
        "dtype": "f64",
        "training": true,
        "input": {"shape": [2, 3], "data": [1, 2, 3, 4, 5, 6]},
        "parameters": {"weight": {"shape": [3], "data": [1, 2, 3]}},
        "grad_output": {"shape": [2, 3], "data": [1, 2, 3, 4, 5, 6]},
    });
    let fields = ["layer", "args", "dtype", "training", "input", "parameters", "grad_output"];
    match rng.random_range(0..6) {
        0 => {
            let required = ["layer", "args", "input"];
            let map = request.as_object_mut().expect("an object");
            map.remove(required[rng.random_range(0..3)]);
        }
        1 => request["args"] = json!({"normalized_shape": nonsense(rng)}),
        2 => {
            request[["input", "grad_output"][rng.random_range(0..2)]]
                [["shape", "data"][rng.random_range(0..2)]] = nonsense(rng);
        }
        3 => request["parameters"]["weight"] = nonsense(rng),
        4 => {
            let text = request.to_string().into_bytes();
            return text[..rng.random_range(0..text.len())].to_vec();
        }
        _ => {
            let field = fields[rng.random_range(0..fields.len())];
            request[field] = nonsense(rng);
        }
    }
    let mut line = request.to_string().into_bytes();
    if rng.random_bool(0.2) {
        // A control character is allowed nowhere in JSON, and this one does not
        // end a line.
        let at = rng.random_range(0..line.len());
        line[at] = 1;
    }
    line
}

#[test]
fn a_hundred_thousand_malformed_lines_end_in_as_many_errors() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let lines: Vec<Vec<u8>> = (0..100_000).map(|_| malformed(&mut rng)).collect();
    let answers = ask(&lines);
    assert_eq!(answers.len(), lines.len());
    for (line, answer) in lines.iter().zip(&answers) {
        assert!(answer["error"].is_string(), "{} got {answer}", String::from_utf8_lossy(line));
    }
}
