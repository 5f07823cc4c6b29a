"""Statements that are compiled once and then run by the driver itself.

SQLAlchemy writes their SQL, and knows how the databases differ and how values travel. What it does anew at
each execution costs several times what SQLite takes for a statement of a message, so that is done once here:
which parameters there are, in which order, and what is to be converted on the way in and out. They run on
the same connection, and so in the same transaction, as all that SQLAlchemy executes.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, String, bindparam, column
from sqlalchemy import values as table_of
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from sqlalchemy import CTE, BindParameter, Column, Connection, Dialect, Select
    from sqlalchemy.sql.dml import UpdateBase
    from sqlalchemy.sql.selectable import SelectBase

    Statement: TypeAlias = SelectBase | UpdateBase
    Row: TypeAlias = Sequence[Any]
    _Converter: TypeAlias = Callable[[Any], Any]

__all__ = ["Prepared", "PreparedIn", "PreparedPairs", "driven", "places"]


def places(names: Iterable[str]) -> dict[str, BindParameter[Any]]:
    """What a prepared insert or update has for its ``values``: each column is given under its own name."""
    return {name: bindparam(name) for name in names}


class Prepared:
    """One statement of SQLAlchemy's, for either database.

    What it is given are ``bindparam`` with a name and without a value; an insert or update names them all in
    its ``values``. None of them is expanding: that is what ``PreparedIn`` is for. What the database refuses
    is raised as SQLAlchemy raises it.
    """

    def __init__(self, statement: Statement, order: Sequence[str] = ()) -> None:
        """Begin.

        Args:
            statement: The statement.
            order: The names of what ``run_rows`` is given of each row, in its order.
        """
        self._statement = statement
        self._order = order
        self._forms: dict[str, _Form] = {}

    def all(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        """All rows it finds."""
        form = self._form(connection)
        return form.read(form.run(connection, form.given(values)))

    def one(self, connection: Connection, values: Mapping[str, Any]) -> Row | None:
        """The first row it finds; None: there is none."""
        found = self.all(connection, values)
        return found[0] if found else None

    def run(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Execute it once."""
        form = self._form(connection)
        form.run(connection, form.given(values))

    def run_each(self, connection: Connection, several: Iterable[Mapping[str, Any]]) -> None:
        """Execute it with each of these values, at one blow."""
        form = self._form(connection)
        form.run(connection, [form.given(values) for values in several], many=True)

    def run_rows(self, connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
        """Execute it with each of these rows, whose values are in the order given, at one blow."""
        form = self._form(connection)
        form.run(connection, [form.given_row(row) for row in rows], many=True)

    def _form(self, connection: Connection) -> _Form:
        dialect = connection.dialect
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _Form(self._statement, dialect, self._order)
        return form


class PreparedIn:
    """A query about any number of keys, prepared for 1, 2, 4, 8, … of them."""

    def __init__(self, statement: Select[Any], column: Column[Any]) -> None:
        """Begin.

        Args:
            statement: The query, about all keys there are.
            column: The column they are looked up in.
        """
        self._statement = statement
        self._column = column
        self._sizes: dict[int, Prepared] = {}

    def all(self, connection: Connection, values: Mapping[str, Any], keys: Sequence[Any]) -> list[Row]:
        """All rows it finds for these keys; there must be one."""
        size = _size(len(keys))
        prepared = self._sizes.get(size)
        if prepared is None:
            places = [bindparam(f"key_{place}", type_=self._column.type) for place in range(size)]
            prepared = self._sizes[size] = Prepared(self._statement.where(self._column.in_(places)))
        # The last key stands in the places that are left over as well, and finds nothing more there.
        named = {f"key_{place}": keys[min(place, len(keys) - 1)] for place in range(size)}
        return prepared.all(connection, {**values, **named})


class PreparedPairs:
    """A query about any number of pairs of texts, prepared for 1, 2, 4, 8, … of them."""

    def __init__(self, names: tuple[str, str], statement: Callable[[CTE], SelectBase]) -> None:
        """Begin.

        Args:
            names: What the two texts of a pair are called.
            statement: Makes the query about the pairs, a table with these columns.
        """
        self._names = names
        self._statement = statement
        self._sizes: dict[int, Prepared] = {}

    def all(
        self, connection: Connection, values: Mapping[str, Any], pairs: Sequence[tuple[str, str]]
    ) -> list[Row]:
        """All rows it finds for these pairs; there must be one. A row may come more than once."""
        size = _size(len(pairs))
        prepared = self._sizes.get(size)
        if prepared is None:
            # A table to be joined, not pairs IN a list: SQLite would not look for those in an index.
            first, second = (column(name, String) for name in self._names)
            rows = [
                (bindparam(f"first_{place}", type_=String), bindparam(f"second_{place}", type_=String))
                for place in range(size)
            ]
            wanted = table_of(first, second, name="wanted").data(rows).cte("wanted")
            prepared = self._sizes[size] = Prepared(self._statement(wanted))
        named = dict(values)
        for place in range(size):
            pair = pairs[min(place, len(pairs) - 1)]
            named[f"first_{place}"], named[f"second_{place}"] = pair
        return prepared.all(connection, named)


class _Form:
    """A statement in the words of one database and its driver."""

    def __init__(self, statement: Statement, dialect: Dialect, order: Sequence[str]) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self._sql = str(compiled)
        self._named = not compiled.positional
        self._names = compiled.positiontup or [*compiled.bind_names.values()]
        binds = [compiled.binds[name] for name in self._names]
        self._keys = [bind.key for bind in binds]
        self._pick = itemgetter(*(order.index(key) for key in self._keys)) if order else None
        self._fixed = {bind.key: bind.effective_value for bind in binds if not bind.required}
        kinds = [bind.type.dialect_impl(dialect) for bind in binds]
        # Truth values stay as they are: both drivers take them.
        self._in = _places(
            None if isinstance(kind, Boolean) else kind.bind_processor(dialect) for kind in kinds
        )
        self._out = _places(
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in statement.exported_columns
        )

    def given(self, values: Mapping[str, Any]) -> Any:
        """The parameters as the driver takes them."""
        if self._fixed:
            values = {**self._fixed, **values}
        given = [values[key] for key in self._keys]
        for place, convert in self._in:
            given[place] = convert(given[place])
        return dict(zip(self._names, given, strict=True)) if self._named else given

    def given_row(self, row: Sequence[Any]) -> Any:
        """The parameters of a row as the driver takes them."""
        assert self._pick  # noqa: S101
        given = [*self._pick(row)]
        for place, convert in self._in:
            given[place] = convert(given[place])
        return dict(zip(self._names, given, strict=True)) if self._named else given

    def read(self, rows: list[Row]) -> list[Row]:
        """The rows with their values as the tables' types give them."""
        if not self._out:
            return rows
        found: list[Row] = []
        for row in rows:
            values = [*row]
            for place, convert in self._out:
                values[place] = convert(values[place])
            found.append(values)
        return found

    def run(self, connection: Connection, given: Any, *, many: bool = False) -> list[Row]:
        """Execute it; the rows as the driver gives them."""
        return driven(connection, self._sql, given, many=many)


def driven(connection: Connection, sql: str, given: Any = (), *, many: bool = False) -> list[Row]:
    """Execute what is in the words of the driver; the rows as it gives them.

    Raises:
        DBAPIError: The database refuses it; of the kind that SQLAlchemy raises.
    """
    raw: Any = connection.connection.dbapi_connection
    cursor = raw.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(sql, given)
        return [] if cursor.description is None else [*cursor.fetchall()]
    except Exception as error:
        dialect = connection.dialect
        kind = dialect.loaded_dbapi.Error
        if not isinstance(error, kind):
            raise
        lost = dialect.is_disconnect(error, raw, cursor)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            sql,
            given,
            error,
            kind,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=dialect,
            ismulti=many,
        ) from error
    finally:
        cursor.close()


def _size(number: int) -> int:
    """For how many keys what is asked about so many is prepared."""
    return 1 << (number - 1).bit_length()


def _places(converters: Iterable[_Converter | None]) -> list[tuple[int, _Converter]]:
    """Which values are converted, and how."""
    return [(place, convert) for place, convert in enumerate(converters) if convert is not None]
