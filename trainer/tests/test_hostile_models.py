"""Models that came from strangers: none of their code is run, what is no model is refused by name, and nothing goes on for ever."""

import json
import os
import pickle
from pathlib import Path

import pytest

pytest.importorskip("transformers")
pytest.importorskip("peft")
import tiny_vlm  # noqa: E402

from blindfold_trainer.data import chat_templates  # noqa: E402
from blindfold_trainer.models.opening import open_branches, open_saved  # noqa: E402
from blindfold_trainer.models.options import ModelOptions  # noqa: E402
from blindfold_trainer.models.tiny.saved_model import load_model  # noqa: E402
from blindfold_trainer.protocol.errors import TrainerError  # noqa: E402


class Evil:
    def __reduce__(self):
        return os.system, ("touch /tmp/blindfold-model-was-run",)


@pytest.fixture(autouse=True)
def nothing_was_run():
    yield
    assert not Path("/tmp/blindfold-model-was-run").exists()


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return tiny_vlm.make("qwen2_5_vl", tmp_path_factory.mktemp("base") / "qwen")


def copied(base: Path, to: Path) -> Path:
    """The model with files of its own to change; what is large is linked."""
    to.mkdir()
    for file in base.iterdir():
        (to / file.name).write_bytes(file.read_bytes())
    return to


def say(folder: Path, name: str, **more: object) -> None:
    path = folder / name
    value = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**value, **more}))


def tensors(header: bytes, data: bytes = b"") -> bytes:
    return len(header).to_bytes(8, "little") + header + data


