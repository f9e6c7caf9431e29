//! Texts beside points, where they cover nothing that must be seen.

use anyhow::Result;
use plotters::element::{PathElement, Rectangle};
use plotters::prelude::{DrawingBackend, RGBColor, WHITE};
use plotters::style::{Color, FontStyle};

use super::canvas::{Canvas, TEXT};
use super::labels;

/// A text farther from its point than this, in units, gets a line to it.
const LEADER: f64 = 15.0;

/// A text with the point that it belongs to.
pub(super) struct Beside<'a> {
    /// What it says.
    pub(super) text: &'a str,
    /// The point's pixel.
    pub(super) point: (i32, i32),
    /// Colour of the text.
    pub(super) colour: RGBColor,
    /// Colour of the line to the point.
    pub(super) leader: RGBColor,
}

impl<B: DrawingBackend> Canvas<'_, B>
where
    B::ErrorType: 'static,
{
    /// Writes every text inside an area and, as far as there is room, away from the obstacles.
    pub(super) fn beside(
        &self,
        texts: &[Beside],
        inside: &labels::Area,
        obstacles: &[labels::Area],
    ) -> Result<()> {
        // In units, so that every medium gets the same places.
        let units = |pixels: (i32, i32)| {
            (f64::from(pixels.0) / self.medium.scale, f64::from(pixels.1) / self.medium.scale)
        };
        let pixels = |(x, y): (f64, f64)| (self.pixels(x), self.pixels(y));
        let points: Vec<(f64, f64)> = texts.iter().map(|text| units(text.point)).collect();
        let sizes: Vec<(f64, f64)> =
            texts.iter().map(|text| Ok((self.width(text.text)? + 4.0, TEXT))).collect::<Result<_>>()?;
        let places = labels::place(&points, &sizes, obstacles, inside);
        for ((text, point), label) in texts.iter().zip(&points).zip(places) {
            let near = label.nearest(*point);
            if (near.0 - point.0).hypot(near.1 - point.1) > LEADER {
                let style = text.leader.mix(0.5).stroke_width(self.pixels(1.0) as u32);
                self.area.draw(&PathElement::new([*point, near].map(pixels), style))?;
            }
            // What lies beneath shines through, but does not disturb the letters.
            let corners = [(label.left, label.top), (label.right, label.bottom)].map(pixels);
            self.area.draw(&Rectangle::new(corners, WHITE.mix(0.75).filled()))?;
            self.text(text.text, TEXT, FontStyle::Normal, text.colour, (label.left + 2.0, label.top))?;
        }
        Ok(())
    }
}
