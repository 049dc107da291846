//! Sources of `manifest-api`, the manifest service (Python).

use super::File;

pub(crate) const FILES: &[File] = &[
    ("README.md", README),
    ("app/auth.py", AUTH),
    ("app/manifests.py", MANIFESTS),
    ("app/storage.py", STORAGE),
    ("app/webhooks.py", WEBHOOKS),
    ("app/settings.py", SETTINGS),
    ("app/retention.py", RETENTION),
    ("deploy/rollout.yaml", ROLLOUT),
    ("scripts/nightly.sh", NIGHTLY),
    (".env.example", ENV),
];

const README: &str = r#"
# manifest-api

Stores shipping manifests and hands them to terminals, customs and customers.

    make dev      # local server on :8090 with a throw-away database
    make test     # pytest, about ten seconds
    make nightly  # what cron runs at 02:10

Partners post events to `/hooks/<partner>`; every body carries an HMAC in
`X-Halden-Signature`. Manifests are immutable once a vessel has sailed.
"#;

const AUTH: &str = r#"
"""Who may see which manifest."""

import hmac
import time
from hashlib import sha256

from app.settings import settings

MAX_SKEW_SECONDS = 300


class Forbidden(Exception):
    pass


def sign(body: bytes, key: bytes) -> str:
    return hmac.new(key, body, sha256).hexdigest()


def check_signature(body: bytes, given: str, key: bytes) -> None:
    """Raises Forbidden unless `given` is the HMAC of `body`."""
    if not given:
        raise Forbidden("no signature")
    if not hmac.compare_digest(sign(body, key), given):
        raise Forbidden("bad signature")


def check_fresh(sent_at: float, now: float | None = None) -> None:
    now = time.time() if now is None else now
    if abs(now - sent_at) > MAX_SKEW_SECONDS:
        raise Forbidden("stale request")


def may_read(user: dict, manifest: dict) -> bool:
    if user.get("role") == "operator":
        return True
    return manifest["shipper_id"] == user.get("company_id")


def partner_key(partner: str) -> bytes:
    key = settings.partner_keys.get(partner)
    if key is None:
        raise Forbidden(f"unknown partner {partner}")
    return key.encode()
"#;

const MANIFESTS: &str = r#"
"""Manifests: build, list, freeze."""

from dataclasses import dataclass, field

from app import storage
from app.auth import Forbidden, may_read

PAGE = 50


@dataclass
class Line:
    container: str
    goods: str
    weight_kg: int
    hazard: str | None = None


@dataclass
class Manifest:
    number: str
    shipper_id: str
    vessel: str
    sailed: bool = False
    lines: list[Line] = field(default_factory=list)

    def total_weight(self) -> int:
        return sum(line.weight_kg for line in self.lines)

    def add(self, line: Line) -> None:
        if self.sailed:
            raise ValueError(f"{self.number} has sailed")
        self.lines.append(line)


def page(user: dict, after: str | None = None) -> list[dict]:
    """The next PAGE manifests the user may read, by number."""
    rows = storage.after(after or "")
    seen = [row for row in rows if may_read(user, row)]
    return seen[:PAGE]


def fetch(user: dict, number: str) -> dict:
    row = storage.get(number)
    if row is None:
        raise KeyError(number)
    if not may_read(user, row):
        raise Forbidden(number)
    return row


def freeze(number: str) -> None:
    row = storage.get(number)
    row["sailed"] = True
    storage.put(row)
"#;

const STORAGE: &str = r#"
"""SQLite storage for manifests."""

import json
import sqlite3

from app.settings import settings

_db: sqlite3.Connection | None = None


def db() -> sqlite3.Connection:
    global _db
    if _db is None:
        _db = sqlite3.connect(settings.database)
        _db.execute(
            "create table if not exists manifest"
            " (number text primary key, body text not null, updated real)"
        )
    return _db


def get(number: str) -> dict | None:
    row = db().execute("select body from manifest where number = ?", (number,)).fetchone()
    return json.loads(row[0]) if row else None


def put(manifest: dict) -> None:
    db().execute(
        "insert or replace into manifest values (?, ?, strftime('%s', 'now'))",
        (manifest["number"], json.dumps(manifest)),
    )
    db().commit()


def after(number: str) -> list[dict]:
    rows = db().execute("select body from manifest where number > ? order by number", (number,))
    return [json.loads(body) for (body,) in rows]
"#;

const WEBHOOKS: &str = r#"
"""Events partners post to us."""

import json
import logging

from app import storage
from app.auth import check_fresh, check_signature, partner_key

log = logging.getLogger("webhooks")

HANDLED = {"gate_in", "gate_out", "loaded", "customs_hold"}


def receive(partner: str, body: bytes, headers: dict[str, str]) -> int:
    """Checks and applies one event; returns the HTTP status."""
    key = partner_key(partner)
    check_signature(body, headers.get("X-Halden-Signature", ""), key)
    event = json.loads(body)
    check_fresh(float(event["sent_at"]))
    if event["type"] not in HANDLED:
        log.info("ignored %s from %s", event["type"], partner)
        return 202
    apply(event)
    return 200


def apply(event: dict) -> None:
    manifest = storage.get(event["manifest"])
    if manifest is None:
        log.warning("event for unknown manifest %s", event["manifest"])
        return
    manifest.setdefault("events", []).append(
        {"type": event["type"], "at": event["sent_at"], "container": event.get("container")}
    )
    storage.put(manifest)
"#;

const SETTINGS: &str = r#"
"""Settings from the environment."""

import json
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    database: str
    partner_keys: dict[str, str]
    retention_days: int
    verify_tls: bool


def load() -> Settings:
    return Settings(
        database=os.environ.get("MANIFEST_DB", "manifest.sqlite"),
        partner_keys=json.loads(os.environ.get("PARTNER_KEYS", "{}")),
        retention_days=int(os.environ.get("RETENTION_DAYS", "730")),
        verify_tls=os.environ.get("VERIFY_TLS", "1") == "1",
    )


settings = load()
"#;

const RETENTION: &str = r#"
"""Deletes manifests that are past their retention."""

import time

from app import storage
from app.settings import settings

DAY = 86_400


def expired(manifest: dict, now: float) -> bool:
    if not manifest.get("sailed"):
        return False
    age_days = (now - manifest["sailed_at"]) / DAY
    return age_days > settings.retention_days


def sweep(now: float | None = None, dry_run: bool = True) -> list[str]:
    now = time.time() if now is None else now
    doomed = [m["number"] for m in storage.after("") if expired(m, now)]
    if not dry_run:
        for number in doomed:
            storage.db().execute("delete from manifest where number = ?", (number,))
        storage.db().commit()
    return doomed
"#;

const ROLLOUT: &str = r#"
service: manifest-api
strategy:
  kind: canary
  steps: [5, 25, 100]
  pause_minutes: 20
checks:
  - name: error-rate
    below: 0.5
  - name: p95-latency-ms
    below: 240
rollback:
  automatic: true
"#;

const NIGHTLY: &str = r#"
#!/usr/bin/env bash
# Runs at 02:10 from cron on batch-1.
set -euo pipefail
cd /srv/manifest-api
source .env
python -m app.retention --apply
python -m app.export --since yesterday --to "s3://$EXPORT_BUCKET/manifests/"
curl -fsS "https://hc.halden.example/ping/manifest-nightly" > /dev/null
"#;

const ENV: &str = r#"
MANIFEST_DB=manifest.sqlite
PARTNER_KEYS={"portlink": "change-me"}
RETENTION_DAYS=730
VERIFY_TLS=1
EXPORT_BUCKET=halden-exports-dev
"#;
