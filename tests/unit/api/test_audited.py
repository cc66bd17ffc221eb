"""Which calls are written down."""

from app.api.audited import SHOW_PEOPLE
from app.config import Settings
from app.main import create_app
from tests.fakes.services import fake_services

SHOW_NOBODY = {
    *("Live", "Ready", "Health", "Status"),
    *("ListCollections", "GetCollection", "GetCalibration", "ListGalleries", "GetGallery", "GetGalleryProgress"),
    *("ListFailures", "ListJobs", "GetJob", "GetEvaluation", "GetEvaluationPage", "GetEvaluationPlot"),
    *("ListWebhooks", "GetWebhook", "ListDeliveries", "ListKeys", "GetKey", "ListAccessKeys"),
    *("ListTenants", "GetTenant", "VerifyAudit", "ErasureKeys"),
}
"""What may be read without a line in the log."""


def test_of_every_operation_that_reads_it_is_known_whether_it_shows_people() -> None:
    paths = create_app(Settings(), fake_services).openapi()["paths"].values()
    reads = {methods["get"]["operationId"] for methods in paths if "get" in methods}

    assert reads - SHOW_PEOPLE == SHOW_NOBODY
    assert reads >= SHOW_PEOPLE
