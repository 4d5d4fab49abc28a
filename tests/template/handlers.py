"""Writes `handlers.txt`: which actions CloudFormation calls for each type of resource that setting up deploys.

    python3 -m venv lint && lint/bin/pip install cfn-lint
    lint/bin/python tests/template/handlers.py > tests/template/handlers.txt

The source is AWS's own schemas of the types (`handlers.*.permissions`), as cfn-lint (MIT-0) carries them.
"""

import json
import pathlib
import re

import cfnlint

TEMPLATES = ["event-streaming", "management-account", "member-account", "organization-trail"]
HANDLERS = ["create", "read", "update", "delete"]


def deployed():
    folder = pathlib.Path(__file__).parents[2] / "cloudformation"
    text = "".join((folder / f"{name}.yaml").read_text() for name in TEMPLATES)
    return set(re.findall(r"^    Type: (AWS::\w+::\w+)$", text, re.M))


def schemas():
    folder = pathlib.Path(cfnlint.__file__).parent / "data" / "schemas"
    for path in folder.rglob("*.json"):
        schema = json.loads(path.read_text())
        if isinstance(schema, dict) and "typeName" in schema:
            yield schema["typeName"], schema.get("handlers") or {}


def main():
    wanted, found = deployed(), {}
    for name, handlers in schemas():
        if name in wanted:
            for handler, each in handlers.items():
                found.setdefault((name, handler), set()).update(each.get("permissions", []))
    for name in sorted(wanted):
        for handler in HANDLERS:
            actions = found.get((name, handler), set())
            spelled = {service.lower() + ":" + call for service, call in (it.split(":") for it in actions)}
            if spelled:
                print(name, handler, *sorted(spelled))


main()
