"""``lightsail.load`` adds services from the output of other tools, and ``dump`` returns them."""

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest
import yaml

from pytest_lightsail import ConfigurationError, NotLoadedWarning, simulate
from tests.support.models import ROOT

DUMPS = ROOT / "tests" / "data" / "dumps"
SHOP = {"containerServiceName": "shop", "state": "READY"}
CLI_V2 = [DUMPS / f"cli-v2-{part}.json" for part in ("images", "deployments", "services")]


def boto3_response():
    """Return the CLI's output as boto3 would, with ``datetime`` values and response metadata."""
    document = json.loads((DUMPS / "cli-v1.json").read_text())
    for service in document["containerServices"]:
        for each in (service, service["currentDeployment"]):
            each["createdAt"] = datetime.fromtimestamp(each["createdAt"], timezone.utc)
    return {**document, "ResponseMetadata": {"HTTPStatusCode": 200, "RetryAttempts": 0}}


def leaves(value):
    """Yield every string and number in a document, with timestamps as epoch seconds."""
    if isinstance(value, dict):
        for key, each in value.items():
            # These members do not come from the Lightsail API.
            yield from leaves(each) if key not in {"ResponseMetadata", "id", "mode"} else ()
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    elif isinstance(value, datetime):
        yield value.timestamp()
    elif isinstance(value, str) and value[4:5] == "-" and "T" in value:
        yield datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
    elif value is not None:
        yield value


def terraform_leaves():
    document = json.loads((DUMPS / "terraform-state.json").read_text())
    for resource in document["values"]["root_module"]["child_modules"][0]["resources"]:
        yield from leaves(resource["values"])


SOURCES = {
    "AWS CLI version 1": ([DUMPS / "cli-v1.json"], None),
    "AWS CLI version 2": (CLI_V2, "shop"),
    "boto3": ([boto3_response()], None),
    "terraform": ([DUMPS / "terraform-state.json"], None),
    "compose": ([DUMPS / "docker-compose.yml"], None),
}


@pytest.mark.parametrize("given", SOURCES)
def test_output_of_other_tools_loads_and_dumps_without_loss(given):
    sources, service = SOURCES[given]
    with simulate(region="eu-west-1") as lightsail:
        assert lightsail.load(*sources, service=service) == ()
        regions = {view.region for view in lightsail.services.values()}
        first = {region: lightsail.dump(region) for region in regions}
    with simulate() as lightsail:
        for region, document in first.items():
            assert lightsail.load(document, region=region) == ()
        assert {region: lightsail.dump(region) for region in regions} == first

    wanted = list(leaves([json.loads(each.read_text()) for each in sources if _is_json(each)]))
    if given == "terraform":
        wanted = list(terraform_leaves())
    elif given == "compose":
        wanted = ["example/shop:3", "serve", "--port", "8080", "info", "0", "redis:7", "64mb"]
    elif given == "boto3":
        wanted = list(leaves(boto3_response()))
    assert wanted
    kept = [*leaves(first), "shop-cert"]  # in the dump, this name is a key
    assert '"shop-cert"' in json.dumps(first) or given != "terraform"
    assert [each for each in wanted if each not in kept] == []


def _is_json(source):
    return isinstance(source, Path) and source.suffix == ".json"


def test_loaded_services_have_their_states_deployments_and_images(lightsail):
    lightsail.load(*CLI_V2, service="shop")

    shop, blog = lightsail.services["shop"], lightsail.services["blog"]
    assert (shop.state, shop.power, blog.state) == ("DEPLOYING", "small", "DISABLED")
    states = [(each.version, each.state) for each in shop.deployments]
    assert states == [(4, "ACTIVATING"), (3, "FAILED"), (2, "ACTIVE"), (1, "INACTIVE")]
    assert shop.images == [":shop.web.5", ":shop.web.4"]


def test_deployment_files_load_as_a_service_that_runs_the_deployment(lightsail, tmp_path):
    containers, endpoint = tmp_path / "containers.json", tmp_path / "public-endpoint.json"
    containers.write_text('{"web": {"image": "nginx:1.27", "ports": {"80": "HTTP"}}}')
    endpoint.write_text('{"containerName": "web", "containerPort": 80}')

    lightsail.load(containers, endpoint, service="shop")

    running = lightsail.services["shop"].current_deployment
    assert running.containers["web"]["image"] == "nginx:1.27"
    assert running.describe()["publicEndpoint"]["containerPort"] == 80


