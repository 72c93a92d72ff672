from __future__ import annotations

from loguro_async.pipeline.availability import Availability


class Service:
    def __init__(self) -> None:
        self.seconds = 0.0
        self.availability = Availability(lambda: self.seconds)


def test_an_outage_is_counted_from_a_moment_on() -> None:
    service = Service()
    service.availability.failed("local")
    service.seconds = 3600.0
    assert service.availability.outage_seconds == 3600.0
    assert service.availability.outage_after(3590.0) == 10.0
    service.availability.succeeded()
    assert service.availability.outage_after(3590.0) == 0.0


def test_a_project_fails_alone_where_the_service_responds_to_others() -> None:
    availability = Service().availability
    availability.failed("local")
    assert not availability.fails_only_for("local", 0)
    availability.succeeded()
    availability.failed("local")
    assert availability.fails_only_for("local", 0)
    availability.failed("other")
    assert not availability.fails_only_for("local", 0)
    availability.succeeded()
    assert availability.fails_only_for("local", 0)


def test_no_project_fails_alone_where_many_attempts_fail() -> None:
    availability = Service().availability
    for _ in range(20):
        availability.failed("other")
        availability.succeeded()
    availability.failed("local")
    assert not availability.fails_only_for("local", 0)
