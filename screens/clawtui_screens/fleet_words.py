"""The words around the fleet table: its sentence, its title, rows as text; pure."""

from clawtui.clean import clean
from clawtui.engine.boundary.hosts import HostView
from clawtui_screens import columns, look, order, text
from clawtui_screens.arrangement import TRIAGE, Arrangement
from clawtui_screens.desk import Desk
from clawtui_screens.export import Cell, Table
from clawtui_screens.fleet_rows import FleetRows
from clawtui_screens.look import Tone
from clawtui_screens.order import Rows
from clawtui_screens.picture import Picture

Parts = list[tuple[str, Tone]]


def sentence(picture: Picture, trouble: str, moment: float | None, desk: Desk) -> Parts:
    """What is wrong, in words; before that, why nothing can be said yet."""
    summary = picture.summary
    if trouble:
        return [(f" {clean(trouble, limit=400)}", Tone.ERROR)]
    if summary is None:
        return [(" connecting", Tone.DIM)]
    if moment is not None:
        at, stopped = text.clock(moment, desk.zone), text.clock(picture.at, desk.zone)
        return [
            (f" the cursor stands at {at}; the list is that of {stopped}: open a host to see it at {at}", Tone.ACCENT)
        ]
    if not picture.hosts:
        words = clean(summary.headline, limit=400) or f"no hosts in {clean(summary.source, limit=200) or 'this fleet'}"
        return [(f" {words}", Tone.PLAIN)]
    problems: Parts = [(f"  {clean(problem, limit=300)}", Tone.WARNING) for problem in summary.problems[:1]]
    return [(f" {clean(summary.headline, limit=400)}", Tone.PLAIN), *problems]


def advice(picture: Picture) -> Rows:
    """Where there are no hosts the list says what can be done about it."""
    summary = picture.summary
    if summary is None:
        return Rows()
    source = [f"the fleet comes from {clean(summary.source, limit=300)}"] if summary.source else []
    lines = [
        *source,
        *(clean(problem, limit=400) for problem in summary.problems),
        "? shows the keys, : takes commands, q leaves",
    ]
    return Rows(tuple((order.SAY, line) for line in lines))


def title(rows: Rows, total: int, wish: Arrangement, moving: int, sought: str, marked: int) -> Parts:
    """How the list is made: order, filters, marks, and whether rows want to move."""
    parts: Parts = []
    if moving:
        parts.append((f"{text.plural(moving, 'row')} want{'s' if moving == 1 else ''} to move  ", Tone.ACCENT))
    if marked:
        parts.append((f"{marked} marked  ", Tone.ACCENT))
    if sought:
        parts.append((f"/{clean(sought, limit=24)}  ", Tone.ACCENT))
    if wish.filters:
        names = " ".join(clean(words, limit=20) for words in wish.filters)
        state = f"only {names}, {total - rows.kept:,} hidden [~]" if wish.filtering else "filters off [~]"
        parts.append((f"{state}  ", Tone.ACCENT))
    listed = "worst first" if wish.sort == TRIAGE else f"by {wish.sort}"
    if wish.reverse:
        listed = "best first" if wish.sort == TRIAGE else f"{listed}, turned"
    by = f" per {wish.group}" if wish.group else ""
    if total:
        parts.append((f"{listed}{by} · {rows.kept:,} of {total:,} ", Tone.DIM))
    return parts


def row_text(view: HostView, now: float) -> str:
    """One host for a chat or a ticket: `gpu-03 WARN 4m10 p95 812 > 500 ms`."""
    since = f" {text.lasting(now - view.since)}" if view.since is not None else ""
    return clean(f"{view.name} {look.state_word(view.state)}{since} {view.why}".strip(), limit=600)


def exported(shown: FleetRows, desk: Desk) -> Table:
    """The rows and columns on screen, as a table for a file."""
    now = desk.clock()
    heads = tuple(column.title for column, _ in shown.fitted if column.id != columns.SPARK)
    rows: list[tuple[Cell, ...]] = []
    for key in shown.rows.keys:
        painted = shown.row(key, now, desk.glyphs)
        if painted.whole:
            rows.append(("".join(words for words, _ in painted.cells[0]), *(None for _ in heads[1:])))
            continue
        cells = zip(shown.fitted, painted.cells, strict=True)
        rows.append(
            tuple(
                _cell("".join(words for words, _ in runs)) for (column, _), runs in cells if column.id != columns.SPARK
            )
        )
    summary = shown.picture.summary
    context = clean(summary.context, limit=60) if summary else ""
    notes = (
        (clean(summary.headline, limit=400), f"{text.day(now, desk.zone)}{text.zone_mark(desk.zone, now)}")
        if summary
        else ()
    )
    return Table(f"fleet {context}".strip(), heads, tuple(rows), notes)


def _cell(words: str) -> Cell:
    return None if words in (text.NOTHING, "") else words
