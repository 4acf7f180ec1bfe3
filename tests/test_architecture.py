"""The shape of the project: import contracts, and where the top-level packages come from."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from pkgutil import iter_modules

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("newsriver", "schemas", "producers", "consumers")
TOP_LEVEL = {"newsriver", "schemas", "producers", "consumers", "ops", "tests", "docs"}


def test_the_import_contracts_are_kept() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout


def test_every_part_of_newsriver_has_its_layer() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layered = set(re.findall(r"newsriver\.(\w+)", " ".join(contracts[0]["layers"])))
    assert layered == {module.name for module in iter_modules([str(ROOT / "newsriver")])}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_top_level_package_comes_from_this_distribution(package: str) -> None:
    """Names such as `schemas` are common: another distribution that brings one would shadow ours, or be shadowed."""
    assert set(packages_distributions().get(package, ["newsriver"])) == {"newsriver"}
    imported = __import__(package)
    assert Path(imported.__path__[0]).parent in {ROOT, Path(str(distribution("newsriver").locate_file("")))}


def test_the_repository_has_the_folders_that_the_readme_names_and_no_others() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("not a git work tree")
    folders = {line.split("/")[0] for line in tracked.stdout.splitlines() if "/" in line and line[0] != "."}
    assert folders == TOP_LEVEL


def test_only_the_runtime_and_the_start_of_the_embedded_broker_import_the_client_of_the_broker() -> None:
    users = {
        path.relative_to(ROOT)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"^\s*(import|from) aiokafka\b", path.read_text(), re.MULTILINE)
    }
    runtime = {path for path in users if path.parts[:2] == ("newsriver", "kafka")}
    assert runtime
    assert users - runtime == {Path("newsriver/broker/embedded.py")}
