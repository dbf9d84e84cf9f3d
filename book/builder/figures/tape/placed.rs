//! Where the boxes of a tape stand, and how the arrows lead from one to another.

use super::layout::Place;

/// Pixels: between places of a row, between rows, for an arrow that crosses a row, and round
/// the picture.
const GAP: f64 = 14.0;
const ROW_GAP: f64 = 44.0;
const ARROW: f64 = 16.0;
const MARGIN: f64 = 2.0;

/// How far apart arrows meet the same side of a box, at most.
const APART: f64 = 36.0;

pub(super) type Point = (f64, f64);

/// An arrow from a value to one of the inputs of an operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Arrow {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Which of the operation's inputs it leads to.
    pub(super) input: usize,
}

/// A place's middle from the left, and its upper and lower side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub(super) middle: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

/// Where everything is.
pub(super) struct Placed {
    pub(super) width: f64,
    pub(super) height: f64,
    /// From the uppermost row to the lowest.
    places: Vec<(Place, Area)>,
    arrows: Vec<Arrow>,
    box_width: f64,
}

impl Placed {
    /// Puts each row into the middle of the picture. Boxes have one width, and the height
    /// that their text takes.
    pub(super) fn of(rows: &[Vec<Place>], box_width: f64, box_heights: &[f64]) -> Self {
        let width_of = |place: &Place| match place {
            Place::Node(_) => box_width,
            Place::Arrow { .. } => ARROW,
        };
        let gaps = |row: &[Place]| GAP * (row.len() - 1) as f64;
        let row_width = |row: &[Place]| row.iter().map(width_of).sum::<f64>() + gaps(row);
        let width = rows.iter().map(|row| row_width(row)).fold(0.0, f64::max) + 2.0 * MARGIN;
        let mut placed =
            Placed { width, height: 0.0, places: Vec::new(), arrows: Vec::new(), box_width };
        let mut top = MARGIN;
        for row in rows {
            let height_of = |place: &Place| match place {
                Place::Node(node) => box_heights[*node],
                Place::Arrow { .. } => 0.0,
            };
            let row_height = row.iter().map(height_of).fold(0.0, f64::max);
            let mut left = (width - row_width(row)) / 2.0;
            for place in row {
                let is_node = matches!(place, Place::Node(_));
                let bottom = top + if is_node { height_of(place) } else { row_height };
                let middle = left + width_of(place) / 2.0;
                placed.places.push((*place, Area { middle, top, bottom }));
                left += width_of(place) + GAP;
            }
            placed.height = top + row_height + MARGIN;
            top += row_height + ROW_GAP;
        }
        placed
    }

    /// Takes in the arrows; where one meets a box depends on the others.
    pub(super) fn with_arrows(mut self, arrows: Vec<Arrow>) -> Self {
        self.arrows = arrows;
        self
    }

    pub(super) fn arrows(&self) -> &[Arrow] {
        &self.arrows
    }

    pub(super) fn node(&self, node: usize) -> Area {
        let found = self.places.iter().find(|(place, _)| *place == Place::Node(node));
        found.expect("every node is in a row").1
    }

    /// The points an arrow goes through, the first at the lower side of a box and the last at
    /// the upper side of another.
    pub(super) fn path(&self, arrow: Arrow) -> Vec<Point> {
        let stations = self.stations(arrow);
        let (first, last) = (stations[0], stations[stations.len() - 1]);
        // Side by side in the order of where they lead, or come from, so that none cross.
        let start = self.meets(arrow, |other| other.from == arrow.from, |stations| stations[1]);
        let end = self.meets(
            arrow,
            |other| other.to == arrow.to,
            |stations| stations[stations.len() - 2],
        );
        let mut points = vec![(first.middle + start, first.bottom)];
        for area in &stations[1..stations.len() - 1] {
            points.extend([(area.middle, area.top), (area.middle, area.bottom)]);
        }
        points.push((last.middle + end, last.top));
        points
    }

    /// The box an arrow leaves, the places it has in the rows between, the box it enters.
    fn stations(&self, arrow: Arrow) -> Vec<Area> {
        let Arrow { from, to, .. } = arrow;
        let is_its = |place: &Place| match *place {
            Place::Node(node) => node == from || node == to,
            Place::Arrow { from: other_from, to: other_to } => (other_from, other_to) == (from, to),
        };
        self.places.iter().filter(|(place, _)| is_its(place)).map(|(_, area)| *area).collect()
    }

    /// How far from a box's middle an arrow meets it, among all that meet it on that side.
    fn meets(
        &self,
        arrow: Arrow,
        beside: impl Fn(&Arrow) -> bool,
        other_end: impl Fn(&[Area]) -> Area,
    ) -> f64 {
        let key = |arrow: Arrow| {
            let area = other_end(&self.stations(arrow));
            (area.middle, arrow.to, arrow.input)
        };
        let beside: Vec<Arrow> =
            self.arrows.iter().copied().filter(|other| beside(other)).collect();
        let before = beside.iter().filter(|&&other| key(other) < key(arrow)).count();
        let apart = (0.7 * self.box_width / beside.len() as f64).min(APART);
        (before as f64 - (beside.len() as f64 - 1.0) / 2.0) * apart
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::rows;
    use super::{Arrow, Placed};

    #[test]
    fn an_arrow_over_a_row_goes_beside_its_boxes() {
        // 2 = f(0, 1), 3 = g(2, 0)
        let rows = rows(&[vec![], vec![], vec![0, 1], vec![2, 0]]);
        let long = Arrow { from: 0, to: 3, input: 1 };
        let arrows = vec![
            Arrow { from: 0, to: 2, input: 0 },
            Arrow { from: 1, to: 2, input: 1 },
            Arrow { from: 2, to: 3, input: 0 },
            long,
        ];
        let placed = Placed::of(&rows, 100.0, &[30.0; 4]).with_arrows(arrows);
        let path = placed.path(long);
        let (beside, over) = (placed.node(2), path[1]);
        assert_eq!((path.len(), over.1, path[2].1), (4, beside.top, beside.bottom));
        assert!(over.0 < beside.middle - 50.0, "{over:?} is not left of {beside:?}");
        // It leaves and arrives to the left of the arrow that it shares a side with.
        assert!(path[0].0 < placed.path(placed.arrows()[0])[0].0);
        assert!(path[3].0 < placed.path(placed.arrows()[2])[1].0);
    }
}
