"""OpenAPI 3.1 as 3.0.3, for importers that read no newer one (FlutterFlow).

What differs between the two, as far as our document uses it: https://spec.openapis.org/oas/v3.0.3#schema-object.
"""

from typing import Any


def downgrade(document: dict[str, Any]) -> dict[str, Any]:
    """The same document in the older dialect."""
    return {**_schema(document), "openapi": "3.0.3"}


def _unscoped(node: dict[str, Any]) -> dict[str, Any]:
    """Only OAuth's schemes may name scopes; the operation's description names them, too."""
    if isinstance(node.get("security"), list):
        schemes = dict.fromkeys(scheme for way in node["security"] for scheme in way)
        return {**node, "security": [{scheme: []} for scheme in schemes]}
    return node


def _schema(node: Any) -> Any:  # noqa: ANN401 # any JSON
    if isinstance(node, list):
        return [_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _schema(value) for key, value in node.items()}
    return _unscoped(_nullable(_bounds(_example(_constant(plain)))))


def _example(node: dict[str, Any]) -> dict[str, Any]:
    """`examples: [x]` of a schema becomes `example: x`."""
    if isinstance(node.get("examples"), list):
        first, *_ = node["examples"]
        node = {**{key: value for key, value in node.items() if key != "examples"}, "example": first}
    return node


def _constant(node: dict[str, Any]) -> dict[str, Any]:
    if "const" in node and isinstance(node.get("type"), str):
        node = {**{key: value for key, value in node.items() if key != "const"}, "enum": [node["const"]]}
    return node


def _bounds(node: dict[str, Any]) -> dict[str, Any]:
    """A bound that excludes itself is a flag beside the bound."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(node.get(exclusive), int | float) and not isinstance(node[exclusive], bool):
            node = {**node, bound: node[exclusive], exclusive: True}
    return node


def _nullable(node: dict[str, Any]) -> dict[str, Any]:
    """A choice between something and null becomes that thing, nullable."""
    options = node.get("anyOf")
    if not isinstance(options, list) or {"type": "null"} not in options:
        return node
    others = [option for option in options if option != {"type": "null"}]
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    return {**rest, **(others[0] if len(others) == 1 else {"anyOf": others}), "nullable": True}
