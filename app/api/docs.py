"""The API's own description: Swagger UI without a CDN, and the OpenAPI document in three forms."""

from importlib.resources import files
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.staticfiles import StaticFiles

from app.api.auth import OPEN, SCHEMES, declared
from app.api.openapi30 import downgrade
from app.api.problems import Problem

router = APIRouter(include_in_schema=False, dependencies=[OPEN])

DESCRIPTION = """
Enrol people by a picture, then ask who is in another one.

Every image is given in exactly one way: an upload (`file`), `image_url`, `image_base64`, `supabase_path` or
`storage_key`; as JSON, a form or multipart, on the same path. Every error is a problem document with a stable `code`.
""".strip()

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{root}/docs/assets/swagger-ui.css">
<link rel="stylesheet" href="{root}/docs/style.css">
</head>
<body>
<div id="api" data-document="{root}/openapi.json"></div>
<script src="{root}/docs/assets/swagger-ui-bundle.js"></script>
<script src="{root}/docs/start.js"></script>
</body>
</html>
"""

_START = """const here = document.getElementById("api");
SwaggerUIBundle({
  url: here.dataset.document,
  dom_id: "#api",
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  syntaxHighlight: { theme: "tomorrow-night" },
});
"""

_STYLE = """:root { --ink: #12343b; --accent: #0f766e; --paper: #f7faf9; }
body { margin: 0; background: var(--paper); }
.swagger-ui .info .title, .swagger-ui .opblock-tag { color: var(--ink); }
.swagger-ui .opblock.opblock-post { border-color: var(--accent); background: rgba(15, 118, 110, .06); }
.swagger-ui .opblock.opblock-post .opblock-summary-method { background: var(--accent); }
.swagger-ui .btn.execute { background: var(--accent); border-color: var(--accent); }
.swagger-ui .btn.authorize { color: var(--accent); border-color: var(--accent); }
.swagger-ui .btn.authorize svg { fill: var(--accent); }
"""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def install(app: FastAPI) -> None:
    """Serve the pages, and describe the API by `document`."""
    app.openapi = lambda: document(app)  # type: ignore[method-assign] # FastAPI's own way of overriding it
    app.mount("/docs/assets", StaticFiles(directory=str(files("fastapi_swagger") / "resources")))
    app.include_router(router)


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document, made once."""
    if not app.openapi_schema:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=DESCRIPTION,
            routes=app.routes,
            servers=app.servers,
        )
        _say_needs(app, made["paths"])
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        made["components"]["schemas"] |= problem.pop("$defs") | {"Problem": problem}
        app.openapi_schema = made
    return app.openapi_schema


def _say_needs(app: FastAPI, paths: dict[str, Any]) -> None:
    """Name the scope of each operation, for programs and for people."""
    for path, method, needed in declared(app):
        if needed and path in paths:
            operation = paths[path][method.lower()]
            operation["security"] = [{scheme: [str(scope)]} for scope in needed.scopes for scheme in SCHEMES]
            scopes = " or ".join(f"`{scope}`" for scope in needed.scopes)
            operation["description"] = f"{operation['description']}\n\nNeeds the scope {scopes}."


@router.get("/docs")
async def page(request: Request) -> HTMLResponse:
    app: FastAPI = request.app
    html = _PAGE.format(title=app.title, root=request.scope.get("root_path", "").rstrip("/"))
    return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY})


@router.get("/docs/start.js")
async def start() -> Response:
    return Response(_START, media_type="text/javascript")


@router.get("/docs/style.css")
async def style() -> Response:
    return Response(_STYLE, media_type="text/css")


@router.get("/openapi.json")
async def openapi_json(request: Request) -> JSONResponse:
    return JSONResponse(document(request.app))


@router.get("/openapi.yaml")
async def openapi_yaml(request: Request) -> Response:
    import yaml  # noqa: PLC0415 - read by those who ask for it, not by every start

    # CSafeDumper is libyaml's: the same text as safe_dump, in a tenth of the time.
    text = yaml.dump(document(request.app), Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
    return Response(text, media_type="application/yaml")


@router.get("/openapi-3.0.json")
async def openapi_30(request: Request) -> JSONResponse:
    return JSONResponse(downgrade(document(request.app)))
