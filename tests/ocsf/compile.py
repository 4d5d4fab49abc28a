#!/usr/bin/env python3
"""Compiles the JSON schema of three OCSF classes from the published export of a version.

The input is what https://schema.ocsf.io/1.6.0/export/schema answers: every class, object and type with what
extensions and profiles add. The output is one JSON Schema (draft 2020-12) with a definition per class and per
object that a class reaches, by the rules of the server's own /schema/1.6.0/classes/NAME page: an attribute of
a profile is in only with the profile, `required` is required, unknown attributes are refused, a type keeps its
pattern, range and length, an enumeration its values. Captions and descriptions are left out.

    compile.py EXPORT.json > schema-1.6.0.json
"""

import json
import sys

CLASSES = ["cloud_resources_inventory_info", "inventory_info", "user_inventory"]
PROFILES = {"cloud"}
BASE = {
    "boolean_t": "boolean",
    "integer_t": "integer",
    "long_t": "integer",
    "float_t": "number",
    "string_t": "string",
}


def scalar(export, name, enum):
    """The schema of a value of a type."""
    if name == "json_t":
        return {}
    kind = export["types"][name]
    base = BASE[name if name in BASE else kind["type"]]
    schema = {"type": base}
    if enum:
        schema["enum"] = sorted(int(key) if base == "integer" else key for key in enum)
    if "regex" in kind:
        schema["pattern"] = kind["regex"]
    if "max_len" in kind:
        schema["maxLength"] = kind["max_len"]
    if "range" in kind:
        schema["minimum"], schema["maximum"] = kind["range"]
    if "values" in kind:
        schema["enum"] = kind["values"]
    return schema


def structure(export, item, reached):
    """The schema of a class or object; notes the objects that it refers to."""
    properties, required = {}, []
    for name, attribute in sorted(item.get("attributes", {}).items()):
        if attribute.get("profile") not in (None, *PROFILES):
            continue
        if attribute["type"] == "object_t":
            reached.add(attribute["object_type"])
            value = {"$ref": "#/$defs/" + attribute["object_type"]}
        else:
            value = scalar(export, attribute["type"], attribute.get("enum"))
        if attribute.get("is_array"):
            value = {"type": "array", "items": value}
        if "@deprecated" in attribute:
            value = {**value, "deprecated": True}
        properties[name] = value
        if attribute["requirement"] == "required":
            required.append(name)
    schema = {"type": "object"}
    if properties:
        schema.update(properties=properties, additionalProperties=False)
    if required:
        schema["required"] = required
    constraints = item.get("constraints") or {}
    unknown = set(constraints) - {"at_least_one", "just_one"}
    if unknown:
        raise SystemExit(f"{item['name']} has constraints that are not known here: {unknown}")
    for word, rule in (("at_least_one", "anyOf"), ("just_one", "oneOf")):
        if word in constraints:
            schema[rule] = [{"required": [name]} for name in constraints[word]]
    return schema


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        export = json.load(file)
    defs, reached = {}, set()
    for name in CLASSES:
        defs[name] = structure(export, export["classes"][name], reached)
    while missing := sorted(reached - set(defs)):
        for name in missing:
            defs[name] = structure(export, export["objects"][name], reached)
    version = export["version"]
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"Compiled by compile.py from https://schema.ocsf.io/{version}/export/schema with the profiles "
        f"{sorted(PROFILES)}. Open Cybersecurity Schema Framework, Apache License 2.0, "
        "https://github.com/ocsf/ocsf-schema.",
        "$id": f"https://schema.ocsf.io/schema/{version}",
    }
    # One definition a line: a later version is a readable difference.
    print("{" + ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()) + ',\n"$defs": {')
    lines = (f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in sorted(defs.items()))
    print(",\n".join(lines) + "\n}}")


if __name__ == "__main__":
    main()
