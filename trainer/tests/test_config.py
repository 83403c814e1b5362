"""What decides the hash of a run, and that every option has a use."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
from conftest import make_run

import blindfold_trainer
from blindfold_trainer.protocol.config import load_config
from blindfold_trainer.protocol.config_fields import ConfigFields

CODE = "\n".join(
    path.read_text() for path in Path(blindfold_trainer.__file__).parent.rglob("*.py") if "protocol" not in path.parts
)


def test_a_run_of_the_first_version_keeps_its_hash(tmp_path):
    """A new option at its default must not enter the hash: runs begun before it could not be resumed."""
    found = load_config(make_run(tmp_path / "run")).hash
    assert found == "2833c433c3710090510b13a59605a9aba0a015d254b55ea34a94321e90ba835d"


@pytest.mark.parametrize("change", [{"seed": 4}, {"sfc_floor": 0.2}, {"sfc_normalise": True}, {"tuning": "full"}])
def test_an_option_that_decides_the_result_decides_the_hash(tmp_path, change):
    assert load_config(make_run(tmp_path / "a")).hash != load_config(make_run(tmp_path / "b", **change)).hash


@pytest.mark.parametrize("change", [{"threads": 2}, {"checkpoint_every": 9}, {"run_id": "other"}, {"sfc_floor": 0}])
def test_what_decides_nothing_stays_out_of_it(tmp_path, change):
    assert load_config(make_run(tmp_path / "a")).hash == load_config(make_run(tmp_path / "b", **change)).hash


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(ConfigFields)])
def test_every_option_is_read_by_the_trainer(name):
    assert re.search(rf"\b(?:config|options)\.{name}\b", CODE), "an option that nothing reads changes nothing"


def test_every_method_has_a_loss():
    schema = json.loads((Path(blindfold_trainer.__file__).parent / "protocol/schema/config.json").read_text())
    methods = set(schema["properties"]["method"]["enum"])
    source = (Path(blindfold_trainer.__file__).parent / "training/gradients.py").read_text()
    # The text-only method has no branch that a loss is chosen for.
    assert set(re.findall(r'case "([a-z-]+)":', source)) == methods - {"text-only"}
