"""Runs tests on changed copies of the modules they answer for, and says which changes they miss."""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("commonwatt", "ingest", "api", "dashboards", "tests", "firmware_docs", "pyproject.toml")
SEEDED = "--hypothesis-profile=ci"
PAGE = ROOT / "docs" / "studies" / "mutation.md"
EXPLAINED = ROOT / "docs" / "studies" / "mutation.toml"
READINGS = ("series", "registers", "energy", "laws", "disorder", "spikes")
PRICES = ("tariff", "cost", "tempo", "rates")
SAVED = ("baseline", "assessment", "savings", "tiers", "exclusions", "breaks")
MODULES = {
    "series": READINGS,
    "registers": READINGS,
    "energy": READINGS,
    "tariff": PRICES,
    "price_lists": PRICES,
    "tempo": PRICES,
    "rates": PRICES,
    "cost": PRICES,
    "change_points": (*SAVED, "change_points", "caltrack"),
    "baseline": SAVED,
    "assessment": SAVED,
    "savings": SAVED,
    "tiers": SAVED,
    "exclusions": SAVED,
    "breaks": SAVED,
    "caltrack": ("caltrack",),
    "release": ("release",),
}
"""The modules of the core whose numbers people are told, and the tests that each answers to."""

RULES = {
    "access": ("commonwatt/access.py", ("tests/registry/test_access.py",)),
    "claims": ("commonwatt/registry/claims.py", ("tests/registry/test_claims.py",)),
    "claiming": ("commonwatt/claiming.py", ("tests/storage/test_claiming.py",)),
    "claim_codes": ("commonwatt/storage/claims.py", ("tests/storage/test_claims.py",)),
    "consents": (
        "commonwatt/storage/consents.py",
        ("tests/storage/test_consents.py", "tests/ingest/test_pauses.py"),
    ),
}
"""The modules that decide who sees what, where they are, and the tests that each answers to."""

FLOOR = 0.85
KILLED, SURVIVED, TIMEOUT, UNTESTED = "killed", "survived", "timeout", "no tests"
EXIT_CODES = {0: SURVIVED, 1: KILLED, 3: KILLED, 5: UNTESTED, 33: UNTESTED}
TIMED_OUT = {36, 24, -24, 152, 255}
MOVED_DECORATORS = {"property"}
DROPPED_DECORATORS = {"cache", "lru_cache"}
MODULE_LEVEL = "(module)"
LONGEST_S = 120


class MutationError(Exception):
    """What went wrong with the run itself, in one sentence."""


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One change to one statement, told by its text so that it survives edits elsewhere."""

    module: str
    function: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change and what the tests made of it."""

    change: Change
    outcome: str

    @property
    def is_killed(self) -> bool:
        return self.outcome in {KILLED, TIMEOUT}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", help=f"some of: {', '.join(list_modules())}")
    parser.add_argument("--workers", type=int, default=1, help="mutants tried at once")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    arguments = parser.parse_args()
    modules = arguments.modules or list_modules()
    if unknown := set(modules) - set(list_modules()):
        parser.error(f"no such module: {', '.join(sorted(unknown))}")
    reasons = read_reasons()
    with tempfile.TemporaryDirectory(prefix="commonwatt-mutation-") as folder:
        mutants = [
            *run_mutmut(Path(folder), modules, arguments.workers),
            *run_constants(Path(folder), modules),
        ]
    if arguments.write:
        write_page(mutants, reasons)
    sys.exit(0 if report(modules, mutants, reasons) else 1)


def list_modules() -> list[str]:
    return [*MODULES, *RULES]


def source_of(module: str) -> str:
    return RULES[module][0] if module in RULES else f"commonwatt/core/{module}.py"


def read_reasons() -> dict[Change, str]:
    entries = tomllib.loads(EXPLAINED.read_text("utf-8")).get("survivor", [])
    return {
        Change(entry["module"], entry["function"], entry["before"], after): entry["reason"]
        for entry in entries
        for after in entry["after"]
    }


def list_tests(modules: list[str]) -> list[str]:
    """Name the test files of some modules: `test_energy.py`, `test_energy_edges.py`."""
    words = {word for module in modules for word in MODULES.get(module, ())}
    tests = ROOT / "tests" / "core"
    found = {path.name for word in words for path in tests.glob(f"test_{word}*.py")}
    ruled = {test for module in modules if module in RULES for test in RULES[module][1]}
    return [*(f"tests/core/{name}" for name in sorted(found)), *sorted(ruled)]


