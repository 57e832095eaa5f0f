"""Columns come and go; slots are reused; old records stay readable."""

from clawtui_agent.slotmap import SlotMap, width_for

A, B, C, D = (("host", name) for name in "abcd")


def test_a_new_column_takes_a_free_slot_and_a_gone_one_leaves_it() -> None:
    slots = SlotMap(2)
    assert slots.settle([A, B], 100) is True
    assert slots.settle([A, C], 200) is True
    assert slots.order([A, C]) == [0, 1]
    assert slots.stays(B, 1) == [(1, 100, 199)]
    assert slots.stays(C, 1) == [(1, 200, 0)]


def test_nothing_changes_when_the_columns_are_the_same() -> None:
    slots = SlotMap(4)
    slots.settle([A, B], 100)
    assert slots.settle([B, A], 200) is False
    assert slots.order([B, A]) == [1, 0]


def test_more_columns_than_slots_is_said() -> None:
    assert SlotMap(2).settle([A, B, C], 1) is None


def test_a_column_that_flaps_does_not_fill_the_map() -> None:
    slots = SlotMap(4)
    slots.settle([A, B], 100)
    for at in range(200, 2000, 20):
        slots.settle([A], at)
        slots.settle([A, B], at + 10)
    assert len(slots.rows()) == 2


def test_the_slot_that_is_free_for_longest_is_taken_first() -> None:
    slots = SlotMap(3)
    slots.settle([A, B, C], 100)
    slots.settle([A, B], 200)
    slots.settle([A], 300)
    slots.settle([A, D], 400)
    assert slots.order([D]) == [2]


def test_what_a_header_says_is_read_back() -> None:
    slots = SlotMap(3)
    slots.settle([A, B], 100)
    slots.settle([B, C], 200)
    again = SlotMap.read(3, slots.rows())
    assert again.rows() == slots.rows()
    assert again.order([B, C]) == slots.order([B, C])


def test_the_oldest_stays_are_forgotten_first() -> None:
    slots = SlotMap(2)
    slots.settle([A], 100)
    slots.settle([B], 200)
    slots.settle([C], 300)
    assert slots.forget()
    assert slots.stays(A, 1) == []
    assert slots.forget()
    assert not slots.forget()
    assert slots.order([C])


def test_widths_double() -> None:
    assert [width_for(n) for n in (0, 64, 65, 129)] == [64, 64, 128, 256]
