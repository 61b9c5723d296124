"""Each template is given exactly what its page's record documents."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from jinja2 import meta, nodes

from dashboards import contexts, guide_contexts, home_contexts, landlord_contexts
from dashboards.contexts import Page
from dashboards.rendering import TEMPLATES

RECORDS = [
    record
    for module in (contexts, guide_contexts, home_contexts, landlord_contexts)
    for record in vars(module).values()
    if isinstance(record, type) and is_dataclass(record) and record.__module__ == module.__name__
]
PAGES = [record for record in RECORDS if issubclass(record, Page) and record is not Page]


def names_used(template: str) -> set[str]:
    """The names a template asks of its context, with those of what it extends and includes."""
    assert TEMPLATES.loader is not None
    source = TEMPLATES.loader.get_source(TEMPLATES, template)[0]
    tree = TEMPLATES.parse(source)
    parents = [name for name in meta.find_referenced_templates(tree) if name == "base.html"]
    parents += [found.template.value for found in tree.find_all(nodes.Include)]  # type: ignore[attr-defined] # a constant
    macros = {name for found in tree.find_all(nodes.FromImport) for name in found.names}
    used = set(meta.find_undeclared_variables(tree)) - macros
    return used.union(*(names_used(parent) for parent in parents if parent))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__)
def test_a_template_uses_exactly_what_is_documented(page: type[Page]) -> None:
    assert names_used(page.template) == {field.name for field in fields(page)}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_field_is_explained(record: Any) -> None:
    unsaid = [field.name for field in fields(record) if not field.metadata.get("help")]
    assert unsaid == []
    assert record.__doc__.endswith(".")


def test_no_template_is_without_a_page() -> None:
    pages = {page.template for page in PAGES}
    partials = {name for name in TEMPLATES.list_templates() if name.startswith("_partials/")}
    assert {*TEMPLATES.list_templates()} == {"base.html", *pages, *partials}
