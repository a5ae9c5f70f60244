//! Phone numbers as WhatsApp writes them: digits with the country code and nothing else.

/// How many digits a phone number has.
pub const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 6..=15;

/// Whether a text is such a number: 6 to 15 digits, of which the first is no zero.
///
/// # Errors
/// The number that was probably meant, when only its spelling is another one (`+20 10 …`, `0020…`).
pub fn phone_number(text: &str) -> Result<(), Option<String>> {
    if is_number(text) {
        return Ok(());
    }
    let digits: String =
        text.chars().filter(|c| !matches!(c, ' ' | '+' | '-' | '.' | '(' | ')' | '/')).collect();
    let international = digits.strip_prefix("00").unwrap_or(&digits);
    Err(is_number(international).then(|| international.to_owned()))
}

fn is_number(text: &str) -> bool {
    PHONE_DIGITS.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_another_spelling_is_recognised_and_anything_else_is_none() {
        assert_eq!(phone_number("201012345678"), Ok(()));
        for other in ["+20 10 1234-5678", "00201012345678", "(20) 10.1234/5678"] {
            assert_eq!(phone_number(other), Err(Some("201012345678".to_owned())), "{other}");
        }
        for none in ["", "12345", "01012345678", "1234567890123456", "20101234567x"] {
            assert_eq!(phone_number(none), Err(None), "{none}");
        }
    }
}
