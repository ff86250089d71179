"""Verify the release tool under all simulated failures with a single call."""

from release_tool import HealthCheck, ReleaseConfig, release

from pytest_lightsail import strategies, verify_caller

LIMITS = {
    "health-check.interval",
    "health-check.path",
    "health-check.success-codes",
    "health-check.success-codes-order",
    "health-check.timeout",
}


def release_image(image, health_check):
    """Call the tool with a health check in the format of the Lightsail API."""
    check = HealthCheck(
        path=health_check.get("path", "/"),
        success_codes=health_check.get("successCodes", "200-299"),
        timeout=health_check.get("timeoutSeconds", 2),
        interval=health_check.get("intervalSeconds", 5),
    )
    secrets = {"DATABASE_PASSWORD": "correct-horse"}
    return release(
        ReleaseConfig(
            service="shop", image=image, port=8080, health_check=check, environment=secrets
        )
    )


def test_the_tool_has_no_fault():
    report = verify_caller(
        release_image,
        arguments={
            "image": strategies.image_references(kinds={"public", "docker-hub", "public-ecr"}),
            "health_check": strategies.health_checks(),
        },
        invalid={"health_check": strategies.invalid_health_checks(rules=LIMITS)},
        examples=10,
    )
    assert report.returned > 0
    assert report.survived
