//! Places labels beside their points so that none covers another.

/// A rectangle in units of the picture; y grows downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl Area {
    /// The rectangle of this size with its upper left corner here.
    pub fn at(left: f64, top: f64, width: f64, height: f64) -> Self {
        Area { left, top, right: left + width, bottom: top + height }
    }

    /// Square units that both cover.
    pub fn overlap(&self, other: &Area) -> f64 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        width.max(0.0) * height.max(0.0)
    }

    /// The place in it that is nearest to a point.
    pub fn nearest(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (x.clamp(self.left, self.right), y.clamp(self.top, self.bottom))
    }

    /// Whether a point lies in it.
    pub fn contains(&self, point: (f64, f64)) -> bool {
        self.nearest(point) == point
    }

    /// Whether the other lies in this one.
    pub fn holds(&self, other: &Area) -> bool {
        other.left >= self.left
            && other.right <= self.right
            && other.top >= self.top
            && other.bottom <= self.bottom
    }
}

/// Distances from the point at which a label may stand, in units of its height.
const RINGS: [f64; 8] = [0.55, 0.9, 1.4, 2.0, 2.8, 3.8, 5.0, 6.5];

/// Directions from the point, preferred first, as shares of the label's width and height.
const DIRECTIONS: [(f64, f64); 12] = [
    (1.0, -1.0),
    (1.0, 1.0),
    (-1.0, -1.0),
    (-1.0, 1.0),
    (1.0, 0.0),
    (-1.0, 0.0),
    (0.0, -1.0),
    (0.0, 1.0),
    (0.5, -1.0),
    (-0.5, -1.0),
    (0.5, 1.0),
    (-0.5, 1.0),
];

/// A label that covers another is never readable; a line or a mark beneath it often is.
const LABEL_COST: f64 = 1000.0;

/// Cost of each square unit of a line or mark that a label covers.
const COVER_COST: f64 = 3.0;

/// Cost of each foreign point that is nearer to a label than its own.
const MISTAKE_COST: f64 = 80.0;

/// Cost of each step of the line from a label to its point that lies under another label.
const CROSS_COST: f64 = 60.0;

/// Steps by which the line from a label to its point is followed.
const STEPS: u32 = 8;

/// Finds a place for each label. `points` are their places, `sizes` the labels' widths and heights,
/// `obstacles` what they should rather not cover (marks, bars, lines), `frame` where they must stay. One
/// after the other takes the cheapest place: covering nothing, close to its point, and no closer to a
/// foreign one. With room anywhere near, no two labels overlap.
pub fn place(points: &[(f64, f64)], sizes: &[(f64, f64)], obstacles: &[Area], frame: &Area) -> Vec<Area> {
    let mut placed: Vec<Option<Area>> = vec![None; points.len()];
    // The most crowded points have the fewest choices, so they choose first.
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|a, b| crowding(points, *b).total_cmp(&crowding(points, *a)));
    for index in order {
        let mut best: Option<(f64, Area)> = None;
        for candidate in candidates(points[index], sizes[index]) {
            let cost = cost(&candidate, index, points, &placed, obstacles, frame);
            if best.is_none_or(|(cheapest, _)| cost < cheapest) {
                best = Some((cost, candidate));
            }
        }
        placed[index] = best.map(|(_, area)| area);
    }
    placed.into_iter().flatten().collect()
}

/// Grows with the number and closeness of other points.
fn crowding(points: &[(f64, f64)], index: usize) -> f64 {
    let (x, y) = points[index];
    points.iter().map(|point| 1.0 / (1.0 + (point.0 - x).hypot(point.1 - y))).sum()
}

