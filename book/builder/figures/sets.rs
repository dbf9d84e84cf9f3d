//! Who shares statistics in a norm: the crate's own picture, and the words below it.

use std::collections::HashSet;

use handgrad::norm::IndexSets;

use super::Figure;

pub(super) fn figure(sets: &IndexSets) -> Figure {
    let picture = sets.to_svg();
    let caption = format!(
        "An input of shape {}, with a cell for each of its numbers. {} {}",
        sets.shape(),
        in_words(sets),
        key(sets, &picture)
    );
    Figure { picture, caption }
}

/// What the sets are, as the crate prints it between its heading and the grid.
fn in_words(sets: &IndexSets) -> String {
    let printed = sets.to_string();
    let sentences = printed.lines().skip(1).take_while(|line| !line.is_empty());
    sentences.collect::<Vec<_>>().join(" ")
}

/// What letters and colours mean.
fn key(sets: &IndexSets, picture: &str) -> &'static str {
    let Some(labels) = sets.labels() else {
        return "The framed cell is @, and the coloured ones are its set.";
    };
    let labels: HashSet<String> = labels.into_iter().collect();
    if colours(picture) < labels.len() {
        "A letter stands for a set. There are more sets than colours, so the same colour comes \
         again, but not the same letter."
    } else {
        "A letter and its colour stand for a set."
    }
}

/// How many colours the cells have.
fn colours(picture: &str) -> usize {
    let fills = picture.split(" fill=\"#").skip(1).filter_map(|rest| rest.split('"').next());
    fills.collect::<HashSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use handgrad::module::Args;
    use handgrad::norm::index_sets;

    use super::figure;

    fn caption(layer: &str) -> String {
        figure(&index_sets(layer, &Args::new(), [2, 4, 3]).unwrap()).caption
    }

    #[test]
    fn the_caption_says_what_letters_and_colours_mean() {
        assert_eq!(
            caption("BatchNorm1d"),
            "An input of shape [2, 4, 3], with a cell for each of its numbers. 4 sets of 6 cells \
             over (N, L): cells with the same C share mean and variance. A letter and its colour \
             stand for a set."
        );
    }

    #[test]
    fn the_caption_owns_that_colours_come_again() {
        assert!(caption("InstanceNorm1d").contains("8 sets of 3 cells"));
        assert!(caption("InstanceNorm1d").contains("more sets than colours"));
    }

    #[test]
    fn where_sets_overlap_it_is_that_of_one_cell() {
        let caption = caption("SwitchableNorm1d");
        assert!(caption.contains("The set of cell [0, 2, 0] (@)"), "{caption}");
        assert!(caption.ends_with("the coloured ones are its set."), "{caption}");
    }
}
