"""Columns whose names stand in the line above, however a table is printed."""

from __future__ import annotations

import csv
import io
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit._policy.load import load_policy
from affidavit._policy.words import Sink
from affidavit._redact import Redactor

REDACTOR: Final = Redactor(load_policy("baseline").redaction)
SECRET: Final = "hunter2" + "wins"


def _clean(text: str) -> str:
    return REDACTOR.text(text, Sink.LOG)


_PLAIN: Final = st.sampled_from(["order", "qty", "colour", "size"])
_CELL: Final = st.text("abcdefgh", min_size=1, max_size=8)
_HARD: Final = st.text("bcdfghjk0123456789&-+", min_size=8, max_size=16).filter(
    lambda one: any(map(str.isdigit, one)) and one.strip("-+") == one
)


@given(
    columns=st.lists(_PLAIN, min_size=1, max_size=3, unique=True),
    place=st.integers(0, 3),
    rows=st.lists(st.tuples(_CELL, _HARD), min_size=1, max_size=4),
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_a_column_of_secrets_goes_and_the_others_stay(
    columns: list[str],
    place: int,
    rows: list[tuple[str, str]],
    delimiter: str,
    quoting: int,
    end: str,
) -> None:
    """As Python's `csv` writes it."""
    names = [*columns]
    names.insert(min(place, len(columns)), "password")
    file = io.StringIO()
    written = csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    written.writerow(names)
    for plain, secret in rows:
        written.writerow([secret if one == "password" else f"x{plain}" for one in names])

    done = _clean(file.getvalue())

    assert [] == [one for _, one in rows if one in done]
    assert all(f"x{one}" in done for one, _ in rows)
    assert done.count("\n") == len(rows) + 1


TABLES: Final = {
    "aligned to the left": "USER   PASSWORD      AGE\njane   {}   31\njoe    -             44\n",
    "aligned to the right": "   user     password  age\n0  jane  {}   31\n",
    "of PostgreSQL": " user | password \n------+----------\n jane | {}\n(1 row)\n",
    "of MySQL": "+------+----------+\n| user | password |\n+------+\n| jane | {} |\n+---+",
    "of Markdown": "|    | user | password |\n|---:|:-----|:---------|\n|  0 | jane | {} |\n",
    "with double lines": "\u2551 user \u2551 password \u2551\n\u2551 jane \u2551 {} \u2551\n",
    "with a thick head": "\u2503 user \u2503 password \u2503\n\u2502 jane \u2502 {} \u2502\n",
    "of Jira": "|| user || password ||\n| jane | {} |\n",
    "of HTML": "<tr><th>user</th><th>password</th></tr><tr><td>jane</td><td>{}</td></tr>",
    "of HTML, with an index": "<tr><th></th><th>password</th></tr>\n<tr><th>0</th><td>{}</td></tr>",
    "one column of a frame": "0       {}\n1    {}\nName: password, Length: 2, dtype: object",
    "behind a line": "exported 2 rows:\nuser,password\njane,{}\n",
    "below another": "a,b\n1,2\n\nuser,password\njane,{}\n",
    "right below another": "email,b\nnone,2\nuser,password,c\njane,{},1\n",
    "a quoted comma": 'user,password\n"roe, jane",{}\n',
    "of one column": "|password|\n|--|\n|{}|\n",
    "of LaTeX": "user & password \\\\\n\\hline\njane & {} \\\\\n",
    "of a wiki": '{{| class="wikitable"\n! user !! password\n|-\n| jane || {}\n|}}',
    "repr of it": "body='user,password\\njane,{}\\n'",
    "in a dict": "{{'body': 'user\\tpassword\\njane\\t{}\\n'}}",
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_a_table_loses_its_secrets(table: str) -> None:
    """And nothing else."""
    text = table.replace("{{", "{").replace("}}", "}")
    done = _clean(text.replace("{}", SECRET))

    assert done == text.replace("{}", "[dropped]")


@pytest.mark.parametrize(
    "text",
    [
        "name, password\nthanks, bob42x\n",  # a sentence
        "user,password\njane\n",  # no cell below it
        "user,password\n\njane,hunter2wins\n",  # an empty line ends a table
        "user,password\njane,\njoe,null\n",
        "ip,port\nlocalhost,80\n0.0.0.0,81\n",
        "NAME      READY   STATUS    AGE\nweb-0     1/1     Running   3d\n",
        "file    zip      unpacked\na.zip   4.69 MB  12.09 MB\n",
        "def f(password, b):\n    return g(b,c)\n",
    ],
)
def test_what_is_no_table_or_holds_nothing_stays(text: str) -> None:
    """Names that a sentence lists, cells without a value, addresses of nobody."""
    assert text == _clean(text)


def test_addresses_of_a_column_go_without_their_ports() -> None:
    """As behind a name with a mark."""
    done = _clean("proto\tLocal Address\ntcp\t203.0.113.9:22\n")

    assert done == "proto\tLocal Address\ntcp\t203.0.113.*:22\n"
