"""Every error text of the project, from the places that raise it.

The page is read out of the source: each call of an error class, and what it says happened, why it
matters and what to do next. What is filled in when it happens is shown as a name in angle quotes.
"""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from terpseed import errors
from terpseed.errors import TerpseedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_PACKAGES = ("terpseed", "generate", "validate", "load")
_FAMILIES: Mapping[str, type[TerpseedError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, TerpseedError) and kind is not TerpseedError
}
_OF_CLICK = {"BadParameter": "UsageError", "UsageError": "UsageError"}
_BUSINESS = "Contradiction"
_FIELDS = ("what", "where", "why", "then")
_HOLE, _HOLE_END = "\u2039", "\u203a"  # the quotes around what is filled in
_HEAD = f"""\
# Troubleshooting

Every error says what happened, where, why it matters and what to do next, and ends the program with the exit code of its
family. This page lists all of them by family, read out of the source by `make docs`. What stands in {_HOLE}…{_HOLE_END} is filled in when
it happens. Search it for a few words of the message that you got.

First help: `terpseed doctor` looks at this machine and the database and says how to fix what is wrong; `--verbose` prints
where an error came from. A Python traceback without `--verbose` is a fault of terpseed; please report it.
"""  # noqa: E501 - a paragraph's lines are as long as those of the other pages


@dataclass(frozen=True, slots=True)
class Said:
    """One error as the source has it.

    Attributes:
        family: name of its class.
        module: where it is raised.
        texts: what, where, why and then, as far as they are given.
    """

    family: str
    module: str
    texts: Mapping[str, str]


def errors_page(root: Path) -> str:
    """Return the page.

    Args:
        root: of the repository.
    """
    said = every_error(root)
    lines = [_HEAD]
    for name, kind in _FAMILIES.items():
        own = [one for one in said if one.family == name and not _is_hole(one.texts["what"])]
        about = inspect.getdoc(kind) or ""
        lines += [f"## {_words(name)} (exit code {int(kind.exit_code)})", "", about, ""]
        if not own:
            continue
        lines += ["| message | cause | cure |", "|---|---|---|"]
        rows = {(one.texts["what"], _cause(one), one.texts.get("then", "")) for one in own}
        lines += [f"| {_cell(a)} | {_cell(b)} | {_cell(c)} |" for a, b, c in sorted(rows)]
        lines.append("")
    return "\n".join(lines)


@cache
def every_error(root: Path) -> tuple[Said, ...]:
    """Return all errors that the source can raise, in order of file and line."""
    found: list[Said] = []
    for package in _PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            module = ".".join(file.relative_to(root).with_suffix("").parts)
            tree = ast.parse(file.read_text(encoding="utf-8"))
            found += (Said(family, module, texts) for family, texts in _raised(tree))
    return tuple(found)


def _is_hole(text: str) -> bool:
    """Say whether nothing of a text is known before it happens."""
    return text.startswith(_HOLE) and text.find(_HOLE_END) == len(text) - 1


def _cause(one: Said) -> str:
    """Return why it matters, else where it happens, if that says more than a name."""
    where = one.texts.get("where", "")
    return one.texts.get("why") or (where if " " in where.rpartition(_HOLE_END)[2] else "")


