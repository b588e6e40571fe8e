"""Small files with one mistake each, and files that look like mistakes and are none.

A mark `# <- CODE` says in which line a rule is broken. Secrets are put together
here, so that nobody's scanner takes this file for a leak.
"""

from __future__ import annotations

from typing import Final

_HEAD: Final = "import logging\nimport os\nfrom affidavit import AuditContext, Query, audited\n"
_KEY: Final = "AKIA" + "ABCDEFGHIJKLMNOP"
_PEM: Final = "-----BEGIN " + "PRIVATE KEY-----"
_SIGNED: Final = ".".join(["eyJ" + "hbGciOiJIUzI1NiJ9", "eyJ" + "zdWIiOiIxMjM0In0", "c2lnbmF0dXJl"])

# -- what is found -------------------------------------------------------------

_STATEMENTS: Final = {
    "f-string in a Query": """
def find(name):
    return Query(name="q", sql=f"select a from {name}")  # <- AFF101
""",
    "f-string under a name": """
TABLE = "t"
SQL = f"select a from {TABLE}"  # <- AFF101
FIND = Query(name="q", sql=SQL)
""",
    "f-string under two names": """
def find(who):
    text = f"select a from t where b = '{who}'"  # <- AFF101
    sql = text
    return Query(name="q", sql=sql)
""",
    "f-string through dedent": """
from textwrap import dedent
def find(who):
    return Query(name="q", sql=dedent(f"select {who}"))  # <- AFF101
""",
    "f-string in one branch": """
def find(who):
    return Query(name="q", sql="select 1" if who is None else f"select {who}")  # <- AFF101
""",
    "f-string from a function": """
def text(who):
    return f"select a from t where b = {who}"  # <- AFF101
def find(who):
    return Query(name="q", sql=text(who))
""",
    "f-string in a dictionary": """
TABLE = "t"
TEXTS = {"one": "select 1", "two": f"select a from {TABLE}"}  # <- AFF101
ONE = Query(name="one", sql=TEXTS["one"])
""",
    "f-string in an attribute": """
class Finder:
    def __init__(self, table):
        self.sql = f"select a from {table}"  # <- AFF101
    def query(self):
        return Query(name="q", sql=self.sql)
""",
    "f-string in a walrus": """
def find(who):
    return Query(name="q", sql=(sql := f"select {who}"))  # <- AFF101
""",
    "f-string in fetch_one": """
def find(context, who):
    return context.source("x").fetch_one(f"select a from t where b = '{who}'")  # <- AFF101
""",
    "f-string in a cursor": """
def find(cursor, who):
    cursor.execute(f"select a from t where b = '{who}'")  # <- AFF101
""",
    "f-string in a named argument": """
def find(cursor, who):
    cursor.execute(sql=f"select {who}")  # <- AFF101
""",
    "f-string in read_sql": """
import pandas as pd
def find(connection, who):
    return pd.read_sql(f"select {who}", connection)  # <- AFF101
""",
    "f-string as the name of a Query": """
def find(who):
    return Query(name=f"find_{who}", sql="select 1")  # <- AFF101
""",
    "Query under another name": """
from affidavit import Query as Statement
def find(who):
    return affidavit.Query(name="q", sql=f"select {who}")  # <- AFF101
""",
    "plus": """
def find(who):
    return Query(name="q", sql="select a from t where b = '" + who + "'")  # <- AFF102
""",
    "plus equals": """
def find(who):
    sql = "select a from t"
    if who:
        sql += " where b = " + who  # <- AFF102
    return Query(name="q", sql=sql)
""",
    "join": """
def find(columns):
    return Query(name="q", sql=" ".join(["select", *columns, "from t"]))  # <- AFF102
""",
    "plus in execute": """
def find(context, who):
    context.source("x").execute("delete from t where b = " + who)  # <- AFF102
""",
    "percent": """
def find(who):
    return Query(name="q", sql="select a from t where b = '%s'" % who)  # <- AFF103
""",
    "percent under a name": """
SQL = "select %s from t"
def find(cursor, column):
    text = SQL % column  # <- AFF103
    cursor.execute(text)
""",
    "format": """
def find(who):
    return Query(name="q", sql="select a from t where b = '{}'".format(who))  # <- AFF104
""",
    "format_map": """
def find(said):
    return Query(name="q", sql="select {column}".format_map(said))  # <- AFF104
""",
    "format of a name": """
SQL = "select a from {table}"
def find(cursor, table):
    cursor.executescript(SQL.format(table=table))  # <- AFF104
""",
    "replace": """
def find(who):
    return Query(name="q", sql="select a from t where b = :b".replace(":b", who))  # <- AFF104
""",
    "a template": """
from string import Template
def find(who):
    return Query(name="q", sql=Template("select $a").substitute(a=who))  # <- AFF104
""",
    "a parameter": """
def find(sql):
    return Query(name="q", sql=sql)  # <- AFF105
""",
    "a field of the event": """
def find(said):
    return Query(name="q", sql=said["sql"])  # <- AFF105
""",
    "a file": """
from pathlib import Path
FIND = Query(name="q", sql=Path("find.sql").read_text())  # <- AFF105
""",
    "a setting": """
FIND = Query(name="q", sql=os.environ["FIND"])  # <- AFF105
""",
    "parts as **": """
def find(parts):
    return Query(**parts)  # <- AFF105
""",
}

