"""Check what type checkers see of skrec as an installed wheel: nothing wrong in a right script, each typing error.

    python .ci/try_types.py build/fresh/bin/python

Needs mypy and basedpyright, which is pyright with its own node; here it judges as pyright does.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SCRIPT = Path(__file__).with_name("user_script.py")
TYPING_ERRORS = {  # what is right, what is wrong
    "embedding_dim=8": "embeding_dim=8",
    "n_negatives=64": 'n_negatives="many"',
    "din.predict_proba(log)": "din.predict_probas(log)",
}


def lines_of(text, found):
    """Return the numbers of the lines of a text that have one of the strings `found`."""
    return {number for number, line in enumerate(text.splitlines(), 1) if any(word in line for word in found)}


def said_by(command, folder):
    """Return {file: numbers of lines with an error} and all that a checker printed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    errors = {"right.py": set(), "wrong.py": set()}
    for name, line in re.findall(r"(right\.py|wrong\.py):(\d+)(?::\d+)?(?: -|:) error", done.stdout):
        errors[name].add(int(line))
    return errors, done.stdout + done.stderr


def main(python):
    python = Path(python).absolute()
    right = SCRIPT.read_text(encoding="utf-8")
    wrong = right
    for before, after in TYPING_ERRORS.items():
        assert before in wrong, before
        wrong = wrong.replace(before, after)
    expected = {"right.py": set(), "wrong.py": lines_of(wrong, TYPING_ERRORS.values())}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("right.py", right), ("wrong.py", wrong)):
            Path(folder, name).write_text(text, encoding="utf-8")
        config = {"typeCheckingMode": "standard", "include": ["right.py", "wrong.py"]}
        Path(folder, "pyrightconfig.json").write_text(json.dumps(config), encoding="utf-8")
        mypy = ["-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(Path(".mypy_cache/wheel").absolute())]
        untyped = ["--disable-error-code=import-untyped"]  # pandas and scikit-learn, whatever skrec does
        commands = {
            "mypy --strict": [sys.executable, *mypy, *untyped, "--python-executable", python, "right.py", "wrong.py"],
            "pyright": [sys.executable, "-m", "basedpyright", "--pythonpath", python],
        }
        for name, command in commands.items():
            errors, said = said_by([str(part) for part in command], folder)
            assert errors == expected, f"{name}: expected errors in {expected}, got {errors}\n{said}"
            n_lines = len(right.splitlines())
            print(f"{name}: no error in a script of {n_lines} lines, {len(TYPING_ERRORS)} typing errors found")


if __name__ == "__main__":
    main(*sys.argv[1:])
