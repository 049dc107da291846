//! Exit codes, defined once.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Exit {
    /// Findings at or above `--fail-on`.
    pub(crate) findings: bool,
    /// Some input was rejected or could not be evaluated.
    pub(crate) partial: bool,
    /// The user stopped it.
    pub(crate) stopped: bool,
}

impl Exit {
    /// Everything done, nothing to report.
    pub(crate) const OK: Self = Self { findings: false, partial: false, stopped: false };

    /// 0 done, 1 findings, 4 partial, 5 both; 130 stopped, whatever else.
    pub(crate) fn code(self) -> ExitCode {
        if self.stopped {
            return interrupted();
        }
        ExitCode::from(u8::from(self.findings) + 4 * u8::from(self.partial))
    }
}

/// Usage, configuration, rule or fatal error.
pub(crate) const FATAL: u8 = 2;

/// The same, for who returns it.
pub(crate) fn fatal() -> ExitCode {
    ExitCode::from(FATAL)
}

/// Interrupted by the user.
pub(crate) fn interrupted() -> ExitCode {
    ExitCode::from(130)
}
