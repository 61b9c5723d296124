"""Writes what a release is made of as CycloneDX: every pinned package with its hashes, and plotly.js."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
UV = Path(sys.executable).with_name("uv")
BUNDLE = ROOT / "dashboards" / "static" / "plotly-basic.min.js.gz"
_VERSION = re.compile(rb"plotly\.js \(basic - minified\) v([\d.]+)")


def main(out: str) -> None:
    Path(out).write_text(json.dumps(list_materials(), indent=1) + "\n", "utf-8")


def list_materials() -> dict[str, Any]:
    """The lock's packages that run, without mirrors, dates and numbers that change at every call."""
    told = subprocess.run(
        [
            UV,
            "export",
            "--quiet",
            "--frozen",
            "--no-dev",
            "--all-extras",
            "--format",
            "cyclonedx1.5",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    bill: dict[str, Any] = json.loads(told.stdout)
    del bill["serialNumber"], bill["metadata"]["timestamp"]
    bill["components"] = [_without_mirror(each) for each in bill["components"]] + [_plotly()]
    return bill


def _without_mirror(component: dict[str, Any]) -> dict[str, Any]:
    files = [
        reference | {"url": reference["url"].rpartition("/")[2]}
        for reference in component["externalReferences"]
    ]
    purl = component["purl"].partition("?")[0]
    return component | {"purl": purl, "externalReferences": files}


def _plotly() -> dict[str, Any]:
    found = _VERSION.search(gzip.decompress(BUNDLE.read_bytes())[:300])
    if found is None:
        raise SystemExit(f"{BUNDLE.name} does not say its version")
    version = found[1].decode()
    return {
        "type": "library",
        "bom-ref": f"plotly.js-basic-dist-min@{version}",
        "name": "plotly.js-basic-dist-min",
        "version": version,
        "purl": f"pkg:npm/plotly.js-basic-dist-min@{version}",
        "licenses": [{"license": {"id": "MIT"}}],
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