fn candidates((x, y): (f64, f64), (width, height): (f64, f64)) -> impl Iterator<Item = Area> {
    RINGS.into_iter().flat_map(move |ring| {
        DIRECTIONS.into_iter().map(move |(right, down)| {
            let reach = ring * height;
            let centre_x = x + right * (width / 2.0 + reach);
            let centre_y = y + down * (height / 2.0 + reach * 0.6);
            Area::at(centre_x - width / 2.0, centre_y - height / 2.0, width, height)
        })
    })
}

/// Places on the line from a point to its label, ends left out.
fn line((x, y): (f64, f64), label: &Area) -> impl Iterator<Item = (f64, f64)> {
    let end = label.nearest((x, y));
    (1..STEPS).map(move |step| {
        let share = f64::from(step) / f64::from(STEPS);
        (x + (end.0 - x) * share, y + (end.1 - y) * share)
    })
}

fn cost(
    candidate: &Area,
    index: usize,
    points: &[(f64, f64)],
    placed: &[Option<Area>],
    obstacles: &[Area],
    frame: &Area,
) -> f64 {
    let crossed = placed.iter().enumerate().filter_map(|(other, label)| Some((points[other], (*label)?)));
    let crossings: usize = crossed
        .map(|(other, label)| {
            let ours = line(points[index], candidate).filter(|step| label.contains(*step));
            ours.count() + line(other, &label).filter(|step| candidate.contains(*step)).count()
        })
        .sum();
    let centre = ((candidate.left + candidate.right) / 2.0, (candidate.top + candidate.bottom) / 2.0);
    let nearest = |point: (f64, f64)| {
        let (x, y) = candidate.nearest(point);
        (point.0 - x).hypot(point.1 - y)
    };
    let own = nearest(points[index]);
    // A label nearer to a foreign point than to its own is read as that one's.
    let mistaken =
        points.iter().enumerate().filter(|(other, point)| *other != index && nearest(**point) < own);
    let covered: f64 = obstacles.iter().map(|obstacle| candidate.overlap(obstacle)).sum();
    let hidden: f64 = placed.iter().flatten().map(|other| candidate.overlap(other)).sum();
    let outside = if frame.holds(candidate) { 0.0 } else { 1e9 };
    let distance = (centre.0 - points[index].0).hypot(centre.1 - points[index].1);
    outside
        + LABEL_COST * hidden
        + COVER_COST * covered
        + MISTAKE_COST * mistaken.count() as f64
        + 0.3 * distance
        + CROSS_COST * crossings as f64
        + 1.5 * own
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Area = Area { left: 0.0, top: 0.0, right: 900.0, bottom: 500.0 };

    fn assert_apart(labels: &[Area]) {
        for (index, label) in labels.iter().enumerate() {
            assert!(FRAME.holds(label), "{label:?}");
            for other in &labels[..index] {
                assert_eq!(label.overlap(other), 0.0, "{label:?} {other:?}");
            }
        }
    }

    #[test]
    fn labels_of_crowded_points_do_not_overlap() {
        let points: Vec<(f64, f64)> =
            (0..12).map(|n| (400.0 + f64::from(n % 4) * 9.0, 250.0 + f64::from(n / 4) * 7.0)).collect();
        let labels = place(&points, &[(70.0, 16.0); 12], &[], &FRAME);
        assert_eq!(labels.len(), 12);
        assert_apart(&labels);
    }

    #[test]
    fn labels_stay_inside_the_frame_at_every_edge() {
        let points = [(2.0, 2.0), (898.0, 2.0), (2.0, 498.0), (898.0, 498.0)];
        assert_apart(&place(&points, &[(120.0, 16.0); 4], &[], &FRAME));
    }

    #[test]
    fn a_lonely_label_stands_close_and_off_its_mark() {
        let mark = Area::at(295.0, 195.0, 10.0, 10.0);
        let label = place(&[(300.0, 200.0)], &[(60.0, 16.0)], &[mark], &FRAME)[0];
        assert_eq!(label.overlap(&mark), 0.0);
        assert!(label.left < 330.0 && label.right > 270.0, "{label:?}");
    }
}
