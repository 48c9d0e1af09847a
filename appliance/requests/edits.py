"""What an edit of the building file is, and what it makes of the two texts, building.toml and secrets.toml.

Pure. An edit: {"op": "set", "path", "value"} | {"op": "remove", "path"} | {"op": "add", "path", "value", "at"?}. The
parts of a path are keys, and for an entry of an array its index, or an object of keys that tell it: {"id": "nowak"}.
Whether the building makes sense afterwards is not asked here.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from appliance.building.source import IDENTITIES
from appliance.requests.sheet import KeyPath, Sheet, value_at

# The keys that are written to secrets.toml, by table.
SECRET_KEYS = {
    "lines": ("password", "pin"),
    "extensions": ("password",),
    "notify": ("mail_password", "push"),
}
OPS = ("set", "remove", "add")


class EditError(Exception):
    """An edit that cannot be made; `index` counts from 0."""

    def __init__(self, index: int, text: str) -> None:
        super().__init__(text)
        self.index = index


def apply(building: str, secrets: str, edits: Sequence[object]) -> tuple[str, str]:
    """The texts after the edits, made one after another. Raises EditError.

    Comments and everything that no edit names stay as they were. A password goes to the secrets, and out of the
    building file; the secrets of an entry that is gone go too, those of one that is renamed go along.
    """
    texts = _Texts(building, secrets)
    for index, edit in enumerate(edits):
        try:
            texts.apply(edit)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise EditError(index, f"edit {index}: {error.args[0] if error.args else error}") from error
    return texts.building.text, texts.secrets.text


def without_secrets(data: Mapping[str, Any]) -> dict[str, Any]:
    """A building's data without its secrets, times and dates as texts: what may be shown."""
    shown: dict[str, Any] = _plain(data)
    for holder, key, _ in _secrets_in(shown):
        del holder[key]
    return shown


def beside(building: dict[str, Any], secrets: Mapping[str, Any]) -> dict[str, Any]:
    """What may be shown, with what stands in secrets.toml for convenience alone: the address of the mail server."""
    told = without_secrets(secrets)
    for table in SECRET_KEYS:
        if isinstance(told.get(table), dict) and isinstance(building.get(table, {}), dict):
            building[table] = {**building.get(table, {}), **told[table]}
    return building


def secret_paths(data: Mapping[str, Any]) -> list[list[Any]]:
    """Where there is a secret, as an edit names it."""
    return [path for holder, key, path in _secrets_in(data) if holder[key] not in ("", [])]


