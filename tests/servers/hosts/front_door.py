"""Reads a rule set of Azure Front Door by a parser of Bicep, and prints what each path is answered with.

    front_door.py FILE PATH...

The parser is pycep, which Checkov reads Bicep with; what a rule does is written down here.
"""

import json
import re
import sys

from pycep import BicepParser

MOST_ACTIONS, MOST_CHARACTERS, MOST_RULES = 5, 640, 25


def text(value):
    """A string of Bicep, of which the parser leaves the escapes."""
    return re.sub(r"\\(.)", r"\1", value)


def is_met(condition, path):
    assert condition["name"] == "UrlPath", condition
    parameters = condition["parameters"]
    values = [text(value) for value in parameters["matchValues"]]
    # It is compared without the slash at its front.
    path = path.removeprefix("/") or "/"
    if parameters["operator"] == "Equal":
        return path in values
    assert parameters["operator"] == "RegEx", parameters
    return any(re.search(value, path) for value in values)


def main():
    file, *paths = sys.argv[1:]
    with open(file, encoding="utf-8") as stream:
        document = BicepParser().parse(text=stream.read())
    kind = "Microsoft.Cdn/profiles/ruleSets/rules"
    rules = [found for found in document["resources"].values() if found["type"] == kind]
    rules = sorted((rule["config"]["properties"] for rule in rules), key=lambda rule: rule["order"])
    assert 0 < len(rules) <= MOST_RULES, f"{len(rules)} rules"
    answers = {}
    for path in paths:
        headers = answers.setdefault(path, {})
        for rule in rules:
            actions = rule["actions"]
            assert 0 < len(actions) <= MOST_ACTIONS, f"{len(actions)} actions"
            if not all(is_met(condition, path) for condition in rule["conditions"]):
                continue
            for action in actions:
                if action["name"] == "UrlRewrite":
                    continue
                assert action["name"] == "ModifyResponseHeader", action
                parameters = action["parameters"]
                name, value = parameters["headerName"], text(parameters["value"])
                assert len(value) <= MOST_CHARACTERS, f"{len(value)} characters"
                match parameters["headerAction"]:
                    case "Overwrite":
                        headers[name] = value
                    case "Append":
                        headers[name] += value
                    case "Delete":
                        headers.pop(name, None)
                    case other:
                        raise AssertionError(other)
    json.dump(answers, sys.stdout)


main()
