"""Containers, ports and the public endpoint, in a new deployment or in a new service."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.profiles import examples

quick = examples(25, among=50)

WEB = {"web": {"image": "nginx", "ports": {"80": "HTTP"}}}


def endpoint(name: str = "web", port: int = 80) -> dict[str, object]:
    return {"containerName": name, "containerPort": port}


# --- containers --------------------------------------------------------------------------------------


def test_a_container_requires_only_an_image(container):
    assert container() == []


def test_a_container_without_an_image_is_refused(container, left_out):
    assert container(image=left_out) == [("container.image-required", "image")]


@pytest.mark.parametrize("count", [1, 2, 9, 10])
def test_a_deployment_of_1_to_10_containers_is_accepted(deployment, count):
    assert deployment(containers={f"c{n}": {"image": "nginx"} for n in range(count)}) == []


@pytest.mark.parametrize("count", [0, 11, 53])
def test_a_deployment_of_0_or_more_than_10_containers_is_refused(deployment, count):
    found = deployment(containers={f"c{n}": {"image": "nginx"} for n in range(count)})
    assert found == [("containers.count", "containers")]


def test_a_deployment_without_containers_is_refused(deployment, left_out):
    assert deployment(containers=left_out) == [("deployment.containers-required", "containers")]


def test_a_service_may_be_created_without_a_deployment(broken):
    assert broken("CreateContainerService", deployment=None) == []


def test_a_container_may_have_a_command(container):
    assert container(command=["sh", "-c", ""]) == []


def test_environment_variables_may_have_any_name_and_value(container):
    assert container(environment={"A": "", "b c": "\n", "Ü": "ü" * 5000}) == []


# --- ports -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("port", ["1", "80", "8080", "65534", "65535"])
def test_a_port_from_1_to_65535_is_accepted(container, port):
    assert container(ports={port: "TCP"}) == []


@pytest.mark.parametrize("port", ["0", "65536", "99999", "100000000000000000000"])
def test_a_port_outside_1_to_65535_is_refused(container, port):
    assert container(ports={port: "TCP"}) == [("port.range", f"ports.{port}")]


@pytest.mark.parametrize(
    "port", ["", "http", "080", "+80", "-80", "80.0", " 80", "80\n", "8_0", "٨٠"]
)
def test_a_port_that_is_not_a_plain_decimal_number_is_refused(container, port):
    assert container(ports={port: "TCP"}) == [("port.range", f"ports.{port}")]


@quick
@given(st.integers(0, 200_000) | st.sampled_from([0, 1, 65535, 65536]))
def test_a_port_is_accepted_only_from_1_to_65535(broken, port):
    containers = {"web": {"image": "nginx", "ports": {str(port): "UDP"}}}
    found = broken("CreateContainerServiceDeployment", containers=containers)
    assert (found == []) is (1 <= port <= 65535)


@pytest.mark.parametrize("protocol", ["HTTP", "HTTPS", "TCP", "UDP"])
def test_a_port_may_use_http_https_tcp_or_udp(container, protocol):
    assert container(ports={"80": protocol}) == []


@pytest.mark.parametrize("protocol", ["", "http", "HTTP2", "GRPC", "HTTP "])
def test_an_unknown_protocol_is_refused(container, protocol):
    assert container(ports={"80": protocol}) == [("protocol.values", "ports.80")]


# --- the public endpoint -----------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["HTTP", "HTTPS"])
def test_an_endpoint_on_an_open_http_or_https_port_is_accepted(deployment, protocol):
    containers = {"web": {"image": "nginx", "ports": {"80": protocol}}}
    assert deployment(containers=containers, publicEndpoint=endpoint()) == []


@pytest.mark.parametrize("protocol", ["TCP", "UDP"])
def test_an_endpoint_on_a_tcp_or_udp_port_is_refused(deployment, protocol):
    containers = {"web": {"image": "nginx", "ports": {"80": protocol}}}
    found = deployment(containers=containers, publicEndpoint=endpoint())
    assert found == [("endpoint.protocol", "publicEndpoint.containerPort")]


def test_an_endpoint_on_a_port_that_is_not_open_is_refused(deployment):
    found = deployment(containers=WEB, publicEndpoint=endpoint(port=81))
    assert found == [("endpoint.port", "publicEndpoint.containerPort")]


@pytest.mark.parametrize("ports", [{}, None])
def test_an_endpoint_on_a_container_without_ports_is_refused(deployment, ports):
    containers = {"web": {"image": "nginx", "ports": ports}}
    found = deployment(containers=containers, publicEndpoint=endpoint())
    assert found == [("endpoint.port", "publicEndpoint.containerPort")]


def test_an_endpoint_on_a_port_of_another_container_is_refused(deployment):
    containers = {**WEB, "api": {"image": "nginx", "ports": {"81": "HTTP"}}}
    found = deployment(containers=containers, publicEndpoint=endpoint(port=81))
    assert found == [("endpoint.port", "publicEndpoint.containerPort")]


@pytest.mark.parametrize("name", ["api", "", "Web"])
def test_an_endpoint_on_an_unknown_container_is_refused(deployment, name):
    found = deployment(containers=WEB, publicEndpoint=endpoint(name))
    assert found == [("endpoint.container", "publicEndpoint.containerName")]


@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_an_endpoint_with_an_invalid_port_number_breaks_port_range(deployment, port):
    found = deployment(containers=WEB, publicEndpoint=endpoint(port=port))
    assert found[0] == ("port.range", "publicEndpoint.containerPort")


@pytest.mark.parametrize("member", ["containerName", "containerPort"])
def test_an_endpoint_requires_a_container_and_a_port(deployment, member):
    given = {name: value for name, value in endpoint().items() if name != member}
    found = deployment(containers=WEB, publicEndpoint=given)
    assert found == [("json.required", f"publicEndpoint.{member}")]


def test_an_endpoint_may_omit_the_health_check(deployment):
    given = {**endpoint(), "healthCheck": None}
    assert deployment(containers=WEB, publicEndpoint=given) == []


def test_a_deployment_may_have_no_endpoint(deployment):
    assert deployment(containers=WEB, publicEndpoint=None) == []
