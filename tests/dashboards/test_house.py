"""Pages keep to what keeps text text, numbers the library's, and the disk as it was: read from their source."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "dashboards"
FILES = sorted(path for path in ROOT.rglob("*.py") if path.parent.name != "making")
"""The pages and their parts. `making` makes the files that the lab's page shows, and serves nothing."""
PUBLIC = {
    "auditkit",
    *(f"auditkit.{name}" for name in ("rendering", "catalog", "baselining", "powering", "labelling", "opening")),
    *(f"auditkit.{name}" for name in ("browsing", "adjusting", "lifecycle.lineage", "lifecycle.turning")),
    "auditkit.lifecycle.monitoring",
}
READS = (
    "markdown title header subheader caption write info warning error success exception metric expander "
    "tabs button radio selectbox multiselect checkbox toggle slider select_slider number_input text_input "
    "text_area date_input toast page_link link_button download_button form_submit_button pills "
    "segmented_control popover status spinner progress badge dialog fragment_button menu_button feedback"
)
"""Functions of Streamlit that read Markdown in what is shown first."""
TOLD = {"label", "body", "help", "caption", "captions", "text", "title"}
"""Other arguments in which Markdown is read."""
CHOICES = {"radio", "pills", "segmented_control"}
"""Whose choices are Markdown too."""
FORBIDDEN = {"file_uploader", "camera_input", "audio_input", "chat_input", "iframe", "components", "write_stream"}
HASHED = {"str", "int", "float", "bool", "bytes", "date", "Path", "None", "tuple", "Entry", "Literal"}
"""What a cache is keyed by: never a table, nor what holds one."""
WRITES = (
    "write_text write_bytes mkdir unlink rmdir rmtree touch symlink_to hardlink_to rename chmod save dump "
    "copyfile copytree copy2 move makedirs remove removedirs savetxt to_csv to_json_file to_parquet "
    "to_excel to_pickle NamedTemporaryFile mkdtemp mkstemp system popen Popen check_call check_output"
)
PARTS = {
    ast.JoinedStr: ("values",),
    ast.IfExp: ("body", "orelse"),
    ast.BoolOp: ("values",),
    ast.BinOp: ("left", "right"),
    ast.List: ("elts",),
    ast.Tuple: ("elts",),
    ast.Dict: ("values",),
    ast.ListComp: ("elt",),
    ast.GeneratorExp: ("elt",),
    ast.Starred: ("value",),
    ast.Subscript: ("value",),
    ast.Lambda: ("body",),
}
"""Of what a text is made: it is ours where all of that is."""


TREES = [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in FILES]


def at(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT.parent)}:{getattr(node, 'lineno', 0)}"


