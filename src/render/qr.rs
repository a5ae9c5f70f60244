//! A QR code as text for a terminal, or as a picture.
//!
//! Invariant: the light border that a reader needs is always part of it, and the text has no wider or taller line than
//! its size says.

use anstyle::{Ansi256Color, Style};
use qrcode::render::unicode::Dense1x2;
use qrcode::{Color, EcLevel, QrCode};

use crate::instance::Secret;

/// The light border on each side, in modules: what the standard asks for.
const BORDER: usize = 4;
/// The pixels of one module in a picture: large enough for a screen, and no more than a few kilobytes.
const PIXELS: usize = 8;
/// Black and white of the 256 colours, which no theme changes as it changes the first sixteen.
const BLACK_ON_WHITE: Style = Style::new()
    .fg_color(Some(anstyle::Color::Ansi256(Ansi256Color(16))))
    .bg_color(Some(anstyle::Color::Ansi256(Ansi256Color(231))));

/// How a code stands on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// In colours of its own, right on any terminal.
    Painted,
    /// Without colours, for light letters on a dark ground.
    LightOnDark,
    /// Without colours, for dark letters on a light ground.
    DarkOnLight,
}

/// A QR code, ready to be drawn.
pub struct Drawing(QrCode);

impl Drawing {
    /// A code that says this; `None` when it is too long for one.
    #[must_use]
    pub fn of(value: &Secret) -> Option<Self> {
        // The least correction: a screen is neither torn nor dirty, and a smaller code fits more terminals.
        QrCode::with_error_correction_level(value.expose(), EcLevel::L).ok().map(Self)
    }

    fn side(&self) -> usize {
        self.0.width().saturating_add(2 * BORDER)
    }

    /// How many columns and rows the text takes. A row holds two modules, one above the other.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.side(), self.side().div_ceil(2))
    }

    /// The text, each line ended.
    #[must_use]
    pub fn text(&self, ink: Ink) -> String {
        let (dark, light) = match ink {
            Ink::Painted | Ink::DarkOnLight => (Dense1x2::Dark, Dense1x2::Light),
            Ink::LightOnDark => (Dense1x2::Light, Dense1x2::Dark),
        };
        let text = self.0.render::<Dense1x2>().dark_color(dark).light_color(light).build();
        let style = if ink == Ink::Painted { BLACK_ON_WHITE } else { Style::new() };
        text.lines().map(|line| format!("{style}{line}{style:#}\n")).collect()
    }

    /// A PNG of it, black on white.
    ///
    /// # Errors
    /// When the PNG library refuses.
    pub fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let (modules, width) = (self.0.to_colors(), self.0.width());
        let side = self.side() * PIXELS;
        let is_light = |x: usize, y: usize| {
            let at = |pixel: usize| (pixel / PIXELS).checked_sub(BORDER).filter(|at| *at < width);
            let module = at(x).zip(at(y)).and_then(|(x, y)| modules.get(y * width + x));
            module != Some(&Color::Dark)
        };
        // One bit a pixel, each row in whole bytes; a set bit is white.
        let mut rows = Vec::with_capacity(side * side / 8);
        for y in 0..side {
            for first in (0..side).step_by(8) {
                let bits = (first..first + 8).map(|x| u8::from(x < side && is_light(x, y)));
                rows.push(bits.fold(0, |byte, bit| byte << 1 | bit));
            }
        }
        let mut out = Vec::new();
        let side = u32::try_from(side).unwrap_or_default();
        let mut encoder = png::Encoder::new(&mut out, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&rows)?;
        writer.finish()?;
        Ok(out)
    }
}
