"""Which memories stand and which are in force: derived by one query, never stored, so that editing leaves no ghosts.

A memory stands while it is not forgotten and its sources stand: one of them is enough for a fact or an event, a pattern or a
summary needs all; one written by hand needs none. Among those that stand, memories with the same slot compete: ordered by
when they were last told, the last one is in force unless it denies, and each earlier one was until the next was told. What
a model read out of a message takes no force from what the rules read or a person wrote: it may stand beside it.
A correction that is edited away therefore puts the older value in force again by itself.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    case,
    func,
    null,
    or_,
    select,
    type_coerce,
)

from companion.errors import NotFoundError
from companion.store.memory_records import WHOLE, Memory
from companion.store.tables import Moment, memories, memory_sources, messages

# A message without words is one being written, or one whose words are forgotten.
STANDS = and_(messages.c.on_path, messages.c.text != "")


def judged(scope: Select[tuple[int]]) -> Subquery:
    """What is derived of memories, one row each.

    Args:
        scope: their row numbers. Whatever may compete with them has to be among them.

    Returns:
        sequence, told_at, stands, in_force, in_force_until, superseded_by. The parameter `now` says what is past.
    """
    told = (
        select(
            memories.c.sequence,
            memories.c.id,
            memories.c.persona_id,
            # Without a slot it competes with none: its own id is unique.
            case((memories.c.slot == "", memories.c.id), else_=memories.c.slot).label("rivalry"),
            memories.c.denies,
            memories.c.holds_until,
            (memories.c.extractor == "model").label("by_model"),
            and_(memories.c.forgotten_at.is_(None), or_(memories.c.by_hand, _enough_sources())).label("stands"),
            _last_told().label("told_at"),
        )
        .outerjoin(memory_sources, memory_sources.c.memory_id == memories.c.id)
        .outerjoin(messages, messages.c.id == memory_sources.c.message_id)
        .where(memories.c.sequence.in_(scope))
        .group_by(memories.c.sequence)
        .subquery("told")
    )
    # What does not stand is apart from what does, and what comes next there is nothing to it.
    among, order = (told.c.persona_id, told.c.rivalry, told.c.stands), (told.c.told_at, told.c.sequence)

    def following(column: ColumnElement[Any]) -> ColumnElement[Any]:
        following_any = func.lead(column).over(partition_by=among, order_by=order)
        following_alike = func.lead(column).over(partition_by=(*among, told.c.by_model), order_by=order)
        return case((told.c.by_model, following_any), else_=following_alike)

    ranked = select(*told.c, following(told.c.id).label("next_id"), following(told.c.told_at).label("next_at")).subquery("ranked")
    next_at, ends_at = type_coerce(ranked.c.next_at, Moment), ranked.c.holds_until
    lasts = or_(ends_at.is_(None), ends_at > bindparam("now", type_=Moment))
    until = case((next_at.is_(None), ends_at), (ends_at.is_(None), next_at), else_=func.min(next_at, ends_at))
    return select(
        ranked.c.sequence,
        ranked.c.told_at,
        ranked.c.stands,
        and_(ranked.c.stands, ranked.c.next_id.is_(None), ~ranked.c.denies, lasts).label("in_force"),
        type_coerce(case((ranked.c.stands, until), else_=null()), Moment).label("in_force_until"),
        type_coerce(case((ranked.c.stands, ranked.c.next_id), else_=null()), String).label("superseded_by"),
    ).subquery("judged")


def of(connection: Connection, ids: Collection[str], now: datetime) -> dict[str, Memory]:
    """Memories by their ids, in no order; forgotten ones too."""
    rows = connection.execute(_named(), {"ids": list(ids), "now": now}).all()
    return {memory.id: memory for memory in complete(connection, rows)}


def remembered(connection: Connection, memory_id: str, now: datetime) -> Memory:
    """One memory that is not forgotten.

    Raises:
        NotFoundError: it is not there.
    """
    memory = of(connection, [memory_id], now).get(memory_id)
    if memory is None or memory.forgotten_at is not None:
        raise NotFoundError("This memory is no longer there.", hint="Reload the list to see what is remembered now.")
    return memory


def in_slot(connection: Connection, persona_id: str, slot: str, now: datetime) -> Sequence[Row[Any]]:
    """All that compete for a slot and are not forgotten, in the order they were last told: columns of `memories`, stands, told_at."""
    mine = (memories.c.persona_id == persona_id) & (memories.c.slot == slot) & memories.c.forgotten_at.is_(None)
    view = judged(select(memories.c.sequence).where(mine))
    query = select(memories, view.c.stands, view.c.told_at).join(view, view.c.sequence == memories.c.sequence)
    return connection.execute(query.order_by(view.c.told_at, memories.c.sequence), {"now": now}).all()


def complete(connection: Connection, rows: Sequence[Row[Any]]) -> tuple[Memory, ...]:
    """Rows of `memories` and `judged` as memories, with their sources."""
    ids = [row.id for row in rows]
    sources: dict[str, list[str]] = {memory_id: [] for memory_id in ids}
    for memory_id, message_id in connection.execute(_sources(), {"ids": ids}):
        sources[memory_id].append(message_id)
    fields = [name for name in Memory.__dataclass_fields__ if name != "sources"]
    return tuple(Memory(**{name: getattr(row, name) for name in fields}, sources=tuple(sources[row.id])) for row in rows)


def columns(view: Subquery) -> tuple[Any, ...]:
    """What `complete` needs of a memory and of what is derived about it."""
    return (memories, view.c.stands, view.c.in_force, view.c.in_force_until, view.c.superseded_by)


def _enough_sources() -> Any:
    named, standing = func.count(memory_sources.c.message_id), func.count(case((STANDS, 1)))
    return case((memories.c.kind.in_(WHOLE), and_(named > 0, standing == named)), else_=standing > 0)


def _last_told() -> Any:
    """Told again in another message that stands, it is as new as that one."""
    again = func.max(case((STANDS, messages.c.created_at)))
    return type_coerce(func.max(memories.c.said_at, func.coalesce(again, memories.c.said_at)), Moment)


@cache
def _named() -> Select[Any]:
    """Kept, because recall asks it for every message: putting it together takes longer than running it."""
    asked = select(memories.c.sequence, memories.c.persona_id, memories.c.slot).where(memories.c.id.in_(_ids())).cte("asked")
    rival = memories.alias("rival")
    competing = (rival.c.persona_id == asked.c.persona_id) & (rival.c.slot == asked.c.slot) & (asked.c.slot != "")
    rivals = select(rival.c.sequence).join(asked, competing)
    view = judged(select(asked.c.sequence).union(rivals))  # type: ignore[arg-type]
    return select(*columns(view)).join(view, view.c.sequence == memories.c.sequence).where(memories.c.id.in_(_ids()))


@cache
def _sources() -> Select[Any]:
    query = select(memory_sources.c.memory_id, memory_sources.c.message_id).join(messages, messages.c.id == memory_sources.c.message_id)
    return query.where(memory_sources.c.memory_id.in_(_ids())).order_by(messages.c.sequence)


def _ids() -> Any:
    return bindparam("ids", expanding=True, type_=String)
