"""openapi.yaml says what the program does: same routes, same codes, and examples that fit their schemas.

Usage: openapi_test.py <contract dump program> <openapi.yaml>
"""

import json
import subprocess
import sys
import unittest

import jsonschema
import yaml

METHODS = {"get", "post", "put", "patch", "delete", "head", "options", "trace"}
# Verdicts that can be common to all records of a refused request.
UNSETTLED = {"retry", "conflict", "gap", "fenced", "too_old", "invalid", "rejected"}


def load():
    program, document = sys.argv[1:3]
    dump = json.loads(subprocess.run([program], check=True, capture_output=True).stdout)
    with open(document, encoding="utf-8") as text:
        return dump, yaml.safe_load(text)


DUMP, DOCUMENT = load()


def operations():
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def resolve(node):
    while "$ref" in node:
        target = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def validate(value, schema):
    whole = dict(schema)
    whole["components"] = DOCUMENT["components"]
    validator = jsonschema.Draft202012Validator(whole)
    return [error.message for error in validator.iter_errors(value)]


def contents():
    """Every (where, media type object) of requests and answers."""
    for path, method, operation in operations():
        where = f"{method} {path}"
        for media in operation.get("requestBody", {}).get("content", {}).values():
            yield f"{where} body", media
        for status, response in operation["responses"].items():
            for media in resolve(response).get("content", {}).values():
                yield f"{where} {status}", media


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


class Contract(unittest.TestCase):
    def test_routes_are_the_documented_ones(self):
        documented = {(method.upper(), path) for path, method, _ in operations()}
        served = {(method, path) for method, path in DUMP["routes"]}
        self.assertEqual(documented, served)

    def test_verdicts_are_the_documented_ones(self):
        schemas = DOCUMENT["components"]["schemas"]
        self.assertEqual(schemas["Verdict"]["enum"], DUMP["verdicts"])
        self.assertEqual(list(schemas["Counts"]["properties"]), DUMP["verdicts"])

    def test_record_codes_are_the_documented_ones(self):
        enum = DOCUMENT["components"]["schemas"]["RecordCode"]["enum"]
        self.assertEqual(enum, DUMP["record_codes"])

    def test_problem_codes_are_the_documented_ones(self):
        enum = DOCUMENT["components"]["schemas"]["ProblemCode"]["enum"]
        self.assertEqual(len(enum), len(set(enum)))
        self.assertEqual(set(enum), set(DUMP["problem_codes"]) | UNSETTLED)

    def test_every_status_of_a_problem_is_documented(self):
        documented = {status for _, _, operation in operations() for status in operation["responses"]}
        self.assertLessEqual(set(DUMP["problem_statuses"]), documented)

    def test_every_problem_has_its_type(self):
        for path, method, operation in operations():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    with self.subTest(f"{method} {path} {status}"):
                        self.assertEqual(list(resolve(response)["content"]), ["application/problem+json"])

    def test_every_answer_names_the_request_id(self):
        for path, method, operation in operations():
            for status, response in operation["responses"].items():
                with self.subTest(f"{method} {path} {status}"):
                    self.assertIn("X-Request-Id", resolve(response)["headers"])

    def test_overload_tells_when_to_retry(self):
        for path, method, operation in operations():
            for status in ("429", "503"):
                with self.subTest(f"{method} {path} {status}"):
                    self.assertIn("Retry-After", resolve(operation["responses"][status])["headers"])

    def test_path_parameters_are_declared(self):
        for path, item in DOCUMENT["paths"].items():
            named = {segment[1:-1] for segment in path.split("/") if segment.startswith("{")}
            declared = [resolve(parameter) for parameter in item.get("parameters", [])]
            with self.subTest(path):
                self.assertEqual({p["name"] for p in declared if p["in"] == "path"}, named)

    def test_operation_ids_are_unique(self):
        ids = [operation["operationId"] for _, _, operation in operations()]
        self.assertEqual(len(ids), len(set(ids)))

    def test_references_resolve(self):
        for reference in references(DOCUMENT):
            with self.subTest(reference):
                self.assertIsNotNone(resolve({"$ref": reference}))

    def test_schemas_are_schemas(self):
        for name, schema in DOCUMENT["components"]["schemas"].items():
            with self.subTest(name):
                jsonschema.Draft202012Validator.check_schema(schema)

    def test_examples_fit_their_schemas(self):
        count = 0
        for where, media in contents():
            for name, example in media.get("examples", {}).items():
                with self.subTest(f"{where} {name}"):
                    self.assertEqual(validate(example["value"], media["schema"]), [])
                count += 1
        self.assertGreater(count, 10)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
