"""How are the examples of a page executed? Python and commands in one process, in the order of the page, one folder.

Fences of a page:
- `python` runs; all blocks of a page share their names;
- `sh` runs: every line is a command, and must end well, or as a comment behind it says: `# exit code 1`;
- `console` runs what stands behind `$ `, and what stands below is what it must print;
- `output` is what the block above it must print;
- a block of any language with a title, `title="first.toml"`, is written to a file of this name.
In what must be printed, `...` stands for anything. `<!--- skip: next "reason" -->` before a block leaves it out.
"""

import io
import re
import shlex
import subprocess
import textwrap
from contextlib import redirect_stderr, redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from unittest import SkipTest

from sybil import Document
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser, SkipParser
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

from genloss.cli.main import run_command

ROOT = Path(__file__).parents[1]
RUN = ("python", "sh", "console", "output")
PAGES = sorted([ROOT / "README.md", *(path for path in (ROOT / "docs").rglob("*.md") if "decisions" not in path.parts)])
_EXIT = re.compile(r"#.*exit code (\d+)")


def name_of(page):
    return page.relative_to(ROOT).as_posix()


def missing(*packages):
    """Whether one of the packages is not installed; a page asks this where it says that a block is left out."""
    return any(find_spec(package) is None for package in packages)


class Run:
    """Evaluates the blocks of one page, and remembers what the last one printed."""

    def __init__(self):
        self.printed = ""
        self.python_block = PythonEvaluator(["annotations"])

    def python(self, example):
        with self._listening():
            self.python_block(example)

    def sh(self, example):
        for line in commands(example.parsed):
            self._command(line)

    def console(self, example):
        for part in re.split(r"^\$ ", example.parsed, flags=re.M)[1:]:
            line, *printed = part.split("\n")
            self._command(line)
            if "\n".join(printed).strip():
                self._compare("\n".join(printed))

    def output(self, example):
        self._compare(example.parsed)

    def _compare(self, expected):
        pattern = ".*?".join(re.escape(part) for part in _lines(expected).split("..."))
        printed = (self.printed, textwrap.dedent(self.printed))  # a block that is indented all over was parsed without
        assert any(re.fullmatch(pattern, _lines(each), re.S) for each in printed), (
            f"the page says\n{expected}\nand this was printed\n{self.printed}"
        )

    def _command(self, line):
        with self._listening() as heard:
            code = execute(line, heard)
        said = _EXIT.search(line)
        assert code == (int(said[1]) if said else 0), f"exit code {code} of: {line}\n{heard.getvalue()}"

    def _listening(self):
        return _Listening(self)


class _Listening:
    """Keeps what is printed, to both ends, in the order in which it came."""

    def __init__(self, run):
        self.run, self.heard = run, io.StringIO()
        self.both = (redirect_stdout(self.heard), redirect_stderr(self.heard))

    def __enter__(self):
        for each in self.both:
            each.__enter__()
        return self.heard

    def __exit__(self, *error):
        for each in reversed(self.both):
            each.__exit__(*error)
        self.run.printed = self.heard.getvalue()


def files(parsed):
    """Regions of a page that are files, which are written where the page is executed."""
    for region in RawFencedCodeBlockLexer(re.compile(r'\w+ title="(?P<name>[^"]+)"\n'))(parsed):
        region.parsed = region.lexemes
        region.evaluator = _write
        yield region


def _write(example):
    Path(example.parsed["name"]).write_text(example.parsed["source"], encoding="utf-8")


def commands(text):
    """The commands of a block, a line that ends in a backslash together with the next one."""
    joined = text.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def execute(line, heard):
    """Run a command line: genloss in this process, anything else by a shell. Return its exit code."""
    words = shlex.split(line, comments=True)
    if words[0] == "genloss" and not {"&&", "||", "|", ">"} & set(words):
        return run_command(words[1:])
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
    heard.write(done.stdout + done.stderr)
    return done.returncode


def _lines(text):
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines()).strip()


def document(page):
    """Parse a page; its examples are in the order of the page."""
    run = Run()
    parsers = [CodeBlockParser(language, getattr(run, language)) for language in RUN]
    parsed = Document.parse(str(page), SkipParser(), files, *parsers)
    parsed.namespace |= {"__name__": "example", "missing": missing}
    return parsed


def execute_page(page):
    """Run the blocks of a page; return the reasons for which some were left out."""
    reasons = []
    for example in document(page).examples():
        try:
            example.evaluate()
        except SkipTest as left_out:
            reasons.append(str(left_out))
        except Exception as error:
            raise AssertionError(f"{name_of(page)}, line {example.line}: {error}") from error
    return reasons
