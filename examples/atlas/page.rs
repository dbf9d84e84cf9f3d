//! The page of a layer.

use std::fmt::Write;

use handgrad::catalog::{self, Entry};
use handgrad::module::Args;
use handgrad::{Result, Tensor};

use crate::answer::{Answer, Named, answer, is_finite};
use crate::inputs::{Case, arguments, cases, usual_shape};

/// A layer's two modes, as a page has them.
const MODES: [(&str, bool); 2] = [("in training", true), ("in evaluation", false)];

/// What a layer answers to a case, in each of its modes.
struct Block {
    case: Case,
    answers: [Answer; 2],
}

/// The page: what holds for all of it, a block for each case, and a summary. Refused
/// are arguments that the catalog guessed and the layer does not take.
pub(crate) fn page(entry: &Entry) -> Result<String> {
    let layer = entry.about.name;
    let args = arguments(entry, &usual_shape(entry));
    let blocks: Vec<Block> = cases(entry).into_iter().map(|case| Block::new(layer, case)).collect();
    let has_modes = blocks.iter().any(Block::modes_differ);

    let mut text = format!("{layer}({args}): {}\n", entry.about.summary);
    push_head(&mut text, &state(layer, &args)?, has_modes);
    for (index, block) in blocks.iter().enumerate() {
        let _ = write!(text, "\n{}", block.case.title);
        if block.case.args != args {
            let _ = write!(text, ": {layer}({})", block.case.args);
        }
        text.push('\n');
        block.push(&mut text, &blocks[..index], has_modes);
    }
    let _ = write!(text, "\n{}", summary(&blocks));
    Ok(text)
}

/// How the page is to be read, and what a new layer holds.
fn push_head(text: &mut String, state: &[Named], has_modes: bool) {
    text.push_str("The output's cotangent is 1, 2, 3, 4, 5, 1, 2, .. in row-major order.\n");
    text.push_str(if !has_modes {
        "Training and evaluation give the same.\n"
    } else if state.is_empty() {
        "Each answer is a new layer's.\n"
    } else {
        "Each answer is a new layer's; a buffer is shown where it has changed.\n"
    });
    if !state.is_empty() {
        text.push_str("\na new layer's state\n");
    }
    for (name, tensor) in state {
        push_tensor(text, name, &tensor.to_string(), width(state));
    }
}

/// The parameters and buffers of a new layer.
fn state(layer: &str, args: &Args) -> Result<Vec<Named>> {
    let state = catalog::build::<f32>(layer, args)?.state_dict();
    Ok(state.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect())
}

impl Block {
    fn new(layer: &str, case: Case) -> Self {
        let of_mode = |(_, training)| answer(layer, &case.args, training, &case.input);
        Block { answers: MODES.map(of_mode), case }
    }

    /// Whether the modes differ in what is printed of them.
    fn modes_differ(&self) -> bool {
        let [training, evaluation] = self.answers.each_ref().map(|answer| match answer {
            Ok(named) => named.iter().map(|(name, t)| format!("{name} {t}")).collect(),
            Err(error) => vec![error.to_string()],
        });
        training != evaluation
    }

    /// The column in which the block's tensors begin.
    fn width(&self) -> usize {
        let widths = self.answers.iter().flatten().map(|named| width(named));
        widths.fold("input".len(), usize::max)
    }

    /// A tensor of the block, in the mode of an index.
    fn tensor(&self, mode: usize, name: &str) -> Option<&Tensor<f32>> {
        if name == "input" {
            return Some(&self.case.input);
        }
        let answer = self.answers[mode].as_ref().ok()?;
        answer.iter().find(|(known, _)| known == name).map(|(_, tensor)| tensor)
    }

    /// The input and what the layer answers to it, after the `earlier` blocks.
    fn push(&self, text: &mut String, earlier: &[Block], has_modes: bool) {
        let input = ("input".to_owned(), self.case.input.clone());
        self.push_tensors(text, earlier, &[0], &[input]);
        if !self.modes_differ() {
            text.push_str(if has_modes { "in both modes\n" } else { "" });
            self.push_answer(text, earlier, &[0, 1]);
            return;
        }
        for (index, (mode, _)) in MODES.iter().enumerate() {
            let _ = writeln!(text, "{mode}");
            self.push_answer(text, earlier, &[index]);
        }
    }

    /// The answer in some modes, in which it is the same.
    fn push_answer(&self, text: &mut String, earlier: &[Block], modes: &[usize]) {
        match &self.answers[modes[0]] {
            Ok(named) => self.push_tensors(text, earlier, modes, named),
            Err(error) => {
                let _ = writeln!(text, "  refused: {error}");
            }
        }
    }

    /// Tensors by name. One of several lines that an earlier case has too, in all of the
    /// modes, is referred to, which keeps the page short and shows what a case does not
    /// change.
    fn push_tensors(&self, text: &mut String, earlier: &[Block], modes: &[usize], named: &[Named]) {
        let width = self.width();
        for (name, tensor) in named {
            let printed = tensor.to_string();
            let is_same = |block: &&Block| {
                let mut others = modes.iter().map(|&mode| block.tensor(mode, name));
                others.all(|other| other.is_some_and(|other| other.to_string() == printed))
            };
            match earlier.iter().find(is_same).filter(|_| printed.contains('\n')) {
                Some(block) => {
                    let _ = writeln!(text, "  {name:<width$}  as at {}", block.case.title);
                }
                None => push_tensor(text, name, &printed, width),
            }
        }
    }
}

/// A tensor beside its name, all of its lines as far to the right.
fn push_tensor(text: &mut String, name: &str, printed: &str, width: usize) {
    for (index, line) in printed.lines().enumerate() {
        let label = if index == 0 { name } else { "" };
        let _ = writeln!(text, "{}", format!("  {label:<width$}  {line}").trim_end());
    }
}

/// The length of the longest name.
fn width(named: &[Named]) -> usize {
    named.iter().map(|(name, _)| name.len()).max().unwrap_or_default()
}

/// Which cases were refused, and which turned finite numbers into others.
fn summary(blocks: &[Block]) -> String {
    let refused = titles(blocks, |_, answer| answer.is_err());
    let not_finite = titles(blocks, |case, answer| {
        let all_finite = |named: &Vec<Named>| named.iter().all(|(_, tensor)| is_finite(tensor));
        is_finite(&case.input) && answer.as_ref().is_ok_and(|named| !all_finite(named))
    });
    format!("Refused: {refused}.\nNot finite although the input is: {not_finite}.\n")
}

/// The titles of the cases whose answer is so, with the mode where it is so in one
/// alone.
fn titles(blocks: &[Block], is_so: impl Fn(&Case, &Answer) -> bool) -> String {
    let title = |block: &Block| {
        let title = block.case.title;
        match block.answers.each_ref().map(|answer| is_so(&block.case, answer)) {
            [true, true] => Some(title.to_owned()),
            [true, false] => Some(format!("{title} ({})", MODES[0].0)),
            [false, true] => Some(format!("{title} ({})", MODES[1].0)),
            [false, false] => None,
        }
    };
    let titles: Vec<String> = blocks.iter().filter_map(title).collect();
    if titles.is_empty() { "none".to_owned() } else { titles.join("; ") }
}
