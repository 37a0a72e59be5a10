"""Who is who: rows become people by the accounts they share, never by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.roster.rows import PersonRow
from bot.roster.sheets import PLATFORM_LABELS, Sheet
from storage.directory import AccountKey, KnownPerson


@dataclass(slots=True, eq=False)
class Somebody:
    """One person of the sheet. ``known`` is none for somebody new; ``phone`` empty if not given.

    ``accounts`` maps each account's key to the account as it is written.
    """

    rows: list[PersonRow]
    accounts: dict[AccountKey, str] = field(default_factory=dict)
    known: KnownPerson | None = None

    @property
    def name(self) -> str:
        """Return the name; all rows agree on it."""
        return self.rows[0].name

    @property
    def phone(self) -> str:
        """Return the phone number of whichever row gives it."""
        return next((row.phone for row in self.rows if row.phone), "")

    @property
    def instances(self) -> set[str]:
        """Return the platforms on which this person's accounts are stated."""
        return {instance for instance, _ in self.accounts}


@dataclass(frozen=True, slots=True)
class Register:
    """The people as the directory has them before the import; ``living`` hold a post today."""

    people: Mapping[str, KnownPerson]
    accounts: Mapping[AccountKey, tuple[str, str]]
    living: frozenset[str]
    phone_index: Callable[[str], str]


def match(sheet: Sheet, rows: Sequence[PersonRow], register: Register) -> list[Somebody]:
    """Return the people of the sheet, each tied to who they are in the directory.

    An account decides who somebody is. Where its holder in the directory has another name, the
    same phone number or a second account of the same holder makes it a change of name. It goes
    over to another person where its former holder takes another account on that platform in the
    same sheet, or holds no post any more. Everything else is a row for a person to look at.
    """
    found = _gather(rows)
    for somebody in found:
        _agree(sheet, somebody, "账号相同")
    sound = [one for one in found if not any(row.number in sheet.problems for row in one.rows)]
    for somebody in sound:
        _recognise(sheet, somebody, register)
    people = _unite(sheet, sound)
    stated = {one.known.id: one.instances for one in people if one.known is not None}
    for somebody in people:
        _claim(sheet, somebody, register, stated)
    return people


def _gather(rows: Sequence[PersonRow]) -> list[Somebody]:
    """Join the rows that share an account, directly or through another row."""
    holder: dict[AccountKey, Somebody] = {}
    found: dict[int, Somebody] = {}
    for row in rows:
        keys = _keys(row)
        met = {id(one): one for key in keys if (one := holder.get(key)) is not None}
        merged = Somebody([row])
        for one in met.values():
            merged.rows = [*one.rows, *merged.rows]
            merged.accounts |= one.accounts
            found.pop(id(one), None)
        merged.accounts |= {key: text for key, text in keys.items() if key not in merged.accounts}
        merged.rows.sort(key=lambda one: one.number)
        holder.update(dict.fromkeys(merged.accounts, merged))
        found[id(merged)] = merged
    return sorted(found.values(), key=lambda one: one.rows[0].number)


def _keys(row: PersonRow) -> dict[AccountKey, str]:
    return {(instance, text.lower()): text for instance, text in row.accounts}


def _agree(sheet: Sheet, somebody: Somebody, why: str) -> None:
    """Blame every row of one person whose rows tell different things; ``why`` it is one person."""
    phoned = [row for row in somebody.rows if row.phone]
    _same(sheet, somebody.rows, f"{why}，“姓名”却不同", lambda row: row.name)
    _same(sheet, phoned, f"{why}，“手机号”却不同", lambda row: row.phone)


def _same(
    sheet: Sheet, rows: Sequence[PersonRow], said: str, of: Callable[[PersonRow], str]
) -> None:
    if len({of(row) for row in rows}) <= 1:
        return
    for row in rows:
        others = "、".join(str(one.number) for one in rows if of(one) != of(row))
        sheet.blame(row.number, f"与第 {others} 行{said}")


def _recognise(sheet: Sheet, somebody: Somebody, register: Register) -> None:
    index = register.phone_index(somebody.phone) if somebody.phone else ""
    held: dict[str, int] = {}
    for key in somebody.accounts:
        if key in register.accounts:
            holder = register.accounts[key][0]
            held[holder] = held.get(holder, 0) + 1
    sure = [
        person
        for person_id, count in held.items()
        if (person := register.people[person_id]).name == somebody.name
        or (index and person.phone_index == index)
        or count > 1
    ]
    if len(sure) > 1:
        _blame(sheet, somebody.rows, "各账号在名册中分属不同的人，请分开填写或先更正其中一个账号")
    elif sure:
        somebody.known = sure[0]


def _unite(sheet: Sheet, found: Iterable[Somebody]) -> list[Somebody]:
    """Join those who share no account in the sheet and are one person in the directory."""
    people: list[Somebody] = []
    by_id: dict[str, Somebody] = {}
    for somebody in found:
        same = by_id.get(somebody.known.id) if somebody.known else None
        if same is None:
            people.append(somebody)
            if somebody.known:
                by_id[somebody.known.id] = somebody
            continue
        same.rows.extend(somebody.rows)
        same.accounts |= somebody.accounts
        _agree(sheet, same, "账号在名册中属于同一人")
    return people


def _claim(
    sheet: Sheet, somebody: Somebody, register: Register, stated: Mapping[str, set[str]]
) -> None:
    """Hold each account that somebody else has against the ways in which it may go over.

    Whose accounts on its platform are ``stated`` keeps it, or takes another one.
    """
    for key, text in somebody.accounts.items():
        person_id, _ = register.accounts.get(key, ("", ""))
        if person_id not in register.living or key[0] in stated.get(person_id, ()):
            continue
        name = register.people[person_id].name
        _blame(
            sheet,
            [row for row in somebody.rows if key in _keys(row)],
            f"{PLATFORM_LABELS[key[0]]}账号“{text}”登记在{name}名下；同一人改名请一并填写原手机号，"
            "换人请先为原来的人更换账号或结束任职",
        )


def _blame(sheet: Sheet, rows: Iterable[PersonRow], why: str) -> None:
    for row in rows:
        sheet.blame(row.number, why)
