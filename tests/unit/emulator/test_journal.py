from __future__ import annotations

from loguro_async.emulator.journal import Journal, RecordedRequest


def request(path: str) -> RecordedRequest:
    return RecordedRequest("GET", path, {"range": "7d"}, "local", "kpis")


def test_records_keep_the_order_of_arrival_and_get_their_status_later() -> None:
    journal = Journal()
    first, second = journal.arrived(request("/a")), journal.arrived(request("/b"))
    journal.answered(second, 500)
    assert [(record.path, record.status) for record in journal.records] == [
        ("/a", None),
        ("/b", 500),
    ]
    journal.answered(first, 200)
    assert [(record.path, record.status) for record in journal.records] == [
        ("/a", 200),
        ("/b", 500),
    ]


def test_the_list_is_the_caller_s_own() -> None:
    journal = Journal()
    journal.arrived(request("/a"))
    journal.records.clear()
    assert len(journal.records) == 1


def test_what_is_forgotten_stays_so_when_its_answer_comes() -> None:
    journal = Journal()
    number = journal.arrived(request("/a"))
    journal.forget()
    journal.answered(number, 200)
    assert journal.records == []
    later = journal.arrived(request("/b"))
    assert later != number
