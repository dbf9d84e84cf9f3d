//! Who shares statistics, by the norms' definitions, against who does by the
//! Jacobians of the layers: each is the proof of the other.

use handgrad::Tensor;
use handgrad::catalog::{self, Configured};
use handgrad::check::{CheckOptions, jacobian};
use handgrad::module::Args;
use handgrad::norm::{IndexSets, index_sets};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use crate::examples::{assert_snapshot, run};

/// Every layer with arguments, and shapes it takes. No set is a single cell: that
/// becomes 0 whatever it was, and follows nothing.
fn cases() -> Vec<(&'static str, Args, Vec<Vec<usize>>)> {
    let none = Args::new;
    let groups = |groups: i64| none().with("num_groups", groups);
    let trailing = |dims: &[usize]| none().with("normalized_shape", dims);
    let (lines, rows) = (vec![vec![2, 4, 3], vec![3, 2, 2]], vec![2, 3]);
    let with_rows = || [lines.clone(), vec![rows.clone(), vec![4, 2]]].concat();
    let images = || vec![vec![2, 4, 2, 2], vec![3, 2, 1, 3], vec![2, 3, 3, 2]];
    let volumes = || vec![vec![2, 3, 2, 1, 2], vec![1, 2, 1, 3, 2]];
    let any = || [with_rows(), images(), volumes()].concat();
    let mut cases = vec![
        ("BatchNorm1d", none(), with_rows()),
        ("BatchNorm2d", none(), images()),
        ("BatchNorm3d", none(), volumes()),
        ("LayerNorm", none(), any()),
        ("LayerNorm", trailing(&[3]), vec![vec![2, 4, 3], vec![2, 3]]),
        ("LayerNorm", trailing(&[2, 2]), vec![vec![2, 4, 2, 2], vec![3, 2, 2], vec![2, 2]]),
        ("InstanceNorm1d", none(), [lines.clone(), vec![vec![4, 3]]].concat()),
        ("InstanceNorm2d", none(), [images(), vec![vec![3, 2, 2]]].concat()),
        ("InstanceNorm3d", none(), [volumes(), vec![vec![2, 3, 1, 2]]].concat()),
        ("GroupNorm", groups(1), any()),
        (
            "GroupNorm",
            groups(2),
            vec![vec![2, 4, 3], vec![2, 4], vec![3, 6, 1, 2], vec![2, 4, 2, 2]],
        ),
        ("GroupNorm", groups(3), vec![vec![2, 6, 2], vec![1, 9], vec![2, 3, 2]]),
        ("GroupNorm", groups(4), vec![vec![2, 4, 3], vec![2, 4, 2, 2]]),
        ("RMSNorm", none(), any()),
        ("RMSNorm", trailing(&[3]), vec![vec![2, 4, 3], vec![2, 3]]),
        ("SwitchableNorm1d", none(), with_rows()),
        ("SwitchableNorm2d", none(), images()),
        ("SwitchableNorm3d", none(), volumes()),
        ("WeightStandardization", none(), any()),
    ];
    for size in 1..=6 {
        // As large an alpha as makes the neighbours count.
        let args = none().with("size", size).with("alpha", 1.0);
        let shapes = [vec![vec![2, 4, 3], vec![3, 2, 2], vec![1, 7, 1]], images(), volumes()];
        cases.push(("LocalResponseNorm", args, shapes.concat()));
    }
    cases
}

/// The layer's derivatives at a random input, its arguments completed as
/// `index_sets` does.
fn derivatives(layer: &str, args: &Args, shape: &[usize], options: &CheckOptions) -> Tensor<f64> {
    let x = Tensor::randn(shape, &mut ChaCha8Rng::seed_from_u64(7));
    let mut all = catalog::find(layer).unwrap().args_for(x.shape());
    if all.get("normalized_shape").is_some() {
        all.set("normalized_shape", (&shape[1..]).into());
    }
    for (name, value) in args.iter() {
        all.set(name, value.clone());
    }
    let layer = Configured::new(layer, all).unwrap();
    jacobian(&layer, &x, options).unwrap()
}

fn sets(layer: &str, args: &Args, shape: &[usize]) -> IndexSets {
    index_sets(layer, args, shape).unwrap()
}

/// The set of every cell.
fn lists(sets: &IndexSets) -> Vec<Vec<usize>> {
    (0..sets.shape().numel()).map(|cell| sets.set(cell).to_vec()).collect()
}

#[test]
fn an_output_follows_an_input_exactly_where_it_is_in_its_set() {
    for (layer, args, shapes) in cases() {
        for shape in shapes {
            let sets = sets(layer, &args, &shape);
            let dy_dx = derivatives(layer, &args, &shape, &CheckOptions::default());
            let cells = sets.shape().numel();
            assert_eq!(**dy_dx.shape(), [cells, cells]);
            for (at, slope) in dy_dx.indexed_iter() {
                let shares = sets.set(at[0]).contains(&at[1]);
                let agrees = if shares { slope.abs() > 1e-9 } else { slope == 0.0 };
                assert!(agrees, "{layer}({args}), {shape:?}: dy/dx at {at} is {slope:e}\n{sets}");
            }
        }
    }
}

