//! Paints one panel: points with two-dimensional intervals, labels, and the front's line.

use anyhow::Result;
use plotters::chart::ChartBuilder;
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::prelude::{DrawingBackend, RGBColor, WHITE};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, ShapeStyle, TextStyle};

use super::axis::{range, tick};
use super::draw::{Area, FONT, Medium, Picture};
use super::labels;
use crate::stats::Interval;

// Okabe and Ito's colours stay apart for every kind of colour vision; form and fill say the same again.
const FRONT: RGBColor = RGBColor(0, 114, 178);
const BASELINE: RGBColor = RGBColor(213, 94, 0);
const BEHIND: RGBColor = RGBColor(112, 112, 112);
const INK: RGBColor = RGBColor(34, 34, 34);
const FAINT: RGBColor = RGBColor(95, 95, 95);
const MESH: RGBColor = RGBColor(232, 232, 232);

/// Ticks asked for on each axis.
const TICKS: usize = 8;

/// Radius of a mark, in units.
const RADIUS: f64 = 5.0;

/// Half the length of the lines that end a bar, in units.
const CAP: f64 = 4.0;

/// Height of text, in units.
const TEXT: f64 = 15.0;

/// A label farther from its point than this, in units, gets a line to it.
const LEADER: f64 = 15.0;

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

/// The area of one painting with the length of a unit in it.
struct Canvas<'a, B: DrawingBackend> {
    area: &'a Area<B>,
    medium: Medium,
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

        let energies = range(self.marks.iter().flat_map(|mark| ends(&mark.energy)));
        let scores = range(self.marks.iter().flat_map(|mark| ends(&mark.score)));
        let mut chart = ChartBuilder::on(area)
            .margin_top(canvas.pixels(104.0))
            .margin_right(canvas.pixels(28.0))
            .margin_left(canvas.pixels(14.0))
            .margin_bottom(canvas.pixels(10.0))
            .x_label_area_size(canvas.pixels(58.0))
            .y_label_area_size(canvas.pixels(78.0))
            .build_cartesian_2d(energies.clone(), scores.clone())?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .bold_line_style(canvas.line(MESH, 1.0))
            .axis_style(canvas.line(FAINT, 1.0))
            .x_labels(TICKS)
            .y_labels(TICKS)
            .x_label_formatter(&|value| tick(*value, &energies, TICKS))
            .y_label_formatter(&|value| tick(*value, &scores, TICKS))
            .label_style(canvas.font(TEXT, FontStyle::Normal, INK))
            .axis_desc_style(canvas.font(17.0, FontStyle::Normal, INK))
            .x_desc(&self.x_title)
            .y_desc(&self.y_title)
            .y_label_offset(canvas.pixels(2.0 * medium.text_rise * TEXT))
            .draw()?;
        let place = |energy: f64, score: f64| chart.backend_coord(&(energy, score));
        let corners = (place(energies.start, scores.start), place(energies.end, scores.end));
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
        // In units, so that every medium gets the same places.
        let units = |pixels: (i32, i32)| {
            (f64::from(pixels.0) / canvas.medium.scale, f64::from(pixels.1) / canvas.medium.scale)
        };
        let mut points = Vec::new();
        let mut sizes = Vec::new();
        for mark in &self.marks {
            points.push(units(place(mark.energy.value, mark.score.value)));
            sizes.push((canvas.width(&mark.label)? + 4.0, TEXT));
        }
        let places = labels::place(&points, &sizes, obstacles, frame);
        for ((mark, point), label) in self.marks.iter().zip(&points).zip(places) {
            let near = label.nearest(*point);
            if (near.0 - point.0).hypot(near.1 - point.1) > LEADER {
                let ends = [*point, near].map(|(x, y)| (canvas.pixels(x), canvas.pixels(y)));
                let style = mark.colour().mix(0.5).stroke_width(canvas.pixels(1.0) as u32);
                canvas.area.draw(&PathElement::new(ends, style))?;
            }
            // What lies beneath shines through, but does not disturb the letters.
            let corners = [(label.left, label.top), (label.right, label.bottom)];
            let corners = corners.map(|(x, y)| (canvas.pixels(x), canvas.pixels(y)));
            canvas.area.draw(&Rectangle::new(corners, WHITE.mix(0.75).filled()))?;
            let colour = if mark.on_front || mark.baseline { mark.colour() } else { FAINT };
            canvas.text(&mark.label, TEXT, FontStyle::Normal, colour, (label.left + 2.0, label.top))?;
        }
        Ok(())
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

impl<B: DrawingBackend> Canvas<'_, B>
where
    B::ErrorType: 'static,
{
    fn pixels(&self, units: f64) -> i32 {
        (units * self.medium.scale).round() as i32
    }

    fn font(&self, size: f64, style: FontStyle, colour: RGBColor) -> TextStyle<'static> {
        let font = FontDesc::new(FontFamily::Name(FONT), size * self.medium.scale, style);
        TextStyle { color: colour.to_backend_color(), ..TextStyle::from(font) }
    }

    fn line(&self, colour: RGBColor, width: f64) -> ShapeStyle {
        colour.stroke_width(self.pixels(width) as u32)
    }

    /// Text whose line begins and has its top at this place, in units.
    fn text(
        &self,
        text: &str,
        size: f64,
        style: FontStyle,
        colour: RGBColor,
        (x, y): (f64, f64),
    ) -> Result<()> {
        let sunk = y + self.medium.text_rise * size;
        let style = self.font(size, style, colour);
        Ok(self.area.draw_text(text, &style, (self.pixels(x), self.pixels(sunk)))?)
    }

    /// Width of a text of ordinary size, in units.
    fn width(&self, text: &str) -> Result<f64> {
        let (width, _) = self.area.estimate_text_size(text, &self.font(TEXT, FontStyle::Normal, INK))?;
        Ok(f64::from(width) / self.medium.scale)
    }

    /// What a thin line between two pixels covers, in units.
    fn covered(&self, from: (i32, i32), to: (i32, i32), width: f64) -> labels::Area {
        let units = |pixels: i32| f64::from(pixels) / self.medium.scale;
        labels::Area {
            left: units(from.0.min(to.0)) - width,
            top: units(from.1.min(to.1)) - width,
            right: units(from.0.max(to.0)) + width,
            bottom: units(from.1.max(to.1)) + width,
        }
    }

    /// A disc, or a diamond for the baseline; filled on the front, else only its outline.
    fn symbol(&self, (x, y): (i32, i32), colour: RGBColor, filled: bool, baseline: bool) -> Result<()> {
        let outline = self.line(colour, 2.0);
        if baseline {
            let reach = self.pixels(RADIUS * 1.35);
            let mut corners = vec![(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)];
            let inside = if filled { colour } else { WHITE };
            self.area.draw(&Polygon::new(corners.clone(), inside.filled()))?;
            // Once around, and along the first edge again for a clean corner.
            corners.extend([corners[0], corners[1]]);
            self.area.draw(&PathElement::new(corners, outline))?;
        } else {
            let radius = self.pixels(RADIUS);
            self.area.draw(&Circle::new((x, y), radius, if filled { colour } else { WHITE }.filled()))?;
            self.area.draw(&Circle::new((x, y), radius, outline))?;
        }
        Ok(())
    }
}

fn ends(interval: &Interval) -> [f64; 2] {
    [interval.lo.unwrap_or(interval.value), interval.hi.unwrap_or(interval.value)]
}
