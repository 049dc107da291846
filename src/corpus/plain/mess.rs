//! Ordinary work in damaged or odd logs: cut, resumed, rewound, with orphans and pictures.

pub(crate) const SCRIPTS: &[&str] =
    &[TRUNCATED, ORPHAN, RESUMED, REWOUND, IMAGE, IMAGE_CHAT, FAILED, ROLLED_BACK];

const TRUNCATED: &str = r##"name: mess-truncated
format: claude-code
model: brage
agent: manifest
mess: truncated
---
%%user
Which Python version do we really need? pyproject says 3.12.
%%read pyproject.toml
%%explore 5
%%grep match
%%think
`float | None` and dataclasses: 3.10 is enough. Nothing newer found.
%%say
Nothing in `app/` needs more than 3.10 (`X | None` annotations). The `>=3.12` in pyproject.toml is a choice, not a need; `requests` 2.32 supports 3.8 and later. If the depot machines are on 3.11 you can lower it to `>=3.11` without touching code.
"##;

const ORPHAN: &str = r##"name: mess-orphan
format: claude-code
model: kelda
agent: dock
mess: orphan
note: the first tool call is missing, its result is there
---
%%user
What does `overlaps` do with slots at different gates?
%%read src/lib/slots.ts
%%explore 3
%%say
It returns false: `a.gate === b.gate` is the first condition, so slots at different gates never overlap.
"##;

const RESUMED: &str = r##"name: mess-resumed
format: claude-code
model: tern
agent: plan
mess: resumed
note: half of the lines stand twice, with the same uuids
---
%%user
Sort the lanes in planning.toml alphabetically, please.
%%read config/planning.toml
%%edit config/planning.toml
include = ["GOT-GDN", "RTM-FXT", "BIO-LEH", "HAM-AAR"]
====
include = ["BIO-LEH", "GOT-GDN", "HAM-AAR", "RTM-FXT"]
%%explore 3
%%say
Sorted.
%%user
(back from lunch) does the order matter anywhere?
%%grep include
%%say
No, nothing reads the order; the report sorts by file name.
"##;

const REWOUND: &str = r##"name: mess-rewound
format: claude-code
model: brage
agent: dock
note: the user rewinds; the first branch is abandoned
---
%%user
Make clock() show 12-hour time.
%%read src/lib/dates.ts
%%think
12-hour time with am/pm. The test expects "07:00" for 7, it would change.
%%say
That changes the existing test ("07:00"). Shall I update it to "7 am"?
%%rewind
%%user
Make clock() show 12-hour time, but only behind a second parameter; default stays.
%%read src/lib/dates.ts
%%edit src/lib/dates.ts
export function clock(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}
====
export function clock(hour: number, twelve = false): string {
  if (twelve) {
    return `${hour % 12 || 12} ${hour < 12 ? "am" : "pm"}`;
  }
  return `${String(hour).padStart(2, "0")}:00`;
}
%%explore 3
%%test 5
%%say
`clock(hour, true)` gives "7 am"; the default is unchanged and the tests pass.
"##;

const IMAGE: &str = r##"name: mess-image
format: claude-code
model: kelda
agent: dock
note: a picture in the prompt
---
%%user+image
The empty state looks like this on the gate screens. Is that our text or the browser's?
%%grep empty
%%explore 3
%%say
Ours: `SlotTable` renders `<p className="empty">` with `noSlots` when the list is empty. The grey box around it isn't from this repository.
"##;

const IMAGE_CHAT: &str = r##"name: mess-image-chat
format: anthropic
model: tern
agent: desk
note: a picture in the prompt
---
%%user+image
Is this seal number readable? It should belong to {{box}}.
%%think
The picture is a single pixel; I can't read anything. Say so.
%%say
I'm afraid the picture arrived empty (one pixel). Could you send it again? {{box}} should have a seal with seven digits.
"##;

const FAILED: &str = r##"name: mess-failed-calls
format: claude-code
model: tern
agent: route
note: failed tool calls and a correction
---
%%user
update ureq to 3 please
%%read Cargo.toml
%%edit Cargo.toml
ureq = "2"
====
ureq = "3"
%%sh cargo build 2>&1 | tail -4
error[E0432]: unresolved import `ureq::AgentBuilder`
error: could not compile `route-engine` due to 3 previous errors
%%fail
%%explore 3
%%think
ureq 3 has a different builder and Error type. That's more than a bump: timeouts are configured through Agent::config_builder. Network is off here, so I can't read its docs. Revert and report rather than guess.
%%edit Cargo.toml
ureq = "3"
====
ureq = "2"
%%test 7
%%say
I went back to ureq 2. Version 3 replaced `AgentBuilder` and the error type, so `src/client.rs` needs a rewrite, and I can't read the docs from here. Builds and tests pass as before.
"##;

const ROLLED_BACK: &str = r##"name: mess-rolled-back
format: codex
model: kelda
agent: plan
cot: summary
note: the thread is rolled back by one turn
---
%%user
plot the lanes
%%think
**Clarifying what to plot**
%%say
Which value: weekly TEU or the forecast?
%%rewind
%%user
plot weekly TEU of all lanes as one SVG, no labels
%%think
**Looking for a plotting helper**
%%explore 4
%%sh python -m tools.plot --lanes all --value teu --out out/teu.svg && ls -l out/teu.svg
-rw-r--r-- 1 jun jun 18422 out/teu.svg
%%say
`out/teu.svg` has one line per lane, without labels.
"##;