def test_a_terraform_plan_loads_as_the_planned_service(lightsail):
    resource = {
        "address": "aws_lightsail_container_service.shop",
        "mode": "managed",
        "type": "aws_lightsail_container_service",
        "values": {"name": "shop", "scale": 2, "is_disabled": False, "region": "eu-west-1"},
    }
    plan = {
        "terraform_version": "1.9.8",
        "planned_values": {"root_module": {"resources": [resource]}},
    }

    lightsail.load(plan)

    service = lightsail.services["shop"]
    assert (service.state, service.scale, service.region) == ("READY", 2, "eu-west-1")


@pytest.mark.filterwarnings("ignore::pytest_lightsail.NotLoadedWarning")
def test_load_returns_the_compose_settings_that_it_ignores(lightsail):
    ports = ["8-9:8-9", {"target": 53, "protocol": "udp"}]
    web = {"image": "nginx", "volumes": ["./a:/a"], "environment": ["TOKEN"], "ports": ports}
    worker = {"image": "nginx", "environment": {"TOKEN": None}}
    services = {"web": web, "worker": worker}

    assert lightsail.load({"name": "shop", "services": services, "networks": {"back": {}}}) == (
        "services.web.environment.TOKEN",
        "services.web, port 8-9:8-9",
        "services.web, port 53/udp",
        "services.web.volumes",
        "services.worker.environment.TOKEN",
        "networks",
    )


@pytest.mark.filterwarnings("ignore::pytest_lightsail.NotLoadedWarning")
def test_a_plan_may_omit_the_service_name_and_contain_other_resources(lightsail):
    container = {"container_name": "web", "image": "nginx"}
    shown = [
        ("aws_lightsail_container_service", {"name": "shop", "power": "nano", "scale": 1}),
        ("aws_lightsail_container_service_deployment_version", {"container": [container]}),
        ("aws_lightsail_bucket", {"name": "files"}),
        ("aws_s3_bucket", {"bucket": "files"}),
    ]
    resources = [
        {"address": f"{kind}.this", "mode": "managed", "type": kind, "values": values}
        for kind, values in shown
    ]

    ignored = lightsail.load({"planned_values": {"root_module": {"resources": resources}}})

    assert ignored == ("aws_lightsail_bucket.this",)
    assert lightsail.services["shop"].deployments[0].containers["web"]["image"] == "nginx"


def test_environment_values_of_a_compose_file_become_strings(lightsail, tmp_path):
    file = tmp_path / "compose.yml"
    file.write_text(
        "name: shop\nservices: {1: {image: nginx, environment: {8080: 1.5, RELEASED: 2022-05-26}}}"
    )

    lightsail.load(file)

    container = lightsail.services["shop"].current_deployment.containers["1"]
    assert container["environment"] == {"8080": "1.5", "RELEASED": "2022-05-26"}


def test_a_tag_without_a_value_loads_with_an_empty_value(lightsail):
    lightsail.load({"containerServices": [{**SHOP, "tags": [{"key": "a"}]}]})

    assert lightsail.services["shop"].tags == {"a": ""}


@pytest.mark.parametrize(
    "source",
    [
        {
            "containerServices": [
                {**SHOP, "arn": "arn:aws:lightsail:eu-west-1:1:ContainerService/a"}
            ]
        },
        {"containerServices": [{**SHOP, "location": {"regionName": "eu-west-1"}}]},
    ],
    ids=["arn", "location"],
)
def test_a_service_is_added_to_the_region_that_its_source_states(lightsail, source):
    lightsail.load(source)

    assert list(lightsail.region("eu-west-1").services) == ["shop"]


def test_a_service_with_an_unusual_arn_is_added_to_the_default_region(lightsail):
    lightsail.load({"containerServices": [{**SHOP, "arn": "***"}]})

    assert list(lightsail.region("us-east-1").services) == ["shop"]


def test_a_boolean_in_a_compose_file_becomes_a_lower_case_string(lightsail):
    web = {"image": "nginx", "environment": {"DEBUG": True, "PORT": 80}}

    lightsail.load({"name": "shop", "services": {"web": web}})

    (deployment,) = lightsail.services["shop"].deployments
    assert deployment.containers["web"]["environment"] == {"DEBUG": "true", "PORT": "80"}


def test_load_does_not_replace_an_existing_service(lightsail):
    lightsail.add_service("shop")

    with pytest.raises(ConfigurationError, match="'shop' already exists in us-east-1"):
        lightsail.load({"containerServices": [{"containerServiceName": "shop"}]})


def test_load_warns_if_the_sources_contain_no_service(lightsail):
    with pytest.warns(NotLoadedWarning, match="the sources contain no container service"):
        lightsail.load({"containerServices": []})


