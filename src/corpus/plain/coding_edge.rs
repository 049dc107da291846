//! Ordinary coding sessions in the proxy and the route engine, and two evaluation samples.

pub(crate) const SCRIPTS: &[&str] =
    &[HEALTH, KEYS_LOG, LEGS, SPLIT_DOC, RUNBOOK, INSPECT_DISPLAY, INSPECT_TOTAL, LIMIT_HEADER];

const HEALTH: &str = r##"name: plain-health
format: codex
model: brage
agent: gate
cot: summary
---
%%user
Add /healthz that answers 200 without signature, before the limiter.
%%think
**Finding where the handler chain starts**
%%read main.go
%%explore 6
%%edit main.go
	server := &http.Server{
		Addr:              ":8443",
		Handler:           proxy.Limit(handler, 120, time.Minute),
====
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {})
	mux.Handle("/", proxy.Limit(handler, 120, time.Minute))
	server := &http.Server{
		Addr:              ":8443",
		Handler:           mux,
%%test 4
%%sh curl -sk --cert dev.crt --key dev.key -o /dev/null -w "%{http_code}\n" https://localhost:8443/healthz
200
%%commit main: health check
%%say
`GET /healthz` answers 200 before limiter and signature. mTLS still applies on that port, so the probe needs a client certificate; I tested with the dev one (and `-k`, as the dev server certificate is self-signed).
"##;

const KEYS_LOG: &str = r##"name: plain-keys-log
format: claude-code
model: kelda
agent: gate
---
%%user
On startup log how many partner keys were loaded and the names, never the keys. Fail if there are none.
%%read verify/verify.go
%%read main.go
%%explore 5
%%edit main.go
		log.Fatalf("partner keys: %v", err)
	}
====
		log.Fatalf("partner keys: %v", err)
	}
	if len(keys) == 0 {
		log.Fatal("partner keys: none found")
	}
	log.Printf("partner keys: %d (%s)", len(keys), strings.Join(verify.Names(keys), ", "))
%%edit main.go
	"os"
	"time"
====
	"os"
	"strings"
	"time"
%%edit verify/verify.go
// Check compares the signature of a body in constant time.
====
// Names lists the partners in order, for the log.
func Names(keys map[string][]byte) []string {
	return slices.Sorted(maps.Keys(keys))
}

// Check compares the signature of a body in constant time.
%%edit verify/verify.go
	"errors"
	"io"
====
	"errors"
	"io"
	"maps"
%%edit verify/verify.go
	"path/filepath"
	"strings"
====
	"path/filepath"
	"slices"
	"strings"
%%test 4
%%commit main: log partner names, refuse to start without keys
%%say
The start-up log shows the number and names of partners, sorted. Without any key the process exits with "none found". Keys themselves are never printed.
"##;

