//! Seeded random numbers (splitmix64), the only source of variation in the corpus.
//!
//! The sequence is written out here and depends on no library, so the committed corpus stays the
//! same bytes for ever. `fork` gives every session its own sequence: editing one session never
//! moves the ids or the clock of another.

/// A splitmix64 generator.
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// An independent sequence named by `label` (FNV-1a of the label, mixed into the state).
    pub(crate) fn fork(&self, label: &str) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in label.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let mut forked = Self(self.0 ^ hash);
        forked.next();
        forked
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `low..=high`; `low` when the range is empty.
    pub(crate) fn range(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low)).unwrap_or(0).saturating_add(1);
        low + i64::try_from(self.next() % width).unwrap_or(0)
    }

    /// An index below `count` (0 when `count` is 0).
    pub(crate) fn below(&mut self, count: usize) -> usize {
        let count = u64::try_from(count).unwrap_or(1).max(1);
        usize::try_from(self.next() % count).unwrap_or(0)
    }

    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    /// One of `items`, or the type's empty value when there are none.
    pub(crate) fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        items.get(self.below(items.len())).copied().unwrap_or_default()
    }

    /// `digits` lower-case hexadecimal digits.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        self.letters(digits, b"0123456789abcdef")
    }

    /// `length` letters and digits, as provider ids have them.
    pub(crate) fn base62(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        self.letters(length, LETTERS)
    }

    fn letters(&mut self, length: usize, alphabet: &[u8]) -> String {
        (0..length).map(|_| char::from(self.pick(alphabet))).collect()
    }

    /// A random (version 4) UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let variant = self.pick(&['8', '9', 'a', 'b']);
        let (a, b, c) = (self.hex(8), self.hex(4), self.hex(3));
        format!("{a}-{b}-4{c}-{variant}{}-{}", self.hex(3), self.hex(12))
    }

    /// A time-ordered (version 7) UUID for the given Unix milliseconds.
    pub(crate) fn uuid7(&mut self, ms: i64) -> String {
        let time = format!("{ms:012x}");
        let (high, low) = time.split_at(8);
        format!("{high}-{low}-7{}-9{}-{}", self.hex(3), self.hex(3), self.hex(12))
    }
}