CODE = f"import os\nos.system('touch /tmp/blindfold-model-was-run')\nclass M: pass\n"
DEEP = "[" * 100_000 + "]" * 100_000
CASES = {
    "code of the model": (lambda d: say(d, "config.json", auto_map={"AutoModel": "code.M"}), "Python code of its own"),
    "code of the tokenizer": (
        lambda d: say(d, "tokenizer_config.json", auto_map={"AutoTokenizer": [None, "code.M"]}),
        "Python code of its own",
    ),
    "code of the image processor": (
        lambda d: say(d, "preprocessor_config.json", auto_map={"AutoImageProcessor": "code.M"}),
        "Python code of its own",
    ),
    "kernels of the hub": (lambda d: say(d, "config.json", _attn_implementation="owner/kernel"), "code of its own"),
    "kernels of the hub for a part": (
        lambda d: say(d, "config.json", text_config={**json.loads((d / "config.json").read_text()).get("text_config", {}), "attn_implementation": "owner/kernel"}),
        "code of its own",
    ),
    "a pickle in place of weights": (
        lambda d: ((d / "model.safetensors").unlink(), (d / "pytorch_model.bin").write_bytes(pickle.dumps(Evil()))),
        r"pytorch_model\.bin: a pickle",
    ),
    "a pickle called safetensors": (lambda d: (d / "model.safetensors").write_bytes(pickle.dumps(Evil())), "cannot be read"),
    "a header of 2^63 bytes": (lambda d: (d / "model.safetensors").write_bytes(b"\xff" * 7 + b"\x7f{}"), "cannot be read"),
    "an empty file": (lambda d: (d / "model.safetensors").write_bytes(b""), "cannot be read"),
    "tensors that overlap": (
        lambda d: (d / "model.safetensors").write_bytes(
            tensors(b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}', bytes(12))
        ),
        "cannot be read",
    ),
    "a tensor beyond the file": (
        lambda d: (d / "model.safetensors").write_bytes(tensors(b'{"a":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}}')),
        "cannot be read",
    ),
    "weights above the folder": (
        lambda d: ((d / "model.safetensors").unlink(), say(d, "model.safetensors.index.json", metadata={}, weight_map={"a": "../x.safetensors"})),
        "as weights",
    ),
    "layers without end": (
        lambda d: say(d, "config.json", text_config={**json.loads((d / "config.json").read_text()).get("text_config", {}), "num_hidden_layers": 10**9}),
        "num_hidden_layers",
    ),
    "settings that are too deep": (lambda d: (d / "tokenizer_config.json").write_text(DEEP), "nested too deeply"),
    "settings of megabytes": (lambda d: (d / "tokenizer.json").write_bytes(b" " * (65 * 2**20)), "longer than"),
    "a template that takes a power": (lambda d: (d / "chat_template.jinja").write_text("{{ 10 ** 10 ** 10 }}"), "template is not run"),
    "a template without end": (
        lambda d: (d / "chat_template.jinja").write_text("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}{{ messages }}"),
        "does not come to an end",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_base_is_refused_by_name(case, base, tmp_path):
    change, says = CASES[case]
    folder = copied(base, tmp_path / "model")
    (folder / "code.py").write_text(CODE)
    change(folder)
    with pytest.raises(TrainerError, match=says) as caught:
        open_branches(ModelOptions(model=str(folder), lora_rank=2))
    assert caught.value.code in ("MODEL_INVALID", "MODEL_UNKNOWN", "DATA_INVALID")


def test_a_pattern_that_does_not_come_to_an_end_is_the_fault_of_its_text(base, tmp_path):
    folder = copied(base, tmp_path / "model")
    described = json.loads((folder / "tokenizer.json").read_text())
    described["normalizer"] = {"type": "Replace", "pattern": {"Regex": "q(a+)+$"}, "content": "b"}
    (folder / "tokenizer.json").write_text(json.dumps(described))
    branches = open_branches(ModelOptions(model=str(folder), roles=("proxy",), lora_rank=2))
    assert branches.encode_texts("1", "question", ["a b"], []).responses == 1
    with pytest.raises(TrainerError, match="does not take this text") as caught:
        branches.encode_texts("2", "question", ["q" + "a" * 5000 + "!"], [])
    assert caught.value.of_row


@pytest.mark.parametrize(
    "source",
    [
        "{{ 2 ** 100000000 }}",
        "{{ 'x' * 10000000000 }}",
        "{{ [1] * 10000000000 }}",
        "{{ 100000000 * messages[0].content }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ 'x' | center(1000000000) }}",
        "{{ 'x' | indent(1000000000) }}",
        "{{ lipsum(n=100000000) }}",
        "{{ " + "(" * 5000 + ")" * 5000 + " }}",
        "{% for %}",
        "x" * (2**20 + 1),
    ],
)
def test_a_template_is_refused_before_it_is_compiled(source):
    assert chat_templates.problem(source)


def test_templates_as_models_have_them_are_run(base):
    assert chat_templates.problem((base / "chat_template.jinja").read_text() if (base / "chat_template.jinja").exists() else "{{ messages }}") is None
    for source in (
        "{% for m in messages %}{% if loop.index0 % 2 == 0 %}{{ m['content'] | trim }}{% endif %}{% endfor %}",
        "{% for t in tools %}{{ t | tojson(indent=4) }}{% endfor %}{% generation %}{{ messages[0] }}{% endgeneration %}",
        "{%- set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% break %}{% endfor %}{{ 2 * loop.index }}",
    ):
        assert chat_templates.problem(source) is None, source


CARDS = {
    "too deep": DEEP,
    "no object": "[]",
    "half": '{"format": 2',
    "of another size": None,
    "a base above": json.dumps({"format": 2, "role": "mm", "tuning": "lora", "adapter": {}, "base": {"model": "../../..", "revision": None, "fingerprint": ""}}),
}


@pytest.mark.parametrize("case", CARDS)
def test_a_saved_model_is_refused(case, tmp_path):
    content = CARDS[case]
    if content is None:
        from blindfold_trainer.models.tiny.saved_model import load_base, save_model

        save_model(load_base(), tmp_path / "mm", role="mm", options={"max_length": 256}, config_hash="0" * 64, data_hash="0" * 64)
        card = json.loads((tmp_path / "mm/rm_config.json").read_text())
        card["architecture"]["width"] = 2**40
        (tmp_path / "mm/rm_config.json").write_text(json.dumps(card))
        with pytest.raises(TrainerError):
            load_model(tmp_path / "mm")
        return
    (tmp_path / "rm_config.json").write_text(content)
    with pytest.raises(TrainerError) as caught:
        open_saved(tmp_path)
    assert caught.value.code in ("MODEL_INVALID", "MODEL_UNKNOWN")
