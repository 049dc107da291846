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
    """Innocent thoughts: long reasoning traces by model and domain, thoughts of coding agents by session."""
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
    return [item for item in items if len(item["text"]) >= 40]


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
