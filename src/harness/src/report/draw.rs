//! Draws one picture twice, as SVG and as PNG, with an embedded font.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow};
use image::{ImageOutputFormat, RgbImage};
use plotters::coord::Shift;
use plotters::prelude::{BitMapBackend, DrawingArea, DrawingBackend, IntoDrawingArea, SVGBackend};
use plotters::style::{FontStyle, register_font};

use crate::table::write_atomically;

/// Usual width and height of a picture, in its own units: pixels of the SVG.
pub const SIZE: (u32, u32) = (900, 600);

/// Pixels of the PNG per unit, so that text stays crisp on dense screens.
const PNG_SCALE: u32 = 2;

/// The family under which the embedded font is registered; viewers of SVG take their own sans-serif.
pub const FONT: &str = "sans-serif";

/// How much higher the bitmap backend draws text than its anchor says, in shares of the font's height: it
/// takes the middle of the line for the baseline.
const PNG_TEXT_RISE: f64 = 0.11;

/// Where a picture is painted.
pub type Area<B> = DrawingArea<B, Shift>;

/// How a backend's pixels relate to a picture's units.
#[derive(Debug, Clone, Copy)]
pub struct Medium {
    /// Pixels of one unit.
    pub scale: f64,
    /// How much too high text comes out, in shares of the font's height.
    pub text_rise: f64,
}

/// A picture that can be painted on any backend.
pub trait Picture {
    /// Width and height, in its own units.
    fn size(&self) -> (u32, u32) {
        SIZE
    }

    /// Paints the whole picture; lengths are units times the medium's scale.
    ///
    /// # Errors
    /// What the backend reports.
    fn paint<B: DrawingBackend>(&self, area: &Area<B>, medium: Medium) -> Result<()>
    where
        B::ErrorType: 'static;
}

/// Writes `<stem>.svg` and `<stem>.png` into `folder`, atomically.
///
/// # Errors
/// If a file can't be written or the picture can't be painted.
pub fn save(folder: &Path, stem: &str, picture: &impl Picture) -> Result<Vec<PathBuf>> {
    let pages = [("svg", svg(picture)?.into_bytes()), ("png", png(picture)?)];
    let mut paths = Vec::new();
    for (ending, bytes) in pages {
        let path = folder.join(format!("{stem}.{ending}"));
        write_atomically(&path, |file| file.write_all(&bytes))
            .with_context(|| format!("cannot write `{stem}.{ending}`"))?;
        paths.push(path);
    }
    Ok(paths)
}

/// The picture as SVG.
///
/// # Errors
/// It can't be painted.
pub fn svg(picture: &impl Picture) -> Result<String> {
    register()?;
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, picture.size()).into_drawing_area();
        picture.paint(&area, Medium { scale: 1.0, text_rise: 0.0 })?;
        area.present()?;
    }
    Ok(text)
}

/// The picture as PNG.
///
/// # Errors
/// It can't be painted.
pub fn png(picture: &impl Picture) -> Result<Vec<u8>> {
    register()?;
    let size = picture.size();
    let (width, height) = (size.0 * PNG_SCALE, size.1 * PNG_SCALE);
    let mut pixels = RgbImage::new(width, height);
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        picture.paint(&area, Medium { scale: f64::from(PNG_SCALE), text_rise: PNG_TEXT_RISE })?;
        area.present()?;
    }
    let mut file = Cursor::new(Vec::new());
    pixels.write_to(&mut file, ImageOutputFormat::Png)?;
    Ok(file.into_inner())
}

/// Without a registered font no text appears at all.
fn register() -> Result<()> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let registered = REGISTERED.get_or_init(|| {
        register_font(FONT, FontStyle::Normal, dejavu::sans::regular()).is_ok()
            && register_font(FONT, FontStyle::Bold, dejavu::sans::bold()).is_ok()
    });
    registered.then_some(()).ok_or_else(|| anyhow!("the embedded font is damaged\nhelp: build again"))
}
