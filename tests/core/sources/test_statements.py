"""The check of a statement's text; `compliance/test_binds_only.py` has what it must refuse."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from affidavit import Query, StatementError
from affidavit._sources.statements import READS, WRITES, check_statement, read_statement

ID = frozenset({"id"})


@pytest.mark.parametrize("verb", sorted(WRITES))
def test_a_verb_that_writes_is_for_a_query_that_writes(verb: str) -> None:
    """`write=True` is what makes it wait for the opening record."""
    sql = f"{verb} from t where id = :id"
    check_statement("q", sql, ID, write=True)
    check_statement("q", sql.upper().replace(":ID", ":id"), ID, write=True)
    with pytest.raises(StatementError, match="must start with one of select"):
        check_statement("q", sql, ID, write=False)


@pytest.mark.parametrize("verb", sorted(READS))
def test_a_verb_that_reads_is_for_a_query_that_reads(verb: str) -> None:
    """A read that claims to write would wait for nothing."""
    sql = f"{verb} :id"
    check_statement("q", sql, ID, write=False)
    with pytest.raises(StatementError, match="must start with one of delete, insert"):
        check_statement("q", sql, ID, write=True)


@pytest.mark.parametrize(
    ("sql", "hidden"),
    [
        pytest.param("select 1 where :id in (insert into t)", "insert, into", id="two words"),
        pytest.param("with x as (UPDATE t set a = :id) select 1", "update", id="in capitals"),
        pytest.param("select :id; -- delete", "", id="in a comment"),
        pytest.param("select 'delete' where 1 = :id", "", id="in quotes"),
        pytest.param('select "update" from t where 1 = :id', "", id="in a quoted name"),
        pytest.param("select `merge` from t where 1 = :id", "", id="in another quoted name"),
        pytest.param("select /* insert */ :id", "", id="in a block comment"),
        pytest.param("select delete_at, insert$1 from t where 1 = :id", "", id="in a longer word"),
    ],
)
def test_a_read_does_not_hide_a_write(sql: str, hidden: str) -> None:
    """Words count where a database would read them, and nowhere else."""
    if not hidden:
        check_statement("q", sql, ID, write=False)
        return
    with pytest.raises(StatementError, match=f"must not say {hidden}"):
        check_statement("q", sql, ID, write=False)


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("select ':id'", id="in quotes that end"),
        pytest.param("select 'it''s :id'", id="behind a doubled quote"),
        pytest.param("select 1 -- :id", id="in a comment"),
        pytest.param("select 1 /* :id */", id="in a block comment"),
        pytest.param('select a as ":id" from t', id="in a quoted name"),
        pytest.param("select a as `:id` from t", id="in another quoted name"),
        pytest.param("select q'[:id]' from t", id="in a q-quoted text"),
        pytest.param("select Nq'!:id!' from t", id="in a national q-quoted text"),
        pytest.param("select q'{:id}' from t", id="in braces"),
        pytest.param("select q'(:id)' from t", id="in parentheses"),
        pytest.param("select q'<:id>' from t", id="in angle brackets"),
        pytest.param("select a::id from t", id="in a cast"),
    ],
)
def test_what_looks_like_a_bind_and_is_none(sql: str) -> None:
    """The statement would run without the value that it seems to ask for."""
    with pytest.raises(StatementError, match=r"unused \['id'\]"):
        check_statement("q", sql, ID, write=False)


@given(end=st.text(" \n\t", max_size=6))
def test_a_statement_may_end_with_a_semicolon(end: str) -> None:
    """One statement stays one, however it is finished."""
    check_statement("q", f"select :id;{end}", ID, write=False)


def test_a_second_statement_is_one_even_if_it_is_only_a_bind() -> None:
    """Nothing follows the end."""
    with pytest.raises(StatementError, match="more than one statement"):
        check_statement("q", "select 1; :id", ID, write=False)


@pytest.mark.parametrize(
    "part",
    ["'", '"', "/*", "--", ":", ":a", "a::", "%s'", "((", "q'", "q'[", "[", "1", "a ", "\\'"],
)
def test_time_grows_with_the_text_and_no_faster(part: str) -> None:
    """A pattern that backtracks would take minutes for this."""
    started = time.process_time()
    with pytest.raises(StatementError):
        check_statement("q", "select " + part * 100_000, ID, write=False)

    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        pytest.param("select ':id", "a text has no end", id="an open text"),
        pytest.param('select ":id', "a text has no end", id="an open name"),
        pytest.param("select q'[:id", "a text has no end", id="an open q-quote"),
        pytest.param("select q'", "a text has no end", id="nothing after q and a quote"),
        pytest.param("select :id /* x", "a comment has no end", id="an open comment"),
        pytest.param("select :id /*/", "a comment has no end", id="a comment that only opens"),
        pytest.param("select :id /* /* x */ */", "opens within a comment", id="nested comments"),
        pytest.param("select :id /*! + 1 */", "one that MySQL runs", id="a MySQL comment"),
        pytest.param("select :id /*M! + 1 */", "one that MySQL runs", id="a MariaDB comment"),
        pytest.param("select 1 --:id\n, :id", "no space follows --", id="two minus signs"),
        pytest.param("select 1 # :id", "MySQL starts a comment", id="a hash"),
        pytest.param("select 1 -- x\r, :id", "holds a line break", id="a return in a comment"),
        pytest.param("select 1 -- x\u2028, :id", "holds a line break", id="a Unicode line break"),
        pytest.param("select 'a\\', :id, '", "a backslash", id="a backslash before a quote"),
        pytest.param('select "a\\", :id, "', "a backslash", id="the same in a name"),
        pytest.param("select q'[it's]', :id", "only Oracle reads on", id="a quote in a q-quote"),
        pytest.param("select q'''', :id", "only Oracle reads on", id="q and four quotes"),
        pytest.param("select q'[a)', :id", "only Oracle reads on", id="q with a wrong partner"),
        pytest.param("select [a', :id", "square brackets", id="an open bracket"),
        pytest.param("select [a' from t where b = :id] --'", "square brackets", id="a bracket"),
        pytest.param("select array[:id]", "square brackets", id="an array of binds"),
        pytest.param("select : id", "a colon starts no bind", id="a space in a bind"),
        pytest.param('select :"id"', "a colon starts no bind", id="a quoted bind"),
        pytest.param("select 1 := :id", "a colon starts no bind", id="an assignment"),
        pytest.param("select :_id, :id", "a bind is not named", id="a bind that begins with _"),
        pytest.param("select :id$, :id", "a bind is not named", id="a bind with a dollar"),
        pytest.param("select :id, :ID", "differ in case only", id="two cases of one bind"),
        pytest.param("select json('a':id)", "a bind follows a text", id="a bind after a text"),
        pytest.param("select 'a' /* x */ :id", "a bind follows a text", id="and a comment between"),
        pytest.param("select $$ :id $$", r"a \$ outside quotes", id="dollar quotes"),
        pytest.param("select $x$ :id $x$", r"a \$ outside quotes", id="named dollar quotes"),
        pytest.param("select größe, :id", "not plain ASCII", id="a letter with dots"),
        pytest.param("select :id\u3000from t", "plain ASCII", id="an ideographic space"),
        pytest.param("select :id\x00; delete from t", "a control character", id="a NUL"),
        pytest.param("select ':\ud800', :id", "a control character", id="half a character"),
        pytest.param("select :id from t for share", "must not say for share", id="a shared lock"),
        pytest.param("select :id lock in share mode", "not say in share", id="MySQL's shared lock"),
        pytest.param("select s.nextval, :id from dual", "not say nextval", id="a sequence"),
        pytest.param(
            'select s."NEXTVAL", :id from dual', "not say nextval", id="a quoted sequence"
        ),
        pytest.param("select setval('s', :id)", "not say setval", id="a sequence that is set"),
        pytest.param("select \"SetVal\"('s', :id)", "not say setval", id="the same in quotes"),
        pytest.param("select :id from t @ there", "an @ outside", id="a link with spaces"),
        pytest.param('select :id from t@"the re"', "an @ outside", id="a quoted link"),
        pytest.param("select dbms_xmlgen.getxml(:id) from dual", "of a package", id="a package"),
        pytest.param('select "UTL_HTTP" . request (:id) from dual', "of a package", id="quoted"),
        pytest.param("select sys.utl_http.request(:id) from dual", "of a package", id="a schema"),
        pytest.param('select U&"nextva\\006C"(:id)', 'begins with U&"', id="an escaped name"),
        pytest.param("select :id, next value for s", "say next value", id="a standard sequence"),
        pytest.param("select :id drop table t", "say drop", id="a statement without a semicolon"),
        pytest.param(
            "with a as (select :id) create table b as select 1", "say create", id="a table"
        ),
        pytest.param(
            "with a as (select :id, :x('b)) delete from t /*'*/",
            "a bracket follows a bind",
            id="a bind that goes on",
        ),
        pytest.param(
            "select :id a# '\n into outfile \"x\" -- '", "MySQL starts a", id="a text behind a hash"
        ),
        pytest.param("select :id a# /*\n*/", "MySQL starts a", id="a comment behind a hash"),
    ],
)
def test_what_databases_read_in_different_ways_is_refused(sql: str, why: str) -> None:
    """What was checked must be what runs, on every database."""
    with pytest.raises(StatementError, match=why):
        check_statement("q", sql, ID, write=False)


@pytest.mark.parametrize(
    "sql",
    [
        "select share from t where id = :id",
        "select a.b from a, s.c where a.id = c.id (+) and a.id = :id",
        "select a from s.t where j @> :id and b in (select count(c) from s.u)",
        "select [order], [group by] from t where id = :id",
        "select a[1] from t where id = :id",
        "select q'[it is]' || :id from dual",
        "select /*+ index(t ix) */ a from t where id = :id --\n",
        "select a -- what it says\r\n from t where id = :id",
        "select :id::text, cast(:id as date)",
        "select 'größe', \"größe\" from t where id = :id /* größe */",
        "select a from t where b like :id escape '!' and c = '\\\\'",
        "select serial# from v$session where sid = :id",
        "select serial#\n from t where a = 'x' and b = :id",
        'select u & "b" from t where b in (:id)',
    ],
)
def test_what_all_of_them_read_alike_is_fine(sql: str) -> None:
    """Casts, hints, quoted names, accents in texts."""
    assert frozenset({"id"}) == read_statement(sql).binds
    check_statement("q", sql, ID, write=False)


# Pieces whose meaning is known because of how they are made: their text, the
# words that count, the bind that they use, and whether they are a literal.
Piece = tuple[str, tuple[str, ...], tuple[str, ...], bool]
_INSIDE = st.text(':id;-*/ delete\\"`[]q?$%éö\n', max_size=12)


def _quoted(mark: str, inside: str) -> str:
    return mark + inside.replace(mark, "").rstrip("\\") + mark


def _is_name(quoted: str) -> bool:
    inside = quoted[1:-1]
    return inside[:1] != "$" and inside.isascii() and inside.replace("$", "x").isidentifier()


def _block(inside: str) -> str:
    return "/*+" + inside.replace("/*", "").replace("*/", "").replace("/", "") + "*/"


_PIECES: st.SearchStrategy[Piece] = st.one_of(
    st.sampled_from(["a", "b", "count"]).map(lambda word: (word, (word,), (), False)),
    st.sampled_from(["id", "kind", "n2"]).map(lambda name: (f"+ :{name}", (), (name,), False)),
    _INSIDE.map(lambda text: (_quoted("'", text), (), (), _quoted("'", text) != "''")),
    _INSIDE.map(lambda text: (_quoted('"', text), (), (), not _is_name(_quoted('"', text)))),
    _INSIDE.map(lambda text: (_quoted("`", text), (), (), False)),
    _INSIDE.map(lambda text: (_block(text), (), (), False)),
    _INSIDE.map(lambda text: ("-- " + text.replace("\n", " ") + "\n", (), (), False)),
    _INSIDE.map(lambda text: (f"q'[{text}]'", (), (), True)),
    st.sampled_from(["text", "numeric", "date"]).map(
        lambda kind: (f"(x)::{kind}", ("x", kind), (), False)
    ),
    st.integers(2, 10**9).map(lambda number: (f"+ {number}", (), (), True)),
)


@given(pieces=st.lists(_PIECES, max_size=8))
def test_a_statement_is_read_as_it_was_put_together(pieces: list[Piece]) -> None:
    """Comments, quoted names, q-quotes, casts: nothing in them is a word or a bind."""
    reading = read_statement("select " + " , ".join(piece[0] for piece in pieces))

    assert "" == reading.problem
    assert ("select", *(word for piece in pieces for word in piece[1])) == reading.words
    assert {name for piece in pieces for name in piece[2]} == reading.binds
    assert sum(piece[3] for piece in pieces) == reading.literals


_SHARDS = [
    "'",
    '"',
    "`",
    "[",
    "]",
    "--",
    "/*",
    "*/",
    ";",
    ":id",
    ":x",
    "::",
    "q'",
    "\\",
    ",",
    "?",
    "$a",
    "@a",
    "1",
    "t",
    "#",
]
_SHARDS += ["(", ")", ":id(", "-- ", "\n", "\r", " ", ":id ", "delete from t", "drop table t"]


@example(shards=[";", ";"])
@given(shards=st.lists(st.sampled_from(_SHARDS), max_size=12))
def test_sqlite_sees_no_bind_and_no_statement_that_the_check_did_not_see(
    shards: list[str],
) -> None:
    """A real parser is the referee: what was accepted needs the declared binds and no others."""
    try:
        query = Query(name="q", sql="select :id " + "".join(shards), binds=ID)
    except StatementError:
        return
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create table t (a)")
        try:
            connection.execute(query.sql, {"id": 1})
        except sqlite3.Error as error:
            assert "supply a value" not in str(error)
            assert "one statement" not in str(error)
        assert [("t",)] == connection.execute("select name from sqlite_master").fetchall()


@pytest.mark.parametrize(
    ("sql", "literals"),
    [
        ("select a from t where id = :id", 0),
        ("select a from t where id = :id and 1 = 1 and n > 0", 0),
        ("select coalesce(a, '') from t where id = :id", 0),
        ("select a from t where id = :id and kind = 'book'", 1),
        ("select a from t where id = :id and n in (7, 1.5, 0xF0, '')", 3),
        ("select a from t where id = :id and n in (1e9, .5, 1.5e-3)", 4),
        ("select a from t where id = :id and n = 1and b = 0", 1),
        ("select a from t where id = :id and n = q'[book]'", 1),
        ("select a from t where id = :id and day = date '2026-01-23'", 1),
        ("select \"a\", t2.a7, `b` from t2 where id = :id -- 99 'x'", 0),
        ('select a from t where id = :id and n = "N-100001"', 1),
        ('select a from t where id = :id and n = ""', 1),
        ('select a from t where id = :id and n = "7"', 1),
    ],
)
def test_literals_are_counted_and_can_be_forbidden(sql: str, literals: int) -> None:
    """A text or a number in a statement may be a value that somebody pasted."""
    query = Query(name="q", sql=sql, binds=ID)

    assert literals == query.literals
    if not literals:
        query.check_literals()
        return
    with pytest.raises(StatementError, match="literal") as caught:
        query.check_literals()
    assert "book" not in str(caught.value)


def test_a_query_that_is_made_again_costs_a_look_up() -> None:
    """Somebody makes it inside the handler; the text is not read again."""
    columns = ", ".join(f"column_{n}" for n in range(300))
    sql = f"select {columns} from t where id = :id"  # noqa: S608 - made of numbers
    Query(name="q", sql=sql, binds=ID)
    before = read_statement.cache_info()
    Query(name="q", sql=sql, binds=ID)
    after = read_statement.cache_info()

    assert (before.misses, before.hits + 1) == (after.misses, after.hits)
