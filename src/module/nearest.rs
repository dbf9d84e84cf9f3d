//! What to offer for a name that does not exist.

/// How alike two names must be, from 0 to 1, for one to be offered for the
/// other. Two thirds lets two slips of the pen pass in a name of six letters.
const ALIKE: f64 = 0.66;

/// The three names nearest to `wanted`, as a question; all of them where none is
/// near.
pub(crate) fn did_you_mean(wanted: &str, names: &[&str]) -> String {
    let wanted = wanted.to_lowercase().replace('_', "");
    let likeness =
        |name: &str| strsim::normalized_damerau_levenshtein(&wanted, &name.to_lowercase());
    let mut alike: Vec<(f64, &str)> = names.iter().map(|name| (likeness(name), *name)).collect();
    alike.retain(|(likeness, _)| *likeness >= ALIKE);
    alike.sort_by(|a, b| b.0.total_cmp(&a.0));
    let nearest: Vec<&str> = alike.iter().take(3).map(|(_, name)| *name).collect();
    if nearest.is_empty() {
        format!("there are {}", names.join(", "))
    } else {
        format!("did you mean {}?", nearest.join(" or "))
    }
}
