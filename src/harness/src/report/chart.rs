//! Pages of charts: bars, curves with bands, and labelled dots, in a grid below one title.

use std::ops::Range;

use anyhow::Result;
use plotters::chart::ChartBuilder;
use plotters::element::{PathElement, Polygon, Rectangle};
use plotters::prelude::{DrawingBackend, RGBColor, WHITE};
use plotters::style::{Color, FontStyle};

use super::axis::{range, tick};
use super::beside::Beside;
use super::canvas::{Canvas, FAINT, INK, MESH, RADIUS, TEXT};
use super::draw::{Area, Medium, Picture, SIZE};
use super::labels;
use harness_stats::Interval;

/// Units between two ticks, at least: on the horizontal axis, there with whole numbers, and on the vertical axis.
const TICK_ROOM: [f64; 3] = [85.0, 45.0, 34.0];

/// Left edge of title and legend, in units.
const LEFT: f64 = 24.0;

/// Top of the legend's first line, and height of each, in units.
const LEGEND: (f64, f64) = (84.0, 22.0);

/// How a thing looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Its colour.
    pub colour: RGBColor,
    /// A filled mark, else only its outline.
    pub filled: bool,
    /// A diamond, else a disc.
    pub diamond: bool,
}

/// A measured value.
pub struct Dot {
    /// What stands beside it; empty: nothing.
    pub label: String,
    /// Its place on the horizontal axis.
    pub x: f64,
    /// Its place on the vertical axis.
    pub y: Interval,
    /// How it looks.
    pub look: Look,
}

/// A line through points, perhaps with a band around it.
pub struct Curve {
    /// Its colour.
    pub colour: RGBColor,
    /// (x, y), x rising.
    pub points: Vec<(f64, f64)>,
    /// (x, low, high), x rising; empty: no band.
    pub band: Vec<(f64, f64, f64)>,
}

/// One pair of axes with what is drawn between them.
#[derive(Default)]
pub struct Chart {
    /// Above it; empty: nothing.
    pub heading: String,
    /// What the horizontal axis shows, with its unit; empty: nothing.
    pub x_title: String,
    /// What the vertical axis shows.
    pub y_title: String,
    /// None: as wide as what is drawn.
    pub x_range: Option<Range<f64>>,
    /// None: as high as what is drawn.
    pub y_range: Option<Range<f64>>,
    /// (middle, height) of bars that are one wide, with room between them.
    pub bars: Vec<(f64, f64)>,
    /// Colour of the bars.
    pub bar_colour: RGBColor,
    /// Lines.
    pub curves: Vec<Curve>,
    /// Measured values.
    pub dots: Vec<Dot>,
}

/// One figure: charts in a grid.
pub struct Page {
    /// Top line.
    pub title: String,
    /// Below it.
    pub subtitle: String,
    /// What each look means.
    pub legend: Vec<(Look, String)>,
    /// From left to right, then down.
    pub charts: Vec<Chart>,
    /// Charts beside one another, at least 1.
    pub columns: usize,
}

impl Picture for Page {
    fn paint<B: DrawingBackend>(&self, area: &Area<B>, medium: Medium) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        area.fill(&WHITE)?;
        let canvas = Canvas { area, medium };
        canvas.text(&self.title, 23.0, FontStyle::Bold, INK, (LEFT, 18.0))?;
        canvas.text(&self.subtitle, TEXT, FontStyle::Normal, FAINT, (LEFT, 50.0))?;
        let top = self.paint_legend(&canvas)?;
        let columns = self.columns.max(1);
        let rows = self.charts.len().div_ceil(columns).max(1);
        let width = (f64::from(SIZE.0) - 20.0) / columns as f64;
        let height = (f64::from(SIZE.1) - top - 6.0) / rows as f64;
        for (place, chart) in self.charts.iter().enumerate() {
            let (column, row) = (place % columns, place / columns);
            let frame =
                labels::Area::at(8.0 + width * column as f64, top + height * row as f64, width, height);
            chart.paint(&canvas, &frame)?;
        }
        Ok(())
    }
}

