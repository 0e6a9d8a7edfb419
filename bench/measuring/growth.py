"""Documents of our own in sizes 1, 2, 4, 8, and a plot of what comparing each costs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FACTORS = (1, 2, 4, 8)
_BASE = 300
_GRAPHQL = "GraphQL types"


def write(folder: Path) -> dict[str, list[tuple[int, Path, Path]]]:
    """For each shape, the pairs by factor; every tenth definition differs between the two sides."""
    folder.mkdir(parents=True, exist_ok=True)
    pairs: dict[str, list[tuple[int, Path, Path]]] = {}
    shapes = ("operations and definitions", "one cycle through all definitions", "every definition in many cycles")
    for shape in (*shapes, _GRAPHQL):
        for factor in FACTORS:
            sides = []
            for side in ("old", "new"):
                path = folder / f"{shape.replace(' ', '-')}-{factor}-{side}.{'graphql' if shape == _GRAPHQL else 'json'}"
                path.write_text(_text(shape, _BASE * factor, changed=side == "new"))
                sides.append(path)
            pairs.setdefault(shape, []).append((factor, sides[0], sides[1]))
    return pairs


def _text(shape: str, size: int, *, changed: bool) -> str:
    if shape != _GRAPHQL:
        return json.dumps(_description(shape, size, changed=changed), indent=1)
    types = (_type(n, size, changed=changed and n % 10 == 0) for n in range(size))
    return "".join(["type Query {\n", *(f"  get{n}(id: ID!): Thing{n}\n" for n in range(size)), "}\n", *types])


def _type(number: int, size: int, *, changed: bool) -> str:
    fields = [f'  "A member."\n  field{n}: {"Int" if changed and n == 0 else "String!"}\n' for n in range(20)]
    return f"type Thing{number} {{\n{''.join(fields)}  next: Thing{(number + 1) % size}\n}}\n"


def _description(shape: str, size: int, *, changed: bool) -> dict[str, Any]:
    return {
        "openapi": "3.0.3",
        "info": {"title": shape, "version": "1"},
        "paths": {f"/things/{n}": _item(n) for n in range(size if shape.startswith("operations") else 3)},
        "components": {"schemas": {f"Thing{n}": _definition(shape, n, size, changed=changed) for n in range(size)}},
    }


def _item(number: int) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/Thing{number}"}}}
    return {
        "get": {"operationId": f"get{number}", "responses": {"200": {"description": "one", "content": content}}},
        "post": {
            "operationId": f"post{number}",
            "requestBody": {"content": content},
            "responses": {"200": {"description": "one", "content": content}},
        },
    }


def _definition(shape: str, number: int, size: int, *, changed: bool) -> dict[str, Any]:
    properties: dict[str, Any] = {f"field{n}": {"type": "string", "description": "A member."} for n in range(20)}
    leads = {"operations": (), "one": (1,), "every": (1, 7, size - 1, size // 2)}[shape.split()[0]]
    properties |= {f"next{step}": {"$ref": f"#/components/schemas/Thing{(number + step) % size}"} for step in leads}
    if changed and number % 10 == 0:
        properties["field0"] = {"type": "integer"}
        properties["come"] = {"type": "boolean"}
        del properties["field1"]
    return {"type": "object", "properties": properties, "required": ["field2"]}


def plot(curves: Mapping[str, Sequence[tuple[int, float]]], path: Path) -> None:
    """Seconds of processor time over size, one line a curve, as SVG."""
    width, height, margin = 640, 320, 48
    most = max(seconds for points in curves.values() for _, seconds in points) * 1.1
    colours = ("#1f6feb", "#d29922", "#2da44e", "#8250df")

    def place(factor: float, seconds: float) -> str:
        x = margin + (width - 2 * margin) * factor / FACTORS[-1]
        return f"{x:.1f},{height - margin - (height - 2 * margin) * seconds / most:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<polyline fill="none" stroke="#57606a" points="{place(0, most)} {place(0, 0)} {place(FACTORS[-1], 0)}"/>',
        f'<text x="{margin}" y="{margin - 12}">seconds of processor time for one whole process</text>',
        f'<text x="{width - margin}" y="{height - 10}" text-anchor="end">times the document</text>',
    ]
    for factor in FACTORS:
        x = place(factor, 0).partition(",")[0]
        parts.append(f'<text x="{x}" y="{height - margin + 16}" text-anchor="middle">{factor}</text>')
    for step in range(1, 5):
        x, _, y = place(0, most * step / 5).partition(",")
        parts.append(f'<text x="{float(x) - 6:.1f}" y="{y}" text-anchor="end">{most * step / 5:.2f}</text>')
    for i, (name, points) in enumerate(curves.items()):
        line = " ".join(place(factor, seconds) for factor, seconds in points)
        parts.append(f'<polyline fill="none" stroke="{colours[i]}" stroke-width="2" points="{line}"/>')
        parts.append(f'<text x="{margin + 12}" y="{margin + 8 + 16 * i}" fill="{colours[i]}">{name}</text>')
    path.write_text("\n".join([*parts, "</svg>", ""]), encoding="utf-8")