def named(node: ast.AST | None) -> str:
    """The last part of a name: `st.sidebar.radio` is `radio`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


class Text:
    """Whether a text is ours: a literal, a constant's, a number's, escaped by `label`, or a name that is all of that,
    wherever it is set and from wherever it is passed."""

    def __init__(self, **modules: ast.Module) -> None:
        self.scope: dict[ast.AST, ast.FunctionDef] = {}
        self.meant: list[tuple[ast.Call, str]] = []
        self.home: dict[ast.FunctionDef, str] = {}
        for stem, module in modules.items():
            nodes = list(ast.walk(module))
            for function in [one for one in nodes if isinstance(one, ast.FunctionDef)]:
                self.scope |= dict.fromkeys(ast.walk(function), function)
                self.home[function] = f"{stem}.{function.name}"
            imports = [one for one in nodes if isinstance(one, ast.ImportFrom)]
            known = {a.name: f"{(one.module or '').split('.')[-1]}.{a.name}" for one in imports for a in one.names}
            for call in [one for one in nodes if isinstance(one, ast.Call)]:
                name = named(call.func)
                self.meant.append((call, known.get(name, f"{stem}.{name}")))

    def __call__(self, node: ast.AST | None, depth: int = 5) -> bool:
        """Whether it is."""
        if depth < 0:
            return False
        if isinstance(node, ast.FormattedValue):
            spec = ast.unparse(node.format_spec).strip("f'\"") if node.format_spec else ""
            return self(node.value, depth) or spec.endswith((",", "d", "f", "%", "g"))  # that no text takes
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return True
        if type(node) in PARTS:
            inside = [getattr(node, field) for field in PARTS[type(node)]]
            return all(all(self(n, depth) for n in (one if isinstance(one, list) else [one])) for one in inside)
        if isinstance(node, ast.Attribute):
            return node.attr == "__getitem__" and self(node.value, depth)
        if isinstance(node, ast.Name):
            return node.id.isupper() or node.id == "label" or self._name(node, depth - 1)
        return node is None or isinstance(node, ast.Constant)

    def _call(self, node: ast.Call, depth: int) -> bool:
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("format", "join", "get", "items", "keys"):
            start = 1 if node.func.attr == "get" else 0
            return self(node.func.value, depth) and all(self(one, depth) for one in node.args[start:])
        if named(node.func) in ("list", "sorted", "tuple"):
            return all(self(one, depth) for one in node.args)
        return named(node.func) in ("label", "len", "range")

    def _name(self, name: ast.Name, depth: int) -> bool:
        function = self.scope.get(name)
        if function is None:
            return False
        given = list(self._given(name.id, function)) + list(self._passed(name.id, function))
        return bool(given) and all(self(one, depth) for one in given)

    def _given(self, name: str, function: ast.FunctionDef) -> Iterator[ast.AST]:
        """What a name is set to inside a function."""
        for node in ast.walk(function):
            if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.NamedExpr):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(isinstance(one, ast.Name) and one.id == name for one in targets):
                    yield node.value or ast.Constant("")
                elif any(named(n) == name for one in targets for n in ast.walk(one)):
                    yield ast.Call(ast.Name("unpacked"), [], [])
            if isinstance(node, ast.For | ast.comprehension):
                if named(node.target) == name:
                    yield node.iter
                elif isinstance(node.target, ast.Tuple) and named(node.target.elts[0]) == name:
                    yield node.iter  # the keys of a constant
                elif any(named(n) == name for n in ast.walk(node.target)):
                    yield ast.Call(ast.Name("unpacked"), [], [])

    def _passed(self, name: str, function: ast.FunctionDef) -> Iterator[ast.AST]:
        """What is passed for an argument of a function, by whoever calls one of that name."""
        positional = [one.arg for one in function.args.args]
        if name not in (*positional, *(one.arg for one in function.args.kwonlyargs)):
            return
        defaults = dict(zip(reversed(positional), reversed(function.args.defaults), strict=False))
        for call in [call for call, meant in self.meant if self.home[function] == meant]:
            place = positional.index(name) if name in positional else len(call.args)
            keyword = next((one.value for one in call.keywords if one.arg == name), None)
            yield keyword or (call.args[place] if place < len(call.args) else defaults.get(name, ast.Constant("")))


def ours() -> Text:
    return Text(**{path.stem: tree for path, tree in TREES})


def streamlits(tree: ast.Module) -> Iterator[ast.Call]:
    """The calls of a file that could be of Streamlit, on the page or on a part of it."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and (node.args or node.keywords)):
            continue
        if not isinstance(node.func.value, ast.Constant | ast.Call | ast.JoinedStr):
            yield node


CHECKED = {"prose.py": "it escapes", "gallery.py": "base64 that was decoded before, too long to be escaped"}
"""Where something is called HTML that is no literal, and why it may be."""
FINE = ("'a'", "label(x)", "f'a {label(x)} {n:,} {r:.1%}'", "NAME", "[label(x) for x in y]", "TITLES[x]", "list(NAMES)")
TAINTED = ("x", "f'{x}'", "x.name", "str(x)", "'a' + x", "said(x)", "[x]", "f'{x!r}'", "'{}'.format(x)", "x.lower()")
CALLED = """
def a(good, bad, odd="x"):
    fine = good if bad else "y"
    spoiled = fine + bad
    st.button(fine); st.button(odd); st.button(spoiled); st.button(bad); st.button(none)
a("z", data.name)
a(label(x), "fine", odd=OTHER)
"""


def test_what_the_check_knows() -> None:
    """The check itself: what it lets through, and what it does not."""
    assert all(Text()(ast.parse(text, mode="eval").body) for text in FINE)
    assert not any(Text()(ast.parse(text, mode="eval").body) for text in TAINTED)
    module = ast.parse(CALLED)
    check = Text(here=module)
    assert [check(call.args[0]) for call in streamlits(module)] == [True, True, False, False, False]


def test_text_from_data_is_never_markdown() -> None:
    found, safe = [], ours()
    for path, tree in TREES:
        for call in streamlits(tree):
            name = named(call.func)
            if name not in READS.split():
                continue
            shown = [*call.args[:1], *(k.value for k in call.keywords if k.arg in TOLD)]
            shown += [k.value for k in call.keywords if k.arg == "format_func" and name in CHOICES]
            found += [f"{at(path, one)} {name}({ast.unparse(one)})" for one in shown if not safe(one)]
    assert not found, "\n".join(found)


