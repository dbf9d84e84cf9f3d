//! Gradients that were computed elsewhere, through the `check` example.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value as Json, json};

use crate::examples::{assert_snapshot, example};

/// What an example answers to lines on stdin, and its exit code.
fn ask(name: &str, requests: &[Json]) -> (String, Option<i32>) {
    let mut child = example(name)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the example runs");
    let mut stdin = child.stdin.take().expect("it was piped");
    for request in requests {
        writeln!(stdin, "{request}").expect("it reads its input");
    }
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    (String::from_utf8(output.stdout).expect("text"), output.status.code())
}

/// Group norm of 2 x 4 x 2 numbers.
fn request(dtype: &str) -> Json {
    let x: Vec<f64> = (0..16).map(|i| f64::from(i * i % 7) - 0.3 * f64::from(i)).collect();
    let g: Vec<f64> = (0..16).map(|i| f64::from(i * 5 % 11) - 4.5).collect();
    json!({
        "layer": "GroupNorm",
        "args": {"num_groups": 2, "num_channels": 4},
        "dtype": dtype,
        "input": {"shape": [2, 4, 2], "data": x},
        "parameters": {"weight": {"shape": [4], "data": [0.5, -1.5, 2.0, 1.25]}},
        "grad_output": {"shape": [2, 4, 2], "data": g},
    })
}

/// The request with what `eval` answers to it.
fn answered(dtype: &str) -> Json {
    let mut request = request(dtype);
    let (answer, _) = ask("eval", std::slice::from_ref(&request));
    let answer: Json = serde_json::from_str(&answer).expect("eval answers JSON");
    for field in ["output", "grad_input", "grad_parameters"] {
        request[field] = answer[field].clone();
    }
    request
}

#[test]
fn what_eval_answers_passes() {
    let (text, code) = ask("check", &[answered("f32"), answered("f64")]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(text.matches("\npassed\n").count(), 2, "{text}");
}

#[test]
fn a_wrong_gradient_is_diagnosed_from_one_cotangent() {
    let mut negative = answered("f64");
    for gradient in negative["grad_input"]["data"].as_array_mut().expect("a list") {
        *gradient = json!(-gradient.as_f64().expect("a number"));
    }
    let mut forgets = answered("f32");
    forgets["grad_parameters"]["weight"] = json!({"shape": [4], "data": [0, 0, 0, 0]});
    let mut other = answered("f64");
    other["output"]["data"][3] = json!(7);
    let (text, code) = ask("check", &[negative, forgets, other]);
    assert_eq!(code, Some(1), "{text}");
    assert_snapshot("check_elsewhere", &text);
}

#[test]
fn what_is_too_large_for_dual_numbers_is_held_to_the_layers_own_backward() {
    let n = 72 * 72;
    let x: Vec<f64> = (0..n).map(|i| f64::from(i % 101) - 50.0).collect();
    let request = |factor: f64| {
        let slope = |x: &f64| if *x > 0.0 { factor } else { 0.0 };
        json!({
            "layer": "ReLU",
            "dtype": "f64",
            "input": {"shape": [n], "data": x},
            "grad_output": {"shape": [n], "data": vec![1; n as usize]},
            "grad_input": {"shape": [n], "data": x.iter().map(slope).collect::<Vec<_>>()},
        })
    };
    let (text, code) = ask("check", &[request(1.0), request(2.0)]);
    assert_eq!(code, Some(1));
    assert_snapshot("check_large", &text);
}

#[test]
fn what_cannot_be_served_is_refused_and_the_next_line_is_served() {
    let without = |field: &str| {
        let mut request = answered("f64");
        request.as_object_mut().expect("an object").remove(field);
        request
    };
    let with = |field: &str, value: Json| {
        let mut request = answered("f64");
        request[field] = value;
        request
    };
    let mut nothing = without("grad_input");
    nothing.as_object_mut().expect("an object").remove("grad_parameters");
    let requests = [
        json!("not a request"),
        without("layer"),
        without("input"),
        without("grad_output"),
        nothing,
        with("grad_input", json!({"shape": [1], "data": [1]})),
        with("grad_output", json!({"shape": [1], "data": [1]})),
        with("output", json!({"shape": [1], "data": [1]})),
        with("grad_parameters", json!({"wait": {"shape": [4], "data": [0, 0, 0, 0]}})),
        with("tolerance", json!("small")),
        with("dtype", json!("f16")),
        with("stride", json!(1)),
        answered("f64"),
    ];
    let (text, code) = ask("check", &requests);
    assert_eq!(code, Some(2));
    assert!(text.trim_end().ends_with("passed"), "{text}");
    assert_snapshot("check_refusals", &text);
}
