"""What a sentence from outside wants, and which words of it may be a product or a school."""

import pytest

from storage.rules.around import parts_of
from storage.rules.asking import Wish, understand


@pytest.mark.parametrize(
    ("said", "pieces", "school"),
    [
        ("老师叫装云阅渎 有备案吗", ("云阅渎",), ""),
        ("瓯江实小用的云阅读备案了没", ("云阅读",), "瓯江实小"),
        ("我家孩子在温州二中，星图课堂能用吗", ("星图课堂",), "温州二中"),
        ("作业宝要钱吗", ("作业宝",), ""),
        ("班主任让下载晴禾口算每天打卡正规吗", ("晴禾口算",), ""),
        ("老师说要装个叫星图课堂的软件，正规吗", ("星图课堂",), ""),
        ("yun yue du 备案了吗", ("yunyuedu",), ""),
        ("学习软件有备案吗", (), ""),  # no name at all
        ("那个app备案了吗", (), ""),
        ("小学的软件有备案吗", (), ""),  # a level is no school
    ],
)
def test_names_are_found_among_the_words_around_them(
    said: str, pieces: tuple[str, ...], school: str
) -> None:
    asked = understand(said)
    assert asked.wants(Wish.ASK)
    assert (asked.pieces, asked.school) == (pieces, school)


@pytest.mark.parametrize(
    ("said", "wishes"),
    [
        ("学校收了3280买平板", (Wish.REPORT,)),
        ("我要反映", (Wish.REPORT,)),
        ("那个作业什么宝的，学校让买会员", (Wish.REPORT, Wish.ASK)),
        ("查 7K2P", (Wish.FOLLOW_UP,)),
        ("看该校已备案清单", (Wish.LIST,)),
        ("帮助", (Wish.HELP,)),
        ("谢谢您", (Wish.GREETING,)),
        ("是的", (Wish.YES,)),
        ("都不是", (Wish.NO,)),
        ("不限学校", (Wish.ANY_SCHOOL,)),
        ("今天天气不错", (Wish.UNCLEAR,)),
    ],
)
def test_what_is_wanted_is_read(said: str, wishes: tuple[Wish, ...]) -> None:
    assert understand(said).wishes == wishes


@pytest.mark.parametrize(
    "said",
    [
        "我家王小明在三班，云阅读安全吗",
        "孩子叫王小明，云阅读安全吗",
        "我是王小明妈妈，想问云阅读安全吗",
        "王小明同学用的云阅读安全吗",
        "学号20231234，云阅读安全吗",
        "我手机13857712345，云阅读安全吗",
        "四年级2班用的云阅读安全吗",
    ],
)
def test_what_is_said_of_a_child_is_taken_out(said: str) -> None:
    asked = understand(said)
    assert asked.about_child and asked.about_safety
    assert "王小明" not in repr(asked) and "138" not in repr(asked) and "2023" not in repr(asked)


@pytest.mark.parametrize("said", ["云阅读安全吗", "班级小管家备案了吗", "李白诗词备案了吗"])
def test_what_is_said_of_a_product_is_not_of_a_child(said: str) -> None:
    assert not understand(said).about_child


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("温教进校备〔2026〕0302A0007号是真的吗", "温教进校备〔2026〕0302A0007号"),
        ("编号 2026-0302A0007", "2026-0302A0007"),
        ("教APP备3301234号", "教APP备3301234号"),
        ("尾号0007", "0007"),
        ("0007", "0007"),
    ],
)
def test_a_number_stands_for_itself(said: str, number: str) -> None:
    assert understand(said).number == number


@pytest.mark.parametrize(
    ("piece", "parts"),
    [("云阅读和作业宝", ("云阅读", "作业宝")), ("云阅读", ()), ("和美课堂", ())],
)
def test_two_names_in_one_piece_are_parted(piece: str, parts: tuple[str, ...]) -> None:
    assert parts_of(piece) == parts


@pytest.mark.parametrize(
    "row",
    ["有没有" * 66, "老师让" * 66, "要不要会不会" * 33, "学习" * 100, "的" * 200, "查询" * 100],
)
def test_a_long_row_of_such_words_is_read_as_quickly_as_any(row: str) -> None:
    understand(row)
