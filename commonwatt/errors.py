"""Every error the house raises on purpose; a docstring is its default message.

CommonwattError
+-- InputError              somebody gave us something we cannot use
|   +-- SeriesError         arrays that break an invariant of the core
|   +-- PayloadError        a message that no adapter can read
|   +-- RecordingError      a malformed line in a recorded file
|   +-- PeriodError         a period that ends before it begins, or is too long
|   +-- TariffError         a contract or price list with a hole, an overlap or an absurd entry
|   +-- CatalogueError      a malformed data file of prices or factors
|   +-- WeatherError        a malformed line in a weather file
|   +-- RegistryError       a meter, dwelling or move that contradicts what is registered
|       +-- KitError        a kit that cannot go to that stage, or a badge not earned yet
|       +-- ClaimError      a claim code that does not let a meter into a home
|   +-- IndexRefusedError   an index typed by a person that cannot be right
+-- AccessError             the viewer may not see this; doors answer "not found"
+-- ThrottledError          too many tries to get in
+-- SetupError              the machine lacks something; the message says what to do
|   +-- MissingServerError  a server program is not installed
|   +-- PortInUseError      somebody else listens on that port
|   +-- ServerStartError    a server was started and did not come up
+-- StorageError            the database refuses or is away
    +-- DatabaseAwayError   no connection; try again later
    +-- MigrationError      the schema is not what this program expects
    +-- RowRefusedError     the database refused a row for what it holds
"""

from __future__ import annotations


class CommonwattError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class InputError(CommonwattError):
    """The input cannot be used."""


class SeriesError(InputError):
    """These arrays do not form a series."""


class PayloadError(InputError):
    """The message cannot be read.

    `code` names the reason in the catalogue of words; `detail` says what was found.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class RecordingError(InputError):
    """The recording has a malformed line."""

    def __init__(self, file: str, line: int, expected: str, found: str) -> None:
        super().__init__(f"{file}, line {line}: expected {expected}, found {found!r}")
        self.line = line
        self.expected = expected


class PeriodError(InputError):
    """The period cannot be used."""


class TariffError(InputError):
    """The tariff cannot price this."""


class CatalogueError(InputError):
    """The data file cannot be used."""


class WeatherError(InputError):
    """The weather file has a malformed line."""

    def __init__(self, file: str, line: int, expected: str, found: str) -> None:
        super().__init__(f"{file}, line {line}: expected {expected}, found {found!r}")
        self.line = line
        self.expected = expected


class RegistryError(InputError):
    """The register of meters and homes says otherwise."""


class KitError(RegistryError):
    """The kit cannot do this now; `code` names the reason in the catalogue of words."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class ClaimError(RegistryError):
    """The claim code cannot be used; `code` names the reason in the catalogue of words."""

    def __init__(self, code: str, tries_left: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.tries_left = tries_left


class IndexRefusedError(InputError):
    """The typed index cannot be right; `code` names the reason in the catalogue of words."""

    def __init__(self, code: str) -> None:
        super().__init__(f"the typed index cannot be right: {code}")
        self.code = code


class AccessError(CommonwattError):
    """There is nothing here for you."""


class ThrottledError(CommonwattError):
    """Too many tries; wait five minutes."""


class SetupError(CommonwattError):
    """The machine lacks something this program needs."""


class MissingServerError(SetupError):
    """A server program is not installed."""


class PortInUseError(SetupError):
    """The port is taken by another program."""


class ServerStartError(SetupError):
    """The server did not start."""


class StorageError(CommonwattError):
    """The database refused."""


class DatabaseAwayError(StorageError):
    """The database cannot be reached."""


class MigrationError(StorageError):
    """The database schema is not the one this program expects."""


class RowRefusedError(StorageError):
    """The database refused a row."""
