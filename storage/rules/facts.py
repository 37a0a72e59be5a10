"""What the rules need to know of a filing: declared facts and what the directory says."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Self

from storage.rules.terms import Kind, Owner, Ownership, Scale, SchoolStage, Term, UnitKind


class StageGroup(StrEnum):
    """The three groups of stages that the notice tells apart (三（一）)."""

    GENERAL = "general"
    VOCATIONAL = "vocational"
    KINDERGARTEN = "kindergarten"


def group_of(stage: SchoolStage) -> StageGroup:
    """Return the group of a stage: 高中, 初中 and 小学 are 普教."""
    if stage is SchoolStage.VOCATIONAL:
        return StageGroup.VOCATIONAL
    if stage is SchoolStage.KINDERGARTEN:
        return StageGroup.KINDERGARTEN
    return StageGroup.GENERAL


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one filing.

    ``owner`` … ``main_stage`` come from the directory, the rest from the teacher's answers.
    ``money``: school or treasury money is spent; ``purchase``: something is bought (``None``: same
    as ``money``). ``fee_uncertain``, ``byod`` and ``paid_entry`` follow from the teacher's
    questions. ``classes``, ``students`` and ``terms`` are ``None`` until asked.
    ``product_no_known``: the register already holds the product's own number. ``legacy``: it was in
    use before it was filed, and is filed afterwards on the track for that (存量补备, Q24).
    """

    kind: Kind
    stages_in_use: tuple[SchoolStage, ...] = ()
    owner: Owner = Owner.COUNTY
    unit_kind: UnitKind = UnitKind.SCHOOL
    ownership: Ownership = Ownership.PUBLIC
    school_levels: tuple[SchoolStage, ...] = ()
    main_stage: SchoolStage | None = None
    scale: Scale = Scale.WIDE
    money: bool = False
    purchase: bool | None = None
    fee_uncertain: bool = False
    byod: bool = False
    paid_entry: bool = False
    preinstalled_apps: bool = False
    biometrics: bool = False
    minors_data: bool = False
    broad_data: bool = False
    product_no_known: bool = False
    classes: int | None = None
    students: int | None = None
    terms: int | None = None
    legacy: bool = False

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Return the single kinds: 终端和应用 is a terminal part and an APP part (M11)."""
        return (Kind.TERMINAL, Kind.APP) if self.kind is Kind.BOTH else (self.kind,)

    @property
    def has_apps(self) -> bool:
        """Tell whether an application comes into the school, alone or on a device."""
        return self.kind is not Kind.TERMINAL or self.preinstalled_apps

    @property
    def is_purchase(self) -> bool:
        """Tell whether something is bought; money spent counts unless the school says otherwise."""
        return self.money if self.purchase is None else self.purchase

    @property
    def settled_main_stage(self) -> SchoolStage | None:
        """Return the main stage; a directory that names none means the first level it lists."""
        return self.main_stage or (self.school_levels[0] if self.school_levels else None)

    def to_dict(self) -> dict[str, object]:
        """Return the facts as JSON values; ``from_dict`` reads them."""
        found: dict[str, object] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            found[item.name] = list(value) if isinstance(value, tuple) else value
        return found

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> Self:
        """Read what ``to_dict`` wrote.

        Raises:
            ValueError: a value outside its closed set; TypeError: an unknown or missing name.
        """
        read = dict(values)
        for name, term in _TERMS.items():
            if read.get(name) is not None:
                read[name] = term(str(read[name]))
        for name in ("stages_in_use", "school_levels"):
            listed = read.get(name, ())
            assert isinstance(listed, (list, tuple))
            read[name] = tuple(SchoolStage(one) for one in listed)
        return cls(**read)  # type: ignore[arg-type]  # written by to_dict


_NOT_DECLARED = frozenset(
    {"owner", "unit_kind", "ownership", "school_levels", "main_stage", "product_no_known", "legacy"}
)


def must_sign_again(before: Facts, after: Facts, *, products_changed: bool = False) -> bool:
    """Tell whether the principal signs a completed filing again, or is only told of it.

    What the principal vouched for: declared facts, scope, fees and products. A document added or
    a word mended changes none of these; nor does what the directory or the register says.

    Source: design 2.7; 附件 学校审核.
    """
    return products_changed or any(
        getattr(before, item.name) != getattr(after, item.name)
        for item in fields(Facts)
        if item.name not in _NOT_DECLARED
    )


_TERMS: Mapping[str, type[Term]] = {
    "kind": Kind,
    "owner": Owner,
    "unit_kind": UnitKind,
    "ownership": Ownership,
    "main_stage": SchoolStage,
    "scale": Scale,
}
