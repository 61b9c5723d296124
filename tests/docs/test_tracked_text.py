"""No file of the repository tells of the machine it was written on, nor of anybody's mirror."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVED_NOWHERE = "index.invalid"
IGNORED = {
    line.strip("/")
    for line in (ROOT / ".gitignore").read_text("utf-8").splitlines()
    if line.endswith("/")
} | {".git"}
HOSTS = [
    ".".join(labels)
    for labels in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("ports", "ubuntu", "com"),
    )
]
FOLDERS = ("work", "root", "Users")
FORBIDDEN = re.compile(
    "|".join([*map(re.escape, HOSTS), *(rf"(?<![\w.}}]){'/'}{name}/\w" for name in FOLDERS)])
)


def list_files() -> list[Path]:
    """What a commit could hold: everything but what git ignores, and pictures."""
    tops = [top for top in ROOT.iterdir() if top.name not in IGNORED]
    found = [path for top in tops for path in ([top] if top.is_file() else top.rglob("*"))]
    return [path for path in found if path.is_file() and path.suffix not in {".pyc", ".png"}]


def find_forbidden(text: str) -> list[str]:
    own = [place for place in (str(ROOT), str(Path.home())) if len(place) > 5 and place in text]
    return [*FORBIDDEN.findall(text), *own]


def test_no_machine_path_and_no_mirror() -> None:
    told = {
        str(path.relative_to(ROOT)): found
        for path in list_files()
        if (found := find_forbidden(path.read_text("utf-8", errors="replace")))
    }
    assert told == {}


@pytest.mark.parametrize(
    "text",
    [f"https://{HOSTS[0]}/simple", f"see /{FOLDERS[0]}/main", f"under {ROOT}"],
)
def test_a_path_or_a_mirror_is_found(text: str) -> None:
    assert find_forbidden(text)


def test_pages_of_the_service_are_no_machine_paths() -> None:
    assert find_forbidden("GET /home/explore, docs/work/plan, {ROOT}/work/x") == []


def test_the_lock_file_has_no_address() -> None:
    text = (ROOT / "uv.lock").read_text("utf-8")
    assert set(re.findall(r"https?://([^/\"]+)", text)) == {SERVED_NOWHERE}


def test_licences_are_whole() -> None:
    texts = {path.stem: path.read_text("utf-8") for path in (ROOT / "LICENSES").iterdir()}
    assert texts.keys() == {"AGPL-3.0-or-later", "CERN-OHL-S-2.0", "CC-BY-SA-4.0", "MIT"}
    assert (ROOT / "LICENSE").read_text("utf-8") == texts["AGPL-3.0-or-later"]
    last_words = {
        "AGPL-3.0-or-later": "END OF TERMS AND CONDITIONS",
        "CERN-OHL-S-2.0": "  8.6 This Licence shall not be enforceable except by a Licensor",
        "MIT": "CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.",
        "CC-BY-SA-4.0": "No term or condition of this Public License will be waived",
    }
    assert all(words in texts[name] for name, words in last_words.items())


def test_the_version_is_in_the_changelog() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] in (ROOT / "CHANGELOG.md").read_text("utf-8")
