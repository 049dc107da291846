//! Rates as pictures: SVG, plain enough to be read as text.
//!
//! Axes, lines and dots in a frame; names are escaped.

use std::fmt::Write as _;

/// A line of a picture.
#[derive(Debug, Clone)]
pub struct Line {
    /// What it shows.
    pub name: String,
    /// Places from 0 to 1, after scaling.
    pub points: Vec<(f64, f64)>,
}

/// A bar with its interval, 0 to 1.
#[derive(Debug, Clone)]
pub struct Bar {
    /// What it shows.
    pub name: String,
    /// Value, lower and upper end.
    pub value: (f64, f64, f64),
}

const SIZE: f64 = 360.0;
const MARGIN: f64 = 60.0;
const COLOURS: [&str; 6] = ["#1f5fa8", "#c2451e", "#3b7d3a", "#7b4fa0", "#8a6d00", "#555555"];
/// Lowest rate of false alarms shown.
const LEAST: f64 = 1e-4;

/// Share found against the rate of false alarms, whose axis is logarithmic: what counts is its left end.
#[must_use]
pub fn roc(title: &str, lines: &[Line]) -> String {
    let scaled = |x: f64| 1.0 - x.max(LEAST).log10() / LEAST.log10();
    let lines: Vec<Line> = lines
        .iter()
        .map(|line| {
            let points = line.points.iter().map(|(x, y)| (scaled(*x), *y)).collect();
            Line { name: line.name.clone(), points }
        })
        .collect();
    let ticks = [(0.0, "0.01 %"), (0.25, "0.1 %"), (0.5, "1 %"), (0.75, "10 %"), (1.0, "100 %")];
    chart(title, &lines, &ticks, "false alarms", "found")
}

/// The share of positives against what was said, with the diagonal of the honest.
#[must_use]
pub fn reliability(title: &str, bins: &[(f64, f64)]) -> String {
    let honest = Line { name: "honest".to_owned(), points: vec![(0.0, 0.0), (1.0, 1.0)] };
    let found = Line { name: "measured".to_owned(), points: bins.to_vec() };
    let ticks = [(0.0, "0"), (0.25, ""), (0.5, "0.5"), (0.75, ""), (1.0, "1")];
    chart(title, &[found, honest], &ticks, "score", "share of positives")
}

/// A bar per group.
#[must_use]
pub fn bars(title: &str, bars: &[Bar]) -> String {
    const ROW: f64 = 22.0;
    const NAMES: f64 = 240.0;
    let height = MARGIN + bars.len() as f64 * ROW + 30.0;
    let mut svg = open(NAMES + SIZE + 60.0, height, title);
    for (at, bar) in bars.iter().enumerate() {
        let y = MARGIN + at as f64 * ROW;
        let x = |value: f64| NAMES + value.clamp(0.0, 1.0) * SIZE;
        let (value, low, high) = bar.value;
        label(&mut svg, NAMES - 8.0, y + 11.0, "end", &bar.name);
        let _ = writeln!(
            svg,
            "<rect x='{NAMES}' y='{y:.1}' width='{:.1}' height='14' fill='{}'/>\
             <path d='M{:.1} {:.1}H{:.1}' stroke='#222'/>",
            x(value) - NAMES,
            COLOURS[0],
            x(low),
            y + 7.0,
            x(high)
        );
        label(&mut svg, NAMES + SIZE + 8.0, y + 11.0, "start", &format!("{value:.3}"));
    }
    let half = NAMES + SIZE / 2.0;
    let _ = writeln!(svg, "<path d='M{half} {MARGIN}V{:.1}' stroke='#999'/>", height - 30.0);
    svg + "</svg>\n"
}

fn chart(title: &str, lines: &[Line], ticks: &[(f64, &str)], x_name: &str, y_name: &str) -> String {
    let mut svg = open(SIZE + 2.0 * MARGIN + 180.0, SIZE + 2.0 * MARGIN, title);
    let place = |(x, y): (f64, f64)| {
        (MARGIN + x.clamp(0.0, 1.0) * SIZE, MARGIN + (1.0 - y.clamp(0.0, 1.0)) * SIZE)
    };
    for (at, name) in ticks {
        let (x, y) = place((*at, *at));
        let (left, bottom) = place((0.0, 0.0));
        let (right, top) = place((1.0, 1.0));
        let _ = writeln!(
            svg,
            "<path d='M{x:.1} {top:.1}V{bottom:.1}M{left:.1} {y:.1}H{right:.1}' stroke='#ddd'/>"
        );
        label(&mut svg, x, bottom + 16.0, "middle", name);
        label(&mut svg, left - 6.0, y + 4.0, "end", &format!("{at}"));
    }
    label(&mut svg, MARGIN + SIZE / 2.0, SIZE + MARGIN + 36.0, "middle", x_name);
    label(&mut svg, MARGIN, MARGIN - 10.0, "middle", y_name);
    for (at, line) in lines.iter().enumerate() {
        let colour = COLOURS[at % COLOURS.len()];
        let path: Vec<String> = line
            .points
            .iter()
            .map(|point| place(*point))
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let _ = writeln!(
            svg,
            "<polyline points='{}' fill='none' stroke='{colour}' stroke-width='1.6'/>",
            path.join(" ")
        );
        let y = MARGIN + 12.0 + at as f64 * 18.0;
        let _ = writeln!(
            svg,
            "<rect x='{:.1}' y='{:.1}' width='12' height='4' fill='{colour}'/>",
            SIZE + MARGIN + 12.0,
            y - 6.0
        );
        label(&mut svg, SIZE + MARGIN + 30.0, y, "start", &line.name);
    }
    svg + "</svg>\n"
}

fn open(width: f64, height: f64, title: &str) -> String {
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' \
         font-family='sans-serif' font-size='12'>\n<rect width='100%' height='100%' fill='white'/>\n"
    );
    label(&mut svg, 20.0, 24.0, "start", title);
    svg
}

fn label(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = writeln!(
        svg,
        "<text x='{x:.1}' y='{y:.1}' text-anchor='{anchor}'>{}</text>",
        escaped(text)
    );
}

/// Text between tags. What XML cannot hold becomes a replacement character.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_place() {
        let name = "</text><script>alert(1)</script>\u{1b}[2J&".to_owned();
        let svg = bars(&name, &[Bar { name: name.clone(), value: (0.5, 0.4, 0.6) }]);
        assert!(!svg.contains("<script") && !svg.contains('\u{1b}'));
        assert_eq!(svg.matches("&lt;script&gt;").count(), 2);
    }

    #[test]
    fn the_left_end_of_a_roc_is_stretched() {
        let line =
            Line { name: "model".to_owned(), points: vec![(0.0, 0.0), (0.01, 0.5), (1.0, 1.0)] };
        let svg = roc("ROC", &[line]);
        // 1 % of false alarms is the middle of the axis.
        assert!(svg.contains("points='60.0,420.0 240.0,240.0 420.0,60.0'"), "{svg}");
        assert!(reliability("r", &[(0.5, 2.0)]).contains("240.0,60.0"));
    }
}
