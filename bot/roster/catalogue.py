"""Takes the sheet 产品: the register of products that the whole city shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.roster.places import blame_repeated
from bot.roster.report import Tally
from bot.roster.rows import ProductRow, odd_numbers
from bot.roster.sheets import PRODUCTS, Sheet
from bot.roster.taking import Taking
from storage.gaps import CITY
from storage.ids import new_id
from storage.products import Product, fold

Key = tuple[str, str, str]


def take_products(taking: Taking, sheet: Sheet, rows: Sequence[ProductRow]) -> Tally:
    """Write the products of a sound sheet; products that are not listed stay.

    A product is known by name, kind and its own number. One that had no number takes the one that
    is listed now. Empty cells leave what is known; filled aliases take the place of the former.
    """
    tally = Tally(PRODUCTS, len(sheet.rows))
    keys = [(row.number, (fold(row.name), row.kind.value, row.product_no)) for row in rows]
    blame_repeated(sheet, keys, "产品名称、类型和产品备案号")
    if not sheet.is_sound:
        return tally
    known = {(one.folded, one.kind, one.product_no): one for one in taking.directory.products()}
    named = taking.directory.aliases()
    listed: set[Key] = {key for _, key in keys}
    new, changed, aliases = [], [], {}
    for row in rows:
        before = _known(known, row, listed)
        if before is None:
            product = Product(
                new_id(taking.now),
                row.name,
                fold(row.name),
                row.developer,
                row.product_no,
                row.kind.value,
                row.checked,
            )
            new.append(product)
            taking.trace(CITY, "products_new", product.id)
        else:
            product = replace(
                before,
                name=row.name,
                developer=row.developer or before.developer,
                product_no=row.product_no or before.product_no,
                checked=row.checked or before.checked,
            )
        wanted = {fold(one): one for one in row.aliases if fold(one) not in ("", product.folded)}
        renamed = bool(wanted) and wanted != named.get(product.id, {})
        if renamed:
            aliases[product.id] = wanted
        if before is not None and (product != before or renamed):
            changed.append(product)
            taking.trace(CITY, "products_changed", product.id)
            tally.lines.append(f"变更 {product.name}")
        taking.step()
    taking.directory.add_products(new)
    taking.directory.change_products(changed)
    taking.directory.name_products(aliases)
    if odd := odd_numbers(rows):
        shown = "、".join(odd[:10])
        sheet.notes.append(f"产品备案号格式异常，照收待核，共 {len(odd)} 个：{shown}。")
    tally.new, tally.changed = len(new), len(changed)
    return tally


def _known(known: dict[Key, Product], row: ProductRow, listed: set[Key]) -> Product | None:
    """Return the product of a row; one without a number gets the row's if no row claims it."""
    folded, kind = fold(row.name), row.kind.value
    exact = known.get((folded, kind, row.product_no))
    if exact is not None:
        return exact
    if not row.product_no:
        same = [one for key, one in known.items() if key[:2] == (folded, kind)]
        mine = [one for one in same if one.developer == row.developer or not row.developer]
        return mine[0] if len(mine) == 1 else None
    bare = known.get((folded, kind, ""))
    if bare is None or (folded, kind, "") in listed:
        return None
    if bare.developer and row.developer and bare.developer != row.developer:
        return None
    # Two listed numbers must not both take the one that had none.
    return known.pop((folded, kind, ""))
