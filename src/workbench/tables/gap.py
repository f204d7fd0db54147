"""Where model and panel meet: the gap block by block, and what stands behind it."""

from __future__ import annotations

from workbench.tables.declare import HOUSEHOLD, Table, table

# fmt: off
DECLARED: tuple[Table, ...] = (
    table(
        "gaps",
        "pseudonymous",
        "village household",
        "Model limit against panel limit, block by block",
        HOUSEHOLD
        + """
        model_limit float yuan | model limit
        panel_limit float yuan | panel limit
        gap float yuan | model_limit - panel_limit
        policy_limit float yuan | block
        record_error float yuan | block
        factor_weighting float yuan | block
        soft_information float yuan | block
        rater_bias float yuan | block
        model_uncertainty float yuan | block
        unexplained float yuan | block
        primary_cause text | block, or within_tolerance
        second_cause text? | next largest block in the gap's direction
        confidence float share | how sure the primary cause is
        proposed_limit float yuan | reasonable limit by the declared rule
        action text | confirm / review
        review_why text? | what makes it a review, words separated by a space
        sampled bool | drawn at random for review
        reason_zh text | at most three reasons in Chinese
    """,
    ),
    table(
        "evidence",
        "pseudonymous",
        "village household block position",
        "What stands behind a block",
        HOUSEHOLD
        + """
        block text | one of the seven, or advice (a fact that a person can change, rescored)
        position int | order within the block
        fact text? | feature, member code or concept
        book float? | value in the books
        implied float? | value that would make it agree
        yuan float yuan | yuan of the block that it carries
        note text | in Chinese
    """,
        unique=False,
    ),
    table(
        "weighing",
        "open",
        "village concept feature",
        "How model and panel weigh a fact, on one baseline",
        """
        village text | village
        concept text | concept
        feature text | feature
        n int | households
        model_log float? log | mean contribution to the model's limit
        panel_log float? log | mean contribution to the panel's limit
        yuan float? yuan | mean difference in yuan
    """,
    ),
    table(
        "sides",
        "pseudonymous",
        "village household feature",
        "How model and panel weigh each fact of a household, on one baseline",
        HOUSEHOLD
        + """
        concept text | concept
        feature text | feature
        value float? | the fact, in its unit; empty for a category
        model_log float log | contribution to the model's limit
        panel_log float log | contribution to the panel's limit
    """,
    ),
    table(
        "rules_compared",
        "open",
        "rule",
        "What other rules of settlement would have given",
        """
        rule text | proposed / larger / smaller / mean / panel / model
        households int | households
        exposure float yuan | sum of limits
        covered int | households with a limit above 0
        drawn int | of them, drew
        overdue int | of them, overdue with a known label
        labelled int | of them, with a known label
    """,
    ),
    table(
        "fairness",
        "open",
        "attribute group",
        "Outcomes by attributes that are never features; groups under 20 suppressed",
        """
        attribute text | sex / ethnic
        group text | group
        n int? | households, empty where suppressed
        share_review float? share | sent to review
        share_zero float? share | model limit 0
        model_residual float? log | model against confirmed
        panel_residual float? log | panel against confirmed
    """,
    ),
)
