//! Text, lines and marks on a painting, in units that are the same on every medium; the colours of all figures.

use anyhow::Result;
use plotters::element::{Circle, PathElement, Polygon};
use plotters::prelude::{DrawingBackend, RGBColor, WHITE};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, ShapeStyle, TextStyle};

use super::draw::{Area, FONT, Medium};
use super::labels;

// Okabe and Ito's colours stay apart for every kind of colour vision; form and fill say the same again.
pub(super) const BLUE: RGBColor = RGBColor(0, 114, 178);
pub(super) const RED: RGBColor = RGBColor(213, 94, 0);
pub(super) const GREEN: RGBColor = RGBColor(0, 158, 115);
pub(super) const PURPLE: RGBColor = RGBColor(204, 121, 167);
pub(super) const ORANGE: RGBColor = RGBColor(230, 159, 0);
pub(super) const GREY: RGBColor = RGBColor(112, 112, 112);
pub(super) const INK: RGBColor = RGBColor(34, 34, 34);
pub(super) const FAINT: RGBColor = RGBColor(95, 95, 95);
pub(super) const MESH: RGBColor = RGBColor(232, 232, 232);

/// Colours of series in their order.
pub(super) const SERIES: [RGBColor; 5] = [BLUE, RED, GREEN, PURPLE, ORANGE];

/// Radius of a mark, in units.
pub(super) const RADIUS: f64 = 5.0;

/// Height of text, in units.
pub(super) const TEXT: f64 = 15.0;

/// The area of one painting with the length of a unit in it.
pub(super) struct Canvas<'a, B: DrawingBackend> {
    pub(super) area: &'a Area<B>,
    pub(super) medium: Medium,
}

impl<B: DrawingBackend> Canvas<'_, B>
where
    B::ErrorType: 'static,
{
    pub(super) fn pixels(&self, units: f64) -> i32 {
        (units * self.medium.scale).round() as i32
    }

    pub(super) fn font(&self, size: f64, style: FontStyle, colour: RGBColor) -> TextStyle<'static> {
        let font = FontDesc::new(FontFamily::Name(FONT), size * self.medium.scale, style);
        TextStyle { color: colour.to_backend_color(), ..TextStyle::from(font) }
    }

    pub(super) fn line(&self, colour: RGBColor, width: f64) -> ShapeStyle {
        colour.stroke_width(self.pixels(width) as u32)
    }

    /// Text whose line begins and has its top at this place, in units.
    pub(super) fn text(
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
    pub(super) fn width(&self, text: &str) -> Result<f64> {
        let (width, _) = self.area.estimate_text_size(text, &self.font(TEXT, FontStyle::Normal, INK))?;
        Ok(f64::from(width) / self.medium.scale)
    }

    /// What a thin line between two pixels covers, in units.
    pub(super) fn covered(&self, from: (i32, i32), to: (i32, i32), width: f64) -> labels::Area {
        let units = |pixels: i32| f64::from(pixels) / self.medium.scale;
        labels::Area {
            left: units(from.0.min(to.0)) - width,
            top: units(from.1.min(to.1)) - width,
            right: units(from.0.max(to.0)) + width,
            bottom: units(from.1.max(to.1)) + width,
        }
    }

    /// A disc, or a diamond for the baseline; filled on the front, else only its outline.
    pub(super) fn symbol(
        &self,
        (x, y): (i32, i32),
        colour: RGBColor,
        filled: bool,
        baseline: bool,
    ) -> Result<()> {
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
