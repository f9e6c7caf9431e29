//! Physical quantities as people read them: `61 µJ`, `101 ms`, `18 min`.

/// Two or three digits and a unit with the prefix that suits.
pub fn si(value: f64, unit: &str) -> String {
    const PREFIXES: [(f64, &str); 6] =
        [(1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n")];
    let size = value.abs();
    // What rounds up to 1000 of a prefix is 1 of the next.
    let fitting = PREFIXES.iter().find(|(factor, _)| size >= factor * 0.9995);
    match fitting {
        Some((factor, prefix)) => format!("{} {prefix}{unit}", digits(value / factor)),
        None if size == 0.0 => format!("0 {unit}"),
        None => format!("{value:.0e} {unit}"),
    }
}

/// A length of time; from two minutes on in minutes, hours or days.
pub fn time(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => si(s, "s"),
        s if s < 2.0 * 3600.0 => format!("{:.0} min", s / 60.0),
        s if s < 48.0 * 3600.0 => format!("{:.0} h", s / 3600.0),
        s => format!("{:.0} days", s / 86400.0),
    }
}

/// Three digits at most, two from 0.1 to 10.
fn digits(value: f64) -> String {
    match value.abs() {
        size if size < 9.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_suits_the_size() {
        for (value, expected) in [
            (0.0, "0 J"),
            (61e-6, "61 µJ"),
            (1e-3, "1.0 mJ"),
            (0.9996e-3, "1.0 mJ"),
            (2.328e-10, "2e-10 J"),
            (2.3e-9, "2.3 nJ"),
            (9.96, "10 J"),
            (262_144.0, "262 kJ"),
            (-0.02, "-20 mJ"),
        ] {
            assert_eq!(si(value, "J"), expected, "{value}");
        }
    }

    #[test]
    fn long_times_are_told_in_minutes_hours_and_days() {
        for (seconds, expected) in
            [(0.101, "101 ms"), (119.0, "119 s"), (1080.0, "18 min"), (9000.0, "2 h"), (1e6, "12 days")]
        {
            assert_eq!(time(seconds), expected);
        }
    }
}
