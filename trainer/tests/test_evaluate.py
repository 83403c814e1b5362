"""`evaluate`: any saved model, what it tells of pairs that cannot be used, benchmarks of others, best-of-N."""

import base64
import itertools
import json
import random
import shutil

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from blindfold_trainer.cli import main
from blindfold_trainer.evaluation.best_of import best_of_n
from blindfold_trainer.evaluation.reward_benches import read_benchmark


def told(capsys, *args) -> dict:
    assert main([str(a) for a in args]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def write(path, rows) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def mmrm(finished) -> list[dict]:
    pairs = [json.loads(line) for line in (finished / "test.jsonl").read_text().splitlines()]
    image = lambda p: f"{p['images'][0][:2]}/{p['images'][0]}"  # noqa: E731
    texts = ("id", "prompt", "chosen", "rejected")
    return [{**{k: p[k] for k in texts}, "img_path": image(p)} for p in pairs]


def test_the_report_agrees_with_the_margins_it_writes(finished, tmp_path, capsys):
    rows = mmrm(finished)
    for i, row in enumerate(rows):
        row["source"] = "many" if i % 4 else "few"
    write(tmp_path / "pairs.jsonl", rows)
    out = tmp_path / "mm.jsonl"
    args = ["evaluate", finished / "mm", tmp_path / "pairs.jsonl", "--images", finished / "media"]
    found = told(capsys, *args, "--text", finished / "proxy", "--out", out)
    margins = {row["id"]: row["margin"] for row in map(json.loads, out.read_text().splitlines())}
    assert list(margins) == [row["id"] for row in rows]
    right = {id: (m > 0) + 0.5 * (m == 0) for id, m in margins.items()}
    assert found["accuracy"]["value"] == pytest.approx(np.mean(list(right.values())))
    by = {k["kind"]: k for k in found["kinds"]}
    assert {name: k["pairs"] for name, k in by.items()} == {"few": 5, "many": 15}
    few = np.mean([right[row["id"]] for row in rows if row["source"] == "few"])
    assert by["few"]["accuracy"]["value"] == pytest.approx(few)
    both = [k["accuracy"]["value"] for k in by.values()]
    assert found["macro_kinds"]["value"] == pytest.approx(np.mean(both))
    longer = [len(row["chosen"]) - len(row["rejected"]) for row in rows]
    r = np.corrcoef(longer, list(margins.values()))[0, 1]
    assert found["length"]["pearson"]["value"] == pytest.approx(r)
    assert 0 <= found["calibration"]["ece"]["value"] <= 1

    # The proxy's own margins, as a file, give the same as the proxy.
    text = tmp_path / "text.jsonl"
    told(capsys, "evaluate", finished / "proxy", *args[2:], "--out", text)
    again = told(capsys, *args, "--text", text)
    assert again["text"] == found["text"] and found["text"]["pairs"] == 20
    m_t = [row["margin"] for row in map(json.loads, text.read_text().splitlines())]
    pearson = np.corrcoef(m_t, list(margins.values()))[0, 1]
    assert found["text"]["pearson"]["value"] == pytest.approx(pearson, abs=1e-6)
    holds = np.array(m_t) > 0
    hits = np.array(list(right.values()))
    sfd = 100 * (hits[holds].mean() - hits[~holds].mean()) if 0 < holds.sum() < 20 else None
    assert (found["text"]["sfd"] or {}).get("value") == (sfd if sfd is None else pytest.approx(sfd))
    assert told(capsys, *args, "--by", "source")["kinds"] == found["kinds"]


def test_pairs_that_cannot_be_used_are_named(finished, tmp_path, capsys):
    rows = mmrm(finished)
    rows[3]["img_path"] = "gone.png"
    rows[11]["img_path"] = "gone too.png"
    write(tmp_path / "pairs.jsonl", rows)
    args = ["evaluate", str(finished / "mm"), str(tmp_path / "pairs.jsonl"), "--images", str(finished / "media")]
    assert main(args) == 2
    message = capsys.readouterr().err
    assert rows[3]["id"] in message and "row 4" in message and "leave-out" in message
    found = told(capsys, *args, "--unusable", "leave-out")
    assert found["pairs"] == 18
    assert [(u["id"], u["row"], u["code"]) for u in found["unusable"]] == [
        (rows[3]["id"], 4, "IMAGE_MISSING"),
        (rows[11]["id"], 12, "IMAGE_MISSING"),
    ]


def test_a_file_of_trl_gives_the_same_and_rows_without_a_pair_are_named(finished, tmp_path, capsys):
    rows = [{**row, "source": "many" if i % 4 else "few"} for i, row in enumerate(mmrm(finished))]
    write(tmp_path / "pairs.jsonl", rows)
    forms = [lambda path: str(path), lambda path: {"bytes": None, "path": str(path)}]
    forms.append(lambda path: "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode())
    other = []
    for i, row in enumerate(rows):
        user = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": row["prompt"]}]}
        sides = {k: [user, {"role": "assistant", "content": row[k]}] for k in ("chosen", "rejected")}
        images = [forms[i % 3](finished / "media" / row["img_path"])]
        other.append({"id": row["id"], "source": row["source"], "images": images, **sides})
    write(tmp_path / "other.jsonl", other)
    args = ["evaluate", finished / "mm"]
    more = ["--images", finished / "media", "--text", finished / "proxy"]
    wanted = told(capsys, *args, tmp_path / "pairs.jsonl", *more)
    assert told(capsys, *args, tmp_path / "other.jsonl", *more) == wanted and len(wanted["kinds"]) == 2

    # All that is wrong is named at once: what holds no pair, and what cannot be seen.
    del other[2]["rejected"]
    damaged = tmp_path / "damaged.png"
    damaged.write_text("no image")
    other[19]["images"] = [str(damaged)]
    write(tmp_path / "other.jsonl", other)
    assert main([str(a) for a in (*args, tmp_path / "other.jsonl", *more)]) == 2
    message = capsys.readouterr().err
    assert "row 3" in message and "1 more pairs" in message
    found = told(capsys, *args, tmp_path / "other.jsonl", *more, "--unusable", "leave-out")
    assert found["pairs"] == 18 and [u["id"] for u in found["unusable"]] == [rows[2]["id"], rows[19]["id"]]


@pytest.mark.parametrize("wrong", ["role", "ids", "by", "margin"])
def test_what_does_not_fit_is_refused(finished, tmp_path, capsys, wrong):
    write(tmp_path / "text.jsonl", [{"id": "nobody", "margin": None if wrong == "margin" else 1.0}])
    args = ["evaluate", str(finished / "mm"), str(finished / "test.jsonl"), "--images", str(finished / "media")]
    text = finished / "mm" if wrong == "role" else tmp_path / "text.jsonl"
    more = ["--by", "colour"] if wrong == "by" else ["--text", str(text)]
    assert main([*args, *more]) == 2
    message = {"role": "no text-only model", "ids": "none of these pairs", "by": "colour", "margin": "row 1"}[wrong]
    assert message in capsys.readouterr().err


def test_a_model_that_gives_no_numbers_is_told_by_the_pair(finished, tmp_path, capsys):
    shutil.copytree(finished / "mm", tmp_path / "mm")
    weights = load_file(tmp_path / "mm" / "model.safetensors")
    weights["head.weight"][:] = float("nan")
    save_file(weights, tmp_path / "mm" / "model.safetensors")
    rows = mmrm(finished)
    write(tmp_path / "rows.jsonl", [{**row, "responses": [row["chosen"], row["rejected"]]} for row in rows])
    for command, place in (("evaluate", rows[0]["id"]), ("score", "row 1")):
        args = [command, tmp_path / "mm", tmp_path / "rows.jsonl", "--images", finished / "media"]
        assert main([str(a) for a in args]) == 2
        error = capsys.readouterr().err
        assert "DIVERGED" in error and place in error


def test_best_of_n_is_the_mean_over_all_subsets():
    rng = random.Random(0)
    rewards = [0.5, 0.5, -1.0, 2.0, 0.5, 1.5]
    gold = [rng.random() for _ in rewards]
    for n in range(1, 7):
        picks = []
        for subset in itertools.combinations(range(6), n):
            best = max(rewards[i] for i in subset)
            # Equal rewards: either of them, as likely.
            picks.append(np.mean([gold[i] for i in subset if rewards[i] == best]))
        assert best_of_n(rewards, gold, n) == pytest.approx(np.mean(picks), rel=1e-12)


def test_best_of_n_of_a_model(finished, tmp_path, capsys):
    rows = []
    for row in mmrm(finished):
        responses = [row["chosen"], row["rejected"], "It is black.", "It is a dog."]
        good = {"prompt": row["prompt"], "img_path": row["img_path"], "responses": responses, "truth": [1, 0, 0, 0]}
        rows.append(good)
    rows.append({**rows[0], "responses": ["It is red."], "truth": [0.25]})
    write(tmp_path / "responses.jsonl", rows)
    args = ["evaluate", finished / "mm", finished / "test.jsonl", "--images", finished / "media"]
    best_of = ["--best-of", tmp_path / "responses.jsonl", "--gold", "truth"]
    found = told(capsys, *args, *best_of)["best_of"]
    assert found["prompts"] == 21 and [(s["n"], s["prompts"]) for s in found["sizes"]] == [(1, 21), (4, 20)]
    one, four = found["sizes"]
    assert one["gold"]["value"] == one["oracle"]["value"] == pytest.approx((20 * 0.25 + 0.25) / 21)
    assert four["oracle"]["value"] == 1

    # The same by `score`; a small budget of tokens parts the responses and changes nothing.
    assert main(["score", *map(str, [finished / "mm", tmp_path / "responses.jsonl", *args[3:], "--tokens", 40])]) == 0
    scored = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert four["gold"]["value"] == pytest.approx(np.mean([s["best"] == 0 for s in scored[:20]]))

    rows[5]["truth"] = [1, 0, 0]
    write(tmp_path / "responses.jsonl", rows)
    assert main([str(a) for a in [*args, *best_of]]) == 2
    assert "row 6" in capsys.readouterr().err


def test_files_of_benchmarks_are_read_as_their_authors_publish_them(finished, tmp_path, capsys):
    rows = mmrm(finished)
    categories = ["safety", "reasoning", "open_generation/correctness_task", "vqa"]
    array = [
        {
            "ID": f"{'pairs' if i < 4 else 'MathVista' if i % 8 == 5 else 'other'}_{i // 2}",
            "Text": row["prompt"],
            "Image": row["img_path"],
            "Output1": row["rejected" if i % 2 else "chosen"],
            "Output2": row["chosen" if i % 2 else "rejected"],
            "Better": "Output2" if i % 2 else "Output1",
            "Category": categories[i % 4],
        }
        for i, row in enumerate(rows)
    ]
    (tmp_path / "all_data.json").write_text(json.dumps(array, indent=1))
    pairs = read_benchmark(tmp_path / "all_data.json", tmp_path)
    assert [(p.chosen, p.rejected) for p in pairs] == [(r["chosen"], r["rejected"]) for r in rows]
    assert [p.id for p in pairs[:3]] == ["pairs_0", "pairs_0#2", "pairs_1"]
    kinds = {"safety/bias", "safety/toxicity", "reasoning/math", "reasoning/coding", *categories[2:]}
    assert {p.category for p in pairs} == kinds
    args = ["--images", finished / "media"]
    first = told(capsys, "evaluate", finished / "mm", tmp_path / "all_data.json", *args)
    plain = told(capsys, "evaluate", finished / "mm", finished / "test.jsonl", *args)
    assert first["accuracy"]["value"] == plain["accuracy"]["value"]
    assert {k["kind"] for k in first["kinds"]} == kinds and plain["kinds"] == []

    sources = {"povid": "hallucination", "wildvision-battle": "general", "reasoning_tasks": "reasoning"}
    lines = [
        {
            "id": f"q-{i}",
            "image_path": f"images/{list(sources)[i % 3]}/{i}.png",
            "query": "<image>\n" + row["prompt"],
            "response": [row["rejected"], row["chosen"]][:: -1 if i % 2 else 1],
            "human_ranking": [0, 1] if i % 2 else [1, 0],
            "query_source": "COCO",
        }
        for i, row in enumerate(rows)
    ]
    write(tmp_path / "data.jsonl", lines)
    pairs = read_benchmark(tmp_path / "data.jsonl", tmp_path)
    assert [(p.prompt, p.chosen, p.rejected) for p in pairs] == [
        (r["prompt"], r["chosen"], r["rejected"]) for r in rows
    ]
    assert [p.category for p in pairs[:3]] == list(sources.values())
    assert pairs[1].paths == (tmp_path / "images" / "wildvision-battle" / "1.png",)
    lines[7]["human_ranking"] = [0, 0]
    write(tmp_path / "data.jsonl", lines)
    assert main(["evaluate", str(finished / "mm"), str(tmp_path / "data.jsonl")]) == 2
    assert "row 8, field human_ranking" in capsys.readouterr().err


def test_vl_rewardbench_of_the_hub_is_read(finished, tmp_path, capsys):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    rows = mmrm(finished)
    begins = {"RLHF-V-": "hallucination", "hallucination_pair-": "hallucination", "mathverse_": "reasoning"}
    begins["LRVInstruction-"] = "general"
    columns = {
        "id": [f"{list(begins)[i % 4]}{i}" for i in range(20)],
        "query": [row["prompt"] for row in rows],
        "response": [[row["rejected"], row["chosen"]] for row in rows],
        "image": [{"bytes": (finished / "media" / row["img_path"]).read_bytes(), "path": None} for row in rows],
        "human_ranking": [[1, 0]] * 20,
        "query_source": ["COCO"] * 20,
    }
    path = tmp_path / "test-00000-of-00001.parquet"
    pq.write_table(pa.table(columns), path)
    folder = tmp_path / "images"
    found = told(capsys, "evaluate", finished / "mm", path, "--images", folder)
    plain = told(capsys, "evaluate", finished / "mm", finished / "test.jsonl", "--images", finished / "media")
    assert found["accuracy"]["value"] == plain["accuracy"]["value"] and found["length"] == plain["length"]
    pairs = {"general": 5, "hallucination": 10, "reasoning": 5}
    assert {k["kind"]: k["pairs"] for k in found["kinds"]} == pairs
    assert len(list((folder / f"{path.stem}.images").iterdir())) == len({row["img_path"] for row in rows})
    columns = {name: column * 4 for name, column in columns.items()}
    columns["image"][70] = {"bytes": None, "path": "x.png"}
    pq.write_table(pa.table(columns), path)
    assert main(["evaluate", str(finished / "mm"), str(path), "--images", str(folder)]) == 2
    assert "row 71, field image" in capsys.readouterr().err
    pq.write_table(pa.table({"id": ["a"], "chosen": ["b"]}), path)
    assert main(["evaluate", str(finished / "mm"), str(path), "--images", str(folder)]) == 2
    assert "column query" in capsys.readouterr().err
