"""Runs mutmut with the mutants that it lacks: dropped statements, swapped branches, opposites."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# mutmut lives in an environment of its own, which the type checker does not look into.
cst: Any = import_module("libcst")
mutators: Any = import_module("mutmut.mutation.mutators")

OPPOSITES = {
    cst.LessThan: cst.GreaterThanEqual,
    cst.LessThanEqual: cst.GreaterThan,
    cst.GreaterThan: cst.LessThanEqual,
    cst.GreaterThanEqual: cst.LessThan,
}
SWAPS = (
    ("minimum", "maximum"),
    ("fmin", "fmax"),
    ("min", "max"),
    ("nanmin", "nanmax"),
    ("any", "all"),
    ("floor", "ceil"),
    ("left", "right"),
)
SWAPPED: dict[Any, str] = {**dict(SWAPS), **{other: one for one, other in SWAPS}}


def drop_call(node: Any) -> Iterator[Any]:
    if isinstance(node.value, cst.Call):
        yield cst.Pass()


def drop_statement(_node: Any) -> Iterator[Any]:
    yield cst.Pass()


def drop_item_assignment(node: Any) -> Iterator[Any]:
    """Leave out `a[b] = c`; without `a = c` little would run at all."""
    if any(isinstance(target.target, cst.Subscript) for target in node.targets):
        yield cst.Pass()


def negate_condition(node: Any) -> Iterator[Any]:
    inner = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    yield node.with_changes(test=cst.UnaryOperation(cst.Not(), inner))


def reverse_comparison(node: Any) -> Iterator[Any]:
    if opposite := OPPOSITES.get(type(node.operator)):
        yield node.with_changes(operator=opposite())


def swap_function(node: Any) -> Iterator[Any]:
    name = node.func.attr if isinstance(node.func, cst.Attribute) else node.func
    if other := SWAPPED.get(getattr(name, "value", None)):
        yield node.with_deep_changes(name, value=other)


def swap_side(node: Any) -> Iterator[Any]:
    if other := SWAPPED.get(node.evaluated_value):
        yield node.with_changes(value=f'"{other}"')


def swap_branches(node: Any) -> Iterator[Any]:
    """Turn `where(a, b, c)` into `where(a, c, b)`."""
    if len(node.args) == 3 and node.func.deep_equals(cst.parse_expression("np.where")):
        condition, yes, no = node.args
        yield node.with_changes(
            args=[condition, yes.with_changes(value=no.value), no.with_changes(value=yes.value)]
        )


def lower_number(node: Any) -> Iterator[Any]:
    if isinstance(node, cst.Integer | cst.Float):
        value = node.evaluated_value - 1
        sign = [cst.LeftParen()], [cst.RightParen()]
        if value >= 0:
            yield node.with_changes(value=repr(value))
        else:
            yield cst.UnaryOperation(
                cst.Minus(), node.with_changes(value=repr(-value)), lpar=sign[0], rpar=sign[1]
            )


def change_word(node: Any) -> Iterator[Any]:
    """Change a name or a code, but not the sentence of an error."""
    if " " not in node.value:
        yield from mutators.operator_string(node)


def main() -> None:
    operators = mutators.mutation_operators
    operators[operators.index((cst.BaseString, mutators.operator_string))] = (
        cst.SimpleString,
        change_word,
    )
    operators += [
        (cst.Expr, drop_call),
        (cst.Raise, drop_statement),
        (cst.AugAssign, drop_statement),
        (cst.Assign, drop_item_assignment),
        (cst.If, negate_condition),
        (cst.ComparisonTarget, reverse_comparison),
        (cst.Call, swap_function),
        (cst.SimpleString, swap_side),
        (cst.Call, swap_branches),
        (cst.BaseNumber, lower_number),
    ]
    import_module("mutmut.__main__").cli()


if __name__ == "__main__":
    main()
