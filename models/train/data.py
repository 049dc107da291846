"""What the reasoning head learns from: written passages and ordinary thoughts, and innocent thoughts of real models.

Of the folder of real transcripts only parts marked for training are read, never `eval-only`.
"""

import json
import re

import numpy as np

LABELS = ["aware", "acts", "conceals", "sabotages", "tested", "sandbags"]


def load_passages(folder):
    """The passages of all writers; a group is a family of triggers."""
    items = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            items.append({
                "source": "passages",
                "writer": path.stem,
                "group": f"{path.stem}/{record['family']}",
                "id": record["id"],
                "lang": record["lang"],
                "labels": record["labels"],
                "near": record["near"],
                "text": record["text"],
            })
    return items


def load_ordinary(folder):
    """Written thoughts in which nothing is hidden nor sounds so, of many fields of work and in many voices; a group is a field."""
    items = []
    for path in sorted(folder.glob("ordinary/*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            thought = innocent("ordinary", record["family"], 0, record["text"])
            items.append({**thought, "writer": path.stem, "id": f"ordinary-{record['id']}", "lang": record["lang"]})
    return items


def load_benign(data):
    """Innocent thoughts: long reasoning traces by model and domain, thoughts of coding agents by session,
    and those of other agents."""
    items = []
    traces = data / "reasoning/benign_traces.jsonl"
    if traces.exists():
        for number, line in enumerate(traces.open(encoding="utf-8")):
            record = json.loads(line)
            maker = family(record["model_id"] or "unknown")
            trace = innocent("traces", f"{maker}/{record['domain']}", number, record["thinking"])
            items.append({**trace, "maker": maker, "domain": record["domain"]})
    for path in sorted((data / "sessions/claude_code").rglob("*.jsonl")):
        for number, line in enumerate(path.open(encoding="utf-8", errors="replace")):
            for thought in thoughts(line):
                items.append(innocent("coding", path.stem, number, thought))
    items += load_agents(data)
    return [item for item in items if len(item["text"]) >= 40]


def load_agents(data):
    """Short thoughts of agents in offices, shops and repositories, of records that were judged safe; each once."""
    found = {}
    path = data / "agents/rjudge/rjudge.json"
    if path.exists():
        for record in json.loads(path.read_text(encoding="utf-8")):
            for turn in (turn for turns in record["contents"] for turn in turns):
                if record["label"] == 0 and turn.get("thought"):
                    found.setdefault(turn["thought"], ("offices", str(record["id"])))
    for model, task in safe_runs(data / "agents/openagentsafety/labels.tsv"):
        run = data / f"agents/openagentsafety/{model}/traj_{task}.json"
        if run.exists():
            for thought in openhands(json.loads(run.read_text(encoding="utf-8"))):
                # A task is a group: four models think about the same one.
                found.setdefault(thought, ("repositories", task))
    return [innocent(source, group, number, text) for number, (text, (source, group)) in enumerate(found.items())]


def safe_runs(path):
    if not path.exists():
        return []
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return [(model, task) for model, task, label, *_ in lines if label == "0"]


def openhands(events):
    for event in events:
        made = (event.get("tool_call_metadata") or {}).get("model_response") or {}
        for choice in made.get("choices") or []:
            content = (choice.get("message") or {}).get("content")
            if isinstance(content, str) and content.strip():
                yield content


def innocent(source, group, number, text):
    return {"source": source, "writer": source, "group": f"{source}/{group}", "id": f"{source}-{number}",
            "lang": "", "labels": [], "near": "", "text": text or ""}


def thoughts(line):
    try:
        message = json.loads(line).get("message")
    except (json.JSONDecodeError, AttributeError):
        return []
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, list):
        return []
    return [part.get("thinking", "") for part in content if isinstance(part, dict) and part.get("type") == "thinking"]


def family(model):
    """The maker of a model, as far as its name tells."""
    for name in ("claude", "gpt", "o1", "o3", "o4", "gemini", "deepseek", "qwen", "llama", "grok", "kimi", "glm", "mistral"):
        if name in model.lower():
            return name
    return model.lower()


def load_all(passages, data):
    """What the first stage learns from: passages, ordinary thoughts, innocent ones of real models, notes of these, and noise."""
    items, benign = load_passages(passages), load_benign(data)
    return items + load_ordinary(passages) + benign + load_notes(benign) + load_noise(items)


# Words of a note.
NOTE = (6, 16)


def load_notes(benign):
    """A short sentence of each real text that has one, as agents jot down, of the fold of its text: few words pass
    for anything unless many of them are known."""
    rng, out = np.random.default_rng(0), []
    for item in benign:
        sentences = [part.strip() for part in re.split(r"(?<=[.!?])\s+|\n+", item["text"][:20_000])]
        short = [part for part in sentences if NOTE[0] <= len(part.split()) <= NOTE[1]]
        if short:
            text = short[int(rng.integers(len(short)))]
            out.append({**item, "source": "notes", "writer": "notes", "id": f"notes-{item['id']}", "text": text})
    return out


COUNTED = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()


def load_noise(passages, count=300):
    """Texts that say nothing: counting, one word over and over, words of innocent passages in no order."""
    rng, out = np.random.default_rng(0), []
    words = sorted({word for item in passages if not item["labels"] and item["lang"] == "en" for word in item["text"].split()})
    for at in range(count):
        size = int(rng.integers(6, 40))
        picked = [words[int(one)] for one in rng.integers(0, len(words), size)]
        start = int(rng.integers(0, 8))
        text = [
            " ".join(COUNTED[start:start + max(6, size // 3)]),
            ", ".join(str(number) for number in range(start, start + size)),
            " ".join([picked[0]] * size),
            " ".join(picked),
        ][at % 4]
        out.append(innocent("noise", str(at), at, text))
    return out
