"""Draws forms, as a process of its own: run by its path, it speaks over its pipes and knows nobody.

A compiler is not safe for two threads, is not small, and cannot be stopped half way; a process is
alone, gives its memory back and can be killed. It reads a request (JSON behind its length) and
answers with a number of files, each behind its length, until its input ends.
"""

from __future__ import annotations

import io
import json
import os
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO, Literal

ROOM = Path(__file__).parent
FONTS = ROOM / "vendor"
FORMS = ROOM / "forms"
NUMBER = struct.Struct(">I")
FAILED = 2**32 - 1
"""In place of the number of files: one text follows, which says what is wrong with the form."""


class Easel:
    """Draws forms; each has a compiler, which keeps its fonts from one drawing to the next."""

    def __init__(self) -> None:
        # Whoever only serves never pays for these.
        import typst  # noqa: PLC0415

        self._typst = typst
        self._compilers: dict[str, Any] = {}

    def draw(
        self, form: str, data: dict[str, Any], kind: Literal["pdf", "png"], ppi: float
    ) -> list[bytes]:
        """Return the one PDF, or a PNG for each page. The same data gives the same bytes."""
        compiler = self._compilers.get(form)
        if compiler is None:
            compiler = self._compilers[form] = self._typst.Compiler(
                str(FORMS / f"{form}.typ"),
                root=str(FORMS),
                font_paths=[str(FONTS)],
                ignore_system_fonts=True,
            )
        # What people wrote is data to the form, never a part of it: nothing in it is run.
        whole = {**data, "qr": _square(data["address"]) if data.get("address") else ""}
        inputs = {"data": json.dumps(whole, ensure_ascii=False)}
        drawn: Any = compiler.compile(
            format=kind, ppi=ppi, sys_inputs=inputs, timestamp=data.get("at", 0)
        )
        return [*drawn] if isinstance(drawn, list) else [drawn]


def _square(address: str) -> str:
    import segno  # noqa: PLC0415

    picture = io.BytesIO()
    segno.make(address, error="m", micro=False).save(picture, kind="svg", border=2, xmldecl=False)
    return picture.getvalue().decode()


def serve(asked: BinaryIO, answers: BinaryIO) -> None:
    """Draw what is asked for until nobody asks any more."""
    easel: Easel | None = None
    while len(head := asked.read(NUMBER.size)) == NUMBER.size:
        wish = json.loads(asked.read(NUMBER.unpack(head)[0]))
        try:
            easel = easel or Easel()
            files = easel.draw(wish["form"], wish["data"], wish["kind"], wish["ppi"])
            answers.write(NUMBER.pack(len(files)))
        except Exception as error:  # whatever it is, the next form may be sound
            files = [f"{type(error).__name__}: {error}".encode("utf-8", "replace")]
            answers.write(NUMBER.pack(FAILED))
        for file in files:
            answers.write(NUMBER.pack(len(file)) + file)
        answers.flush()


if __name__ == "__main__":
    os.nice(5)  # a form can wait; people who talk cannot
    serve(sys.stdin.buffer, sys.stdout.buffer)
