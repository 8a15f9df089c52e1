//! The colours of the picture: those of the reader's choice between light and dark, where the viewer knows it.

use std::fmt::Write;

/// How many tables have lines in a colour of their own; then the colours come again.
pub(super) const COLOURS: usize = 10;

/// The colours of lines, on a light ground and on a dark one.
const LINES: [(&str, &str); COLOURS] = [
    ("#0969da", "#58a6ff"),
    ("#cf222e", "#ff7b72"),
    ("#1a7f37", "#3fb950"),
    ("#bc4c00", "#f0883e"),
    ("#8250df", "#bc8cff"),
    ("#0e7c86", "#39c5cf"),
    ("#bf3989", "#f778ba"),
    ("#7d6608", "#e3b341"),
    ("#4453a6", "#8f9dff"),
    ("#57606a", "#9198a1"),
];

const LIGHT: &str = "\
.erd { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
.erd text { fill: #1f2328; white-space: pre; }
.erd .ground { fill: #ffffff; }
.erd .frame { fill: none; stroke: #afb8c1; stroke-dasharray: 6 5; }
.erd .box { fill: #ffffff; stroke: #8c959f; }
.erd .head { fill: #dbe9f9; }
.erd .linking .head { fill: #e9ddf8; }
.erd .enum .head { fill: #d8f3e4; }
.erd .rule { stroke: #d0d7de; }
.erd .heading, .erd .title { font-weight: bold; }
.erd .faint { fill: #6e7781; }
.erd .mark { fill: #0550ae; font-weight: bold; }
.erd .of-enum { fill: #116149; }
.erd .line { fill: none; stroke: #57606a; stroke-width: 1.5; }
.erd .edge { fill: none; stroke: #ffffff; stroke-width: 6; }
.erd .zero { fill: #ffffff; }
.erd .new .head, .erd .tint-new { fill: #b4f1c1; }
.erd .changed .head, .erd .tint-changed { fill: #ffe7a3; }
.erd .gone .head, .erd .tint-gone { fill: #ffd0cc; }
.erd .word-new { fill: #116329; font-weight: bold; }
.erd .word-changed { fill: #6f4d00; font-weight: bold; }
.erd .word-gone { fill: #a40e26; font-weight: bold; }
.erd .struck { text-decoration: line-through; }
.erd .line-new { stroke: #1a7f37; stroke-width: 2.5; }
.erd .line-changed { stroke: #bf8700; stroke-width: 2.5; }
.erd .line-gone { stroke: #cf222e; stroke-width: 2.5; stroke-dasharray: 6 4; }
";

const DARK: &str = "\
  .erd text { fill: #e6edf3; }
  .erd .ground { fill: #0d1117; }
  .erd .frame { stroke: #484f58; }
  .erd .box { fill: #161b22; stroke: #6e7681; }
  .erd .head { fill: #1c3350; }
  .erd .linking .head { fill: #36254f; }
  .erd .enum .head { fill: #12382a; }
  .erd .rule { stroke: #30363d; }
  .erd .faint { fill: #8d96a0; }
  .erd .mark { fill: #79c0ff; }
  .erd .of-enum { fill: #7ee2b8; }
  .erd .line { stroke: #9198a1; }
  .erd .edge { stroke: #0d1117; }
  .erd .zero { fill: #0d1117; }
  .erd .new .head, .erd .tint-new { fill: #14532d; }
  .erd .changed .head, .erd .tint-changed { fill: #5a4300; }
  .erd .gone .head, .erd .tint-gone { fill: #6e1d22; }
  .erd .word-new { fill: #7ee787; }
  .erd .word-changed { fill: #f2cc60; }
  .erd .word-gone { fill: #ffa198; }
  .erd .line-new { stroke: #3fb950; }
  .erd .line-changed { stroke: #d29922; }
  .erd .line-gone { stroke: #ff7b72; }
";

/// The whole of it, for a style element.
pub(in crate::output::schema) fn style() -> String {
    let mut style = LIGHT.to_owned();
    for (number, (light, _)) in LINES.iter().enumerate() {
        let _ =
            writeln!(style, ".erd .c{number} {{ stroke: {light}; }} .erd .f{number} {{ fill: {light}; }}");
    }
    style.push_str("@media (prefers-color-scheme: dark) {\n");
    style.push_str(DARK);
    for (number, (_, dark)) in LINES.iter().enumerate() {
        let _ =
            writeln!(style, "  .erd .c{number} {{ stroke: {dark}; }} .erd .f{number} {{ fill: {dark}; }}");
    }
    style.push_str("}\n");
    style
}
