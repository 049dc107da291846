//! stdout is data, stderr is everything else; colour and progress only on a terminal.

use std::io::{self, IsTerminal as _, Write};

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The two outputs of a command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ui {
    pub(crate) quiet: bool,
    pub(crate) colour: Colour,
}

impl Ui {
    /// Whether data goes to a person.
    pub(crate) fn data_is_terminal() -> bool {
        io::stdout().is_terminal()
    }

    /// Whether data may be coloured.
    pub(crate) fn colours_data(self) -> bool {
        self.colours(io::stdout().is_terminal())
    }

    /// Whether messages on stderr are coloured.
    pub(crate) fn colours_messages(self) -> bool {
        self.colours(io::stderr().is_terminal())
    }

    fn colours(self, terminal: bool) -> bool {
        match self.colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => terminal && std::env::var_os("NO_COLOR").is_none(),
        }
    }

    /// Whether a progress bar makes sense.
    pub(crate) fn shows_progress(self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Columns of the terminal, if data goes to one.
    pub(crate) fn width() -> Option<usize> {
        terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
    }

    /// Writes data. A reader that has gone away is no error.
    pub(crate) fn data(text: &str) -> anyhow::Result<()> {
        Self::more_data(text).map(drop)
    }

    /// The same; says whether anybody reads on, for whoever has more to work for.
    pub(crate) fn more_data(text: &str) -> anyhow::Result<bool> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            other => Ok(other.map(|()| true)?),
        }
    }

    /// Tells the user something that is not data.
    pub(crate) fn tell(self, text: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr().lock(), "{}", text.trim_end_matches('\n'));
        }
    }

    /// Tells the user about a failure, even if quiet.
    pub(crate) fn error(text: &str) {
        let _ = writeln!(io::stderr().lock(), "{}", text.trim_end_matches('\n'));
    }
}
