//! Base64, written out so that the suite depends on no library that could change its bytes.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Standard Base64 with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = (0..3)
            .fold(0_usize, |word, at| word << 8 | usize::from(chunk.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let index = word >> (18 - 6 * at) & 63;
            let letter = ALPHABET.get(index).copied().unwrap_or(b'=');
            out.push(if at > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn padding_follows_the_length() {
        assert_eq!(super::base64(b"light work."), "bGlnaHQgd29yay4=");
        assert_eq!(super::base64(b"light wor"), "bGlnaHQgd29y");
        assert_eq!(super::base64(b"a"), "YQ==");
    }
}
