from __future__ import annotations

from vartask.seen import Once, Questions


def test_with_a_bound_the_last_values_are_held() -> None:
    made: list[int] = []

    def make(number: int) -> int:
        made.append(number)
        return number

    once: Once = Once(Questions(), most=2)
    for number in (1, 2, 2, 1, 3, 2, 1):
        assert once.get(number, lambda number=number: make(number)) == number  # type: ignore[misc]
    assert made == [1, 2, 3, 1]


def test_without_a_bound_a_value_is_made_once() -> None:
    made: list[int] = []
    once: Once = Once(Questions())
    for number in (*range(100), *range(100)):
        once.get(number, lambda number=number: made.append(number))  # type: ignore[misc]
    assert made == list(range(100))
