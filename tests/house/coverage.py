"""Which test shows which line of the notice: read from the marks in the tests, as a page.

``python -m tests.house.coverage`` writes ``docs/coverage.md``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.notice import LATER, NOT_SOFTWARE, REQUIREMENTS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "coverage.md"
HEAD = """# 通知逐条对照

温教办技〔2022〕65号的每一条要求，由哪些测试证明；哪些还没有建成；或者为什么不由程序承担。
测试名写作 `文件::名称`，在 `tests/` 之下。本页由测试上的标记生成，与测试不一致时检查不通过。

共{all}条：已证明{shown}条，其中{partly}条尚有一部分没有建成；另有{open}条尚未建成。

| 条 | 出处 | 要求 | 证明 |
|---|---|---|---|
"""


def marks() -> Iterator[tuple[int, str]]:
    """Give (number of a line, file::test) for every mark in the tests."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = path.relative_to(ROOT / "tests").as_posix()
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for number in (one for mark in node.decorator_list for one in _numbers(mark)):
                    yield number, f"{name}::{node.name}"


def _numbers(mark: ast.expr) -> list[int]:
    if not (isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.covers"):
        return []
    return [int(str(ast.literal_eval(one)).removeprefix("R")) for one in mark.args]


def page() -> str:
    """Return the page as the tests have it now."""
    shown: dict[int, list[str]] = {}
    for number, test in marks():
        shown.setdefault(number, []).append(f"`{test}`")
    rows = []
    for number, (place, asked) in REQUIREMENTS.items():
        proof = sorted(shown.get(number, []))
        if number in NOT_SOFTWARE:
            proof.append(f"不由程序承担：{NOT_SOFTWARE[number]}")
        if number in LATER:
            proof.append(f"尚未建成：{LATER[number]}")
        rows.append(f"| R{number} | {place} | {asked} | {'<br>'.join(proof)} |")
    head = HEAD.format(
        all=len(REQUIREMENTS),
        shown=len(shown),
        partly=len(shown.keys() & LATER.keys()),
        open=len(LATER.keys() - shown.keys()),
    )
    return head + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
