"""No word that a person reads stands in code: strings of the rooms below are ids, names, styles or code."""

import ast
import re
from pathlib import Path

import pytest

from manifold import DATASETS
from manifold.ui.controls import UPLOAD

ROOT = Path(__file__).parents[2]
ROOMS = (
    *("manifold/ui", "manifold/planes", "manifold/plots", "manifold/nets/blocks/catalogue.py"),
    *("experiments/layer", "experiments/maps", "experiments/blocks", "experiments/networks", "experiments/speed"),
)
"""Folders and files that hold no words; a room is added when its words have moved to the texts."""

COMMANDS = {"manifold/ui/serve.py", "manifold/ui/lecture/handout.py", "manifold/ui/lecture/store.py"}
"""Command lines, which speak English alone, as `python -m experiments` does, and SQL."""

ALLOWED = {
    *("Noto Sans CJK KR", "Malgun Gothic", "Apple SD Gothic Neo", "Noto Sans KR"),  # fonts
    "axes fraction",  # a unit of Matplotlib
    "constrained_layout not applied",  # by which a warning of Matplotlib is known
    *("Title", "Subject", "Keywords", "Description"),  # what PDF, SVG and PNG call what they say of themselves
    *("lower bound", "upper bound"),  # kinds of thresholds, names in `manifold.theory`
    # what rows of experiments call what was measured
    *("landmark Isomap", "tapkee's landmark Isomap", "trustworthiness, § map, §"),
    *("bytes of a row", "general rate", "sweep, one width", "workers §"),
}
MEASURED = {"measure", "headline", "table"}
"""Functions of experiments whose words are names in rows, numbers and tables, which are the same in every language."""

SHOWN_BY = {
    *("title", "header", "subheader", "markdown", "write", "text", "caption", "metric", "button", "download_button"),
    *("info", "warning", "error", "success", "spinner", "progress", "expander", "page_link", "selectbox", "slider", "radio"),
    *("select_slider", "segmented_control", "pills", "number_input", "text_input", "file_uploader", "checkbox", "toggle"),
    *("set_title", "set_xlabel", "set_ylabel", "suptitle", "annotate"),
}
"""Methods of Streamlit and Matplotlib whose first argument is read; of `text` of Matplotlib it is the third."""

SHOWN_AS = {
    *("title", "name", "label", "help", "text", "prefix", "suffix", "page_title"),
    *("xaxis_title", "yaxis_title", "xlabel", "ylabel"),
}
"""Keywords and keys under which Streamlit, Plotly and Matplotlib take what is read."""

UNREAD_AS = {"loc", "textcoords"}
"""Keywords of Matplotlib whose words are its own."""

UNREAD_BY = {"fault", "parameter", "python_script"}
"""Functions whose words stay in code: an error's sentence is the id of its translation; a parameter's help is documentation."""

