//! How a text sounds, as a set of marks. No mark decides anything: they are symbols that the heads
//! beside the judge count.

use super::lexicon::{Hit, Tag};
use super::speech::{Mood, Statement};
use crate::detect::session::class::Class;

/// One way in which a text can sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sound {
    /// Begins like one who agrees or is content.
    Agrees,
    Unhappy,
    /// Wants something else, or more.
    Changes,
    Thanks,
    /// Says that something cannot or may not be.
    Refuses,
    Sorry,
    /// Says that something was done.
    Done,
}

/// A set of sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tone(u8);

impl Tone {
    pub(crate) fn has(self, sound: Sound) -> bool {
        self.0 & (1 << sound as u8) != 0
    }

    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The marks of a sentence and of what it states; only the first of a text begins it.
    pub(super) fn of(hits: &[Hit], statements: &[Statement], is_first: bool) -> Self {
        let mut tone = Self::default();
        for hit in hits {
            let sound = match hit.tag {
                Tag::Agrees if is_first && hit.first == 0 => Sound::Agrees,
                Tag::Unhappy => Sound::Unhappy,
                Tag::Change => Sound::Changes,
                Tag::Thanks => Sound::Thanks,
                Tag::Refusal | Tag::CouldNot => Sound::Refuses,
                Tag::Sorry => Sound::Sorry,
                Tag::Finished => Sound::Done,
                _ => continue,
            };
            tone.add(sound);
        }
        let done =
            |said: &Statement| said.mood == Mood::Did && said.positive && said.class != Class::Read;
        if statements.iter().any(done) {
            tone.add(Sound::Done);
        }
        tone
    }

    fn add(&mut self, sound: Sound) {
        self.0 |= 1 << sound as u8;
    }
}