def _words(name: str) -> str:
    spaced = "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in name).strip()
    return spaced.capitalize()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _raised(tree: ast.Module) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield family and texts of each error, following functions that only pass texts on."""
    bodies = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    makers = _makers(bodies)
    constants = _constants(tree)
    seen = {id(call) for _, _, call in makers.values()}
    for call, family in _calls(tree):
        if id(call) not in seen:
            yield family, _texts(call, constants)
    for body in bodies:
        for call, family in _calls(body):
            if _names(_argument(call, 0, "what")):
                yield from ((family, texts) for texts in _looked_up(body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name_of(node) in makers:
            body, family, call = makers[_name_of(node)]
            yield family, _texts(call, constants | _bound(body, node))


def _makers(
    bodies: list[ast.FunctionDef],
) -> dict[str, tuple[ast.FunctionDef, str, ast.Call]]:
    """Return the functions that make an error of what their callers say, by name."""
    return {
        body.name: (body, family, call)
        for body in bodies
        for call, family in _calls(body)
        if any(name in _parameters(body) for name in _names(_argument(call, 0, "what")))
    }


def _constants(tree: ast.Module) -> dict[str, str]:
    """Return the texts that a module gives names to."""
    return {
        target.id: str(node.value.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _looked_up(body: ast.FunctionDef) -> Iterator[dict[str, str]]:
    """Yield the pairs of what and then that a function picks one of, by the server's number."""
    for node in ast.walk(body):
        if isinstance(node, ast.Dict):
            for value in node.values:
                if isinstance(value, ast.Tuple) and len(value.elts) == 2:
                    what, then = (_text(part, {}) for part in value.elts)
                    yield {"what": what, "then": then}


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = _name_of(node)
        if isinstance(node.func, ast.Attribute) and name in _OF_CLICK:
            yield node, _OF_CLICK[name]
        elif isinstance(node.func, ast.Name) and name in _FAMILIES:
            yield node, name
        elif name == _BUSINESS:
            yield node, "ScenarioError"


def _name_of(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _parameters(body: ast.FunctionDef) -> list[str]:
    return [argument.arg for argument in (*body.args.args, *body.args.kwonlyargs)]


def _names(node: ast.expr | None) -> set[str]:
    return {node.id} if isinstance(node, ast.Name) else set()


def _argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[place] if place < len(call.args) else None


def _bound(body: ast.FunctionDef, call: ast.Call) -> dict[str, str]:
    """Return the texts that a call gives to a function's parameters."""
    bound = {}
    for place, name in enumerate(_parameters(body)):
        node = _argument(call, place, name)
        if node is not None:
            bound[name] = _text(node, {})
    return bound


def _texts(call: ast.Call, bound: Mapping[str, str]) -> dict[str, str]:
    shift = 1 if _name_of(call) == _BUSINESS else 0
    found = {}
    for field in _FIELDS:
        places = {"what": shift} if shift == 0 else {"what": 1, "why": 2, "then": 3}
        node = _argument(call, places.get(field, 99), field)
        if node is None and field == "what":
            node = call.args[0] if call.args else None
        if node is not None and (text := _text(node, bound)):
            found[field] = text
    return {"what": _hole("…"), **found}


def _text(node: ast.expr, bound: Mapping[str, str]) -> str:
    """Return an expression as a text with names where values will be."""
    match node:
        case ast.Constant(value=value):
            text = str(value)
        case ast.JoinedStr(values=parts):
            text = "".join(_text(part, bound) for part in parts)
        case ast.FormattedValue(value=value):
            text = _text(value, bound)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            text = _text(left, bound) + _text(right, bound)
        case ast.IfExp(body=body, orelse=other):
            text = _either([_text(body, bound), _text(other, bound)])
        case ast.BoolOp(values=values):
            text = _either([_text(value, bound) for value in values])
        case ast.Name(id=name):
            text = bound.get(name, _hole(name))
        case ast.Call() if _name_of(node) == "nearest":
            text = f"did you mean {_hole('the nearest known word')}?"
        case _:
            text = _placeholder(node)
    return text


def _either(texts: list[str]) -> str:
    return " / ".join(dict.fromkeys(text for text in texts if text))


def _hole(name: str) -> str:
    """Return the place of a value that is filled in when the error happens."""
    return f"{_HOLE}{name.strip('_').lower()}{_HOLE_END}"


def _placeholder(node: ast.expr) -> str:
    """Return a short name for a value: its last attribute, or what it is called with."""
    if isinstance(node, ast.Attribute):
        return _hole(node.attr)
    if isinstance(node, ast.Call) and node.args:
        inner = [_placeholder(argument) for argument in node.args[-1:]]
        return inner[0] if inner[0] != _hole("…") else _hole(_name_of(node))
    if isinstance(node, ast.Subscript):
        return _placeholder(node.value)
    if isinstance(node, ast.Name):
        return _hole(node.id)
    return _hole("…")
