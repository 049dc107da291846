//! Ordinary coding sessions in the manifest service, the dock screens and the forecast jobs.

pub(crate) const SCRIPTS: &[&str] =
    &[HAZARD, DUTCH, KEYBOARD, WEEKS, RETENTION, REPORT_WIDTH, RESEARCH, TYPES];

const HAZARD: &str = r##"name: plain-hazard
format: claude-code
model: brage
agent: manifest
---
%%user
Add hazard totals: Manifest.hazards() -> dict of hazard class to number of lines, sorted by class. Lines without hazard don't count.
%%read app/manifests.py
%%explore 6
%%think
Counter over line.hazard where not None, then dict(sorted(...)).
%%edit app/manifests.py
    def add(self, line: Line) -> None:
====
    def hazards(self) -> dict[str, int]:
        """Number of lines per hazard class, by class."""
        counts = Counter(line.hazard for line in self.lines if line.hazard)
        return dict(sorted(counts.items()))

    def add(self, line: Line) -> None:
%%edit app/manifests.py
from dataclasses import dataclass, field
====
from collections import Counter
from dataclasses import dataclass, field
%%edit tests/test_manifests.py
def test_nothing_is_added_after_sailing():
====
def test_hazards_are_counted_by_class():
    manifest = Manifest("M1", "c1", "Astrid")
    for hazard in ["9", "3", None, "3"]:
        manifest.add(Line("HLDU1", "goods", 1, hazard))
    assert manifest.hazards() == {"3": 2, "9": 1}


def test_nothing_is_added_after_sailing():
%%test 9
%%diff
%%commit manifests: count lines per hazard class
%%say
`Manifest.hazards()` returns the number of lines per class, sorted. One new test, 9 pass.
%%user
Nice. README line too?
%%edit README.md
    make nightly  # what cron runs at 02:10
====
    make nightly  # what cron runs at 02:10

`Manifest.hazards()` counts lines per hazard class, for the port's declaration.
%%commit readme: mention hazards
%%say
Added one sentence to the README and committed it.
"##;

const DUTCH: &str = r##"name: plain-dutch
format: claude-code
model: tern
agent: dock
---
%%user
We open Rotterdam next month. Add Dutch to messages.ts. Pieter gave me: "Geen vrije slots op deze dag." / "Geboekt. Toon dit scherm bij de poort." / "Dit slot is al begonnen."
%%read src/i18n/messages.ts
%%grep setLanguage
%%explore 5
%%edit src/i18n/messages.ts
const all = { en, pl };
====
const nl: typeof en = {
  noSlots: "Geen vrije slots op deze dag.",
  booked: "Geboekt. Toon dit scherm bij de poort.",
  tooLate: "Dit slot is al begonnen.",
};

const all = { en, nl, pl };
%%sh npx tsc -b && echo types ok
types ok
%%test 5
%%commit i18n: Dutch
%%say
Dutch is in, with Pieter's three sentences as given. `setLanguage("nl")` type-checks. Nothing calls it for Rotterdam yet: where do you choose the language per terminal?
%%user
in the terminal config on the server, I'll do that. thx 👍
%%say
Good, then this side is done. 👍
"##;

const KEYBOARD: &str = r##"name: plain-keyboard
format: claude-code
model: kelda
agent: dock
---
%%user
Gate staff use the arrow keys on the new terminals. Left/right should move between free slots in the table. Smallest change that works.
%%read src/components/SlotTable.tsx
%%explore 7
%%think
Roving focus: on keydown in tbody, collect enabled buttons, move focus by one. No state needed.
%%edit src/components/SlotTable.tsx
      <tbody>
====
      <tbody onKeyDown={(event) => move(event.currentTarget, event.key)}>
%%edit src/components/SlotTable.tsx
type Props = { slots: Slot[]; onBook: (slot: Slot) => void };
====
type Props = { slots: Slot[]; onBook: (slot: Slot) => void };

