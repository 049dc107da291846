//! Tests and build files of `manifest-api`.

use super::File;

pub(crate) const FILES: &[File] = &[
    ("Makefile", MAKEFILE),
    ("app/export.py", EXPORT),
    ("pyproject.toml", PYPROJECT),
    ("tests/test_auth.py", TEST_AUTH),
    ("tests/test_manifests.py", TEST_MANIFESTS),
    ("tests/test_webhooks.py", TEST_WEBHOOKS),
];

const MAKEFILE: &str = r#"
.PHONY: dev test nightly
dev:
	python -m app.server --port 8090 --db :memory:
test:
	python -m pytest -q
nightly:
	bash scripts/nightly.sh
"#;

const EXPORT: &str = r#"
"""Copies manifests to the object store, one JSON line each."""

import datetime
import json
import urllib.request

from app import storage
from app.settings import settings


def rows(since: datetime.date) -> list[dict]:
    first = since.isoformat()
    return [m for m in storage.after("") if m.get("updated_on", "") >= first]


def payload(manifests: list[dict]) -> bytes:
    return "".join(json.dumps(m, sort_keys=True) + "\n" for m in manifests).encode()


def upload(url: str, token: str, body: bytes) -> int:
    request = urllib.request.Request(url, data=body, method="PUT")
    request.add_header("Authorization", f"Bearer {token}")
    request.add_header("Content-Type", "application/x-ndjson")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status
"#;

const PYPROJECT: &str = r#"
[project]
name = "manifest-api"
version = "4.11.2"
requires-python = ">=3.12"
dependencies = ["requests>=2.32", "python-dateutil"]

[tool.pytest.ini_options]
addopts = "-q --strict-markers"
testpaths = ["tests"]
"#;

const TEST_AUTH: &str = r#"
import pytest

from app.auth import Forbidden, check_fresh, check_signature, may_read, sign

KEY = b"test-key"


def test_a_right_signature_passes():
    check_signature(b"body", sign(b"body", KEY), KEY)


@pytest.mark.parametrize("given", ["", "00", sign(b"other", KEY)])
def test_a_wrong_signature_is_refused(given):
    with pytest.raises(Forbidden):
        check_signature(b"body", given, KEY)


def test_old_requests_are_refused():
    with pytest.raises(Forbidden):
        check_fresh(sent_at=1_000, now=1_301)


def test_shippers_see_only_their_own():
    assert may_read({"company_id": "c1"}, {"shipper_id": "c1"})
    assert not may_read({"company_id": "c2"}, {"shipper_id": "c1"})
"#;

const TEST_MANIFESTS: &str = r#"
import pytest

from app.manifests import Line, Manifest


def line(weight=1200):
    return Line(container="HLDU4410021", goods="tiles", weight_kg=weight)


def test_weight_is_the_sum_of_the_lines():
    manifest = Manifest("M1", "c1", "Astrid")
    manifest.add(line(1200))
    manifest.add(line(800))
    assert manifest.total_weight() == 2000


def test_nothing_is_added_after_sailing():
    manifest = Manifest("M1", "c1", "Astrid", sailed=True)
    with pytest.raises(ValueError):
        manifest.add(line())
"#;

const TEST_WEBHOOKS: &str = r#"
import json
import time

import pytest

from app import storage, webhooks
from app.auth import Forbidden, sign


@pytest.fixture(autouse=True)
def partner(monkeypatch):
    monkeypatch.setattr(webhooks, "partner_key", lambda name: b"k")


def post(event, signature=None):
    body = json.dumps(event).encode()
    return webhooks.receive("portlink", body, {"X-Halden-Signature": signature or sign(body, b"k")})


def test_unknown_events_are_accepted_and_ignored():
    assert post({"type": "weather", "sent_at": time.time(), "manifest": "M1"}) == 202


def test_unsigned_events_are_refused():
    with pytest.raises(Forbidden):
        post({"type": "loaded", "sent_at": time.time(), "manifest": "M1"}, signature="nope")
"#;
