"""A plan as one page: everything in it, nothing to fetch, safe to open from a mail."""

from trunkline.core.report.html.page import infra_html, plan_html

__all__ = ["infra_html", "plan_html"]
