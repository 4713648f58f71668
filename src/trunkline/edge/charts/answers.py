"""Statuses of servers, said as a person can act on."""

from __future__ import annotations

from trunkline.edge.charts.errors import ChartError
from trunkline.edge.charts.ticket import Ticket
from trunkline.edge.charts.web import AGAIN, Answer, origin_of


def good(answer: Answer, ticket: Ticket, file: str, *, missing: str = "") -> Answer:
    """The answer, if it is a good one. Raises ChartError. `missing`: what a 404 means here."""
    status = answer.status
    if status < 300:
        return answer
    if status in (401, 403):
        raise _refused(answer, ticket, file)
    if status == 404:
        raise ChartError(
            f"{answer.shown}: {missing or 'it is not there (404)'}",
            remedy="look whether the address and the version are right",
        )
    raise ChartError(f"{answer.shown} answers with status {status}", remedy=AGAIN)


def _refused(answer: Answer, ticket: Ticket, file: str) -> ChartError:
    if ticket.authorization and not ticket.header_for(origin_of(answer.url)):
        host = answer.url.host
        return ChartError(
            f"{answer.shown} wants credentials ({answer.status}); those of "
            f"{ticket.home[1]} are not sent to {host}",
            remedy="set helm.passCredentials on the source, and where the credentials are for a "
            f"prefix also passCredentials in {file}",
        )
    if ticket.authorization:
        return ChartError(
            f"{answer.shown} refuses the credentials that {file} has for it ({answer.status})",
            remedy="look whether they are right and have not expired",
        )
    return ChartError(
        f"{answer.shown} wants credentials ({answer.status})",
        remedy=f"add its address with username and password to {file}",
    )
