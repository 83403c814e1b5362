"""The trainer as users install it: a wheel, built here without a network, in an environment of its own."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from conftest import PACKAGE, write_pairs

BUILD = "import sys, setuptools.build_meta as backend; print(backend.build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    pytest.importorskip("setuptools", minversion="77")
    folder = tmp_path_factory.mktemp("wheel")
    # What is built leaves files beside its sources.
    source = shutil.copytree(PACKAGE, folder / "source", ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
    done = subprocess.run([sys.executable, "-c", BUILD, folder], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.splitlines()[-1]


def test_it_holds_the_package_its_data_and_the_licence(wheel):
    with zipfile.ZipFile(wheel) as files:
        names = set(files.namelist())
        info = next(name.split("/")[0] for name in names if name.endswith(".dist-info/METADATA"))
        metadata = files.read(f"{info}/METADATA").decode()
        licence = files.read(f"{info}/licenses/LICENSE").decode()
        entry = files.read(f"{info}/entry_points.txt").decode()
    ours = {
        f"blindfold_trainer/{path.relative_to(PACKAGE / 'blindfold_trainer').as_posix()}"
        for path in (PACKAGE / "blindfold_trainer").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert ours <= names and {name for name in names if not name.startswith(info)} == ours
    assert licence == (PACKAGE.parent / "LICENSE").read_text() and "Apache License" in licence
    assert "License-Expression: Apache-2.0" in metadata and "Requires-Dist: torch" in metadata
    assert "blindfold_trainer = blindfold_trainer.cli:main" in entry


def test_it_works_in_an_environment_of_its_own(wheel, tmp_path):
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    programs = venv / ("Scripts" if os.name == "nt" else "bin")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))}

    def run(*command: object) -> subprocess.CompletedProcess:
        done = subprocess.run(
            [programs / command[0], *command[1:]], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return done

    run("python", "-m", "pip", "install", "--no-index", "--no-deps", "--disable-pip-version-check", wheel)
    # PyTorch is that of the environment in which the tests run.
    site = run("python", "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])").stdout.strip()
    Path(site, "tests.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    # Somebody works in a folder with a file of this name.
    (tmp_path / "torch.py").write_text("raise SystemExit('torch.py was run')")
    assert "usage: blindfold_trainer" in run("blindfold_trainer", "--help").stdout
    told = json.loads(run("blindfold_trainer", "version").stdout)
    assert told["models"][0] == "tiny" and len(told["base_sha256"]) == 64
    write_pairs(tmp_path, "pairs", 2, seed=1)
    seen = json.loads(run("blindfold_trainer", "inspect", "tiny", "--pairs", "pairs.jsonl", "--images", "media").stdout)
    assert seen["kind"] == "pair" and seen["roles"]["mm"]["tokens_in_row"] > 0
    where = run("python", "-c", "import os; os.chdir('/'); import blindfold_trainer; print(blindfold_trainer.__file__)")
    assert str(venv) in where.stdout