@pytest.mark.filterwarnings("ignore::pytest_lightsail.NotLoadedWarning")
def test_load_returns_a_contradiction_between_two_sources(lightsail):
    one, other = (
        {"containerServices": [{"containerServiceName": "a", "scale": n}]} for n in (1, 2)
    )

    assert lightsail.load(one, other) == ("a: two sources contradict each other",)
    assert lightsail.services["a"].scale == 2


def test_load_warns_of_a_value_that_the_account_shows_differently(lightsail):
    document = json.loads((DUMPS / "cli-v1.json").read_text())
    document["containerServices"][0]["powerId"] = "micro-2"

    with pytest.warns(NotLoadedWarning, match=r"shop.powerId = 'micro-2' \(.* shows 'micro-1'\)"):
        lightsail.load(document)


def test_warnings_do_not_contain_environment_values(lightsail):
    def deployment(value):
        web = {"image": "nginx", "environment": {"TOKEN": value}}
        return {"version": 1, "state": "ACTIVE", "containers": {"web": web}}

    service = {"containerServiceName": "shop", "currentDeployment": deployment("hunter2-secret")}

    with pytest.warns(NotLoadedWarning) as warned:
        lightsail.load({"containerServices": [service], "deployments": [deployment("other")]})

    assert "hunter2" not in str(warned[0].message)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"instances": []}, "has an unknown format; expected the output of `aws lightsail"),
        ({"web": {"image": "nginx"}}, "pass `service='NAME'`"),
        ({"name": "a", "services": {"web": {"build": "."}}}, "services.web has no image"),
        (
            {"name": "a", "services": {"web": {"image": "b"}, "db": None}},
            "services.db has no image",
        ),
        (
            {"name": "a", "services": {"web": {"image": "b", "command": "'"}}},
            "No closing quotation",
        ),
        (
            {"containerServices": [{**SHOP, "currentDeployment": {"version": 1}}]},
            "every deployment must have containers",
        ),
        ({"containerServices": [{"containerServiceName": "a", "scale": "2"}]}, "scale: json.type"),
        ({"name": "a", "services": {"my_web": {"image": "a"}}}, "container-name.pattern"),
        ({"containerImages": [{"image": "nginx"}]}, "'nginx' is not a stored image"),
        ({"name": "a", "services": {}}, r"containers\.count"),
        ({"containerServices": [7]}, "the document cannot be read: TypeError"),
        ({"deployments": [{"createdAt": "soon"}]}, "createdAt 'soon' is not a timestamp"),
        ("no-such-file.json", "cannot read no-such-file.json as JSON"),
    ],
)
def test_load_refuses_an_invalid_source(lightsail, source, message):
    with pytest.raises(ConfigurationError, match=message):
        lightsail.load(source)


def test_load_refuses_a_file_that_contains_no_object(lightsail, tmp_path):
    file = tmp_path / "services.json"
    file.write_text("[]")

    with pytest.raises(ConfigurationError, match=r"services\.json has an unknown format"):
        lightsail.load(file)


def test_a_new_deployment_continues_the_loaded_version_numbers(lightsail, lightsail_client):
    web = {"containers": {"web": {"image": "nginx:1.27"}}}
    failed = [{**web, "version": version, "state": "FAILED"} for version in (1, 2)]
    services = [{"containerServiceName": "shop", "state": "READY"}]
    lightsail.load({"containerServices": services, "deployments": {"shop": failed}})

    response = lightsail_client.create_container_service_deployment(serviceName="shop", **web)

    assert response["containerService"]["nextDeployment"]["version"] == 3


def test_loaded_secrets_are_masked_in_reports(pytester):
    pytester.makepyfile(
        """
        def test_it(lightsail):
            web = {"image": "nginx", "environment": {"TOKEN": "hunter2-secret"}}
            lightsail.load({"web": web}, service="shop")
            assert lightsail.dump() == {}
        """
    )

    result = pytester.runpytest_inprocess("-vv")

    result.assert_outcomes(failed=1)
    assert "TOKEN" in result.stdout.str()
    assert "hunter2" not in result.stdout.str()


def test_a_compose_document_loads_like_a_compose_file(lightsail):
    document = yaml.safe_load((DUMPS / "docker-compose.yml").read_text())
    lightsail.load(document)
    with simulate() as other:
        other.load(DUMPS / "docker-compose.yml")
        assert other.services["shop"].deployments[0].containers == (
            lightsail.services["shop"].deployments[0].containers
        )