#[test]
fn every_norm_of_the_list_is_held_to_its_jacobian() {
    let cases = cases();
    let is_drawn = |name: &str| {
        let shapes: [&[usize]; 3] = [&[2, 4, 3], &[2, 4, 3, 2], &[2, 4, 3, 2, 2]];
        let args = |shape: &[usize]| catalog::find(name).unwrap().args_for(&shape.into());
        shapes.iter().any(|shape| index_sets(name, &args(shape), *shape).is_ok())
    };
    for entry in catalog::entries() {
        let name = entry.about.name;
        assert_eq!(cases.iter().any(|(layer, ..)| *layer == name), is_drawn(name), "{name}");
    }
}

#[test]
fn a_cell_is_in_its_set_and_sets_without_overlap_have_a_label() {
    for (layer, args, shapes) in cases() {
        for shape in shapes {
            let sets = sets(layer, &args, &shape);
            let lists = lists(&sets);
            for (cell, set) in lists.iter().enumerate() {
                assert!(
                    set.contains(&cell) && set.is_sorted(),
                    "{layer} {shape:?} {cell}: {set:?}"
                );
            }
            let overlap = lists.iter().any(|a| a.iter().any(|&b| lists[b] != *a));
            assert_eq!(sets.labels().is_none(), overlap, "{layer}({args}), {shape:?}");
            for (a, label) in sets.labels().iter().flatten().enumerate() {
                let labels = sets.labels().unwrap();
                let same: Vec<usize> = (0..lists.len()).filter(|&b| labels[b] == *label).collect();
                assert_eq!(same, lists[a]);
            }
        }
    }
}

#[test]
fn instance_norm_leaves_images_independent() {
    let dy_dx =
        derivatives("InstanceNorm2d", &Args::new(), &[2, 3, 2, 2], &CheckOptions::default());
    let (first, second) = (0..12, 12..24);
    for (at, slope) in dy_dx.indexed_iter() {
        if first.contains(&at[0]) && second.contains(&at[1]) {
            assert_eq!(slope, 0.0);
        }
    }
    let sets = sets("InstanceNorm2d", &Args::new(), &[2, 3, 2, 2]);
    assert!(first.into_iter().all(|cell| sets.set(cell).iter().all(|other| *other < 12)));
}

#[test]
fn batch_norm_couples_a_channel_over_the_batch_in_training_and_nothing_in_evaluation() {
    let (shape, args) = ([3, 2, 2, 2], Args::new());
    let training = derivatives("BatchNorm2d", &args, &shape, &CheckOptions::default());
    let options = CheckOptions { training: false, ..CheckOptions::default() };
    let evaluation = derivatives("BatchNorm2d", &args, &shape, &options);
    let channel = |cell: usize| cell / 4 % 2;
    for (at, slope) in training.indexed_iter() {
        assert_eq!(slope != 0.0, channel(at[0]) == channel(at[1]), "{at}");
    }
    for (at, slope) in evaluation.indexed_iter() {
        assert_eq!(slope != 0.0, at[0] == at[1], "{at}");
    }
}

#[test]
fn one_group_is_layer_norm_and_a_group_a_channel_is_instance_norm() {
    for shape in [vec![2, 4, 3], vec![3, 2, 2], vec![2, 4, 2, 2]] {
        let groups = |groups: usize| {
            lists(&sets("GroupNorm", &Args::new().with("num_groups", groups as i64), &shape))
        };
        let instance = if shape.len() == 3 { "InstanceNorm1d" } else { "InstanceNorm2d" };
        assert_eq!(groups(1), lists(&sets("LayerNorm", &Args::new(), &shape)));
        assert_eq!(groups(shape[1]), lists(&sets(instance, &Args::new(), &shape)));
    }
}

#[test]
fn switchable_norm_is_the_union_of_the_three() {
    let shape = [2, 4, 2, 2];
    let of = |layer| lists(&sets(layer, &Args::new(), &shape));
    let three = ["InstanceNorm2d", "LayerNorm", "BatchNorm2d"].map(of);
    for (cell, set) in of("SwitchableNorm2d").into_iter().enumerate() {
        let mut union: Vec<usize> = three.iter().flat_map(|lists| lists[cell].clone()).collect();
        union.sort_unstable();
        union.dedup();
        assert_eq!(set, union);
    }
}

