//! What a call does, in ten words, and how hard it is to take back.

use crate::record::column_enum::column_enum;

column_enum! {
    /// The verb class of an action.
    Class {
        /// Looks at something.
        Read = "read",
        /// Creates or changes something of the user's.
        Write = "write",
        /// Removes something.
        Delete = "delete",
        /// Gives content to somebody or something outside.
        Send = "send",
        /// Moves or commits money.
        Pay = "pay",
        /// Runs code.
        Execute = "execute",
        /// Gives somebody access.
        Grant = "grant",
        /// Changes how a system behaves.
        Configure = "configure",
        /// Talks to another machine.
        Network = "network",
        /// Makes something happen again later.
        Persist = "persist",
    }
}

column_enum! {
    /// Whether an action can be taken back.
    Reversible {
        /// By the same agent, without loss.
        Yes = "yes",
        /// With effort or in part.
        Partly = "partly",
        /// Not at all.
        No = "no",
    }
}

/// A set of classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Classes(u16);

impl Classes {
    pub(crate) fn of(class: Class) -> Self {
        Self(1 << class as u16)
    }

    pub(crate) fn insert(&mut self, class: Class) {
        self.0 |= 1 << class as u16;
    }

    pub(crate) fn has(self, class: Class) -> bool {
        self.0 & (1 << class as u16) != 0
    }

    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a word for one of `self` may stand for an action of any class of `other`.
    pub(crate) fn covers_any(self, other: Self) -> bool {
        Class::ALL.iter().any(|class| other.has(*class) && self.covers(*class))
    }

    pub(crate) fn any_but(self, class: Class) -> bool {
        self.0 & !(1 << class as u16) != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a word for one of `self` may stand for an action of `class`: people say "send" for
    /// sharing a link and "set up" for creating a job.
    pub(crate) fn covers(self, class: Class) -> bool {
        self.has(class) || neighbours(class).iter().any(|near| self.has(*near))
    }
}

/// Classes whose words people use for each other.
fn neighbours(class: Class) -> &'static [Class] {
    match class {
        Class::Read => &[Class::Network],
        Class::Write | Class::Configure => &[Class::Write, Class::Configure, Class::Pay],
        Class::Delete => &[],
        Class::Send => &[Class::Grant, Class::Network],
        Class::Pay => &[Class::Write],
        Class::Execute => &[Class::Configure],
        Class::Grant => &[Class::Send, Class::Configure],
        Class::Network => &[Class::Send],
        Class::Persist => &[Class::Configure, Class::Write],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_hold_what_was_put_in_and_cover_their_neighbours() {
        let mut classes = Classes::of(Class::Send);
        assert!(classes.has(Class::Send) && !classes.has(Class::Grant));
        assert!(classes.covers(Class::Grant) && !classes.covers(Class::Delete));
        classes.insert(Class::Delete);
        assert!(classes.covers(Class::Delete));
        assert!(Classes::default().is_empty());
    }
}