_HANDLERS: Final = {
    "lambda_handler": """
def lambda_handler(event, context):  # <- AFF201
    return {"ok": True}
""",
    "handler with other names": """
def handler(evt, ctx):  # <- AFF201
    return {"ok": True}
""",
    "event and context": """
def find_price(event, context):  # <- AFF201
    return {"ok": True}
""",
    "asynchronous": """
async def handler(event, context):  # <- AFF201
    return {"ok": True}
""",
    "decorated with something else": """
import functools
@functools.cache
def handler(event, context):  # <- AFF201
    return {"ok": True}
""",
    "a lambda": """
handler = lambda event, context: {"ok": True}  # <- AFF201
""",
    "one of two": """
@audited(action="ONE")
def one_handler(event, context):
    return {"ok": True}
def two_handler(event, context):  # <- AFF201
    return {"ok": True}
""",
    "answered above the audit": """
from aws_lambda_powertools.utilities.idempotency import idempotent
@idempotent(persistence_store=os.environ)  # <- AFF202
@audited(action="ORDER")
def handler(event, context):
    return {"ok": True}
""",
    "traced below the audit": """
from opentelemetry import trace
from aws_lambda_powertools import Tracer
@Tracer().capture_lambda_handler
@audited(action="ORDER")
@trace.get_tracer("shop").start_as_current_span("order")  # <- AFF203
def handler(event, context):
    return {"ok": True}
""",
    "below a condition": """
if os.environ.get("STAGE"):
    def handler(event, context):  # <- AFF201
        return {"ok": True}
""",
}

