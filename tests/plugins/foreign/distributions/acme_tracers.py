"""A foreign tracer: it prints spans."""

from collections.abc import Sequence

from affidavit.plugin import Clean, Span, Tracer, hookimpl


class Line:
    def enter(self, name: str) -> None:
        print("enter", name)

    def leave(self, *, failed: bool) -> None:
        print("leave", failed)

    def finish(self, annotations: Clean, *, failed: bool) -> None:
        print("finish", annotations.value["outcome"], failed)


def _begin(action: str) -> Span | None:
    print("begin", action)
    return Line()


@hookimpl
def affidavit_tracers() -> Sequence[Tracer]:
    return [Tracer(name="acme-line", begin=_begin)]
