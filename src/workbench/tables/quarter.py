"""Settled, told, measured: sign-offs, limits in force, messages, milestones."""

from __future__ import annotations

from workbench.tables.declare import HOUSEHOLD, Table, table

# fmt: off
DECLARED: tuple[Table, ...] = (
    table(
        "signoffs",
        "pseudonymous",
        "village household date row",
        "Decisions that came back signed, dated up to as_of",
        HOUSEHOLD
        + """
        limit float? yuan | confirmed limit
        approver text? | code
        checker text? | code
        same_person bool | approver and checker are one
        reason text? | word of a short list: 按模型 / 按公议 / 折中 / 核实后调整 / 其他
        date date | day
        holder text? | person pseudonym
        on_roster bool | a roster knows the household
        source text | file
        row int | row
    """,
        unique=False,
    ),
    table(
        "signoff_findings",
        "open",
        "source row rule",
        "Sign-offs that do not count, and why",
        """
        source text | file
        row int | row
        rule text | word of a short list (confirm/signoffs)
        message text | Chinese and English
    """,
        unique=False,
    ),
    table(
        "confirmed",
        "pseudonymous",
        "village household",
        "The limit above 0 in force at as_of",
        HOUSEHOLD
        + """
        limit float yuan | limit
        date date | day of confirmation
        way text | 公议 / 复议 / 模型 / 签批
        holder text | person pseudonym
        rule text | rule that led to it
        approver text? | code
        checker text? | code
        until date? | last day in force
        first_drawn date? | first drawing known
    """,
    ),
    table(
        "decisions",
        "pseudonymous",
        "village household date",
        "Every decision up to as_of that counts: history and sign-offs",
        HOUSEHOLD
        + """
        limit float yuan | limit; 0 withdraws
        date date | day of confirmation
        way text | 公议 / 复议 / 模型 / 签批 / 未注明
        holder text? | person pseudonym
        rule text | rule that led to it
        approver text? | code
        checker text? | code
        until date? | last day in force
        first_drawn date? | first drawing known
    """,
    ),
    table(
        "messages",
        "pseudonymous",
        "village household",
        "State of the message about each limit in force",
        """
        message_id text | keyed digest of household, limit and day
        village text | village
        household text | pseudonym
        state text | ready / opted_out / no_mobile / two_numbers / sent / failed
    """,
    ),
    table(
        "drawdowns",
        "pseudonymous",
        "person date row",
        "Drawings dated up to as_of",
        """
        person text | pseudonym
        date date | 用信日期
        amount float yuan | amount
        source text | file
        row int | row
    """,
        unique=False,
    ),
    table(
        "milestones",
        "open",
        "scope_kind scope measure",
        "Figures against the dated targets",
        """
        as_of date | day
        scope_kind text | town / village / cell / manager
        scope text | which
        measure text | coverage / coverage_members / usage / usage_members / villages_filed / households_filed
        numerator int | people or villages
        denominator int | people or villages
        denominator_high int | if every quarantined row but a duplicate were an eligible person
        actual float? share | numerator / denominator, empty for 0/0
        target float? share | target of the first milestone on or after as_of
        met bool | exact comparison on denominator_high
        missing int | how many more by the milestone date
        due date | that date
    """,
    ),
    table(
        "funnel",
        "open",
        "scope_kind scope position",
        "On the roster → … → drawn",
        """
        scope_kind text | town / village
        scope text | which
        position int | order
        stage text | roster / eligible / rated / visited / proposed / confirmed / notified / drawn
        people int | people
    """,
    ),
    table(
        "course",
        "open",
        "date measure",
        "Coverage and usage of the town at each quarter's end up to as_of",
        """
        date date | quarter's end, or as_of
        measure text | coverage / usage / villages_filed
        numerator int | people or villages
        denominator int | people or villages
        actual float? share | numerator / denominator
        target float? share | target at that date
        forecast bool | a forecast, not a figure
        low float? share | interval of a forecast
        high float? share | interval of a forecast
    """,
    ),
    table(
        "standing",
        "open",
        "scope_kind scope",
        "Yearly ranking of villages and managers on declared measures",
        """
        scope_kind text | village / manager
        scope text | which
        n int | eligible people
        score float? | mean of the declared measures, shrunk for small numbers
        rank int? | empty where the numbers are too small to rank
    """,
    ),
)
