//! The mutants: every one is killed, and most are diagnosed.

use std::collections::BTreeMap;

use handgrad::catalog;
use handgrad::check::Sureness;
use handgrad::check::mutants::{self, Mutant};

use crate::examples::{assert_snapshot, run};

/// What a report says of a mutant's gradient.
fn headline(mutant: &Mutant, report: &handgrad::check::Report) -> Option<String> {
    assert!(!report.passed(), "{mutant:?} survived:\n{report}");
    let wrong: Vec<&str> = report
        .rows
        .iter()
        .filter(|row| row.diagnosis.is_some())
        .map(|row| row.name.as_str())
        .collect();
    assert_eq!(wrong, [mutant.of], "{mutant:?}: other gradients are blamed\n{report}");
    let diagnosis = report.diagnosis(mutant.of)?;
    (diagnosis.sureness != Sureness::Unknown).then(|| diagnosis.headline())
}

#[test]
fn both_references_kill_every_mutant_and_nine_in_ten_are_diagnosed() {
    let all = mutants::all();
    let mut missed = Vec::new();
    for mutant in &all {
        let by_differences = headline(mutant, &mutant.gradcheck().unwrap());
        let by_duals = headline(mutant, &mutant.dualcheck().unwrap());
        let expected = Some(mutant.headline.to_owned());
        if by_differences != expected || by_duals != expected {
            missed.push(format!("{mutant:?}: {by_differences:?}, {by_duals:?}"));
        }
    }
    assert!(all.len() >= 100, "there are {} mutants", all.len());
    assert!(10 * missed.len() <= all.len(), "{missed:#?}");
}

#[test]
fn every_layer_of_the_catalog_has_two_mutants_or_more() {
    let mut of_layer: BTreeMap<&str, usize> = BTreeMap::new();
    for mutant in mutants::all() {
        *of_layer.entry(mutant.layer).or_default() += 1;
    }
    for entry in catalog::entries() {
        let count = of_layer.get(entry.about.name).copied().unwrap_or(0);
        assert!(count >= 2, "{} has {count} mutants", entry.about.name);
    }
}

#[test]
fn no_two_mutants_are_the_same() {
    let names: Vec<String> = mutants::all().iter().map(|mutant| format!("{mutant:?}")).collect();
    for (i, name) in names.iter().enumerate() {
        assert!(!names[..i].contains(name), "{name}");
    }
}

#[test]
fn the_gallery_prints_its_snapshot() {
    assert_snapshot("mutants", &run("mutants", &[]));
}

#[test]
fn one_layers_mutants_are_shown_with_their_reports() {
    assert_snapshot("mutants_of_rms_norm", &run("mutants", &["RMSNorm"]));
}

#[test]
fn the_readme_states_the_gallerys_figures_and_shows_what_the_checker_prints() {
    let readme = include_str!("../../../README.md");
    let gallery = run("mutants", &[]);
    let counts: Vec<&str> = gallery
        .lines()
        .last()
        .expect("it prints a last line")
        .split(|c: char| !c.is_ascii_digit())
        .filter(|word| !word.is_empty())
        .collect();
    let [all, killed, diagnosed] = counts[..] else { panic!("{counts:?}") };
    assert_eq!(all, killed);
    assert!(readme.contains(&format!("It kills {all} mutants")), "of {all}");
    assert!(readme.contains(&format!("of {diagnosed}.")), "{diagnosed} diagnosed");
    let shown = readme.split("```text\nfurthest off").nth(1).and_then(|s| s.split("```").next());
    let shown = format!("furthest off{}", shown.expect("the README shows a report"));
    assert!(run("custom_op", &[]).contains(&shown), "custom_op prints something else");
}
