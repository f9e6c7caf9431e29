//! Paints one panel: points with two-dimensional intervals, labels, and the front's line.

use anyhow::Result;
use plotters::chart::ChartBuilder;
use plotters::element::PathElement;
use plotters::prelude::{DrawingBackend, RGBColor, WHITE};
use plotters::style::{Color, FontStyle};

use super::axis::{Axis, Scale, range, tick};
use super::beside::Beside;
use super::canvas::{BLUE, Canvas, FAINT, GREY, INK, MESH, RADIUS, RED, TEXT};
use super::draw::{Area, Medium, Picture};
use super::labels;
use harness_stats::Interval;

const FRONT: RGBColor = BLUE;
const BASELINE: RGBColor = RED;
const BEHIND: RGBColor = GREY;

/// Ticks asked for on each axis.
const TICKS: usize = 8;

/// Half the length of the lines that end a bar, in units.
const CAP: f64 = 4.0;

/// One variant in the figure.
pub struct Mark {
    /// What stands beside it.
    pub label: String,
    /// Its place on the horizontal axis.
    pub energy: Interval,
    /// Its place on the vertical axis.
    pub score: Interval,
    /// Whether it is on the front.
    pub on_front: bool,
    /// Whether it is the baseline.
    pub baseline: bool,
}

/// One figure: the variants of one task and one class.
pub struct Panel {
    /// Top line.
    pub title: String,
    /// Below it.
    pub subtitle: String,
    /// What the horizontal axis shows, with its unit.
    pub x_title: String,
    /// What the vertical axis shows.
    pub y_title: String,
    /// The variants.
    pub marks: Vec<Mark>,
}

impl Mark {
    fn colour(&self) -> RGBColor {
        match (self.baseline, self.on_front) {
            (true, _) => BASELINE,
            (false, true) => FRONT,
            (false, false) => BEHIND,
        }
    }
}

impl Picture for Panel {
    fn paint<B: DrawingBackend>(&self, area: &Area<B>, medium: Medium) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        area.fill(&WHITE)?;
        let canvas = Canvas { area, medium };
        canvas.text(&self.title, 23.0, FontStyle::Bold, INK, (24.0, 18.0))?;
        canvas.text(&self.subtitle, TEXT, FontStyle::Normal, FAINT, (24.0, 50.0))?;
        self.paint_legend(&canvas)?;

        let joules = || self.marks.iter().flat_map(|mark| ends(&mark.energy));
        let scale = Scale::of(joules());
        let x_title = match scale {
            Scale::Linear => self.x_title.clone(),
            Scale::Logarithmic => format!("{}, logarithmic", self.x_title),
        };
        let energies = range(joules().map(|energy| scale.place(energy)));
        let scores = range(self.marks.iter().flat_map(|mark| ends(&mark.score)));
        let mut chart = ChartBuilder::on(area)
            .margin_top(canvas.pixels(104.0))
            .margin_right(canvas.pixels(28.0))
            .margin_left(canvas.pixels(14.0))
            .margin_bottom(canvas.pixels(10.0))
            .x_label_area_size(canvas.pixels(58.0))
            .y_label_area_size(canvas.pixels(78.0))
            .build_cartesian_2d(Axis::new(scale, energies.clone()), scores.clone())?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .bold_line_style(canvas.line(MESH, 1.0))
            .axis_style(canvas.line(FAINT, 1.0))
            .x_labels(TICKS)
            .y_labels(TICKS)
            .x_label_formatter(&|value| scale.label(*value, &energies, TICKS))
            .y_label_formatter(&|value| tick(*value, &scores, TICKS))
            .label_style(canvas.font(TEXT, FontStyle::Normal, INK))
            .axis_desc_style(canvas.font(17.0, FontStyle::Normal, INK))
            .x_desc(&x_title)
            .y_desc(&self.y_title)
            .y_label_offset(canvas.pixels(2.0 * medium.text_rise * TEXT))
            .draw()?;
        let place = |energy: f64, score: f64| chart.backend_coord(&(scale.place(energy), score));
        let corner = |energy: f64, score: f64| chart.backend_coord(&(energy, score));
        let corners = (corner(energies.start, scores.start), corner(energies.end, scores.end));
        let frame = canvas.covered(corners.0, corners.1, 0.0);
        let mut obstacles = self.paint_front(&canvas, &frame, &place)?;
        obstacles.extend(self.paint_bars(&canvas, &place)?);
        obstacles.extend(self.paint_points(&canvas, &place)?);
        self.paint_labels(&canvas, &frame, &obstacles, &place)
    }
}

