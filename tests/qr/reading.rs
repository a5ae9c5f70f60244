//! Reads a QR code as a phone would: from the light and dark of what is shown.

/// The text without escape sequences.
pub(crate) fn without_colours(text: &str) -> String {
    let mut pieces = text.split('\u{1b}');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |plain, piece| {
        plain + piece.split_once('m').expect("a sequence of colour ends with m").1
    })
}

/// What the code says that stands in half blocks; they are its dark modules, or its light ones.
pub(crate) fn of_text(text: &str, dark_blocks: bool) -> String {
    let plain = without_colours(text);
    let mut modules: Vec<Vec<bool>> = Vec::new();
    for line in plain.lines() {
        let halves = line.chars().map(|c| match c {
            ' ' => (false, false),
            '▀' => (true, false),
            '▄' => (false, true),
            '█' => (true, true),
            other => panic!("{other:?} is no half block"),
        });
        let (upper, lower): (Vec<_>, Vec<_>) = halves.unzip();
        modules.extend([upper, lower]);
    }
    let side = modules[0].len();
    // An odd side leaves half a row, which is the terminal's ground.
    modules.truncate(side);
    assert!(modules.len() == side && modules.iter().all(|row| row.len() == side), "it is a square");
    // Larger than one pixel a module, as any camera sees it.
    let is_dark = |x: usize, y: usize| modules[y / 4][x / 4] == dark_blocks;
    read(side * 4, is_dark)
}

/// What the code says that is in a PNG.
pub(crate) fn of_png(bytes: &[u8]) -> String {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.color_type), (info.height, png::ColorType::Grayscale));
    let side = usize::try_from(info.width).unwrap();
    read(side, |x, y| pixels[y * side + x] < 128)
}

fn read(side: usize, is_dark: impl Fn(usize, usize) -> bool) -> String {
    let mut picture =
        rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| if is_dark(x, y) { 0 } else { 255 });
    let grids = picture.detect_grids();
    assert_eq!(grids.len(), 1, "one code is in the picture");
    grids[0].decode().unwrap().1
}