class _Texts:
    """The two texts while they are edited."""

    def __init__(self, building: str, secrets: str) -> None:
        self.building, self.secrets = Sheet(building), Sheet(secrets)

    def apply(self, edit: Any) -> None:  # noqa: ANN401
        """One edit. Raises KeyError, IndexError, TypeError, ValueError."""
        if not isinstance(edit, dict) or edit.get("op") not in OPS or not isinstance(edit.get("path"), list):
            raise ValueError(f"an edit has an op (one of {', '.join(OPS)}) and a path")
        path = resolved(self.building.data, edit["path"])
        if not path:
            raise ValueError("a path has at least one part")
        if edit["op"] == "remove" and self.secrets.has(path) and not self.building.has(path):
            self._no_longer_beaten(path)
            return
        expected = changed(self.building.data, edit["op"], path, edit.get("value"), edit.get("at"))
        if _is_secret(path) and edit["op"] != "add":
            self._keep_secret(path, "" if edit["op"] == "remove" else edit.get("value"))
            return
        self._no_longer_beaten(path)
        before = list(_names(self.building.data))
        hidden = list(_taken_out(expected, self.building.data))
        hidden += _left_out(expected, self.building.data) if edit["op"] == "set" else []
        value: Any = value_at(expected, path) if edit["op"] != "remove" else None
        if edit["op"] == "set":
            self.building.set(path, value)
        elif edit["op"] == "remove":
            self.building.remove(path)
        else:
            at = edit.get("at")
            place = len(value_or(self.building.data, path, [])) if at is None else min(max(at, 0), len(value) - 1)
            self.building.add(path, value[place], at)
        if without_empty_arrays(self.building.data) != without_empty_arrays(expected):
            raise ValueError("this cannot be written without changing something else")
        self._follow_names(path, before)
        for entry, secret in hidden:
            self._keep_secret(resolved(self.building.data, entry), secret)

    def _no_longer_beaten(self, path: KeyPath) -> None:
        """What an edit sets holds: secrets.toml, which may say the same key of a single table, does not beat it."""
        if len(path) == 2 and all(isinstance(each, str) for each in path) and self.secrets.has(path):
            self.secrets.remove(path)

    def _keep_secret(self, path: KeyPath, value: object) -> None:
        """Let a secret stand in secrets.toml alone; "" or an empty list takes it away."""
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
            raise ValueError("a secret is a text, or a list of texts")
        if self.building.has(path):
            self.building.remove(path)
        place = _in_secrets(self.building.data, self.secrets.data, path)
        if value in ("", []):
            if self.secrets.has(place):
                self.secrets.remove(place)
                if len(place) == 3 and len(value_at(self.secrets.data, place[:-1])) == 1:
                    self.secrets.remove(place[:-1])  # nothing but its name is left
            return
        if not self.secrets.has(place[:-1]) and len(path) == 3:
            identity, name = _identity(self.building.data, path)
            self.secrets.add((path[0],), {identity: name, str(path[-1]): value})
        else:
            self.secrets.set(place, value)

    def _follow_names(self, path: KeyPath, before: list[tuple[str, str, int]]) -> None:
        """Rename and take away in the secrets what was renamed or taken away in the building."""
        now = {(table, name): index for table, name, index in _names(self.building.data)}
        for table, name, index in before:
            if (table, name) in now or not self.secrets.has((table,)):
                continue
            identity = IDENTITIES.get(table, "id")
            found = [at for at, each in enumerate(self.secrets.data[table]) if each.get(identity) == name]
            if path == (table, index, identity):
                for at in found:
                    self.secrets.set((table, at, identity), value_at(self.building.data, path))
            else:
                for at in reversed(found):
                    self.secrets.remove((table, at))


def resolved(data: Any, parts: Sequence[Any]) -> KeyPath:  # noqa: ANN401
    """The path of keys and indices that an edit's path means. Raises KeyError where an entry is not there."""
    path: KeyPath = ()
    for part in parts:
        if isinstance(part, dict):
            entries = data if isinstance(data, list) else []
            matching = (
                at for at, each in enumerate(entries) if isinstance(each, dict) and part.items() <= each.items()
            )
            index = next(matching, None)
            if index is None:
                raise KeyError(f"there is no entry {part}")
            part = index
        elif not isinstance(part, str | int) or isinstance(part, bool):
            raise ValueError(f"{part!r} is no part of a path")
        path = (*path, part)
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            data = None
    return path


def changed(data: Mapping[str, Any], op: str, path: KeyPath, value: Any, at: Any = None) -> dict[str, Any]:  # noqa: ANN401
    """The data after one edit of it: what the text must say afterwards. Raises KeyError, IndexError, ValueError."""
    after: Any = copy.deepcopy(data)
    above: Any = path[:-1]
    key: Any = path[-1]
    holder: Any = after
    for part in above:
        holder = holder.setdefault(part, {}) if isinstance(holder, dict) and isinstance(part, str) else holder[part]
    if not isinstance(holder, dict if isinstance(key, str) else list):
        raise KeyError(f"nothing can stand at {'.'.join(map(str, path))}")
    if op == "remove":
        del holder[key]
    elif op == "set":
        holder[key] = copy.deepcopy(value)
    else:
        array = holder.setdefault(key, []) if isinstance(holder, dict) else holder[key]
        if not isinstance(array, list) or not (at is None or type(at) is int):
            raise KeyError(f"{'.'.join(map(str, path))} is no list")
        array.insert(len(array) if at is None else max(at, 0), copy.deepcopy(value))
    return dict(after)


