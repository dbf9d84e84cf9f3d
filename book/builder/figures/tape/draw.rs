//! The boxes and arrows of a tape.

use std::fmt::Write;

use super::Shown;
use super::layout::rows;
use super::placed::{Arrow, Placed, Point};
use crate::figures::svg::Picture;

/// Pixels: a letter takes at most so many, a line of a box so many, and so many are left
/// free within its sides.
const LETTER: f64 = 6.7;
const LINE: f64 = 18.0;
const PADDING: f64 = 9.0;

/// The words before a node's numbers, and the numbers' classes.
const LABELS: [(&str, &str); 2] = [("value", "value-text"), ("cotangent", "cotangent-text")];

/// A piece of a box's text.
struct Piece {
    /// From the left side of the box.
    x: f64,
    anchor: &'static str,
    class: &'static str,
    text: String,
}

impl Piece {
    fn new(x: f64, anchor: &'static str, class: &'static str, text: impl Into<String>) -> Self {
        Piece { x, anchor, class, text: text.into() }
    }
}

pub(super) fn draw(nodes: &[Shown], title: &str, description: &str) -> String {
    let inputs: Vec<Vec<usize>> =
        nodes.iter().map(|node| node.inputs.iter().map(|input| input.from).collect()).collect();
    let width = nodes.iter().map(box_width).fold(0.0, f64::max);
    let texts: Vec<Vec<Vec<Piece>>> = nodes.iter().map(|node| box_text(node, width)).collect();
    let heights: Vec<f64> = texts.iter().map(|text| text.len() as f64 * LINE + PADDING).collect();
    let placed = Placed::of(&rows(&inputs), width, &heights).with_arrows(arrows(&inputs));

    let mut picture = Picture::new(placed.width, placed.height, title);
    picture.describe(description);
    for &arrow in placed.arrows() {
        draw_arrow(&mut picture, &placed.path(arrow), nodes[arrow.to].cotangent_to(arrow.input));
    }
    for (id, text) in texts.iter().enumerate() {
        let area = placed.node(id);
        let (left, height) = (area.middle - width / 2.0, heights[id]);
        let (class, corner) = if nodes[id].is_op() { ("op", 4.0) } else { ("source", 14.0) };
        picture.add(format_args!(
            "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{width:.1}\" \
             height=\"{height:.1}\" rx=\"{corner}\"/>",
            area.top
        ));
        for (index, line) in (1..).zip(text) {
            let y = area.top + f64::from(index) * LINE - 1.0;
            for piece in line {
                picture.classed_text(piece.class, (left + piece.x, y), piece.anchor, &piece.text);
            }
        }
    }
    picture.finish()
}

fn arrows(inputs: &[Vec<usize>]) -> Vec<Arrow> {
    let mut arrows = Vec::new();
    for (to, inputs) in inputs.iter().enumerate() {
        for (input, &from) in inputs.iter().enumerate() {
            arrows.push(Arrow { from, to, input });
        }
    }
    arrows
}

/// A line that is upright at every row, its head, and what came back along it.
fn draw_arrow(picture: &mut Picture, points: &[Point], cotangent: Option<&str>) {
    let (mut x, mut y) = points[0];
    let mut line = format!("M{x:.1} {y:.1}");
    for (index, &(next_x, next_y)) in points.iter().enumerate().skip(1) {
        // The head is drawn at the very end.
        let next_y = if index + 1 == points.len() { next_y - 7.0 } else { next_y };
        let middle = f64::midpoint(y, next_y);
        // Writing to a string cannot fail.
        let _ =
            write!(line, " C{x:.1} {middle:.1} {next_x:.1} {middle:.1} {next_x:.1} {next_y:.1}");
        (x, y) = (next_x, next_y);
    }
    picture.add(format_args!("<path class=\"arrow\" d=\"{line}\"/>"));
    picture.add(format_args!("<path class=\"head\" d=\"M{:.1} {y:.1} h9 l-4.5 7 z\"/>", x - 4.5));
    if let Some(cotangent) = cotangent {
        // Beside the head, where the line is upright: further up it would look like a minus.
        picture.classed_text("cotangent-text", (x + 6.0, y), "start", cotangent);
    }
}

/// As wide as the longest of its texts that cannot be parted.
fn box_width(node: &Shown) -> f64 {
    let head = node.name.len() + node.remark().len() + format!("  %{}", node.id).len();
    let numbers = node.numbers.iter().flatten().map(|rows| {
        let label = ("cotangent".len() as f64 - 0.5) * LETTER;
        label + rows.first().map_or(0, Vec::len) as f64 * column_width(rows)
    });
    numbers.fold(head as f64 * LETTER, f64::max) + 2.0 * PADDING
}

fn column_width(rows: &[Vec<String>]) -> f64 {
    let longest = rows.iter().flatten().map(|number| number.chars().count()).max();
    (longest.unwrap_or(0) + 1) as f64 * LETTER
}

/// What a box says, line by line.
fn box_text(node: &Shown, width: f64) -> Vec<Vec<Piece>> {
    let (left, right) = (PADDING, width - PADDING);
    let after_name = left + (node.name.len() as f64 + 0.8) * LETTER;
    let mut text = vec![vec![
        Piece::new(left, "start", "name", &node.name),
        Piece::new(after_name, "start", "quiet", node.remark()),
        Piece::new(right, "end", "quiet", format!("%{}", node.id)),
    ]];
    if let Some(both) = &node.numbers {
        for ((label, class), rows) in LABELS.into_iter().zip(both) {
            for (index, row) in rows.iter().enumerate() {
                let label = if index == 0 { label } else { "" };
                let mut line = vec![Piece::new(left, "start", "quiet", label)];
                for (column, number) in row.iter().rev().enumerate() {
                    let x = right - column as f64 * column_width(rows);
                    line.push(Piece::new(x, "end", class, number));
                }
                text.push(line);
            }
        }
    } else {
        let shape = format!("shape {}", node.shape);
        text.push(vec![Piece::new(left, "start", "quiet", shape)]);
    }
    let room = ((right - left) / LETTER) as usize;
    for line in wrapped("keeps", &node.keeps, room) {
        text.push(vec![Piece::new(left, "start", "kept", line)]);
    }
    text
}

/// A word and a list after it, in lines of at most `room` letters.
fn wrapped(word: &str, list: &[String], room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (index, item) in list.iter().enumerate() {
        let item = if index + 1 < list.len() { format!("{item},") } else { item.clone() };
        match lines.last_mut() {
            None => lines.push(format!("{word} {item}")),
            Some(line) if line.len() + 1 + item.len() <= room => {
                line.push(' ');
                line.push_str(&item);
            }
            Some(_) => lines.push(item),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn a_list_is_wrapped_between_its_items() {
        let list = ["%0", "%1", "mean", "rstd"].map(str::to_owned);
        assert_eq!(wrapped("keeps", &list, 14), ["keeps %0, %1,", "mean, rstd"]);
        assert!(wrapped("keeps", &[], 14).is_empty());
    }
}
