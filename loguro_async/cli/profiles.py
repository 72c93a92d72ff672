"""Named profiles: tokens and addresses, in a file that only its owner can read."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Final

import msgspec
import platformdirs
from msgspec import Struct

from loguro_async.errors import ConfigurationError

DEFAULT: Final = "default"
_TOKEN: Final = re.compile(r"pat_\S+")
_LINE: Final = re.compile(r"line \d+")


class Profile(Struct, frozen=True, forbid_unknown_fields=True):
    """A token and the address of the service that it is for.

    Attributes:
        token: A personal access token.
        base_url: Origin and path prefix; by default those of the public service.
    """

    token: str
    base_url: str | None = None

    def __repr__(self) -> str:
        """Returns the address without the token."""
        return f"Profile(base_url={self.base_url!r})"


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    profiles: dict[str, Profile] = {}


def config_path() -> Path:
    """Returns the file of the profiles: ``$LOGURO_CONFIG``, else in the user's config folder."""
    named = os.environ.get("LOGURO_CONFIG")
    return Path(named) if named else platformdirs.user_config_path("loguro-async") / "config.toml"


def find_profile(name: str | None) -> Profile | None:
    """Returns the profile to use; ``None`` for the token of the environment.

    The order is: the profile that ``name`` or ``$LOGURO_PROFILE`` names, then ``$LOGURO_PAT``, then
    the profile ``default``.

    Args:
        name: The value of ``--profile``, if given.

    Raises:
        ConfigurationError: The profile does not exist, or its file cannot be used.
    """
    name = name or os.environ.get("LOGURO_PROFILE") or None
    path = config_path()
    if name is None and (os.environ.get("LOGURO_PAT") or not path.exists()):
        return None
    profiles = read_profiles(path)
    if name is None:
        return profiles.get(DEFAULT)
    if name not in profiles:
        known = ", ".join(map(repr, profiles)) or "none"
        message = f"there is no profile {name!r} in {path}; give one of: {known}"
        raise ConfigurationError(message)
    return profiles[name]


def profile_names() -> list[str]:
    """Returns the names for completion in a shell; none if they cannot be read."""
    try:
        return list(read_profiles(config_path()))
    except ConfigurationError:
        return []


def read_profiles(path: Path) -> dict[str, Profile]:
    """Returns all profiles of a file, by name. Errors do not quote the file, which has secrets.

    Raises:
        ConfigurationError: The file cannot be read, other users can read it, or it is not valid.
    """
    try:
        with path.open("rb") as file:
            _check_owner(path, os.fstat(file.fileno()))
            text = file.read().decode("utf-8-sig")
        return msgspec.convert(tomllib.loads(text), _File).profiles
    except OSError as error:
        message = f"cannot read the profiles in {path}: {error.strerror}; check the path"
        raise ConfigurationError(message) from None
    except UnicodeDecodeError:
        message = f"{path} is not text in UTF-8; save it as UTF-8"
        raise ConfigurationError(message) from None
    except tomllib.TOMLDecodeError as error:
        where = _LINE.search(str(error))
        message = f"{path} is not valid TOML{f', at {where[0]}' if where else ''}; correct it"
        raise ConfigurationError(message) from None
    except msgspec.ValidationError as error:
        reason = _TOKEN.sub("pat_…", str(error))
        message = (
            f"{path} has no valid profiles: {reason}; see the documentation of the command line"
        )
        raise ConfigurationError(message) from None


def _check_owner(path: Path, found: os.stat_result) -> None:
    if os.name != "posix":
        return  # elsewhere, a user's folder is closed to others by itself
    if found.st_uid != os.geteuid():
        message = f"{path} belongs to another user; make a file of your own"
        raise ConfigurationError(message)
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        message = f"others can read the tokens in {path}; close it: chmod 600 {path}"
        raise ConfigurationError(message)
