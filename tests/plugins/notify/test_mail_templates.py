"""What a mail template may do, how large it and its mails may be, and where it is read from."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from affidavit_notify import mail_templates
from affidavit_notify.faults import MailNotSentError, TemplateFaultError, TemplateMissingError
from affidavit_notify.location import locate_mail
from affidavit_notify.mail_templates import Message, Templates

PLACE = locate_mail(
    urlsplit("ses://a@example.org?templates=s3://mails/v&version=7&region=eu-west-1")
)


class Bucket:
    """The part of S3 that is asked: objects by key, and what was asked for."""

    def __init__(self) -> None:
        self.objects: dict[str, str] = {}
        self.asked: list[str] = []

    def put(self, name: str = "mail", **parts: str) -> None:
        """Lay down the parts of a template."""
        for part, text in ({"subject": "s", "text": "t"} | parts).items():
            self.objects[f"v/7/{name}.{part}.j2"] = text

    def get_object(self, **asked: str) -> Any:
        """Return an object as boto3 does."""
        from botocore.exceptions import ClientError

        self.asked.append(asked["Key"])
        assert "mails" == asked["Bucket"]
        if asked["Key"] not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        body = self.objects[asked["Key"]].encode()
        return {"ContentLength": len(body), "Body": io.BytesIO(body)}


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """The bucket that templates are read from."""
    made = Bucket()
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(mail_templates, "client", lambda *words: asked.append(words) or made)
    return made


def _rendered(bucket: Bucket, **values: Any) -> Message:
    return Templates(PLACE).render("mail", values)


def test_a_mail_has_a_subject_a_text_and_perhaps_html(bucket: Bucket) -> None:
    """Each from an object of its own, below prefix and version; the subject without blanks."""
    bucket.put(subject=" Order {{ id }} \n", text="It is {{ id }}.\n")
    assert Message("Order <1>", "It is <1>.", "") == _rendered(bucket, id="<1>")

    bucket.put(html="<b>{{ id }}</b>")
    assert "<b>&lt;1&gt;</b>" == _rendered(bucket, id="<1>").html
    assert [f"v/7/mail.{part}.j2" for part in ("subject", "text", "html")] == bucket.asked[:3]


@pytest.mark.parametrize("part", ["subject", "text"])
def test_without_subject_or_text_there_is_no_template(bucket: Bucket, part: str) -> None:
    """Only HTML may be missing."""
    bucket.put(html="x")
    del bucket.objects[f"v/7/mail.{part}.j2"]
    with pytest.raises(TemplateMissingError, match="its subject or its text"):
        _rendered(bucket)


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        *(("a", True), ("order-7", True), ("a" * 64, True), ("a" * 65, False), ("", False)),
        *(("7a", False), ("-a", False), ("A", False), ("a_b", False), ("../a", False)),
        ("a\n", False),
    ],
)
def test_a_name_is_of_letters_digits_and_dashes(bucket: Bucket, name: str, fits: bool) -> None:
    """It becomes a part of a key."""
    bucket.put(name)
    if fits:
        assert "t" == Templates(PLACE).render(name, {}).text
        return
    with pytest.raises(TemplateMissingError, match="its name is not of a-z"):
        Templates(PLACE).render(name, {})
    assert [] == bucket.asked


@pytest.mark.parametrize("part", ["subject", "text", "html"])
def test_a_template_has_at_most_64_kib(bucket: Bucket, part: str) -> None:
    """One byte more is not read."""
    comment = "{#" + "x" * (64 * 1024 - 5) + "#}"
    bucket.put(**{part: f"{comment}x"})
    assert "x" == getattr(_rendered(bucket), part)
    bucket.put(**{part: f"{comment}xy"})
    with pytest.raises(MailNotSentError, match="more than 65536 bytes"):
        _rendered(bucket)


@pytest.mark.parametrize("part", ["text", "html"])
def test_a_part_has_at_most_256_kib_of_characters(bucket: Bucket, part: str) -> None:
    """One more is no mail."""
    bucket.put(**{part: "{{ told }}"})
    assert 262_144 == len(getattr(_rendered(bucket, told="x" * 262_144), part))
    with pytest.raises(TemplateFaultError, match="SecurityError"):
        _rendered(bucket, told="x" * 262_145)


@pytest.mark.parametrize(
    ("subject", "why"),
    [
        ("x" * 200, ""),
        ("x" * 201, "empty or too long"),
        (" \t\n", "empty or too long"),
        ("a\nb", "a line break or another control character"),
        ("a\x00b", "a line break or another control character"),
    ],
)
def test_a_subject_is_one_line(bucket: Bucket, subject: str, why: str) -> None:
    """Of at most 200 characters, which a value may have made longer."""
    bucket.put(subject="{{ told }}")
    if not why:
        assert subject == _rendered(bucket, told=subject).subject
        return
    with pytest.raises(TemplateFaultError, match=why):
        _rendered(bucket, told=subject)


@pytest.mark.parametrize(
    "name",
    [
        *("abs", "capitalize", "d", "default", "e", "escape", "first", "float", "int", "join"),
        *("last", "length", "lower", "round", "sort", "title", "trim", "truncate", "upper"),
    ],
)
def test_these_filters_may_be_used(bucket: Bucket, name: str) -> None:
    """Their output is no longer than their input."""
    bucket.put(text=f"{{{{ told|{name} }}}}")
    told: Any = 7.4 if name in {"abs", "float", "int", "round"} else "told"

    assert _rendered(bucket, told=told).text


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{{ a.b() }}", "it calls something"),
        ("{{ 2 * 3 }}", "it multiplies"),
        ("{{ 2 ** 3 }}", "it multiplies"),
        ("{{ '%s' % 1 }}", "it formats with %"),
        ("{% macro m() %}{% endmacro %}", "it has a macro"),
        ("{% call(a) b %}{% endcall %}", "compiling raised TemplateSyntaxError"),
        ("{% include 'b' %}", "it includes another file"),
        ("{% import 'b' as c %}", "it imports another file"),
        ("{% from 'b' import c %}", "it imports another file"),
        ("{% extends 'b' %}", "it extends another file"),
        ("{{ a|center }}", "it uses a filter that is not allowed"),
        ("{{ a|join(b) }}", "it joins with something longer than a separator"),
        (f"{{{{ a|join('{'-' * 17}') }}}}", "it joins with something longer than a separator"),
        ("{% for b in a if b %}{% endfor %}", "a loop has a condition; write it within the loop"),
        ("{% for", "compiling raised TemplateSyntaxError"),
    ],
)
def test_a_template_that_does_more_than_show_values_is_refused(
    bucket: Bucket, template: str, why: str
) -> None:
    """And the reason is said."""
    bucket.put(text=template)
    with pytest.raises(TemplateFaultError) as caught:
        _rendered(bucket, a="a")
    assert why == caught.value.why


def test_a_separator_has_at_most_16_characters(bucket: Bucket) -> None:
    """Each item of a list is longer by it."""
    bucket.put(text=f"{{{{ a|join('{'-' * 16}') }}}}")

    assert f"x{'-' * 16}y" == _rendered(bucket, a=["x", "y"]).text


def test_a_part_is_rendered_in_at_most_20_000_pieces(bucket: Bucket) -> None:
    """A turn of a loop that writes nothing is one, too."""
    bucket.put(text="{% for one in a %}{% endfor %}")
    assert "" == _rendered(bucket, a=range(20_001)).text
    with pytest.raises(TemplateFaultError, match="SecurityError"):
        _rendered(bucket, a=range(20_002))


def test_64_templates_are_kept(bucket: Bucket) -> None:
    """Whatever comes after them is read each time."""
    templates = Templates(PLACE)
    names = [f"mail-{number}" for number in range(65)]
    for name in names:
        bucket.put(name)
        templates.render(name, {})
    bucket.asked.clear()
    for name in names:
        templates.render(name, {})

    assert {"v/7/mail-64"} == {key.partition(".")[0] for key in bucket.asked}


@pytest.mark.parametrize(
    ("fault", "kind", "why"),
    [
        (lambda: _answered("404"), TemplateMissingError, "its subject or its text"),
        (lambda: _answered("AccessDenied"), MailNotSentError, "AccessDenied"),
        (lambda: _answered(None), MailNotSentError, "Unknown"),
        (lambda: OSError("hunter2"), MailNotSentError, "OSError"),
    ],
    ids=["none", "refused", "no code", "no network"],
)
def test_a_bucket_that_does_not_answer_is_told_by_its_code(
    bucket: Bucket,
    monkeypatch: pytest.MonkeyPatch,
    fault: Callable[[], Exception],
    kind: Any,
    why: str,
) -> None:
    """And by no text of its."""

    def fail(**_: str) -> Any:
        raise fault()

    monkeypatch.setattr(bucket, "get_object", fail)
    with pytest.raises(kind) as caught:
        _rendered(bucket)
    assert caught.value.why.startswith(why)
    assert "hunter2" not in str(caught.value)


def _answered(code: str | None) -> Exception:
    from botocore.exceptions import ClientError

    return ClientError({"Error": {"Code": code}} if code else {}, "GetObject")