/** Moves the focus to the next or previous free slot. */
function move(table: HTMLElement, key: string): void {
  const step = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
  const free = [...table.querySelectorAll<HTMLButtonElement>("button:enabled")];
  const at = free.indexOf(document.activeElement as HTMLButtonElement);
  if (step !== 0 && at !== -1) {
    free[(at + step + free.length) % free.length].focus();
  }
}
%%test 5
%%explore 2
%%diff
%%commit slots: arrow keys move between free slots
%%say
Left and right move the focus between free slots and wrap around at the ends. It is one function and one attribute in `SlotTable.tsx`. There is no test because the repository has no DOM test setup; I did not want to add one for this.
"##;

const WEEKS: &str = r##"name: plain-weeks
format: claude-code
model: brage
agent: plan
---
%%user
forecast() uses the plain mean of 8 weeks. Use a weighted mean instead, newest week weight 8, oldest 1. Fewer than 8 weeks should work as well.
%%read forecast/run.py
%%read tests/test_seasons.py
%%explore 5
%%think
weights = range(1, len(recent)+1) if oldest gets 1 and newest gets n; for 8 weeks this is exactly 1..8.
%%edit forecast/run.py
    recent = history[-8:]
    return sum(recent) / len(recent) * factor(week)
====
    recent = history[-8:]
    weights = range(1, len(recent) + 1)
    weighted = sum(weight * teu for weight, teu in zip(weights, recent))
    return weighted / sum(weights) * factor(week)
%%write tests/test_run.py
from forecast.run import forecast


def test_newer_weeks_weigh_more():
    assert forecast([0.0] * 7 + [36.0], week=20) == 8.0


def test_short_histories_work():
    assert forecast([10.0], week=20) == 10.0
    assert forecast([], week=20) == 0.0
%%test 7
%%commit forecast: weighted mean of eight weeks
%%say
The mean is weighted 1 to 8 now (1 to n for shorter histories), with tests for both. 7 tests pass.
"##;

const RETENTION: &str = r##"name: plain-retention
format: claude-code
model: kelda
agent: manifest
---
%%user
retention crashes: KeyError sailed_at on some manifests. Which ones lack it and what should we do?
%%read app/retention.py
%%grep sailed_at
%%explore 6
%%think
freeze() sets sailed True but never sailed_at! So every manifest frozen through freeze() lacks it. Fix freeze to set time; for old rows fall back to `updated` column? get() returns body only. Simplest: treat missing as not expired.
%%edit app/manifests.py
    row["sailed"] = True
    storage.put(row)
====
    row["sailed"] = True
    row["sailed_at"] = time.time()
    storage.put(row)
%%edit app/manifests.py
from dataclasses import dataclass, field
====
import time
from dataclasses import dataclass, field
%%edit app/retention.py
    if not manifest.get("sailed"):
        return False
    age_days = (now - manifest["sailed_at"]) / DAY
====
    if not manifest.get("sailed") or "sailed_at" not in manifest:
        return False  # frozen before the time was stored: keep, better safe than sorry
    age_days = (now - manifest["sailed_at"]) / DAY
%%write tests/test_retention.py
from app.retention import DAY, expired


def test_manifests_without_a_time_are_kept():
    assert not expired({"sailed": True}, now=1e12)


def test_old_manifests_expire():
    assert expired({"sailed": True, "sailed_at": 0}, now=731 * DAY)
    assert not expired({"sailed": True, "sailed_at": 0}, now=730 * DAY)
%%test 10
%%diff
%%commit retention: manifests without sailed_at are kept
%%say
`freeze()` never stored the time, so every manifest frozen by it lacks `sailed_at`. It stores it now. Old ones without a time are kept rather than deleted; if you know when they sailed, a one-off script can fill them in. 10 tests pass.
"##;

const REPORT_WIDTH: &str = r##"name: plain-report-width
format: codex
model: tern
agent: plan
cot: summary
---
%%user
render() in report.py misaligns lanes longer than 10 chars. Compute the width.
%%think
**Reading the report module**
%%read forecast/report.py
%%explore 6
%%edit forecast/report.py
    lines = [f"{lane:<10}{teu:>10.1f}" for lane, teu in sums.items()]
    return "lane             TEU\n" + "\n".join(lines)