def run_mutmut(folder: Path, modules: list[str], workers: int) -> list[Mutant]:
    """Let mutmut change function bodies, in a copy, so that the working tree is left alone."""
    copy_tree(folder, modules)
    script = str(ROOT / "scripts" / "mutation_operators.py")
    command = [sys.executable, script, "run", "--max-children", str(workers)]
    log = folder / "mutmut.log"
    with log.open("w") as output:
        done = subprocess.run(
            command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        told = log.read_text("utf-8").splitlines()
        rest = "\n".join(line for line in told if "🎉" not in line)
        raise MutationError(f"mutmut ended with {done.returncode}:\n{rest[-3000:]}")
    return [mutant for name in modules for mutant in read_outcomes(folder, name)]


def copy_tree(folder: Path, modules: list[str]) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)
    for name in modules:
        path = folder / source_of(name)
        path.write_text(simplify_decorators(path.read_text("utf-8")), "utf-8")
    settings = {
        "source_paths": ["commonwatt"],
        "only_mutate": [source_of(name) for name in modules],
        "also_copy": [name for name in COPIED if name != "commonwatt"],
        "pytest_add_cli_args_test_selection": list_tests(modules),
        "pytest_add_cli_args": [SEEDED],
        "process_isolation": "forkserver",
        "timeout_constant": 4.0,
        "timeout_multiplier": 3.0,
        "use_git_change_detection": False,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n".join(["", "[tool.mutmut]", *lines, ""]))


def simplify_decorators(text: str) -> str:
    """Turn `@property def a` into `def a` and `a = property(a)`, which mutmut does not pass by.

    Caches are left out: what one test has computed, the next one would not compute again.
    """
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef) or len(node.decorator_list) != 1:
            continue
        decorator = node.decorator_list[0]
        name = ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if name in MOVED_DECORATORS | DROPPED_DECORATORS:
            lines[decorator.lineno - 1] = ""
        if name in MOVED_DECORATORS and node.end_lineno:
            indent = " " * node.col_offset
            lines[node.end_lineno - 1] += f"\n{indent}{node.name} = {name}({node.name})"
    return "\n".join(lines) + "\n"


