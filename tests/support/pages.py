"""The documentation pages, and the code blocks on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = tuple(
    sorted(
        str(path.relative_to(ROOT))
        for pattern in ("README.md", "CHANGELOG.md", "docs/*.md", "examples/**/*.md")
        for path in ROOT.glob(pattern)
    )
)
"""The pages for users. The other pages are for contributors."""

_FENCE = re.compile(r"^ {0,3}(?P<fence>`{3,}|~{3,})(?P<info>.*)$")
_NAME = re.compile(r"^(?:#|//) (?P<name>[\w./-]+\.\w+)$")


@dataclass(frozen=True)
class Block:
    """A fenced block, with its page, first line, language and text."""

    page: str
    line: int
    language: str
    text: str

    @property
    def name(self) -> str | None:
        """Return the file name in the comment on the first line, or on the second line of a script."""
        for line in self.text.splitlines()[:2]:
            if found := _NAME.match(line):
                return found["name"]
            if not line.startswith("#!"):
                break
        return None

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def directive(self) -> bool:
        """Return whether the block is a directive for Sphinx, which checks it."""
        return self.language.startswith("{")


@dataclass
class Section:
    """The blocks under a second-level heading. The first section has the title of the page."""

    page: str
    title: str
    blocks: list[Block] = field(default_factory=list)

    @property
    def id(self) -> str:
        slug = re.sub(r"\W+", "-", self.title.lower()).strip("-")
        return f"{self.page}#{slug}"


def sections(page: str, text: str | None = None) -> list[Section]:
    """Return the sections of a page, with their blocks.

    Raises:
        ValueError: a block has no language or no end, or is indented instead of fenced.
    """
    found, fence, before = [Section(page, "")], "", ""
    block: list[str] = []
    language, start = "", 0
    content = (ROOT / page).read_text(encoding="utf-8") if text is None else text
    for number, line in enumerate(content.splitlines(), 1):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark["fence"].startswith(fence) and not mark["info"].strip():
                found[-1].blocks.append(Block(page, start, language, "".join(block)))
                fence = ""
            else:
                block.append(f"{line}\n")
        elif mark:
            fence, language, start, block = mark["fence"], mark["info"].strip(), number, []
            if not language:
                raise ValueError(f"{page}:{number}: a block without a language")
        elif re.match(r"#{1,2} ", line):
            title = line.lstrip("# ")
            found = (
                [Section(page, title)] if line.startswith("# ") else [*found, Section(page, title)]
            )
        elif line.startswith("    ") and not before.strip():
            raise ValueError(f"{page}:{number}: an indented block; give it a fence and a language")
        before = line
    if fence:
        raise ValueError(f"{page}:{start}: a block without an end")
    return found


def links(page: str) -> Iterator[str]:
    """Yield the paths in this repository that the page links to, without anchors."""
    text = (ROOT / page).read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```$|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if not re.match(r"[a-z]+:", target) and not target.startswith("#"):
            yield target.partition("#")[0]
