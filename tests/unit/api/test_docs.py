"""The API's description of itself."""

import base64
import json
import re
from collections.abc import Iterator

import pytest
import yaml
from fastapi.testclient import TestClient
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from app.config import Settings
from app.main import create_app
from tests.fakes.services import fake_services
from tests.unit.api.conftest import Serve

PROMISED = {
    "/live": {"get"},
    "/health": {"get"},
    "/ready": {"get"},
    "/ops/status": {"get"},
    "/enroll": {"post"},
    "/enroll/file": {"post"},
    "/identify": {"post"},
    "/verify": {"post"},
    "/compare": {"post"},
    "/detect": {"post"},
    "/collections": {"get"},
    "/collections/{name}": {"put", "get", "delete"},
    "/members": {"get"},
    "/members/{member_id}": {"get", "patch", "delete"},
    "/members/{member_id}/faces": {"get"},
    "/faces/{face_id}": {"delete"},
}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """One application for all: its document takes a second to make, and is made once."""
    with TestClient(create_app(Settings(), fake_services)) as client:
        yield client


def test_the_document_is_valid_openapi(client: TestClient) -> None:
    OpenAPIV31SpecValidator(client.get("/openapi.json").json()).validate()


def test_every_reference_in_the_document_leads_somewhere(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    references = set(re.findall(r'"\$ref": "([^"]*)"', json.dumps(document)))

    assert references
    for reference in references:
        found = document
        for key in reference.removeprefix("#/").split("/"):
            found = found[key]


def test_the_older_dialect_is_valid_too_and_has_nothing_of_the_newer(client: TestClient) -> None:
    document = client.get("/openapi-3.0.json").json()

    OpenAPIV30SpecValidator(document).validate()
    assert document["openapi"] == "3.0.3"
    assert '"null"' not in json.dumps(document)


def test_yaml_says_the_same_as_json(client: TestClient) -> None:
    assert yaml.load(client.get("/openapi.yaml").text, yaml.CSafeLoader) == client.get("/openapi.json").json()


def test_every_promised_call_is_described(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]

    assert {path: set(paths.get(path, ())) for path in PROMISED} == PROMISED


def test_the_flows_have_the_names_that_their_clients_use(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]

    names = [paths[path]["post"]["operationId"] for path in ("/identify", "/verify", "/enroll", "/compare")]
    assert names == ["IdentifyFace", "VerifyFace", "EnrollFace", "CompareFaces"]


@pytest.mark.parametrize("path", ["/enroll", "/identify", "/verify", "/compare", "/detect"])
def test_every_encoding_of_a_picture_is_described(client: TestClient, path: str) -> None:
    content = client.get("/openapi.json").json()["paths"][path]["post"]["requestBody"]["content"]

    assert list(content) == ["multipart/form-data", "application/json", "application/x-www-form-urlencoded"]
    files = [name for name, of in content["multipart/form-data"]["schema"]["properties"].items() if "format" in of]
    assert files == (["a_file", "b_file"] if path == "/compare" else ["file"])


@pytest.mark.parametrize("path", ["/enroll", "/identify", "/verify", "/compare", "/detect"])
def test_the_example_of_a_call_holds_a_real_picture(client: TestClient, path: str) -> None:
    content = client.get("/openapi.json").json()["paths"][path]["post"]["requestBody"]["content"]

    example = content["application/json"]["example"]
    pictures = [base64.b64decode(value) for name, value in example.items() if name.endswith("image_base64")]
    assert pictures
    assert all(picture.startswith(b"\xff\xd8") for picture in pictures)


def test_errors_are_described_as_problem_documents(client: TestClient) -> None:
    document = client.get("/openapi.json").json()

    answers = document["paths"]["/identify"]["post"]["responses"]
    assert {"401", "404", "409", "413", "415", "422", "503"} <= set(answers)
    assert "application/problem+json" in answers["422"]["content"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_swagger_ui_needs_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs")

    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert [link for link in links if link.startswith(("http", "//"))] == []
    assert [client.get(link).status_code for link in links if link.startswith("/")] == [200] * 4
    assert "<script>" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "svc-face-recon" in page.text


@pytest.mark.parametrize("asked", ["/face/docs", "/docs"])
def test_a_proxys_prefix_is_honoured_whether_or_not_it_is_stripped(serve: Serve, asked: str) -> None:
    client = serve(root_path="/face")

    page = client.get(asked)

    assert 'data-document="/face/openapi.json"' in page.text
    assert client.get("/face/openapi.json").json()["servers"] == [{"url": "/face"}]
    assert client.get("/face/live").status_code == 200
    assert client.get("/live").status_code == 200
