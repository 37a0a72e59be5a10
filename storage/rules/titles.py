"""What a product's name is made of: its base, and for whom that one of several is (学生端)."""

from typing import Final

from storage.rules.patterns import Pattern

_ENDS: Final = Pattern(
    r"[\s（(·-]*(学生|教师|老师|家长|学校|校园|师生|家校|管理|教学|少儿|儿童|小学|初中|高中)"
    r"(端|版|版本|客户端)[)）]?(APP|app)?$"
)
_LEAST: Final = 2


def base_name(name: str) -> str:
    """Return a name without the end that says for whom it is; empty where it has none.

    Source: requirements A.10b: where only a base name is given, its 学生端 and 家长端 are offered.
    """
    base = _ENDS.sub("", name.strip()).strip()
    return base if base != name.strip() and len(base) >= _LEAST else ""
