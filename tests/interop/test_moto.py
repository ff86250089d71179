"""moto can simulate other AWS services in the same test."""

import time

import pytest
import requests
from botocore.exceptions import ClientError

from pytest_lightsail import simulate

boto3 = pytest.importorskip("boto3")
mock_aws = pytest.importorskip("moto").mock_aws


@pytest.fixture(autouse=True)
def _endpoints_of_aws(monkeypatch):
    """Let clients use the hosts of AWS, because moto responds only to requests to these hosts."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


def client(service):
    return boto3.client(
        service, region_name="us-east-1", aws_access_key_id="mine", aws_secret_access_key="mine"
    )


def use_both(lightsail, s3):
    lightsail.create_container_service(serviceName="shop", power="nano", scale=1)
    s3.create_bucket(Bucket="releases")
    return (
        [
            one["containerServiceName"]
            for one in lightsail.get_container_services()["containerServices"]
        ],
        [one["Name"] for one in s3.list_buckets()["Buckets"]],
    )


BOTH = (["shop"], ["releases"])


def test_moto_works_inside_a_simulation():
    with simulate(), mock_aws():
        assert use_both(client("lightsail"), client("s3")) == BOTH


def test_simulation_works_inside_moto():
    with mock_aws(), simulate():
        assert use_both(client("lightsail"), client("s3")) == BOTH


@mock_aws
def test_moto_decorator_works_with_the_fixture(lightsail):
    assert use_both(client("lightsail"), client("s3")) == BOTH
    assert list(lightsail.services) == ["shop"]


def test_client_made_before_moto_and_the_simulation_reaches_the_account():
    early = client("lightsail")

    with mock_aws(), simulate():
        assert use_both(early, client("s3")) == BOTH


def test_client_made_under_moto_before_the_simulation_reaches_the_account():
    with mock_aws():
        made, s3 = client("lightsail"), client("s3")
        with simulate() as lightsail:
            assert use_both(made, s3) == BOTH

    assert len(lightsail.calls) == 2


def test_moto_keeps_its_state_after_the_simulation():
    with mock_aws():
        s3 = client("s3")
        with simulate():
            use_both(client("lightsail"), s3)
        assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["releases"]


def test_simulation_responds_after_moto_has_ended():
    with simulate() as lightsail:
        made = client("lightsail")
        with mock_aws():
            use_both(made, client("s3"))
        made.get_container_services(serviceName="shop")

    assert lightsail.calls.count("GetContainerServices") == 2


@pytest.mark.lightsail(real_calls=True)
def test_moto_receives_lightsail_calls_after_the_simulation():
    with mock_aws():
        made = client("lightsail")
        with simulate() as lightsail:
            made.get_container_services()
        # moto does not simulate Lightsail. Its error shows that it received the request.
        with pytest.raises((ClientError, KeyError, AttributeError)):
            made.get_container_services()

    assert len(lightsail.calls) == 1


def test_lightsail_clients_do_not_use_the_credentials_of_moto():
    with simulate(), mock_aws():
        moto = boto3.Session().get_credentials().access_key
        assert boto3.client("lightsail")._request_signer._credentials.access_key != moto


def test_image_from_an_ecr_repository_in_moto_can_be_deployed(lightsail):
    with mock_aws():
        repository = client("ecr").create_repository(repositoryName="shop")["repository"]
        made = client("lightsail")
        made.create_container_service(
            serviceName="shop",
            power="nano",
            scale=1,
            privateRegistryAccess={"ecrImagePullerRole": {"isActive": True}},
        )
        time.sleep(60)
        made.create_container_service_deployment(
            serviceName="shop", containers={"app": {"image": f"{repository['repositoryUri']}:1"}}
        )
        time.sleep(600)

    image = lightsail.services["shop"].current_deployment.containers["app"]["image"]
    assert image.endswith(".dkr.ecr.us-east-1.amazonaws.com/shop:1")


def test_requests_reaches_both_the_account_and_moto():
    target = {
        "X-Amz-Target": "Lightsail_20161128.GetContainerServices",
        "Content-Type": "application/x-amz-json-1.1",
    }
    with simulate() as lightsail, mock_aws():
        client("s3").create_bucket(Bucket="releases")
        made = client("lightsail")
        made.create_container_service(serviceName="shop", power="nano", scale=1)

        api = requests.post(
            "https://lightsail.us-east-1.amazonaws.com/", data="{}", headers=target, timeout=5
        )
        bucket = requests.get("https://releases.s3.amazonaws.com/", timeout=5)
        home = requests.get(lightsail.services["shop"].url, timeout=5)

    assert [one["containerServiceName"] for one in api.json()["containerServices"]] == ["shop"]
    assert "ListBucketResult" in bucket.text
    assert home.status_code == 503
