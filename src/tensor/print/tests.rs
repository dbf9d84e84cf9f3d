//! The printer against PyTorch's own texts.

mod values;

use std::fmt::Debug;
use std::str::FromStr;
use std::{env, fs};

use super::PrintOptions;
use crate::dual::Dual;
use crate::real::{Element, Real};
use crate::tensor::{Shape, Tensor};
use values::{Draw, Float};

/// Made by `tests/fixtures/printing.py`, which says how.
const FIXTURE: &str = include_str!("../../../tests/fixtures/printing.txt");

/// Added to the seed of a tensor for its tangents' values.
const TANGENT: u64 = 1 << 32;

/// One line of the fixture: a tensor, how to print it, and PyTorch's text.
struct Case<'a> {
    dtype: &'a str,
    shape: Shape,
    kind: &'a str,
    seed: u64,
    options: PrintOptions,
    suffix: Option<String>,
    expected: String,
}

impl<'a> Case<'a> {
    fn parse(line: &'a str) -> Self {
        let fields: Vec<&str> = line.split('\t').collect();
        let [dtype, sizes, kind, seed, options, suffix, text] = fields[..] else {
            panic!("a case has seven fields, unlike {line:?}");
        };
        Case {
            dtype,
            shape: list(sizes).map(parsed::<usize>).collect(),
            kind,
            seed: parsed(seed),
            options: print_options(options),
            suffix: (!suffix.is_empty()).then(|| suffix.to_owned()),
            expected: text.replace("\\n", "\n"),
        }
    }

    fn text(&self) -> String {
        match self.dtype {
            "f32" => self.show(&self.floats::<f32>(self.seed)),
            "f64" => self.show(&self.floats::<f64>(self.seed)),
            "dual32" => self.show(&self.duals::<f32>()),
            "dual64" => self.show(&self.duals::<f64>()),
            "usize" => self.show(&self.tensor(self.seed, |t, e| values::index(self.kind, t, e))),
            "bool" => self.show(&self.tensor(self.seed, |_, e| values::boolean(self.kind, e))),
            other => panic!("no dtype is called {other}"),
        }
    }

    fn show<T: Element>(&self, tensor: &Tensor<T>) -> String {
        self.options.show_with(tensor, self.suffix.clone())
    }

    fn floats<F: Real + Float>(&self, seed: u64) -> Tensor<F> {
        self.tensor(seed, |t, e| F::from_f64(values::float::<F>(self.kind, t, e)))
    }

    fn duals<F: Real + Float>(&self) -> Tensor<Dual<F>> {
        let tangent = self.floats(self.seed + TANGENT);
        self.floats(self.seed).with_tangent(&tangent).expect("one shape")
    }

    /// `value` gets the tensor's draw and the element's.
    fn tensor<T: Element>(&self, seed: u64, value: impl Fn(Draw, Draw) -> T) -> Tensor<T> {
        let of_tensor = Draw::new(seed, 0);
        let of_elements = (1..=self.shape.numel() as u64).map(|index| Draw::new(seed, index));
        let data = of_elements.map(|of_element| value(of_tensor, of_element)).collect();
        Tensor::contiguous_from(data, self.shape.clone())
    }
}

fn print_options(settings: &str) -> PrintOptions {
    let mut options = PrintOptions::default();
    for setting in list(settings) {
        match setting.split_once('=') {
            Some(("precision", digits)) => options.precision = parsed(digits),
            Some(("threshold", elements)) => options.threshold = parsed(elements),
            Some(("edge_items", entries)) => options.edge_items = parsed(entries),
            Some(("line_width", columns)) => options.line_width = parsed(columns),
            Some(("sci_mode", always)) => options.sci_mode = Some(parsed(always)),
            _ => panic!("no print option is written {setting:?}"),
        }
    }
    options
}

/// The parts between the commas; an empty text has none.
fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|part| !part.is_empty())
}

fn parsed<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap_or_else(|error| panic!("cannot read {text:?}: {error:?}"))
}

/// Fails at the first tensor that prints otherwise, with both texts.
#[test]
fn prints_what_pytorch_prints() {
    // Another file of the script's, such as a larger one, may be named.
    let named = env::var_os("HANDGRAD_PRINTING")
        .map(|path| fs::read_to_string(path).expect("a readable file of cases"));
    let file = named.as_deref().unwrap_or(FIXTURE);
    let mut cases = 0;
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        let case = Case::parse(line);
        let text = case.text();
        let (head, _) = line.rsplit_once('\t').unwrap_or_default();
        assert!(
            text == case.expected,
            "{head}\nPyTorch prints\n{}\nbut here it is\n{text}",
            case.expected,
        );
        cases += 1;
    }
    assert!(cases >= 3000, "{cases} cases are too few to trust");
}

/// What no reader wants may still be asked for.
#[test]
fn extreme_options_do_not_overflow() {
    let x = Tensor::<f64>::new([-f64::MAX, 0.5]);
    for extreme in [0, usize::from(u16::MAX), usize::MAX] {
        for sci_mode in [false, true] {
            let options = PrintOptions {
                precision: extreme,
                threshold: 0,
                edge_items: extreme,
                line_width: extreme,
                sci_mode: Some(sci_mode),
            };
            assert!(options.show(&x).ends_with("dtype=torch.float64)"));
        }
    }
}
