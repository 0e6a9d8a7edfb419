"""Rules about operations, how we sign in, and where the service lives."""

from __future__ import annotations

from schemas.rules.rule import row

RULES = (
    row("op.removed", "operation gone without notice", "B B", "a call to it can only fail", sends="calls of `{it}` will fail"),
    row(
        "op.removed-early",
        "gone before its announced sunset",
        "B B",
        "the vendor promised longer",
        sends="calls of `{it}` will fail",
    ),
    row(
        "op.removed-on-sunset",
        "gone on or after its sunset",
        "B B",
        "announced, and still gone",
        sends="calls of `{it}` will fail",
    ),
    row(
        "op.moved",
        "same content at another path or method",
        "B B",
        "the old address stops answering",
        sends="calls of `{it}` will fail",
    ),
    row("op.added", "new operation", "S S", "nothing of ours calls it"),
    row("op.deprecated", "newly deprecated", "N N", "it still works, and will not for ever", sends="plan the way off `{it}`"),
    row(
        "op.sunset-sooner",
        "sunset set, or moved nearer",
        "R R",
        "the time to move shrinks",
        sends="calls of `{it}` will end sooner",
    ),
    row("op.id-renamed", "operationId or tag that generated code uses", "R+ R+", "generated clients name methods after it"),
    row(
        "op.webhook-removed",
        "webhook or callback gone",
        "B B",
        "we wait for a call that never comes",
        reads="`{it}` will not arrive any more",
    ),
    row(
        "auth.required",
        "security where none was",
        "B -",
        "calls without credentials are refused",
        sends="anonymous calls will be refused",
    ),
    row(
        "auth.refused",
        "our credentials are refused on two probes, though nothing changed here",
        "B -",
        "nothing else works without them",
        sends="every call will be refused",
    ),
    row("auth.alternative-added", "one more way in", "S -", "ours still works"),
    row(
        "auth.scheme-removed",
        "the scheme we use is gone",
        "B -",
        "what we present is not accepted",
        sends="calls signed in by {what} will be refused",
    ),
    row(
        "auth.scheme-changed",
        "type, location or flow",
        "B -",
        "what we present is not accepted",
        sends="calls signed in by {what} will be refused",
    ),
    row(
        "auth.scope-added",
        "more scopes needed",
        "B -",
        "our token does not carry it",
        sends="tokens without {what} will be refused",
    ),
    row(
        "auth.endpoint-changed",
        "token, authorize or OIDC address moved",
        "B -",
        "we cannot get a token",
        sends="getting a token will fail",
    ),
    row("auth.relaxed", "security or scope dropped", "N -", "what we present is more than enough"),
    row("server.removed", "the base address we call is gone", "B B", "nothing answers there", sends="calls to {what} will fail"),
    row(
        "server.base-path-changed", "version or base path", "B B", "every path below it moves", sends="calls to {what} will fail"
    ),
    row(
        "server.version-retiring",
        "the pinned API version ends: N, from 90 days before R, from 7 days B",
        "N N",
        "the countdown runs",
        sends="calls of the pinned version will fail",
    ),
    row(
        "server.version-retired",
        "410, unsupported version, or a lasting 404 of a probed resource",
        "B B",
        "the version is withdrawn",
        sends="every call will fail",
    ),
)