impl Page {
    /// Paints the legend over as many lines as it needs; where the charts begin.
    fn paint_legend<B: DrawingBackend>(&self, canvas: &Canvas<'_, B>) -> Result<f64>
    where
        B::ErrorType: 'static,
    {
        let (mut x, mut y) = (LEFT + 6.0, LEGEND.0);
        if self.legend.is_empty() {
            return Ok(y - 6.0);
        }
        for (look, meaning) in &self.legend {
            let width = canvas.width(meaning)? + 44.0;
            if x > LEFT + 6.0 && x + width > f64::from(SIZE.0) {
                (x, y) = (LEFT + 6.0, y + LEGEND.1);
            }
            canvas.symbol((canvas.pixels(x), canvas.pixels(y)), look.colour, look.filled, look.diamond)?;
            canvas.text(meaning, TEXT, FontStyle::Normal, INK, (x + 14.0, y - 6.0))?;
            x += width;
        }
        Ok(y + 18.0)
    }
}

impl Chart {
    fn paint<B: DrawingBackend>(&self, canvas: &Canvas<'_, B>, frame: &labels::Area) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        let pixels = |units: f64| canvas.pixels(units);
        let head = if self.heading.is_empty() { 6.0 } else { 26.0 };
        let below = if self.x_title.is_empty() { 28.0 } else { 52.0 };
        let beside = if self.y_title.is_empty() { 52.0 } else { 78.0 };
        let (width, height) = (frame.right - frame.left, frame.bottom - frame.top);
        let (across, up) = (self.width(), self.height());
        let room = if self.bars.is_empty() { TICK_ROOM[0] } else { TICK_ROOM[1] };
        let ticks_across = ticks(width - beside, room);
        let ticks_up = ticks(height - head - below, TICK_ROOM[2]);
        let corner = (pixels(frame.left), pixels(frame.top));
        let size = (pixels(width) as u32, pixels(height) as u32);
        let part = canvas.area.clone().shrink(corner, size);
        let mut chart = ChartBuilder::on(&part)
            .margin_top(pixels(head))
            .margin_right(pixels(16.0))
            .margin_bottom(pixels(4.0))
            .x_label_area_size(pixels(below))
            .y_label_area_size(pixels(beside))
            .build_cartesian_2d(across.clone(), up.clone())?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .bold_line_style(canvas.line(MESH, 1.0))
            .axis_style(canvas.line(FAINT, 1.0))
            .x_labels(ticks_across)
            .y_labels(ticks_up)
            .x_label_formatter(&|value| tick(*value, &across, ticks_across))
            .y_label_formatter(&|value| tick(*value, &up, ticks_up))
            .label_style(canvas.font(TEXT, FontStyle::Normal, INK))
            .axis_desc_style(canvas.font(16.0, FontStyle::Normal, INK))
            .x_desc(&self.x_title)
            .y_desc(&self.y_title)
            .y_label_offset(pixels(2.0 * canvas.medium.text_rise * TEXT))
            .draw()?;
        canvas.text(&self.heading, TEXT, FontStyle::Bold, INK, (frame.left + beside, frame.top + 6.0))?;
        let place = |x: f64, y: f64| chart.backend_coord(&(x, y));
        let corners = (place(across.start, up.start), place(across.end, up.end));
        let inside = canvas.covered(corners.0, corners.1, 0.0);
        self.paint_bars(canvas, &place)?;
        let mut obstacles = self.paint_curves(canvas, &place)?;
        obstacles.extend(self.paint_dots(canvas, &place)?);
        self.paint_labels(canvas, &inside, &obstacles, &place)
    }

    fn width(&self) -> Range<f64> {
        let curves = self.curves.iter().flat_map(|curve| curve.points.iter().map(|point| point.0));
        let all = curves.chain(self.dots.iter().map(|dot| dot.x)).chain(self.bars.iter().map(|bar| bar.0));
        self.x_range.clone().unwrap_or_else(|| range(all))
    }

