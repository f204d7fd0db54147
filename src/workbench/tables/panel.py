"""Step ② review: ratings, the consensus, the raters."""

from __future__ import annotations

from workbench.tables.declare import HOUSEHOLD, Table, table

# fmt: off
DECLARED: tuple[Table, ...] = (
    table(
        "panel_members",
        "pseudonymous",
        "village rater",
        "Members of the panels",
        """
        village text | village
        rater text | member code
        role text | 村负责人 / 村民组长 / 村民代表 / 客户经理
        group text? | 组名
        household text? | the member's own household
    """,
    ),
    table(
        "ratings",
        "pseudonymous",
        "village household rater",
        "One member's rating of one household dated up to as_of",
        HOUSEHOLD
        + """
        rater text | member code
        role text? | role of the member
        business float? | 经营情况 1-5
        income float? yuan | yearly income as the member states it
        integrity float? | 诚信品行 1-5
        limit float? yuan | limit that the member proposes
        interest bool | a stake is declared
        knows bool | knows the household
        manner text? | 背靠背 / 会议 / 电话 / 微信
        date date? | day of the rating
        bar bool | names a reason for no credit
        remark int | +1 / 0 / -1 by the word list; the text itself stays outside
        own bool | the member's own household
        counts bool | enters the consensus
        why_not text? | own / unknown / no_amount / manner / interest
        source text | file
        row int | row as a spreadsheet shows it
    """,
    ),
    table(
        "consensus",
        "pseudonymous",
        "village household",
        "One fair panel limit a household",
        HOUSEHOLD
        + """
        panel_limit float? yuan | consensus of the ratings that count
        low float? yuan | lower end of the 90 % interval
        high float? yuan | upper end
        raters int | ratings that count
        agreement float? | 1/(1 + mean squared standardised deviation), empty for one rater
        mean float? yuan | plain mean
        median float? yuan | plain median
        outliers text? | codes of members more likely off than not, separated by a space
        bars int | members who name a reason for no credit
        split bool | the panel is of two minds
    """,
    ),
    table(
        "raters",
        "pseudonymous",
        "village rater",
        "One line a member of a panel",
        """
        village text | village
        rater text | member code
        role text? | role
        ratings int | ratings that count
        severity float? log | 0.1 = a tenth above the panel
        severity_low float? log | 90 % interval
        severity_high float? log | 90 % interval
        noise float? log | standard deviation
        slope float? | how far the member spreads households (1 = as the panel)
        copied_from text? | same sheet as; direction cannot be known from whole copies
        copy_share float? share | share of common households with the same figures beyond chance
        copy_chance float? | chance of it by accident
        declared int | ratings with a declared stake
        conflicts int | households flagged or declared
        favours int | households pulled up by the member, more likely than not
        grudges int | households pulled down
        lifts float? share | part of the member's households that lie one step from what the others say, if that shows
        lift float? log | that step: 0.7 = twice what the others say; below 0 pressed
    """,
    ),
    table(
        "pulls",
        "pseudonymous",
        "village household rater",
        "Ratings that are more likely off than not",
        HOUSEHOLD
        + """
        rater text | member code
        chance float | probability that this rating is off
        direction text | up / down
        yuan float yuan | rating less the consensus
    """,
    ),
)