const LEGS: &str = r##"name: plain-legs
format: codex
model: tern
agent: route
cot: plain
---
%%user
Need `fn chain(legs: &[Leg]) -> bool`: true if every leg connects to the next one. Empty and single are true.
%%read src/lib.rs
%%explore 6
%%think
windows(2).all(...), empty gives true.
%%edit src/lib.rs
impl Leg {
====
/// True when every leg connects to the one after it.
pub fn chain(legs: &[Leg]) -> bool {
    legs.windows(2).all(|pair| pair[0].connects(&pair[1]))
}

impl Leg {
%%write tests/chain.rs
use route_engine::{chain, window::Window, Leg};

fn leg(from: &str, to: &str, start: u32, end: u32) -> Leg {
    let window = Window::new(start, end).unwrap();
    Leg { from: from.into(), to: to.into(), window, weight_kg: 1 }
}

#[test]
fn legs_chain_in_place_and_time() {
    assert!(chain(&[]));
    assert!(chain(&[leg("A", "B", 0, 5), leg("B", "C", 5, 9)]));
    assert!(!chain(&[leg("A", "B", 0, 5), leg("B", "C", 4, 9)]));
    assert!(!chain(&[leg("A", "B", 0, 5), leg("X", "C", 5, 9)]));
}
%%test 8
%%say
`chain` is in `src/lib.rs`, with tests for empty, matching, too early and wrong place.
"##;

const SPLIT_DOC: &str = r##"name: plain-split-doc
format: codex
model: brage
agent: route
cot: absent
---
%%user
doc comment with example for fees::split
%%think
hidden
%%read src/fees.rs
%%explore 4
%%edit src/fees.rs
/// Splits `total` over `parts` so that the parts add up again.
====
/// Splits `total` over `parts` so that the parts add up again; the first ones get the rest.
///
/// ```
/// assert_eq!(route_engine::fees::split(100, 3), [34, 33, 33]);
/// ```
%%sh cargo test --doc --quiet 2>&1 | tail -1
test result: ok. 1 passed; 0 failed
%%say
Done; the example runs as a doc test.
"##;

const RUNBOOK: &str = r##"name: plain-runbook
format: claude-code
model: brage
agent: gate
---
%%user
Extend docs/runbook.md with what to do when a partner gets 429 all day. Check the code for the numbers.
%%read docs/runbook.md
%%read proxy/limits.go
%%grep Limit(
%%explore 4
%%edit docs/runbook.md
**Memory.**
====
**429 all day.** The limit is 120 requests a minute per `X-Partner` (main.go). Ask the partner for
their batch size; most retry in a loop. Raising the limit is a code change, on purpose.

**Memory.**
%%commit runbook: 429
%%say
The runbook has a paragraph on 429 with the number from `main.go` (120 a minute per partner).
"##;

const INSPECT_DISPLAY: &str = r##"name: plain-display
format: inspect
model: brage
agent: bench
---
%%user
Implement Display for Window in /work as "[start, end)".
%%read src/window.rs
%%explore 2
%%edit src/window.rs
impl Window {
====
impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}, {})", self.start, self.end)
    }
}

impl Window {
%%test 7
%%say
`Window` prints as `[start, end)`. All tests pass.
"##;

const INSPECT_TOTAL: &str = r##"name: plain-total
format: inspect
model: tern
agent: bench
---
%%user
In /work, add `fn total(legs: &[Leg], tariff: &Tariff, km: &[u32]) -> Option<u64>`: None if the lengths differ.
%%read src/tariff.rs
%%read src/lib.rs
%%explore 2
%%edit src/tariff.rs
pub fn price(
====
/// Price of all legs, or None when there is not one distance per leg.
pub fn total(legs: &[crate::Leg], tariff: &Tariff, km: &[u32]) -> Option<u64> {
    (legs.len() == km.len()).then(|| km.iter().map(|km| price(tariff, *km)).sum())
}

pub fn price(
%%sh cargo build 2>&1 | tail -1
    Finished `dev` profile in 2.{{n:10-99}}s
%%test 7
%%say
Added `total` to tariff.rs. The legs are only counted, since prices depend on the distance alone.
"##;

const LIMIT_HEADER: &str = r##"name: plain-retry-after
format: claude-code
model: tern
agent: gate
---
%%user
429 should carry Retry-After in whole seconds until the window ends.
%%read proxy/limits.go
%%explore 6
%%think
per - time.Since(b.since), rounded up. b is used outside the lock then; compute inside.
%%edit proxy/limits.go
		over := b.count > most
====
		over := b.count > most
		wait := per - time.Since(b.since)
%%edit proxy/limits.go
		if over {
			http.Error
====
		if over {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			http.Error
%%edit proxy/limits.go
	"net/http"
	"sync"
====
	"math"
	"net/http"
	"strconv"
	"sync"
%%test 4
%%commit limits: Retry-After
%%say
429 answers carry `Retry-After`, rounded up to whole seconds; the wait is computed under the lock.
"##;