    fn height(&self) -> Range<f64> {
        let curves = self.curves.iter().flat_map(|curve| {
            let band = curve.band.iter().flat_map(|(_, low, high)| [*low, *high]);
            curve.points.iter().map(|point| point.1).chain(band)
        });
        let dots = self.dots.iter().flat_map(|dot| ends(&dot.y));
        let all = curves.chain(dots).chain(self.bars.iter().map(|bar| bar.1));
        self.y_range.clone().unwrap_or_else(|| range(all))
    }

    fn paint_bars<B: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, B>,
        place: &impl Fn(f64, f64) -> (i32, i32),
    ) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        for (middle, height) in &self.bars {
            let corners = [place(middle - 0.4, *height), place(middle + 0.4, 0.0)];
            canvas.area.draw(&Rectangle::new(corners, self.bar_colour.filled()))?;
        }
        Ok(())
    }

    fn paint_curves<B: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, B>,
        place: &impl Fn(f64, f64) -> (i32, i32),
    ) -> Result<Vec<labels::Area>>
    where
        B::ErrorType: 'static,
    {
        let mut covered = Vec::new();
        for curve in &self.curves {
            let upper = curve.band.iter().map(|(x, _, high)| place(*x, *high));
            let lower = curve.band.iter().rev().map(|(x, low, _)| place(*x, *low));
            let outline: Vec<(i32, i32)> = upper.chain(lower).collect();
            if outline.len() > 3 {
                canvas.area.draw(&Polygon::new(outline, curve.colour.mix(0.15).filled()))?;
            }
            let path: Vec<(i32, i32)> = curve.points.iter().map(|(x, y)| place(*x, *y)).collect();
            covered.extend(path.windows(2).map(|ends| canvas.covered(ends[0], ends[1], 1.5)));
            let style = curve.colour.mix(0.8).stroke_width(canvas.pixels(2.0) as u32);
            canvas.area.draw(&PathElement::new(path, style))?;
        }
        Ok(covered)
    }

    fn paint_dots<B: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, B>,
        place: &impl Fn(f64, f64) -> (i32, i32),
    ) -> Result<Vec<labels::Area>>
    where
        B::ErrorType: 'static,
    {
        let mut covered = Vec::new();
        for dot in &self.dots {
            let [low, high] = ends(&dot.y);
            let (bottom, top) = (place(dot.x, low), place(dot.x, high));
            if bottom != top {
                let style = dot.look.colour.mix(0.65).stroke_width(canvas.pixels(1.5) as u32);
                canvas.area.draw(&PathElement::new(vec![bottom, top], style))?;
                covered.push(canvas.covered(bottom, top, 2.0));
            }
        }
        for dot in &self.dots {
            let at = place(dot.x, dot.y.value);
            canvas.symbol(at, dot.look.colour, dot.look.filled, dot.look.diamond)?;
            covered.push(canvas.covered(at, at, RADIUS + 2.0));
        }
        Ok(covered)
    }

    fn paint_labels<B: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, B>,
        inside: &labels::Area,
        obstacles: &[labels::Area],
        place: &impl Fn(f64, f64) -> (i32, i32),
    ) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        let labelled = self.dots.iter().filter(|dot| !dot.label.is_empty());
        let texts: Vec<Beside> = labelled
            .map(|dot| Beside {
                text: &dot.label,
                point: place(dot.x, dot.y.value),
                colour: dot.look.colour,
                leader: dot.look.colour,
            })
            .collect();
        canvas.beside(&texts, inside, obstacles)
    }
}

/// As many ticks as there is room for, at least two.
fn ticks(length: f64, room: f64) -> usize {
    ((length / room) as usize).max(2)
}

fn ends(interval: &Interval) -> [f64; 2] {
    [interval.lo.unwrap_or(interval.value), interval.hi.unwrap_or(interval.value)]
}