#[test]
fn a_set_of_one_cell_follows_nothing() {
    // Each becomes 0, and stays 0.
    let args = Args::new().with("num_groups", 3);
    assert_eq!(sets("GroupNorm", &args, &[2, 3]).set(4), [4]);
    let dy_dx = derivatives("GroupNorm", &args, &[2, 3], &CheckOptions::default());
    assert!(dy_dx.iter().all(|slope| slope == 0.0), "{dy_dx}");
}

#[test]
fn what_is_no_small_input_of_a_norm_is_refused() {
    let refusal = |layer: &str, args: Args, shape: &[usize]| {
        index_sets(layer, &args, shape).unwrap_err().to_string()
    };
    let none = Args::new;
    let refusals = [
        refusal("GrupNorm", none(), &[2, 4, 3]),
        refusal("ReLU6", none(), &[2, 4, 3]),
        refusal("DyT", none(), &[2, 4, 3]),
        refusal("LocalResponseNorm", none(), &[2, 4, 3]),
        refusal("LocalResponseNorm", none().with("size", 0), &[2, 4, 3]),
        refusal("GroupNorm", none(), &[2, 4, 3]),
        refusal("GroupNorm", none().with("num_groups", 3), &[2, 4, 3]),
        refusal("BatchNorm2d", none(), &[2, 4, 3]),
        refusal("InstanceNorm1d", none(), &[2, 4, 1]),
        refusal("LayerNorm", none().with("normalized_shape", 4), &[2, 4, 3]),
        refusal("LayerNorm", none().with("normalised_shape", 4), &[2, 4, 3]),
        refusal("LayerNorm", none().with("normalized_shape", 4), &[4]),
        refusal("LayerNorm", none(), &[4]),
        refusal("RMSNorm", none(), &[1, 2, 1, 2, 1, 2]),
        refusal("LayerNorm", none(), &[]),
        refusal("LayerNorm", none(), &[2, 0, 3]),
        refusal("LayerNorm", none(), &[64, 64, 64]),
        refusal("LayerNorm", none(), &[usize::MAX, 2]),
        sets("LayerNorm", &none(), &[2, 3]).of(&[2, 0]).unwrap_err().to_string(),
        sets("LayerNorm", &none(), &[2, 3]).of(&[0]).unwrap_err().to_string(),
    ];
    assert_snapshot("index_sets_refusals", &refusals.join("\n"));
}

#[test]
fn grids_of_all_norms() {
    let none = Args::new;
    let shape: &[usize] = &[2, 4, 3];
    let wanted = [
        ("BatchNorm1d", none(), shape),
        ("LayerNorm", none(), shape),
        ("LayerNorm", none().with("normalized_shape", 3), shape),
        ("InstanceNorm1d", none(), shape),
        ("GroupNorm", none().with("num_groups", 1), shape),
        ("GroupNorm", none().with("num_groups", 2), shape),
        ("GroupNorm", none().with("num_groups", 4), shape),
        ("RMSNorm", none(), shape),
        ("WeightStandardization", none(), shape),
        ("SwitchableNorm1d", none(), shape),
        ("LocalResponseNorm", none().with("size", 3), shape),
        ("LocalResponseNorm", none().with("size", 2), shape),
        // Two axes of places, none, and no N.
        ("BatchNorm2d", none(), &[2, 2, 2, 3]),
        ("SwitchableNorm1d", none(), &[3, 4]),
        ("InstanceNorm1d", none(), &[4, 3]),
        // A set a cell, all in one set, and more sets than letters.
        ("GroupNorm", none().with("num_groups", 3), &[2, 3]),
        ("LayerNorm", none().with("normalized_shape", [2_usize, 3].as_slice()), &[2, 3]),
        ("InstanceNorm1d", none(), &[2, 14, 2]),
    ];
    let grids = wanted.iter().map(|(layer, args, shape)| sets(layer, args, shape).to_string());
    let mut grids: Vec<String> = grids.collect();
    let group = sets("GroupNorm", &none().with("num_groups", 2), shape);
    grids.push(group.of(&[1, 3, 0]).unwrap().to_string());
    assert_snapshot("index_sets", &grids.join("\n\n"));
}

#[test]
fn pictures_are_in_the_colours_of_the_page() {
    for (layer, args, shapes) in cases() {
        for shape in shapes {
            let sets = sets(layer, &args, &shape);
            let first = vec![0; shape.len()];
            for svg in [sets.to_svg(), sets.of(&first).unwrap().to_svg()] {
                assert_eq!(svg.matches("<rect ").count(), sets.shape().numel());
                assert!(svg.contains(" role=\"img\"") && svg.contains(&format!("<title>{layer}(")));
                assert!(svg.matches("currentColor").count() > sets.shape().numel());
                for fixed in ["white", "black", "#fff", "#000", "NaN"] {
                    assert!(!svg.contains(fixed), "{svg}");
                }
            }
        }
    }
}

#[test]
fn the_example_prints_its_snapshot() {
    assert_snapshot("index_sets_example", &run("index_sets", &[]));
}