def value_or(data: Any, path: KeyPath, default: Any) -> Any:  # noqa: ANN401
    """What stands at a path, or the default."""
    try:
        return value_at(data, path)
    except (KeyError, IndexError, TypeError):
        return default


def without_empty_arrays(data: Any) -> Any:  # noqa: ANN401
    """The same without arrays that hold nothing: once its last entry is gone, `[[announcements]]` is no key at all."""
    if isinstance(data, Mapping):
        return {key: without_empty_arrays(each) for key, each in data.items() if each != []}
    return [without_empty_arrays(each) for each in data] if isinstance(data, list) else data


def _is_secret(path: KeyPath) -> bool:
    return len(path) in (2, 3) and path[-1] in SECRET_KEYS.get(str(path[0]), ())


def _secrets_in(data: Any) -> Iterator[tuple[dict[str, Any], str, list[Any]]]:  # noqa: ANN401
    """Each secret: the table that holds it, its key, its path as an edit names it."""
    for table, keys in SECRET_KEYS.items():
        held = data.get(table)
        entries = held if isinstance(held, list) else [held]
        for index, entry in enumerate(entries):
            for key in keys:
                if isinstance(entry, dict) and key in entry:
                    identity = IDENTITIES.get(table, "id")
                    part = {identity: entry[identity]} if identity in entry else index
                    yield entry, key, [table, part, key] if isinstance(held, list) else [table, key]


def _taken_out(expected: dict[str, Any], before: Mapping[str, Any]) -> Iterator[tuple[list[Any], Any]]:
    """Take the secrets that an edit brings out of the data; those that stood in the file before stay there."""
    known = {str(path): holder[key] for holder, key, path in _secrets_in(before)}
    for holder, key, path in list(_secrets_in(expected)):
        if known.get(str(path)) != holder[key]:
            yield path, holder.pop(key)


def _left_out(expected: dict[str, Any], before: Mapping[str, Any]) -> Iterator[tuple[list[Any], Any]]:
    """The secrets that stood in the file, of entries that are set again without them: nobody could have known them."""
    kept = {str(path) for _, _, path in _secrets_in(expected)}
    for holder, key, path in _secrets_in(before):
        entry: Any = expected
        try:
            entry = value_at(expected, resolved(expected, path[:-1]))
        except (KeyError, IndexError, TypeError):
            continue
        if str(path) not in kept and isinstance(entry, dict):
            yield path, holder[key]


def _in_secrets(building: Any, secrets: Any, path: KeyPath) -> KeyPath:  # noqa: ANN401
    """Where the secret of a path of the building stands, or would stand, in the secrets."""
    if len(path) == 2:
        return path
    identity, name = _identity(building, path)
    entries = secrets.get(path[0], [])
    index = next((at for at, each in enumerate(entries) if each.get(identity) == name), len(entries))
    return (path[0], index, path[-1])


def _identity(building: Any, path: KeyPath) -> tuple[str, str]:  # noqa: ANN401
    """The key that tells an entry from others, and what it says. Raises KeyError where it says nothing."""
    identity = IDENTITIES.get(str(path[0]), "id")
    return identity, value_at(building, (*path[:2], identity))


def _names(data: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Table, name and index of each entry that can have a secret."""
    for table in SECRET_KEYS:
        entries = data.get(table)
        for index, each in enumerate(entries if isinstance(entries, list) else []):
            name = each.get(IDENTITIES.get(table, "id")) if isinstance(each, dict) else None
            if isinstance(name, str):
                yield table, name, index


def _plain(value: Any) -> Any:  # noqa: ANN401
    """A copy that JSON can say."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | float | bool) else value.isoformat()
