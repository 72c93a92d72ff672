"""What just came: the oldest are pushed out, in order, when there are too many or too much."""

from __future__ import annotations

from loguro_async.pipeline.cache.newcomers import Newcomers
from tests.unit.pipeline.test_cache_store import entry, key


def newcomers(*slugs: str) -> Newcomers:
    they = Newcomers()
    they.fit(2, 10_000.0)
    for slug in slugs:
        they.put(entry(slug))
    return they


def test_the_first_to_come_is_the_first_to_go() -> None:
    they = newcomers("first", "second", "third", "fourth")
    gone = [they.next_to_go(), they.next_to_go()]
    assert [each.key.slug for each in gone if each] == ["first", "second"]
    assert they.next_to_go() is None
    assert [each.slug for each in they] == ["third", "fourth"]


def test_one_that_comes_again_is_the_newest() -> None:
    they = newcomers("first", "second", "first", "third")
    gone = they.next_to_go()
    assert gone is not None
    assert gone.key.slug == "second"
    assert len(they) == 2


def test_much_is_too_much_however_few_they_are() -> None:
    they = newcomers("small")
    they.put(entry("large", body=b"x" * 2000))
    gone = they.next_to_go()
    assert gone is not None
    assert gone.key.slug == "small"


def test_what_is_given_away_is_gone() -> None:
    they = newcomers("first")
    assert they.take(key("first")) is not None
    assert they.take(key("first")) is None
    they.fit(2, 0.0)
    assert they.next_to_go() is None


def test_those_of_no_more_use_are_forgotten() -> None:
    they = newcomers("long")
    they.put(entry("short", keep_until=1.0))
    they.expire(1.0)
    assert [each.slug for each in they] == ["long"]
    assert they.size() == entry("long").size()