def read_outcomes(folder: Path, module: str) -> Iterator[Mutant]:
    """Read what mutmut noted, and find what each mutant changed by comparing syntax trees."""
    changed = folder / "mutants" / source_of(module)
    noted = changed.with_suffix(".py.meta")
    if not noted.exists():
        return
    functions = {
        node.name: node
        for node in ast.walk(ast.parse(changed.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    codes: dict[str, int | None] = json.loads(noted.read_text("utf-8"))["exit_code_by_key"]
    for key, code in codes.items():
        name = key.rpartition(".")[2]
        stem = name.rpartition("__mutmut_")[0]
        original = functions[f"{stem}__mutmut_orig"]
        before, after = differ(original, functions[name])
        if code is None or (code not in EXIT_CODES and code not in TIMED_OUT):
            raise MutationError(f"{key} ended with {code}")
        outcome = TIMEOUT if code in TIMED_OUT else EXIT_CODES[code]
        yield Mutant(Change(module, readable(stem), before, after), outcome)


def readable(stem: str) -> str:
    """Turn mutmut's `xǁClassǁmethod` and `x_function` back into names."""
    return ".".join(part for part in stem.split("ǁ")[1:] if part) or stem.removeprefix("x_")


def differ(original: ast.FunctionDef, mutant: ast.FunctionDef) -> tuple[str, str]:
    """Return the statements that differ, each on one line whatever its layout."""
    one, other = (
        "\n".join(map(ast.unparse, [function.args, *function.body])).splitlines()
        for function in (original, mutant)
    )
    lines = [line for line in difflib.ndiff(one, other) if line[:2] in {"- ", "+ "}]
    gone = "; ".join(line[2:].strip() for line in lines if line[0] == "-")
    come = "; ".join(line[2:].strip() for line in lines if line[0] == "+")
    return gone, come


def run_constants(folder: Path, modules: list[str]) -> list[Mutant]:
    """Change the numbers outside of functions, which mutmut leaves alone, one process each."""
    mutants = []
    for module in modules:
        path = folder / source_of(module)
        text = (ROOT / path.relative_to(folder)).read_text("utf-8")
        for change, changed in change_constants(module, text):
            path.write_text(changed, "utf-8")
            mutants.append(Mutant(change, run_tests(folder, list_tests([module]))))
        path.write_text(text, "utf-8")
    return mutants


def change_constants(module: str, text: str) -> Iterator[tuple[Change, str]]:
    """Raise and lower every number of the module's level, of its classes and of its defaults."""
    lines = text.splitlines(keepends=True)
    for owner, node, value in list_constants(ast.parse(text)):
        line = lines[node.lineno - 1]
        start, end = node.col_offset, node.end_col_offset
        others = [not value] if isinstance(value, bool) else [value + 1, value - 1]
        for other in others:
            changed = f"{line[:start]}({other!r}){line[end:]}"
            copy = [*lines[: node.lineno - 1], changed, *lines[node.lineno :]]
            yield Change(module, owner, line.strip(), changed.strip()), "".join(copy)


def list_constants(tree: ast.Module) -> Iterator[tuple[str, ast.Constant, float]]:
    for statement in tree.body:
        for part in statement.body if isinstance(statement, ast.ClassDef) else [statement]:
            owner = statement.name if isinstance(statement, ast.ClassDef) else MODULE_LEVEL
            for value in list_values(part):
                yield from ((owner, *number) for number in list_numbers(value))


def list_values(statement: ast.stmt) -> list[ast.expr]:
    """What is computed once: the right side of an assignment, the defaults of a function."""
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        return [statement.value] if statement.value else []
    if isinstance(statement, ast.FunctionDef):
        return [*statement.args.defaults, *filter(None, statement.args.kw_defaults)]
    return []


def list_numbers(tree: ast.AST) -> Iterator[tuple[ast.Constant, float]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            yield node, node.value


def run_tests(folder: Path, tests: list[str]) -> str:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", SEEDED, *tests]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            check=False,
            timeout=LONGEST_S,
        )
    except subprocess.TimeoutExpired:
        return TIMEOUT
    return SURVIVED if done.returncode == 0 else KILLED


def report(modules: list[str], mutants: list[Mutant], reasons: dict[Change, str]) -> bool:
    """Print the table and what is not explained; say whether all is well."""
    survivors = [mutant.change for mutant in mutants if not mutant.is_killed]
    unexplained = sorted(Counter(change for change in survivors if change not in reasons).items())
    stale = sorted(set(reasons) - set(survivors))
    for change, times in unexplained:
        print(f"SURVIVED {change.module}.{change.function}" + (f" ({times} times)" * (times > 1)))
        print(f"    - {change.before}\n    + {change.after}")
    for change in stale:
        if change.module in modules:
            print(f"explained, but killed or gone: {change.module}.{change.function}")
            print(f"    - {change.before}\n    + {change.after}")
    low = []
    for module in modules:
        killed, total = count(mutants, module)
        print(f"{module:12} {killed:5} of {total:5} killed, {killed / total:.1%}")
        low += [module] * (killed < FLOOR * total)
    for module in low:
        print(f"{module}: less than {FLOOR:.0%} killed")
    return not unexplained and not low


def count(mutants: list[Mutant], module: str) -> tuple[int, int]:
    own = [mutant.is_killed for mutant in mutants if mutant.change.module == module]
    return sum(own), len(own)


INTRODUCTION = """# Mutation: what the tests of the core and of its rules would notice

`make mutation` changes one statement of a module at a time and runs the tests of `tests/core` that
reach it; modules that decide who sees what answer to tests of their own, some of them on PostgreSQL. A change that fails a test, or hangs it, is killed. The changes are those of mutmut
(arithmetic, comparisons at their edge, numbers plus one, arguments left out or None, booleans) and
those of `scripts/mutation_operators.py`: dropped statements, negated conditions, opposite
comparisons, numbers minus one, smallest and largest exchanged, the branches of `np.where`
exchanged. Numbers outside of functions are changed up and down by one as well. The sentences of
errors are not changed. At least 85 % of a module's mutants are killed, and every survivor stands
below with its reason; a survivor without one fails the command. Recorded homes take no part, and
what a test module computes as it is imported is not changed: such values belong into fixtures.

The command writes this page; the reasons are kept in `mutation.toml` beside it.
"""
ROW = re.compile(r"^## (\w+)\n\n(\d+) of (\d+) killed", re.MULTILINE)


def write_page(mutants: list[Mutant], reasons: dict[Change, str]) -> None:
    """Write the sections of the modules that ran; keep those of the others."""
    sections = {}
    if PAGE.exists():
        parts = re.split(r"^(?=## )", PAGE.read_text("utf-8"), flags=re.MULTILINE)
        sections = {found[1]: part for part in parts if (found := ROW.match(part))}
    for module in {mutant.change.module for mutant in mutants}:
        sections[module] = describe(module, mutants, reasons)
    ordered = [sections[name] for name in list_modules() if name in sections]
    table = ["| Module | Killed | Mutants | Share |", "| --- | ---: | ---: | ---: |"]
    for name, killed, total in ROW.findall("\n".join(ordered)):
        table.append(f"| `{name}` | {killed} | {total} | {int(killed) / int(total):.1%} |")
    page = "\n".join([INTRODUCTION, *table, "", *(section.strip() + "\n" for section in ordered)])
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page, "utf-8")


def describe(module: str, mutants: list[Mutant], reasons: dict[Change, str]) -> str:
    killed, total = count(mutants, module)
    hung = sum(m.outcome == TIMEOUT for m in mutants if m.change.module == module)
    lines = [
        f"## {module}",
        "",
        f"{killed} of {total} killed" + f", {hung} by hanging" * bool(hung) + ".",
    ]
    told: dict[tuple[str, str], set[Change]] = {}
    for mutant in mutants:
        change = mutant.change
        if change.module == module and not mutant.is_killed:
            reason = reasons.get(change, "Not explained.")
            told.setdefault((change.function, reason), set()).add(change)
    for (function, reason), changes in sorted(told.items()):
        lines += ["", f"`{function}`: {reason}", "", "```diff"]
        for before in sorted({change.before for change in changes}):
            afters = sorted(change.after for change in changes if change.before == before)
            lines += [f"- {before}", *(f"+ {after}" for after in afters)]
        lines += ["```"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    try:
        main()
    except MutationError as error:
        sys.exit(str(error))
