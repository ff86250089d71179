"""Stand-ins for programs used by shell scripts: ``sleep``, ``date``, ``lightsailctl``, ``docker``.

Each stand-in runs this file as a script. Shell scripts may call ``sleep`` and ``date`` often, so
the top of this file imports only what these two stand-ins need.
"""

from __future__ import annotations

import json
import os
import re
import sys
from datetime import datetime
from typing import Any, NoReturn

AGENT = "pytest-lightsail-shim"
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"([0-9]*\.?[0-9]+|[0-9]+\.)([smhd]?)")
_DATE = re.compile(r"(?:-([uR]*)d|--date=?)(.*)")
_OF_FILE = re.compile(r"-[uR]*[rf]|--(reference|file)\b")
_ABSOLUTE = re.compile(r"@|\d{4}-\d")
_SPAN = r"((next|last|([-+]\s*)?\d+)\s*)?(sec(ond)?|min(ute)?|hour|day|week|month|year)s?"
_RELATIVE = re.compile(rf"\s*((now|today|yesterday|tomorrow|ago|{_SPAN})\s*)*", re.IGNORECASE)
_DOCKER = ("build", "buildx", "info", "login", "logout", "pull", "push", "rmi", "tag", "version")


def main(arguments: list[str]) -> int:
    """Run the stand-in whose path is the first argument."""
    program, *rest = arguments
    does = {"sleep": sleep, "date": date, "lightsailctl": lightsailctl, "docker": docker}
    return does[os.path.basename(program)](rest)  # noqa: PTH119 - pathlib would double the run time


def sleep(durations: list[str]) -> int:
    """Advance the account's clock as if this process had slept."""
    found = [_DURATION.fullmatch(each) for each in durations]
    if not found or None in found:  # an argument such as "infinity" or "--help"
        _real("sleep", durations)
    _control("clock", {"sleep": sum(float(one[1]) * _UNITS[one[2]] for one in found if one)})
    return 0


def date(arguments: list[str]) -> int:
    """Show the account's time by passing it to the real ``date``."""
    if any(_OF_FILE.match(each) for each in arguments):  # `-r` and `-f` read dates from a file
        _real("date", arguments)
    rest, asked = [], ""
    words = iter(arguments)
    for word in words:
        if given := _DATE.fullmatch(word):
            rest += [f"-{letter}" for letter in given[1] or ""]
            asked = given[2] or next(words, "")
        else:
            rest.append(word)
    if _RELATIVE.fullmatch(asked):
        # Put "UTC" last, because the real `date` would read "UTC +3" as a time zone.
        now = datetime.fromisoformat(_control("clock")["now"])
        asked = f"{asked} {now:%Y-%m-%d %H:%M:%S.%f} UTC".strip()
    elif not _ABSOLUTE.match(asked):
        return _fail(f"date: the pytest-lightsail stand-in does not support {asked!r}")
    return _real("date", [*rest, "-d", asked])


def lightsailctl(arguments: list[str]) -> int:
    """Register an image as AWS's CLI plugin does, but without pushing its contents.

    The input and the calls follow ``push_container_image.py`` in aws-cli, and
    ``internal/plugin/plugin.go`` and ``internal/cs/pushimage.go`` in AWS's lightsailctl.
    """
    if arguments != ["--plugin", "--input-stdin"]:
        return _fail("lightsailctl can't be used directly, it is meant to be invoked by AWS CLI")
    try:
        given = json.load(sys.stdin)
        payload, configuration = given["payload"], given.get("configuration", {})
        service, image, label = (payload[name] for name in ("service", "image", "label"))
    except (ValueError, KeyError, TypeError) as error:
        return _fail(f"invalid plugin input: {error!r}")

    import hashlib  # noqa: PLC0415

    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    try:
        client: Any = Session(profile=configuration.get("profile")).create_client(
            "lightsail",
            region_name=configuration.get("region"),
            endpoint_url=configuration.get("endpoint") or os.environ["AWS_ENDPOINT_URL_LIGHTSAIL"],
            config=Config(user_agent=AGENT, retries={"total_max_attempts": 3, "mode": "standard"}),
        )
        client.get_container_api_metadata()
        client.create_container_service_registry_login()
        # Include the time, so that a rebuilt image gets a new digest.
        pushed = f"{image} {_control('clock')['now']}"
        digest = f"sha256:{hashlib.sha256(pushed.encode()).hexdigest()}"
        made = client.register_container_image(serviceName=service, label=label, digest=digest)
    except (BotoCoreError, ClientError) as error:
        return _fail(str(error))
    sys.stdout.write(
        f'Digest: {digest}\nImage "{image}" registered.\nRefer to this image as '
        f'"{made["containerImage"]["image"]}" in deployments.\n'
    )
    return 0


def docker(arguments: list[str]) -> int:
    """Accept commands whose output is rarely needed, and reject all others."""
    command = next((each for each in arguments if not each.startswith("-")), "")
    if command in _DOCKER:
        return 0
    known = ", ".join(_DOCKER)
    return _fail(
        f"docker {command}: the pytest-lightsail stand-in accepts only {known}. "
        "For other commands, put your own stand-in on the PATH."
    )


def _control(path: str, body: Any = None) -> dict[str, Any]:
    import socket  # noqa: PLC0415 - http.client would make each call much slower

    url, key = os.environ["AWS_ENDPOINT_URL_LIGHTSAIL"], os.environ.get("AWS_ACCESS_KEY_ID", "")
    host, _, port = url.partition("://")[2].rstrip("/").rpartition(":")
    text = "" if body is None else json.dumps(body)
    request = (
        f"{'POST' if text else 'GET'} /_lightsail/{path}?account={key} HTTP/1.0",
        f"User-Agent: {AGENT}",
        "Content-Type: application/json",
        f"Content-Length: {len(text)}",
    )
    try:
        with socket.create_connection((host.strip("[]"), int(port))) as connection:
            connection.sendall("\r\n".join((*request, "", text)).encode())
            received = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        head, _, content = received.partition(b"\r\n\r\n")
        document: dict[str, Any] = json.loads(content)
    except (OSError, ValueError) as error:
        sys.exit(_fail(f"the simulated account at {url} does not respond: {error}"))
    if b" 200 " not in head.partition(b"\r\n")[0]:
        sys.exit(_fail(document.get("error") or document.get("message") or str(document)))
    return document


def _real(name: str, arguments: list[str]) -> NoReturn:
    """Replace this process with the next program of the same name on the ``PATH``."""
    here = os.path.dirname(sys.argv[1])  # noqa: PTH120
    path = os.environ.get("PATH", os.defpath).split(os.pathsep)
    for folder in path[path.index(here) + 1 if here in path else 0 :]:
        program = os.path.join(folder, name)  # noqa: PTH118
        if folder != here and os.access(program, os.X_OK):
            os.execv(program, [name, *arguments])  # noqa: S606 - the script called this program
    sys.exit(_fail(f"{name}: not found in any PATH directory other than {here}"))


def _fail(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