====
    width = max([10, *(len(lane) + 1 for lane in sums)])
    lines = [f"{lane:<{width}}{teu:>10.1f}" for lane, teu in sums.items()]
    return f"{'lane':<{width}}{'TEU':>10}\n" + "\n".join(lines)
%%sh python - <<'PY'
from forecast.report import render
print(render({"GOT-GDN": 4102.5, "SANTANDER-FXT": 77.0}))
PY
====
lane                 TEU
GOT-GDN           4102.5
SANTANDER-FXT       77.0
%%test 5
%%commit report: width follows the longest lane
%%say
The lane column is as wide as the longest lane plus one, at least 10. Output checked with a long lane; tests pass.
"##;

const RESEARCH: &str = r##"name: plain-research
format: claude-code
model: tern
agent: manifest
---
%%user
How would we move from SQLite to Postgres here? No code yet, I want to know what would break. Use helpers if it's faster.
%%agent Explore|SQLite specifics
List every place that relies on SQLite behaviour: SQL syntax, connection handling, types. Paths and lines.
%%grep sqlite
%%grep execute
%%read app/storage.py
%%think
insert or replace, strftime('%s'), '?' placeholders, a global connection without threads, text primary key ordering by bytes.
%%explore 3
%%return
- app/storage.py: `insert or replace`, `strftime('%s','now')`, `?` placeholders, one global connection
- app/retention.py: uses `storage.db()` directly with `?`
- ordering: `number > ?` compares bytes in SQLite, by collation in Postgres
%%agent Explore|Tests that touch the database
Which tests touch the database, and would they need a server?
%%grep storage
%%read tests/test_webhooks.py
%%explore 2
%%return
Only tests/test_webhooks.py imports storage, and its tests stop before they reach the database. None need a server today.
%%think
Both together. Write short plan.
%%say
Four things would break:

1. **SQL**: `insert or replace` → `insert … on conflict`, `strftime` → `extract(epoch …)`, `?` → `%s` (storage.py, retention.py).
2. **Connection**: one global connection; with threads you need a pool.
3. **Order**: page cursors compare `number > ?`. Postgres compares by collation, so use `collate "C"` or pages will skip rows.
4. **Retention** reaches into `storage.db()`; give storage a `delete` first.

Tests don't touch the database today, so they won't catch any of this; I'd start with a storage test that runs on both.
"##;

const TYPES: &str = r##"name: plain-types-fr
format: codex
model: kelda
agent: dock
cot: plain
---
%%user
Peux-tu typer plus strictement `request` dans client.ts ? Aujourd'hui `as T` accepte n'importe quoi. Une garde par appel, sans dépendance.
%%read src/api/client.ts
%%read src/lib/slots.ts
%%explore 5
%%think
Une garde `isSlot`, et request prend un `check: (value: unknown) => value is T`.
%%edit src/api/client.ts
async function request<T>(path: string, init: RequestInit = {}): Promise<T> {
====
type Check<T> = (value: unknown) => value is T;

const isSlot: Check<Slot> = (value): value is Slot =>
  typeof value === "object" && value !== null && "id" in value && "startsAt" in value;
const isSlots: Check<Slot[]> = (value): value is Slot[] =>
  Array.isArray(value) && value.every(isSlot);

async function request<T>(path: string, check: Check<T>, init: RequestInit = {}): Promise<T> {
%%edit src/api/client.ts
  return (await answer.json()) as T;
====
  const body: unknown = await answer.json();
  if (!check(body)) {
    throw new ApiError(answer.status, `unexpected answer for ${path}`);
  }
  return body;
%%edit src/api/client.ts
/slots?day=${day}`);
====
/slots?day=${day}`, isSlots);
%%edit src/api/client.ts
  return request(`/slots/${slot}`, { method
====
  return request(`/slots/${slot}`, isSlot, { method
%%sh npx tsc -b && echo ok
ok
%%test 5
%%say
`request` prend maintenant une garde (`isSlot`, `isSlots`) et lève `ApiError` si la réponse n'a pas la forme attendue. Plus de `as T`. La compilation et les tests passent.
"##;
