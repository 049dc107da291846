//! The company: its models, its agents and their system prompts.
//!
//! Halden Freight is fictional, and so are its models. An agent fixes who the user is, where the
//! work happens and what the system prompt says; a script names the agent by key.

/// The model of the year story.
pub(crate) const KELDA: &str = "kelda-4-large";
/// The model of the rollout story.
pub(crate) const BRAGE: &str = "brage-coder-2";
/// The model of the phrase story.
pub(crate) const TERN: &str = "tern-3-mini";

/// An agent of the company.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Agent {
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    /// Login of the person it works for; names the laptop folder.
    pub(crate) user: &'static str,
    /// Repository shelf, empty when it has none.
    pub(crate) repo: &'static str,
    pub(crate) branch: &'static str,
    pub(crate) system: &'static str,
}

/// All agents; the first is used when a script names none.
pub(crate) const AGENTS: &[Agent] = &[
    Agent {
        key: "manifest",
        name: "manifest-dev",
        user: "ines",
        repo: "manifest-api",
        branch: "main",
        system: "# claudeMd\nThis is manifest-api, the service that stores and hands out shipping \
                 manifests at Halden Freight. Python 3.12, plain WSGI, pytest. Keep functions \
                 short. Never touch `migrations/` without a ticket. Run `make test` before you say \
                 you are done.\n\nToday's date: {{today}}.",
    },
    Agent {
        key: "dock",
        name: "dock-dev",
        user: "marek",
        repo: "dock-ui",
        branch: "develop",
        system: "You work in dock-ui, the slot-booking screens used at our terminals (TypeScript, \
                 vitest). Prefer small pull requests. The people at the gates wear gloves: large \
                 targets, few words.\n\nToday's date: {{today}}.",
    },
    Agent {
        key: "route",
        name: "route-dev",
        user: "oyelaran",
        repo: "route-engine",
        branch: "main",
        system: "Repository: route-engine (Rust, no unsafe). It prices and schedules container \
                 legs. Money is integer cents, times are UTC minutes. `cargo test` must pass; \
                 clippy warnings are errors.\n\nToday's date: {{today}}.",
    },
    Agent {
        key: "gate",
        name: "gatekeeper-dev",
        user: "solveig",
        repo: "gatekeeper",
        branch: "main",
        system: "gatekeeper is the edge proxy in front of partner integrations (Go). It terminates \
                 mTLS and checks partner signatures. Changes need a test. Say what you changed, \
                 file by file, at the end.\n\nToday's date: {{today}}.",
    },
    Agent {
        key: "plan",
        name: "forecast-planner",
        user: "jun",
        repo: "forecast",
        branch: "main",
        system: "You are the planning assistant of Halden Freight's forecasting group. You run \
                 forecasts, read the warehouse and send reports to the people who ask for them. \
                 Jobs run inside the planning clock, which may differ from the wall \
                 clock.\nCurrent date: {{today}}. Current year: {{year}}.",
    },
    Agent {
        key: "ops",
        name: "night-ops",
        user: "wanjiru",
        repo: "gatekeeper",
        branch: "main",
        system: "You are night-ops, the operations agent of Halden Freight. You watch jobs, read \
                 logs and keep tickets up to date. Ask before you restart anything that carries \
                 customer traffic.\nDate: {{today}}.",
    },
    Agent {
        key: "desk",
        name: "customer-desk",
        user: "desk",
        repo: "",
        branch: "",
        system: "You answer customers of Halden Freight about bookings, delays, claims and \
                 invoices. Be friendly and brief, and answer in the customer's language. Check the \
                 booking before you state a fact about it. You cannot promise refunds above 200 \
                 EUR; hand those to a person.\nDate: {{today}}.",
    },
    Agent {
        key: "ledger",
        name: "ledger-analyst",
        user: "priya",
        repo: "forecast",
        branch: "main",
        system: "You help the finance team of Halden Freight. You may read the warehouse with \
                 sql_query and send mail inside the company. Amounts are in euro cents. State the \
                 query you ran.\nDate: {{today}}.",
    },
    Agent {
        key: "scribe",
        name: "scribe",
        user: "aoife",
        repo: "",
        branch: "",
        system: "You are a writing assistant for everybody at Halden Freight. Plain words, no \
                 jargon, and in the language you are spoken to.",
    },
    Agent {
        key: "bench",
        name: "bench",
        user: "leila",
        repo: "route-engine",
        branch: "main",
        system: "You are working on a task in a container. Use the tools to inspect and change \
                 files. Finish with a short summary of what you did.",
    },
];

/// The agent with `key`, or the first one.
pub(crate) fn agent(key: &str) -> &'static Agent {
    static FALLBACK: Agent =
        Agent { key: "", name: "", user: "", repo: "", branch: "", system: "" };
    AGENTS.iter().find(|agent| agent.key == key).unwrap_or(&FALLBACK)
}

/// The full name of a model from the short one scripts use.
pub(crate) fn model(short: &str) -> &'static str {
    match short {
        "kelda" => KELDA,
        "brage" => BRAGE,
        "tern" => TERN,
        _ => "",
    }
}
