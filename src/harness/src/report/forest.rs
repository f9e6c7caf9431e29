//! A forest plot: one row a comparison, its point, its interval, and the line of no change.

use anyhow::Result;
use harness_stats::Interval;
use plotters::element::{PathElement, Polygon, Rectangle};
use plotters::prelude::{DrawingBackend, RGBColor, WHITE};
use plotters::style::{Color, FontStyle};

use super::canvas::{BLUE, Canvas, FAINT, GREY, INK, MESH, TEXT};
use super::draw::{Area, Medium, Picture, SIZE};
use super::forest_axis::ForestAxis;

pub use super::forest_axis::Scale;

/// Height of a row, of a panel's head, and of the ticks below it, in units.
const ROW: f64 = 22.0;
const HEAD: f64 = 34.0;
const FOOT: f64 = 46.0;

/// Top of the first line below the title, and height of each.
const SUBTITLE: (f64, f64) = (50.0, 20.0);

/// Left and right edge of everything.
const MARGIN: f64 = 24.0;

/// Widest column of labels, and of numbers.
const LABELS: f64 = 330.0;
const NUMBERS: f64 = 240.0;

/// How far above a row's middle its text begins.
const RAISED: f64 = 6.0;

/// Room between columns.
const GAP: f64 = 14.0;

/// How a row looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// A filled point with its interval.
    Main,
    /// An open point: nothing tells its interval.
    Open,
    /// A smaller grey one that says something beside the row above.
    Beside,
}

/// One comparison.
#[derive(Debug, Clone)]
pub struct Row {
    /// What is compared.
    pub label: String,
    /// The numbers, at the right.
    pub text: String,
    /// None: nothing is drawn.
    pub interval: Option<Interval>,
    /// How it looks.
    pub look: Look,
}

/// Rows on one axis.
#[derive(Debug, Clone)]
pub struct Panel {
    /// Above it.
    pub heading: String,
    /// Its axis.
    pub scale: Scale,
    /// From top to bottom.
    pub rows: Vec<Row>,
}

/// The whole figure.
#[derive(Debug, Clone)]
pub struct Forest {
    /// Top line.
    pub title: String,
    /// Lines below it.
    pub subtitles: Vec<String>,
    /// From top to bottom.
    pub panels: Vec<Panel>,
}

impl Forest {
    fn top(&self) -> f64 {
        SUBTITLE.0 + SUBTITLE.1 * self.subtitles.len() as f64
    }
}

impl Picture for Forest {
    fn size(&self) -> (u32, u32) {
        let height: f64 = self.panels.iter().map(Panel::height).sum();
        (SIZE.0, (self.top() + height + MARGIN) as u32)
    }

    fn paint<B: DrawingBackend>(&self, area: &Area<B>, medium: Medium) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        area.fill(&WHITE)?;
        let canvas = Canvas { area, medium };
        let room = f64::from(SIZE.0) - 2.0 * MARGIN;
        // The title's letters are larger than those that widths are told of.
        let title = shortened(&canvas, &self.title, room * 0.58)?;
        canvas.text(&title, 23.0, FontStyle::Bold, INK, (MARGIN, 18.0))?;
        for (line, subtitle) in self.subtitles.iter().enumerate() {
            let y = SUBTITLE.0 + SUBTITLE.1 * line as f64;
            canvas.text(&shortened(&canvas, subtitle, room)?, TEXT, FontStyle::Normal, FAINT, (MARGIN, y))?;
        }
        let columns = Columns::of(&canvas, self.panels.iter().flat_map(|panel| &panel.rows))?;
        let mut top = self.top();
        for panel in &self.panels {
            panel.paint(&canvas, &columns, top)?;
            top += panel.height();
        }
        Ok(())
    }
}

/// Where the columns of all panels lie, in units.
struct Columns {
    labels: f64,
    plot: (f64, f64),
    numbers: f64,
}

impl Columns {
    fn of<'r, B: DrawingBackend>(canvas: &Canvas<'_, B>, rows: impl Iterator<Item = &'r Row>) -> Result<Self>
    where
        B::ErrorType: 'static,
    {
        let (mut labels, mut numbers): (f64, f64) = (0.0, 0.0);
        for row in rows {
            labels = labels.max(canvas.width(&row.label)? + row.indent());
            numbers = numbers.max(canvas.width(&row.text)?);
        }
        let (labels, numbers) = (labels.min(LABELS), numbers.min(NUMBERS));
        let right = f64::from(SIZE.0) - MARGIN - numbers;
        Ok(Self { labels, plot: (MARGIN + labels + GAP, right - GAP), numbers: right })
    }
}

impl Row {
    fn indent(&self) -> f64 {
        if self.look == Look::Beside { GAP } else { 0.0 }
    }

    fn colour(&self) -> RGBColor {
        if self.look == Look::Beside { GREY } else { BLUE }
    }
}

impl Panel {
    fn height(&self) -> f64 {
        HEAD + ROW * self.rows.len() as f64 + FOOT
    }