_LOGS: Final = {
    "print of the event": """
@audited(action="A")
def handler(event, context):
    print(event)  # <- AFF301
""",
    "print in a text": """
@audited(action="A")
def handler(event, context):
    print(f"got {event['id']}")  # <- AFF301
""",
    "logging": """
@audited(action="A")
def handler(event, context):
    logging.info("got %s", event)  # <- AFF301
""",
    "a logger": """
logger = logging.getLogger(__name__)
@audited(action="A")
def handler(request, context):
    logger.warning("price of %s", request.id)  # <- AFF301
""",
    "a logger with an odd name": """
speak = logging.getLogger(__name__)
@audited(action="A")
def handler(request, context):
    speak.info("price of %s", request.id)  # <- AFF301
""",
    "a row": """
@audited(action="A")
def handler(request, context):
    row = context.source("x").fetch_one(FIND, {"id": "1"})
    logging.debug("found", extra={"row": row})  # <- AFF301
""",
    "something taken from the event": """
@audited(action="A")
def handler(event, context):
    body = event["body"]
    patient = body["patient"]
    print("patient", patient)  # <- AFF301
""",
    "each record": """
@audited(action="A")
def handler(event, context):
    for one in event["Records"]:
        print(one)  # <- AFF301
""",
    "what a with names": """
@audited(action="A")
def handler(event, context):
    with event["file"] as (one, other):
        print(other)  # <- AFF301
""",
    "a function below": """
logger = logging.getLogger(__name__)
def tell(row):
    logger.info("row %s", row)  # <- AFF301
""",
    "an exception": """
@audited(action="A")
def handler(event, context):
    try:
        return {"n": int(event["n"])}
    except ValueError as error:
        logging.error("no number: %s", error)  # <- AFF301
""",
    "standard output": """
import sys
@audited(action="A")
def handler(event, context):
    sys.stdout.write(str(event))  # <- AFF301
""",
    "a logger of a class": """
class Service:
    def find(self, request):
        self.logger.info("asked for %s", request)  # <- AFF301
""",
    "a logger that logs events": """
from aws_lambda_powertools import Logger
logger = Logger()
@logger.inject_lambda_context(log_event=True)  # <- AFF302
@audited(action="A")
def handler(event, context):
    return {"ok": True}
""",
    "logger.exception": """
@audited(action="A")
def handler(event, context):
    try:
        return {"n": int(event["n"])}
    except ValueError:
        logging.exception("no number")  # <- AFF303
""",
    "a traceback": """
import traceback
@audited(action="A")
def handler(event, context):
    try:
        return {"n": int(event["n"])}
    except ValueError:
        traceback.print_exc()  # <- AFF303
""",
    "exc_info": """
@audited(action="A")
def handler(event, context):
    try:
        return {"n": int(event["n"])}
    except ValueError:
        logging.error("no number", exc_info=True)  # <- AFF303
""",
}

_SECRETS: Final = {
    "a password": 'DB_PASSWORD = "tr0ub4dor&3"  # <- AFF401\n',
    "a password with a type": 'password: str = "tr0ub4dor&3"  # <- AFF401\n',
    "bytes": 'SIGNING_KEY = b"tr0ub4dor&3"  # <- AFF401\n',
    "an attribute": 'def b(client):\n    client.api_key = "tr0ub4dor3"  # <- AFF401\n',
    "an argument": 'connect(user="app", password="tr0ub4dor&3")  # <- AFF401\n',
    "a dictionary": 'SAID = {"user": "app", "client-secret": "tr0ub4dor3"}  # <- AFF401\n',
    "camel case": 'accessToken = "tr0ub4dor3"  # <- AFF401\n',
    "a default": 'def connect(password="tr0ub4dor&3"):  # <- AFF401\n    ...\n',
    "a named default": 'def connect(*, token="tr0ub4dor&3"):  # <- AFF401\n    ...\n',
    "a default of the environment": (
        'P = os.environ.get("DB_PASSWORD", "tr0ub4dor&3")  # <- AFF401\n'
    ),
    "getenv": 'from os import getenv\nP = getenv("DB_PASSWORD", "tr0ub4dor&3")  # <- AFF401\n',
    "a comparison": 'def f(token):\n    return token == "tr0ub4dor3"  # <- AFF401\n',
    "an item": 'said = {}\nsaid["password"] = "tr0ub4dor&3"  # <- AFF401\n',
    "an access key": f'USED = "{_KEY}"  # <- AFF401\n',
    "a private key": f'USED = "{_PEM}"  # <- AFF401\n',
    "a signed token": f'USED = "{_SIGNED}"  # <- AFF401\n',
    "a URL": 'URL = "postgres" "ql://app:tr0ub4dor3@db.example/app"  # <- AFF401\n',
}

PLANTED: Final = {
    name: _HEAD + text
    for group in (_STATEMENTS, _HANDLERS, _LOGS, _SECRETS)
    for name, text in group.items()
}
"""One mistake each."""

# -- what is not found ---------------------------------------------------------

