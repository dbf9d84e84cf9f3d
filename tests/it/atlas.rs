//! The atlas of degenerate inputs, `examples/atlas`: a snapshot for each layer.

#[path = "../../examples/atlas/answer.rs"]
mod answer;
#[path = "../../examples/atlas/inputs.rs"]
mod inputs;

use answer::{answer, is_finite};
use handgrad::catalog;
use inputs::{Case, OFFSET, arguments, cases, generic, usual_shape};

use crate::examples::{assert_snapshot, example, run};

#[test]
fn every_layer_has_a_page_with_all_cases() {
    for entry in catalog::entries() {
        let name = entry.about.name;
        let page = run("atlas", &[name]);
        let usual = arguments(&entry, &usual_shape(&entry));
        for Case { title, args, .. } in cases(&entry) {
            let with = if args == usual { String::new() } else { format!(": {name}({args})") };
            let heading = format!("\n{title}{with}\n");
            assert!(page.contains(&heading), "{name} lacks {heading:?}");
        }
        assert_snapshot(&format!("atlas_{name}"), &page);
    }
}

#[test]
fn the_list_of_layers() {
    assert_snapshot("atlas_list", &run("atlas", &[]));
}

#[test]
fn what_is_no_layer_is_refused_on_stderr() {
    let near = catalog::find("LayrNorm").unwrap_err().to_string();
    assert!(near.ends_with("did you mean LayerNorm?"), "{near}");
    let option = "atlas: --all is no layer; give names, or --all or --help alone";
    for (arguments, expected) in [
        (&["LayrNorm"][..], near.as_str()),
        (&["ReLU", "LayrNorm"], &near),
        (&["ReLU", "--all"], option),
    ] {
        let output = example("atlas").args(arguments).output().expect("the example runs");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr).trim_end(), expected);
    }
}

/// A page tells something only if its inputs are degenerate by their numbers alone: a
/// shape that the layer refused, or for which its gradient vanished, would hide that.
#[test]
fn without_degenerate_numbers_every_layer_has_a_finite_gradient_that_is_not_0() {
    for entry in catalog::entries() {
        let (name, shape) = (entry.about.name, usual_shape(&entry));
        for training in [true, false] {
            let args = arguments(&entry, &shape);
            let named = answer(name, &args, training, &generic(&shape))
                .unwrap_or_else(|error| panic!("{name}, training {training}: {error}"));
            assert!(named.iter().all(|(_, tensor)| is_finite(tensor)), "{name}");
            let gradient = named.iter().find(|(what, _)| what == "input.grad");
            let is_large = |(_, tensor): &answer::Named| tensor.iter().any(|x| x.abs() > 0.1);
            assert!(gradient.is_some_and(is_large), "{name}, training {training}");
        }
    }
}

/// Otherwise what a page shows of a large mean would be the input's own rounding.
#[test]
fn a_large_mean_leaves_the_distances_from_it_exact() {
    for entry in catalog::entries() {
        let input = cases(&entry).into_iter().find(|case| case.title == "a mean of a million");
        let input = input.expect("it is a case of every layer").input;
        let distances = input.map(|x| x - OFFSET);
        assert_eq!(distances.to_vec(), generic(&usual_shape(&entry)).to_vec());
    }
}
