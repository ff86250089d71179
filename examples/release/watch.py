"""Run two releases on a simulated account and print the timeline: `python watch.py`."""

from dataclasses import replace

from release_tool import HealthCheck, ReleaseConfig, ReleaseFailed, release

from pytest_lightsail import simulate

SHOP = ReleaseConfig(
    service="shop",
    image="example/shop:1",
    port=8080,
    health_check=HealthCheck(path="/health"),
    environment={"DATABASE_PASSWORD": "correct-horse"},
)


def main() -> None:
    with simulate() as lightsail:
        released = release(SHOP)
        print(f"released version {released.version} at {released.url}")

        lightsail.script.deploy(service="shop", fails_at="EVALUATING_HEALTH_CHECK")
        try:
            release(replace(SHOP, image="example/shop:2"))
        except ReleaseFailed as failure:
            print(f"as scripted, the second release failed: {failure}")
        else:
            raise SystemExit("the second release should have failed, but succeeded")

        print()
        print(lightsail.timeline())


if __name__ == "__main__":
    main()
