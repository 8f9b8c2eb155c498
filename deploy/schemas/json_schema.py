"""JSON Schema of the contracts' classes, as clean as a generator of TypeScript wants it."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

Mode = Literal["validation", "serialization"]
Schema = dict[str, Any]

WRITTEN: Mode = "serialization"  # what Storywire writes: what is always there is required
ASKED: Mode = "validation"  # what others send: what has a default may be left out

_NULL = {"type": "null"}
_Field = core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField


class _WireSchema(GenerateJsonSchema):
    """Says of every field whether it is written, not whether Python has a default for it."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        # A titled field becomes a type of its own in TypeScript.
        return False

    def field_is_required(self, field: _Field, total: bool) -> bool:  # noqa: FBT001 - pydantic's signature
        if self.mode == WRITTEN:
            return not _left_out_when_none(field)
        return super().field_is_required(field, total)

    def model_field_schema(self, schema: core_schema.ModelField) -> JsonSchemaValue:
        found = super().model_field_schema(schema)
        if self.mode != WRITTEN:
            return found
        found.pop("default", None)
        if not _left_out_when_none(schema):
            return found
        (written,) = (option for option in found["anyOf"] if option != _NULL)
        return dict(written)


def _left_out_when_none(field: _Field) -> bool:
    return field.get("serialization_exclude_if") is not None


def schema(model: type[BaseModel], mode: Mode) -> Schema:
    """The JSON Schema of one class, complete in itself."""
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        **model.model_json_schema(mode=mode, schema_generator=_WireSchema),
    }


def definitions(models: Sequence[tuple[type[BaseModel], Mode]], path: str) -> dict[str, Schema]:
    """The schemas of many classes by name; they refer to one another below `path`, `#/components/schemas/` say."""
    _, found = models_json_schema(models, ref_template=path + "{model}", schema_generator=_WireSchema)
    return dict(found["$defs"])
