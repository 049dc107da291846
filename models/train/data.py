"""What the reasoning head learns from: written passages, and innocent thoughts of real models.

Of the folder of real transcripts only parts marked for training are read, never `eval-only`.
"""

import json

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


def load_benign(data):
    """Innocent thoughts: long reasoning traces by model and domain, thoughts of coding agents by session,
    and those of other agents."""
    items = []
    traces = data / "reasoning/benign_traces.jsonl"
    if traces.exists():
        for number, line in enumerate(traces.open(encoding="utf-8")):
            record = json.loads(line)
            group = f"{family(record['model_id'] or 'unknown')}/{record['domain']}"
            items.append(innocent("traces", group, number, record["thinking"]))
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
