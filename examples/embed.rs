//! The library from Rust: load a manifest, compare it with what is recorded, render the plan.
//!
//! `cargo run --example embed -- MANIFEST [STATE]` prints the plan that `wawpform plan` would.

use std::io::Write;

use anyhow::Context;
use wawpform::manifest::{Source, load};
use wawpform::plan::{Scope, diff, suggest_renames};
use wawpform::render::{Extent, Paint, diagnostics, plan};
use wawpform::state::Document;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let manifest = arguments.next().context("usage: embed MANIFEST [STATE]")?;
    let source = Source::new(manifest.as_str(), std::fs::read(&manifest)?);
    let state = arguments.next().map(std::fs::read).transpose()?;
    let preview = preview(&[source], state.as_deref())?;
    std::io::stdout().write_all(preview.as_bytes())?;
    Ok(())
}

/// What an apply would do, as text. Nothing here can call or write: the library's planning half is made of
/// plain functions over plain values.
fn preview(sources: &[Source], state: Option<&[u8]>) -> anyhow::Result<String> {
    let paint = Paint { colour: false };
    let loaded = match load(sources) {
        Ok(loaded) => loaded,
        Err(wrong) => anyhow::bail!("{}", diagnostics::human(&wrong, sources, paint.colour, 100)),
    };
    let document = state.map(Document::decode).transpose()?;
    let changes = diff(&loaded.desired, document.as_ref(), &Scope::default());
    Ok(plan(&changes, &suggest_renames(&changes), Extent::Full, paint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_without_a_state_is_all_creates() {
        let source =
            Source::new("fleet.yaml", "fleet: demo\ninstances: {acme-sales: {}, acme-support: {}}\n");
        let preview = preview(&[source], None).unwrap();
        assert!(preview.ends_with("Plan: 2 to add, 0 to change, 0 to destroy.\n"), "{preview}");
    }

    #[test]
    fn a_broken_manifest_is_told_with_its_place() {
        let error = preview(&[Source::new("fleet.yaml", "fleet: demo\ninstnaces: {}\n")], None).unwrap_err();
        assert!(error.to_string().contains("fleet.yaml:2:1"), "{error}");
    }
}