_FINE: Final = {
    "a secret that is called what it is": """
stripe_live_secret = "Stripe-Live"
""",
    "answered below the audit": """
from aws_lambda_powertools import Tracer
from aws_lambda_powertools.utilities.idempotency import idempotent
@Tracer().capture_lambda_handler
@audited(action="ORDER")
@idempotent(persistence_store=os.environ)
def handler(event, context):
    return {"ok": True}
""",
    "a constant": """
FIND = Query(name="find", sql="select a from t where b = :b", binds=frozenset({"b"}))
""",
    "a constant in pieces": """
FIND = Query(name="find", sql="select a, b" " from t" + " where 1 = 1")
""",
    "a constant under a name": """
SQL = "select a from t"
FIND = Query(name="find", sql=SQL)
""",
    "a constant from elsewhere": """
import texts
from statements import FIND_SQL
ONE = Query(name="one", sql=FIND_SQL)
TWO = Query(name="two", sql=texts.TWO)
""",
    "a dedented constant": """
from textwrap import dedent
FIND = Query(name="find", sql=dedent(\"\"\"
    select a from t
\"\"\").strip())
""",
    "an f-string without a gap": """
FIND = Query(name="find", sql=f"select a from t")
""",
    "one of two constants": """
def find(old):
    return Query(name="find", sql="select a from t" if old else "select b from t")
""",
    "a choice of queries": """
QUERIES = {"a": Query(name="a", sql="select 1"), "b": Query(name="b", sql="select 2")}
def find(context, kind):
    return context.source("x").fetch_one(QUERIES.get(f"{kind}"))
""",
    "values as binds": """
FIND = Query(name="find", sql="select a from t where b = :b", binds=frozenset({"b"}))
def find(context, who):
    return context.source("x").fetch_one(FIND, {"b": f"{who}%"})
""",
    "f-strings elsewhere": """
def greet(who):
    return f"hello {who}" + "!" + "%s" % who
""",
    "an audited handler": """
@audited(action="A")
def handler(event, context):
    return {"ok": True}
""",
    "audited without words": """
@audited
def lambda_handler(event, context):
    return {"ok": True}
""",
    "audited under another name": """
import affidavit
from affidavit import audited as sworn
@affidavit.audited(action="A")
def one_handler(event, context):
    return {"ok": True}
@sworn
def two_handler(event, context):
    return {"ok": True}
""",
    "audited later": """
def plain_handler(event, context):
    return {"ok": True}
def worded_handler(event, context):
    return {"ok": True}
plain = audited(plain_handler)
worded = audited(action="A")(worded_handler)
""",
    "not a handler": """
import signal
def sigterm_handler(signum, frame):
    raise SystemExit
def error_handler(request, exc):
    return None
def _route(event, context):
    return event
class Service:
    def handler(self, event):
        return event
""",
    "the log of the context": """
@audited(action="A")
def handler(request, context):
    context.log.info("price.asked", id=request.id)
    log = context.log.bind(id=request.id)
    log.warning("price.missing", id=request.id)
""",
    "a log that says nothing": """
logger = logging.getLogger(__name__)
@audited(action="A")
def handler(event, context):
    rows = context.source("x").fetch_all(FIND)
    logger.info("%d rows for a %s", len(rows), type(event))
    logger.debug("is it one: %s", event == {})
    print("started")
""",
    "logging elsewhere": """
logger = logging.getLogger(__name__)
def main(folder):
    try:
        print(f"reading {folder}")
    except OSError as error:
        logger.exception("cannot read %s", error)
""",
    "names of secrets": """
PASSWORD_FIELD = "tr0ub4dor3"
TOKEN = "token"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prices"
token_url = "https://login.example/token"
secret_name = "prices/oracle"
password = os.environ["DB_PASSWORD"]
api_key = ""
SAID = {"password": "<your password>", "token": "${TOKEN}", "secret": None}
PAGES = {"input_token": "NextToken", "output_token": "nextForwardToken"}
is_with = token == "WITH"
HEADERS = {"X-Auth-Token": "X-Auth-Token"}
""",
    "texts about secrets": """
def check(password):
    if not password:
        raise ValueError("the password is missing; set it first")
    return password == ""
""",
}

FINE: Final = {name: _HEAD + text for name, text in _FINE.items()}
"""No mistake at all."""


def expected(text: str) -> list[tuple[str, int]]:
    """Return the code and line of every mark in a text."""
    return [
        (line.partition("# <- ")[2], number)
        for number, line in enumerate(text.splitlines(), 1)
        if "# <- " in line
    ]