impl Panel {
    /// The border of what the variants reach, as a staircase: between two points of the front nothing was
    /// measured, so nothing better than the cheaper one is claimed.
    fn paint_front<B: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, B>,
        frame: &labels::Area,
        place: &impl Fn(f64, f64) -> (i32, i32),
    ) -> Result<Vec<labels::Area>>
    where
        B::ErrorType: 'static,
    {
        let marks = self.marks.iter().filter(|mark| mark.on_front);
        let mut corners: Vec<(i32, i32)> =
            marks.map(|mark| place(mark.energy.value, mark.score.value)).collect();
        corners.sort_unstable();
        let (Some(&first), Some(&last)) = (corners.first(), corners.last()) else { return Ok(Vec::new()) };
        let mut path = vec![(first.0, canvas.pixels(frame.bottom)), first];
        for step in corners.windows(2) {
            path.push((step[1].0, step[0].1));
            path.push(step[1]);
        }
        path.push((canvas.pixels(frame.right), last.1));
        let covered = path.windows(2).map(|ends| canvas.covered(ends[0], ends[1], 1.5)).collect();
        let style = FRONT.mix(0.45).stroke_width(canvas.pixels(2.0) as u32);
        canvas.area.draw(&PathElement::new(path, style))?;
        Ok(covered)
    }

    fn paint_bars<B: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, B>,
        place: &impl Fn(f64, f64) -> (i32, i32),
    ) -> Result<Vec<labels::Area>>
    where
        B::ErrorType: 'static,
    {
        let cap = canvas.pixels(CAP);
        let mut covered = Vec::new();
        for mark in &self.marks {
            let ([low_energy, high_energy], [low_score, high_score]) =
                (ends(&mark.energy), ends(&mark.score));
            let (left, right) = (place(low_energy, mark.score.value), place(high_energy, mark.score.value));
            let (bottom, top) = (place(mark.energy.value, low_score), place(mark.energy.value, high_score));
            let style = mark.colour().mix(0.65).stroke_width(canvas.pixels(1.5) as u32);
            for (from, to, side) in [(left, right, (0, cap)), (bottom, top, (cap, 0))] {
                if from == to {
                    continue;
                }
                canvas.area.draw(&PathElement::new(vec![from, to], style))?;
                for end in [from, to] {
                    let cap_line = vec![(end.0 - side.0, end.1 - side.1), (end.0 + side.0, end.1 + side.1)];
                    canvas.area.draw(&PathElement::new(cap_line, style))?;
                }
                covered.push(canvas.covered(from, to, CAP + 1.0));
            }
        }
        Ok(covered)
    }

    fn paint_points<B: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, B>,
        place: &impl Fn(f64, f64) -> (i32, i32),
    ) -> Result<Vec<labels::Area>>
    where
        B::ErrorType: 'static,
    {
        let mut covered = Vec::new();
        for mark in &self.marks {
            let at = place(mark.energy.value, mark.score.value);
            canvas.symbol(at, mark.colour(), mark.on_front, mark.baseline)?;
            covered.push(canvas.covered(at, at, RADIUS + 2.0));
        }
        Ok(covered)
    }

    fn paint_labels<B: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, B>,
        frame: &labels::Area,
        obstacles: &[labels::Area],
        place: &impl Fn(f64, f64) -> (i32, i32),
    ) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        let texts: Vec<Beside> = self
            .marks
            .iter()
            .map(|mark| Beside {
                text: &mark.label,
                point: place(mark.energy.value, mark.score.value),
                colour: if mark.on_front || mark.baseline { mark.colour() } else { FAINT },
                leader: mark.colour(),
            })
            .collect();
        canvas.beside(&texts, frame, obstacles)
    }

    /// Says what each form of mark means, for the forms that occur.
    fn paint_legend<B: DrawingBackend>(&self, canvas: &Canvas<'_, B>) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        let mut x = 30.0;
        let y = 84.0;
        let other = |on_front| self.marks.iter().any(|mark| !mark.baseline && mark.on_front == on_front);
        let baseline_on_front = self.marks.iter().find(|mark| mark.baseline).map(|mark| mark.on_front);
        let entries = [
            (other(true), FRONT, true, false, "on the front"),
            (other(false), BEHIND, false, false, "behind the front"),
            (
                baseline_on_front.is_some(),
                BASELINE,
                baseline_on_front == Some(true),
                true,
                if baseline_on_front == Some(true) {
                    "baseline, on the front"
                } else {
                    "baseline, behind the front"
                },
            ),
        ];
        for (_, colour, filled, baseline, meaning) in entries.into_iter().filter(|entry| entry.0) {
            canvas.symbol((canvas.pixels(x), canvas.pixels(y)), colour, filled, baseline)?;
            canvas.text(meaning, TEXT, FontStyle::Normal, INK, (x + 14.0, y - 6.0))?;
            x += canvas.width(meaning)? + 44.0;
        }
        Ok(())
    }
}

fn ends(interval: &Interval) -> [f64; 2] {
    [interval.lo.unwrap_or(interval.value), interval.hi.unwrap_or(interval.value)]
}
