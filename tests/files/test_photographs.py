"""A photograph leaves with nothing but its picture."""

from __future__ import annotations

import pytest

from bot.filetypes import BROKEN, RefusedFileError
from bot.photographs import ONLY_PICTURES, TOO_WIDE, bare
from tests.files.photos import BIRD, bare_jpg, jpg, png_with
from tests.files.samples import PDF, png

TEXTS = ((b"tEXt", b"Author\0" + BIRD), (b"iTXt", BIRD), (b"eXIf", b"II*\0" + BIRD),
         (b"tIME", BIRD[:7]), (b"iCCP", b"x\0\0" + BIRD), (b"acTL", BIRD))  # fmt: skip


@pytest.mark.parametrize("turned", [1, 3, 6, 8])
def test_of_a_jpg_the_picture_stays_and_which_way_up_it_is(turned: int) -> None:
    content = jpg(turned=turned)
    assert content.count(BIRD) == 8
    assert bare(content) == bare_jpg(turned=turned)
    assert bare(bare(content)) == bare(content)


def test_of_a_png_the_picture_stays() -> None:
    assert bare(png_with(*TEXTS, (b"tRNS", b"\0\1")) + BIRD) == png_with((b"tRNS", b"\0\1"))
    assert bare(png()) == png()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (PDF, ONLY_PICTURES),
        (b"GIF89a" + bytes(40), ONLY_PICTURES),
        (b"", ONLY_PICTURES),
        (jpg()[:-40], BROKEN),  # no end
        (jpg()[:60], BROKEN),  # a part without its rest
        (b"\xff\xd8\xff", BROKEN),
        (b"\xff\xd8\xff\xd9" + bytes(9), BROKEN),  # no picture
        (png()[:-8], BROKEN),
        (png().replace(b"IDAT", b"IDAx"), BROKEN),  # its sum is another
        (b"\x89PNG\r\n\x1a\n" + png()[33:], BROKEN),  # no head
        (png_with(wide=300_000_000), TOO_WIDE),
        (jpg().replace(b"\x08\0\1\0\1\1", b"\x08\xff\xff\xff\xff\1"), TOO_WIDE),
        (jpg().replace(b"\x08\0\1\0\1\1", b"\x08\0\0\0\1\1"), BROKEN),
    ],
)
def test_what_is_no_whole_picture_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(RefusedFileError, match=says):
        bare(content)
