//! Content-derived names.
//!
//! Every id is the first 16 bytes of a BLAKE3 hash over length-prefixed parts that start with
//! the name of a domain, so that ids of different kinds can never meet and no concatenation of
//! parts can imitate another. No path, inode, time or thread ever enters an id.

use std::fmt;

/// A 128-bit content id; prints as 32 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Id16(pub [u8; 16]);

/// A 256-bit content hash; prints as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Id32(pub [u8; 32]);

impl Id16 {
    /// Derives an id in `domain` from `parts`, in order.
    #[must_use]
    pub fn of(domain: &str, parts: &[&[u8]]) -> Self {
        let mut hasher = Hasher::new(domain);
        for part in parts {
            hasher.part(part);
        }
        hasher.finish()
    }

    /// Reads 32 hex digits, as printed by `Display`.
    #[must_use]
    pub fn parse(hex_digits: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(hex_digits, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// The bytes, as stored in a `binary` column.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Id32 {
    /// Reads 64 hex digits, as printed by `Display`.
    #[must_use]
    pub fn parse(hex_digits: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(hex_digits, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// The bytes, as stored in a `binary` column.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Builds an [`Id16`] part by part, for callers whose parts do not lie in one slice.
pub struct Hasher(blake3::Hasher);

impl Hasher {
    /// Starts an id in `domain`.
    #[must_use]
    pub fn new(domain: &str) -> Self {
        let mut hasher = Self(blake3::Hasher::new());
        hasher.part(domain.as_bytes());
        hasher
    }

    /// Adds one part; its length goes in first.
    pub fn part(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// The id of what has been added.
    #[must_use]
    pub fn finish(&self) -> Id16 {
        let mut id = [0; 16];
        id.copy_from_slice(&self.0.finalize().as_bytes()[..16]);
        Id16(id)
    }
}

macro_rules! hex_text {
    ($id:ty) => {
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }
        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
        impl serde::Serialize for $id {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $id {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a hex id"))
            }
        }
    };
}
hex_text!(Id16);
hex_text!(Id32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        assert_ne!(Id16::of("d", &[b"ab", b"c"]), Id16::of("d", &[b"a", b"bc"]));
        assert_ne!(Id16::of("d", &[b"ab"]), Id16::of("e", &[b"ab"]));
    }

    #[test]
    fn hex_text_reads_back() {
        let id = Id16::of("d", &[b"x"]);
        assert_eq!(Id16::parse(&id.to_string()), Some(id));
        assert_eq!(Id16::parse("zz"), None);
    }
}
