"""What is bound to a statement goes by the names of its columns."""

from __future__ import annotations

from typing import Final

import pytest

from affidavit._policy.load import load_policy
from affidavit._policy.words import Sink
from affidavit._redact import Redactor
from affidavit._redact.detect.statement_binds import columns_of

REDACTOR: Final = Redactor(load_policy("baseline").redaction)
SECRET: Final = "hunter2" + "wins"

_INTO: Final = "INSERT INTO users (user, password) VALUES"
BOUND: Final = {
    "SQLAlchemy": f"[SQL: {_INTO} (?, ?)]\n[parameters: ('jane', '{{}}')]",
    "many rows": f"[SQL: {_INTO} (?, ?)]\n[parameters: [('jane', '{{}}'), ('joe', '{{}}')]]",
    "names": "[SQL: update t set password = :b1, id = :b2]\n[parameters: {'b2': 5, 'b1': '{}'}]",
    "Django": f"(0.001) {_INTO} (%s, %s); args=('jane', '{{}}'); alias=default",
    "TypeORM": f'query: {_INTO} ($1, $2) -- PARAMETERS: ["jane","{{}}"]',
    "Prisma": f'{_INTO} ($1,$2) Params: ["jane","{{}}"]',
    "Knex": "{ bindings: [ 'jane', '{}' ], sql: 'insert into `t` (`a`, `password`) values (?,?)' }",
    "MyBatis": f"==>  Preparing: {_INTO} (?, ?)\n==> Parameters: jane(String), {{}}(String)\n",
    "PostgreSQL": (
        "execute S_1: UPDATE users SET password = $2 WHERE id = $1\n"
        "DETAIL:  parameters: $1 = '5', $2 = '{}'"
    ),
    "Entity Framework": (
        f"[Parameters=[@p0='jane' (Size = 40), @p1='{{}}' (Size = 40)]]\n{_INTO} (@p0, @p1);"
    ),
    "a comparison": "select id from users where user = ? and password = ? args: ['jane', '{}']",
    "a call": "select 1 where dob < ? and password = ? binds: (date(1970, 1, 1), '{}')",
}


@pytest.mark.parametrize("text", BOUND.values(), ids=BOUND.keys())
def test_a_secret_goes_and_its_neighbours_stay(text: str) -> None:
    """As object mappers and databases write a statement beside its values."""
    done = REDACTOR.text(text.replace("{}", SECRET), Sink.LOG)

    assert SECRET not in done
    assert ("jane" in done) is ("jane" in text) or "[UNKNOWN]" in done


ALONE: Final = (
    "[cached since 0.017s ago] ('jane', '{}')", "[generated in 0.00035s] ('jane', '{}')",
    "[no key 0.00011s] ({'p': '{}'},)", "[raw sql] ('jane', '{}')", "Row (1, 'jane', '{}')",
    "==> Parameters: jane(String), {}(String)", "DETAIL:  parameters: $1 = 'jane', $2 = '{}'",
    "binding parameter [2] as [VARCHAR] - [{}]", "binding parameter (2:VARCHAR) <- [{}]",
)  # fmt: skip


@pytest.mark.parametrize("line", ALONE)
def test_values_whose_statement_is_elsewhere_go_whole(line: str) -> None:
    """Nothing in the line says what they are."""
    done = REDACTOR.text(line.replace("{}", SECRET), Sink.LOG)

    assert done.endswith("[UNKNOWN]")
    assert "jane" not in done


@pytest.mark.parametrize(
    "line",
    [
        "[generated in 0.00035s] ()", "[raw sql] ()", "[cached since 0.01s ago] {}",
        "select a where b = ? args: (1, 'x')", "params: ('jane', 'x')", "Row (3) is locked",
        "where password = ? args: (None, 'true')",
    ],
)  # fmt: skip
def test_what_binds_nothing_stays(line: str) -> None:
    """Empty lists, columns that mean nothing, lists without a statement."""
    assert line == REDACTOR.text(line, Sink.LOG)


def test_columns_by_places_and_names() -> None:
    """Places count from 0, numbers of binds from 1."""
    assert columns_of("update t set a = ?, b = ? where c = :d") == {"0": "a", "1": "b", "d": "c"}
    assert columns_of("select 1 where x.a = $2 and b like $1") == {"1": "a", "0": "b"}
    assert columns_of("insert into t (a, `b`) values (?, ?), (?, ?)") == {
        "0": "a", "1": "b", "2": "a", "3": "b",
    }  # fmt: skip
