"""The OpenAPI document of the local Masko (3.1, spec.openapis.org/oas/v3.1.1), made from the tables that the
server itself reads: `operations`, `bodies`, `shapes`, `refusals`. Nothing about a call is said here.

Faults that somebody switched on may break every promise of the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from bot.sandbox.masko.operations import OPERATIONS, Operation
from bot.sandbox.masko.records import Envelope
from bot.sandbox.masko.refusals import KINDS, RATE_LIMITED, Kind
from bot.sandbox.masko.shapes import ErrorShape, OlderError, Shape

Json = dict[str, Any]

DOCUMENT_PATH = "/v1/openapi.json"
FRONT_PAGE = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Masko, local</title></head>
<body><h1>Masko, local</h1>
<p>This stands in for api.masko.ai in the sandbox, and opens to the sandbox's own key alone.</p>
<p><a href="{DOCUMENT_PATH}">Its OpenAPI document</a></p></body></html>
"""
_REF = "#/components/schemas/{model}"
_COUNT: Json = {"type": "integer", "minimum": 0}


class _Schemas(GenerateJsonSchema):
    """Schemas without defaults: an empty text that stands for "not given" is no value that may be sent."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def document(envelope: Envelope, *, limited: bool = True) -> Json:
    """The document for one generation of answers.

    Args:
        envelope: which generation.
        limited: whether calls are counted, so that each answer tells what is left.
    """
    refs, schemas = _schemas(envelope)
    paths: Json = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _call(operation, envelope, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Masko, local",
            "version": "1",
            "summary": "The documented calls of Masko that make a mascot from images",
            "description": "What the sandbox answers as long as no fault is switched on. "
            f"Answers are of the {envelope} generation.",
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
            "headers": _headers(limited),
            "responses": {kind.code: _refusal(kind, refs[_error(envelope)]) for kind in KINDS},
        },
    }


def _schemas(envelope: Envelope) -> tuple[dict[type[BaseModel], Json], Json]:
    """A reference to each model's schema, and the schemas by name."""
    models = list(dict.fromkeys(_models(envelope)))
    found, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template=_REF, schema_generator=_Schemas
    )
    return {model: found[model, "validation"] for model in models}, definitions["$defs"]


def _models(envelope: Envelope) -> Iterator[type[BaseModel]]:
    yield _error(envelope)
    for operation in OPERATIONS:
        yield operation.promise.shape(envelope)
        yield from filter(None, (operation.body, operation.form))


def _error(envelope: Envelope) -> type[Shape]:
    return ErrorShape if envelope == "current" else OlderError


def _call(operation: Operation, envelope: Envelope, refs: dict[type[BaseModel], Json]) -> Json:
    promise = operation.promise
    good = {
        "description": "Done.",
        "headers": _header_refs(),
        "content": _json(refs[promise.shape(envelope)]),
    }
    bad = {
        str(kind.status): {"$ref": f"#/components/responses/{kind.code}"} for kind in operation.every_refusal
    }
    call: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [*_path_parts(operation), *_query(operation)],
        "responses": {str(promise.status): good, **bad},
    }
    if content := _content(operation, refs):
        call["requestBody"] = {"required": True, "content": content}
    return call


def _content(operation: Operation, refs: dict[type[BaseModel], Json]) -> Json:
    content: Json = {}
    if operation.body:
        content.update(_json(refs[operation.body]))
    if operation.form:
        content["multipart/form-data"] = {"schema": refs[operation.form]}
    return content


def _path_parts(operation: Operation) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]


def _query(operation: Operation) -> list[Json]:
    schema = operation.query.model_json_schema(schema_generator=_Schemas)
    return [
        {"name": name, "in": "query", "required": False, "schema": described}
        for name, described in schema.get("properties", {}).items()
    ]


def _refusal(kind: Kind, error: Json) -> Json:
    after = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}} if kind == RATE_LIMITED else {}
    return {"description": kind.means, "headers": {**_header_refs(), **after}, "content": _json(error)}


def _headers(limited: bool) -> Json:
    left = "Calls that are left in the tighter of the two windows."
    reset = "When that window ends: in seconds from now, or as an epoch, if the sandbox is told so."
    wait = "Seconds to wait."
    return {
        "X-RateLimit-Remaining": {"description": left, "required": limited, "schema": _COUNT},
        "X-RateLimit-Reset": {"description": reset, "required": limited, "schema": _COUNT},
        "Retry-After": {"description": wait, "required": True, "schema": {"type": "number", "minimum": 0}},
    }


def _header_refs() -> Json:
    names = ("X-RateLimit-Remaining", "X-RateLimit-Reset")
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}