    fn paint<B: DrawingBackend>(&self, canvas: &Canvas<'_, B>, columns: &Columns, top: f64) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        let axis = ForestAxis::new(self.scale, self.rows.iter().filter_map(|row| row.interval), columns.plot);
        let (first, last) = (top + HEAD, top + HEAD + ROW * self.rows.len() as f64);
        canvas.text(&self.heading, 16.0, FontStyle::Bold, INK, (MARGIN, top + 10.0))?;
        self.paint_axis(canvas, &axis, (first, last))?;
        for (place, row) in self.rows.iter().enumerate() {
            let y = first + ROW * (place as f64 + 0.5);
            let label = shortened(canvas, &row.label, columns.labels - row.indent())?;
            let ink = if row.look == Look::Beside { FAINT } else { INK };
            canvas.text(&label, TEXT, FontStyle::Normal, ink, (MARGIN + row.indent(), y - RAISED))?;
            let text = shortened(canvas, &row.text, NUMBERS)?;
            canvas.text(&text, TEXT, FontStyle::Normal, ink, (columns.numbers, y - RAISED))?;
            row.paint(canvas, &axis, y)?;
        }
        Ok(())
    }

    /// Band, ticks, and the line of no change.
    fn paint_axis<B: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, B>,
        axis: &ForestAxis,
        (top, bottom): (f64, f64),
    ) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        let at = |x: f64, y: f64| (canvas.pixels(x), canvas.pixels(y));
        if let Some((left, right)) = axis.band() {
            let band = Rectangle::new([at(left, top), at(right, bottom)], MESH.mix(0.7).filled());
            canvas.area.draw(&band)?;
        }
        for (x, label) in axis.ticks() {
            canvas.area.draw(&PathElement::new(vec![at(x, top), at(x, bottom)], canvas.line(MESH, 1.0)))?;
            let half = canvas.width(&label)? / 2.0;
            canvas.text(&label, TEXT, FontStyle::Normal, INK, (x - half, bottom + 4.0))?;
        }
        let (left, right) = axis.ends();
        canvas
            .area
            .draw(&PathElement::new(vec![at(left, bottom), at(right, bottom)], canvas.line(FAINT, 1.0)))?;
        let none = axis.no_change();
        canvas.area.draw(&PathElement::new(vec![at(none, top), at(none, bottom)], canvas.line(INK, 1.0)))?;
        let title = axis.title();
        let half = canvas.width(&title)? / 2.0;
        canvas.text(&title, TEXT, FontStyle::Normal, FAINT, ((left + right) / 2.0 - half, bottom + 21.0))
    }
}

impl Row {
    fn paint<B: DrawingBackend>(&self, canvas: &Canvas<'_, B>, axis: &ForestAxis, y: f64) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        let Some(interval) = self.interval else { return Ok(()) };
        let at = |x: f64, y: f64| (canvas.pixels(x), canvas.pixels(y));
        let colour = self.colour();
        if let (Some(lo), Some(hi)) = (interval.lo, interval.hi) {
            let width = if self.look == Look::Beside { 1.5 } else { 2.5 };
            let (lo, hi) = (axis.place(lo), axis.place(hi));
            canvas
                .area
                .draw(&PathElement::new(vec![at(lo.0, y), at(hi.0, y)], canvas.line(colour, width)))?;
            // An end beyond the axis gets an arrow's head in place of its cap.
            for ((x, beyond), sign) in [(lo, -1.0), (hi, 1.0)] {
                let end = match beyond {
                    true => vec![at(x, y - 4.0), at(x + sign * 6.0, y), at(x, y + 4.0)],
                    false => vec![at(x, y - 4.0), at(x, y + 4.0)],
                };
                match beyond {
                    true => canvas.area.draw(&Polygon::new(end, colour.filled()))?,
                    false => canvas.area.draw(&PathElement::new(end, canvas.line(colour, width)))?,
                }
            }
        }
        let (x, beyond) = axis.place(interval.value);
        match beyond {
            true => Ok(()),
            false => canvas.symbol(at(x, y), colour, self.look != Look::Open, self.look == Look::Beside),
        }
    }
}

/// The text, or as much of its beginning and end as fits.
fn shortened<B: DrawingBackend>(canvas: &Canvas<'_, B>, text: &str, room: f64) -> Result<String>
where
    B::ErrorType: 'static,
{
    let width = canvas.width(text)?;
    if width <= room {
        return Ok(text.to_owned());
    }
    let letters: Vec<char> = text.chars().collect();
    let mut kept = (letters.len() as f64 * room / width) as usize;
    while kept > 2 {
        let (front, back) = (kept.div_ceil(2), kept / 2);
        let start: String = letters.iter().take(front).collect();
        let end: String = letters.iter().skip(letters.len() - back).collect();
        let short = format!("{}…{}", start.trim_end(), end.trim_start());
        if canvas.width(&short)? <= room {
            return Ok(short);
        }
        kept -= 1;
    }
    Ok("…".to_owned())
}
