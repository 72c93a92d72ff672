from __future__ import annotations

from loguro_async.emulator.request_log import RecordedRequest, RequestLog


def request(path: str) -> RecordedRequest:
    return RecordedRequest("GET", path, {"range": "7d"}, "local", "kpis")


def test_records_are_in_order_of_arrival_and_get_their_status_later() -> None:
    log = RequestLog()
    first, second = log.add(request("/a")), log.add(request("/b"))
    log.set_status(second, 500)
    assert [(record.path, record.status) for record in log.records] == [("/a", None), ("/b", 500)]
    log.set_status(first, 200)
    assert [(record.path, record.status) for record in log.records] == [("/a", 200), ("/b", 500)]


def test_changes_of_the_returned_list_do_not_change_the_log() -> None:
    log = RequestLog()
    log.add(request("/a"))
    log.records.clear()
    assert len(log.records) == 1


def test_a_request_that_was_cleared_gets_no_status() -> None:
    log = RequestLog()
    number = log.add(request("/a"))
    log.clear()
    log.set_status(number, 200)
    assert log.records == []
    assert log.add(request("/b")) != number
