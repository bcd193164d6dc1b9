from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.understanding.thresholds import DATA, Thresholds


def test_the_projects_thresholds_are_whole_and_in_order() -> None:
    found = Thresholds.load()
    assert 0 < found.did_you_mean < found.act < 1
    assert all(-1 < value < 1 for value in (found.disclosure, *found.barriers.values()))


def test_the_pipeline_falls_back_where_the_thresholds_say() -> None:
    config = yaml.safe_load((DATA.parents[1] / "config.yml").read_text(encoding="utf-8"))
    fallback = next(c for c in config["pipeline"] if c["name"] == "FallbackClassifier")
    assert fallback["threshold"] == Thresholds.load().did_you_mean


@pytest.mark.parametrize(
    ("section", "value", "told"),
    [
        ("barriers", {"care": 0.1}, "missing"),
        ("intents", {"temperature": 0, "act": 0.5, "did_you_mean": 0.2}, "temperature"),
        ("intents", {"temperature": 1, "act": 0.2, "did_you_mean": 0.5}, "did_you_mean"),
        ("safety", None, "missing"),
    ],
)
def test_it_refuses_a_file_that_makes_no_sense(
    tmp_path: Path, section: str, value: object, told: str
) -> None:
    content = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    content[section] = value
    path = tmp_path / "thresholds.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        Thresholds.load(path)
