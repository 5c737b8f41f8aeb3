"""What the README says is held to the program."""

from __future__ import annotations

import re
from pathlib import Path

from local_aws import registry
from local_aws.fidelity import table
from local_aws.platform import SERVICES

PROJECT = Path(__file__).parent.parent
README = (PROJECT / "README.md").read_text()


def test_the_table_of_operations_is_the_registrys():
    registry.discover()
    shown = README.partition("<!-- operations -->\n")[2].partition("\n<!-- /operations -->")[0]
    assert shown == table(registry.operations().values(), SERVICES), "python -m local_aws operations prints it anew"


def test_every_file_the_readme_names_is_there():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (PROJECT / target).exists(), target


def test_every_make_target_the_readme_names_is_there():
    makefile = (PROJECT / "Makefile").read_text()
    for target in re.findall(r"`make (\w+)`", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
