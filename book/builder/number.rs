//! Numbers as a reader wants them: three digits, and a minus sign that is as wide as a plus.

/// A number to three digits, without zeros at its end.
pub(crate) fn short(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let magnitude = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    // What is below a millionth is rounding, for what is drawn here.
    let decimals = (2 - magnitude).clamp(0, 6) as usize;
    let text = format!("{:.decimals$}", value.abs());
    let text = if text.contains('.') { text.trim_end_matches('0') } else { &text };
    let text = text.trim_end_matches('.');
    if value < 0.0 && text != "0" { format!("\u{2212}{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn three_digits_are_kept_and_no_zeros_behind_them() {
        let texts = [0.0, -1e-17, 5.0249, -0.083_31, 1234.5, -6.0, 0.999_99, 150.0].map(short);
        assert_eq!(texts, ["0", "0", "5.02", "−0.0833", "1234", "−6", "1", "150"]);
    }
}