def test_choices_that_are_markdown_are_escaped() -> None:
    """Those of radio buttons and pills, unless they are ours."""
    found, safe = [], ours()
    for path, tree in TREES:
        for call in streamlits(tree):
            if named(call.func) in CHOICES and not any(k.arg == "format_func" for k in call.keywords):
                offered = (
                    call.args[1]
                    if len(call.args) > 1
                    else next((k.value for k in call.keywords if k.arg == "options"), None)
                )
                found += [] if safe(offered) else [f"{at(path, call)} {ast.unparse(call)[:90]}"]
    assert not found, "\n".join(found)


def test_html_has_one_door() -> None:
    found, safe = [], ours()
    for path, tree in TREES:
        assert "unsafe_allow_html" not in path.read_text(encoding="utf-8"), path  # forbids it: named here alone
        assert "unsafe_allow_javascript" not in path.read_text(encoding="utf-8"), path
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        html = [n for n in calls if named(n.func) == "html" and isinstance(n.func, ast.Attribute)]
        config = [n for n in calls if named(n.func) == "set_page_config"]
        if path.relative_to(ROOT).as_posix() not in ("parts/prose.py", "app.py"):
            found += [at(path, node) for node in html]
        if path.name != "app.py":
            found += [at(path, node) for node in config]
        found += [
            f"{at(path, node)} Markup({ast.unparse(node.args[0])[:60]})"
            for node in calls
            if named(node.func) == "Markup" and node.args and not safe(node.args[0]) and path.name not in CHECKED
        ]
        found += [at(path, n) for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr in FORBIDDEN]
    assert not found, "\n".join(found)


def test_templates_are_ours() -> None:
    """What `said` and `html` take as HTML is a literal: data goes into its places."""
    found, safe = [], ours()
    for path, tree in TREES:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("said", "html"):
                first = node.args[0] if node.args else None
                own = path.name == "prose.py"  # where one hands its template to the other
                if not own and (not safe(first) or "label(" in ast.unparse(first)):  # type: ignore[arg-type]
                    found.append(f"{at(path, node)} {ast.unparse(node)[:100]}")
    assert not found, "\n".join(found)


def test_only_public_names_are_imported() -> None:
    found = []
    for path, tree in TREES:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found += [f"{at(path, node)} {a.name}" for a in node.names if a.name.split(".")[0] == "auditkit"]
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "auditkit":
                known = getattr(importlib.import_module(node.module), "__all__", None) if node.module in PUBLIC else ()
                for alias in node.names:
                    public = not alias.name.startswith("_") if known is None else alias.name in known
                    public |= node.module == "auditkit" and f"auditkit.{alias.name}" in PUBLIC
                    found += [] if public else [f"{at(path, node)} {node.module}: {alias.name}"]
    assert not found, "\n".join(found)


def test_nothing_is_kept_by_a_table() -> None:
    found = []
    for path, tree in TREES:
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef):
                continue
            if not any("st.cache" in ast.unparse(one) for one in node.decorator_list):
                continue
            for arg in (*node.args.args, *node.args.kwonlyargs):
                names = {
                    str(n.value) if isinstance(n, ast.Constant) else named(n)
                    for n in ast.walk(arg.annotation or ast.Name("?"))
                }
                if not arg.arg.startswith("_") and names - HASHED - {"", "Ellipsis"}:
                    found.append(f"{at(path, node)} {node.name}({arg.arg}: {ast.unparse(arg.annotation or node)[:40]})")
    assert not found, "\n".join(found)


def test_nothing_is_written() -> None:
    """The one thing that a page writes is a label, by the library's own function."""
    found = []
    for path, tree in TREES:
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            mode = [*node.args, *(k.value for k in node.keywords if k.arg == "mode")]
            modes = {n.value for n in mode if isinstance(n, ast.Constant) and isinstance(n.value, str)}
            opened = named(node.func) == "open" and any(set(m) & set("wax+") and len(m) < 4 for m in modes)
            if opened or named(node.func) in WRITES.split():
                found.append(f"{at(path, node)} {ast.unparse(node)[:80]}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_and_functions_are_short_and_say_their_idea(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "no idea in its first line"
    assert len(text.splitlines()) <= 300
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 40, node.name
