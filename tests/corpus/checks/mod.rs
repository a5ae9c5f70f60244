//! What must hold for every input, whatever is in it. The fuzz targets in `tests/fuzz` and the test of the
//! corpus run the same functions; each panics when its promise is broken.

pub(crate) mod answers;
pub(crate) mod manifest;
pub(crate) mod settings;
mod shown;
pub(crate) mod state;

/// What stands between the parts of one input, on a line of its own: files, or a document and its journal.
const CUT: &[u8] = b"\n--8<--\n";

/// The parts of an input; at least one.
fn parts(input: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = input;
    while let Some(at) = rest.windows(CUT.len()).position(|window| window == CUT) {
        // The line end before the cut belongs to the part.
        parts.push(&rest[..=at]);
        rest = &rest[at + CUT.len()..];
    }
    parts.push(rest);
    parts
}

/// A number that depends on every byte of the input: the same for the same input, on any machine. It chooses
/// places within the input, so that a fuzzer moves them by changing anything.
fn pick(input: &[u8], most: usize) -> usize {
    let fnv = input.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    usize::try_from(fnv >> 16).unwrap_or(0) % most.max(1)
}