SLOT = "§"
TWO_WORDS = re.compile(rf"([^\W\d_]{{2,}}|{SLOT})[:.;!?]? ([^\W\d_]{{2,}}|{SLOT})")
ONE_WORD = re.compile(r"(?<![\w{])[^\W\d_]{2,}")
CAPITALISED = re.compile(r"[A-Z][a-z]+[.:!?]?")
JS_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`')
JS_NAMES = {"Enter", "Escape", "Tab"}  # of keys


def text_of(node):
    """The text of a string or an f-string, its slots marked; None for any other node."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else SLOT for part in node.values)
    return None


def is_sentence(text):
    """Whether two words stand side by side, at least one of them not from a slot."""
    return any(set(pair) != {SLOT} for pair in TWO_WORDS.findall(text))


def is_code(text):
    """Whether a text is a script, a style, or the name of a dataset."""
    if text.lstrip().startswith("<style>") or text.split(",")[0] in {*DATASETS, UPLOAD} or text in ALLOWED:
        return True
    try:
        return "\n" in text and bool(ast.parse(text.replace(SLOT, "_")))
    except SyntaxError:
        return False


def call_name(call):
    return getattr(call.func, "id", None)


def shown_arguments(tree):
    """Nodes that Streamlit, Plotly or Matplotlib show."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (keyword.value for keyword in node.keywords if keyword.arg in SHOWN_AS)
            if isinstance(node.func, ast.Attribute) and node.func.attr in SHOWN_BY:
                yield from node.args[: 3 if node.func.attr == "text" else 1]
        if isinstance(node, ast.Dict):
            yield from (value for key, value in zip(node.keys, node.values, strict=True) if text_of(key) in SHOWN_AS)


def unread(tree):
    """Nodes that nobody reads, or that are no texts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            yield node.value
        if isinstance(node, ast.FunctionDef) and node.name in MEASURED:
            yield from ast.walk(node)
        if isinstance(node, ast.Call):
            yield from (keyword.value for keyword in node.keywords if keyword.arg in UNREAD_AS)
            yield from node.args if call_name(node) in UNREAD_BY else ()


def words_in_python(source):
    """Line and text of every string that a person would read."""
    tree = ast.parse(source)
    free = {id(node) for node in unread(tree)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node) if part != node}
    shown = {id(node) for node in shown_arguments(tree)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    given = {id(node) for call in calls for node in call.args}
    for node in ast.walk(tree):
        text = text_of(node)
        if text is None or id(node) in free or (id(node) in parts and not isinstance(node, ast.JoinedStr)):
            continue
        read = id(node) in shown and ONE_WORD.search(text)
        if text.startswith("<") and not is_code(text):
            text = re.sub(r"<[^>]*>", "\n", text)  # tags of HTML
        if (is_sentence(text) or read or (id(node) in given and CAPITALISED.fullmatch(text))) and not is_code(text):
            yield node.lineno, text


def words_in_script(source):
    """Line and text of every string of JavaScript that a person would read; tags of HTML are left out."""
    bare = re.sub(r"/\*.*?\*/|//[^\n]*", lambda comment: re.sub(r"[^\n]", "", comment.group()), source, flags=re.DOTALL)
    for match in JS_STRING.finditer(bare):
        text = re.sub(r"<[^>]*>", "\n", match.group()[1:-1])
        text = re.sub(r"\$\{[^}]*\}", SLOT, text)
        if is_sentence(text) or (CAPITALISED.fullmatch(text) and text not in JS_NAMES):
            yield bare[: match.start()].count("\n") + 1, text


def files(kind):
    """All files of the rooms."""
    found = (path for room in ROOMS for path in ([ROOT / room] if room.endswith(".py") else sorted((ROOT / room).rglob(kind))))
    return [path for path in found if path.match(kind) and path.relative_to(ROOT).as_posix() not in COMMANDS]


@pytest.mark.parametrize("path", files("*.py"), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_word_that_is_read_stands_in_python(path):
    assert list(words_in_python(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", files("*.js"), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_word_that_is_read_stands_in_a_script(path):
    assert list(words_in_script(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    [
        'st.subheader("Points")',
        'left.markdown("none")',
        'say_it("The spiral is shown")',
        'figure.add_scatter(x=x, name="measured")',
        'axis = {"title": "error (NMSE)"}',
        'return f"{count} points"',
        'return f"Lost: {place}"',
        'names = {"first": "First true coordinate"}',
        'raise ValueError(f"the file {name} is empty")',
        'show(verdict, "Unrolled.")',
        'ax.text(0.5, 0.5, "nothing")',
        'ax.set(ylabel="rank")',
        'panels[0].set_xlabel(f"rank {rank}")',
    ],
)
def test_a_word_in_python_is_found(line):
    """The check can fail."""
    assert [number for number, _ in words_in_python(f'"""A docstring of some words."""\n{line}\n')] == [2]


@pytest.mark.parametrize(
    "line",
    [
        'st.subheader(say("control.points"))',
        'figure.add_scatter(x=x, mode="lines+markers", name=say("channels.line.measured"))',
        'return f"{lost} {known}"',
        'return f"**{title}**"',
        'SHAPES = ("two rings", "swiss roll", "your file")',
        'python_script(f"""\nimport manifold\n\nprint({width})\n""")',
        'names = ["active_rows", "rank"]',
        'ax.legend(loc="lower right")',
        'raise fault(ValueError, "n must be positive, got {n}", n=n)',
        'def measure(draws):\n    return [("all signs", draw) for draw in draws]',
        '"""What the constant above is for."""',
    ],
)
def test_ids_names_and_code_are_no_words(line):
    assert list(words_in_python(line)) == []


@pytest.mark.parametrize("line", ['button.textContent = "Play";', "label = `n is ${n} here`;", 'html = "<p>Point here</p>";'])
def test_a_word_in_a_script_is_found(line):
    """The check can fail."""
    assert [number for number, _ in words_in_script(f"// A comment of some words.\n{line}\n")] == [2]
