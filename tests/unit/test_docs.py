"""All pages in docs/: the commands that they show exist, and so does what they link to."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from newsriver.cli.app import app

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {path.name: path.read_text("utf-8") for path in sorted(DOCS.glob("*.md"))}


def command_lines(page: str) -> set[str]:
    """Every `newsriver` command in a block or in the text, those included that are called in a container."""
    blocks = re.findall(r"^```console\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    shown = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    text = re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    lines = [*shown, *re.findall(r"`((?:docker compose exec \w+ )?newsriver [a-z][^`]*)`", text)]
    return {" ".join(line[line.index("newsriver ") :].split()) for line in lines if "newsriver " in line}


@pytest.mark.parametrize("line", sorted(set().union(*map(command_lines, PAGES.values()))))
def test_a_command_exists_with_its_options(line: str) -> None:
    words = [word for word in shlex.split(line.partition(" | ")[0], comments=True)[1:] if word != "…"]
    assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0


def test_commands_are_found_in_blocks_and_in_the_text() -> None:
    shown = command_lines("```console\n$ newsriver up\n```\nand `newsriver run poller`\n")
    assert shown == {"newsriver up", "newsriver run poller"}


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_links_to_exists(name: str) -> None:
    for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", PAGES[name]):
        path = DOCS / target if target else DOCS / name
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
