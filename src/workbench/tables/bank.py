"""Steps ③ filing and ④ the model: visits, facts, history, limits and their explanation."""

from __future__ import annotations

from workbench.tables.declare import HOUSEHOLD, Table, table

# fmt: off
DECLARED: tuple[Table, ...] = (
    table(
        "visits",
        "pseudonymous",
        "village household date item row",
        "One item checked on site up to as_of",
        HOUSEHOLD
        + """
        date date | 建档日期
        manager text? | client manager, as a code
        item text | column checked, 居住状态, 客户近照, 房产照片
        kind text | record / roster / residence / photo / other (unknown item) / open (nothing found is written)
        old float? | old value of a numeric record fact
        new float? | checked value of a numeric record fact
        old_text text? | old value of a category fact or a residence state
        new_text text? | checked value of a category fact or a residence state
        changed bool | the checked value differs
        person text? | person the residence state speaks of
        source text | file
        row int | row as a spreadsheet shows it
    """,
        unique=False,
    ),
    table(
        "photos",
        "pseudonymous",
        "village household photo",
        "Photographs by keyed digest, never the picture",
        HOUSEHOLD
        + """
        photo text | pseudonym of the path under photos/
        kind text | 客户近照 / 房产照片
        digest text | keyed digest of the file
        bytes int byte | size
        date date | day of the visit
    """,
        unique=False,
    ),
    table(
        "records",
        "pseudonymous",
        "village household",
        "Household facts in the bank's books; columns as the spec declares",
        HOUSEHOLD
        + """
        record_date date? | 数据日期
    """,
        open=True,
    ),
    table(
        "facts",
        "pseudonymous",
        "village household",
        "Household facts as visits up to as_of corrected them; columns as the spec declares",
        HOUSEHOLD
        + """
        record_date date? | 数据日期
    """,
        open=True,
    ),
    table(
        "corrections",
        "pseudonymous",
        "village household fact date",
        "Facts that a visit confirmed or corrected",
        HOUSEHOLD
        + """
        fact text | feature or roster column
        old float? | value in the books
        new float? | value found on site
        old_text text? | category in the books
        new_text text? | category found on site
        changed bool | the visit changed it
        date date | day of the visit
        manager text? | who, as a code
    """,
        unique=False,
    ),
    table(
        "filed",
        "pseudonymous",
        "village household",
        "Households visited up to as_of",
        HOUSEHOLD
        + """
        filed_on date | first visit
        last_visit date | last visit
        manager text? | client manager of the first visit
        items int | items checked
        corrected int | facts corrected
        photos int | photographs
    """,
    ),
    table(
        "history",
        "pseudonymous",
        "village household date",
        "Earlier confirmed limits dated up to as_of",
        HOUSEHOLD
        + """
        limit float yuan | confirmed limit
        date date | 确认日期
        overdue float? | 1 overdue within twelve months, 0 not, empty while not known at as_of
        label_in_file bool | the file holds a label that can be known at as_of
        until date? | 到期日期
        first_drawn date? | 首次用信日期 up to as_of
        way text? | 模型 / 公议 / 复议
        holder text? | person pseudonym of 授信对象身份证
        source text | file
        row int | row
    """,
        unique=False,
    ),
    table(
        "limits",
        "pseudonymous",
        "village household",
        "The model's limit for every household",
        HOUSEHOLD
        + """
        eligible int | eligible people
        why_not text? | why the limit is 0: nobody_eligible / listed / below_floor / no_record
        rating text? | grade of the master scale
        pd float? share | probability of being overdue within twelve months
        rate float? share | yearly interest
        raw_limit float? yuan | the model's own figure, before any bound
        model_limit float? yuan | after policy
        low float? yuan | lower end of the 90 % interval, after policy
        high float? yuan | upper end
        new bool | outside what the training villages showed
        source text | model / points
    """,
    ),
    table(
        "policy_ledger",
        "pseudonymous",
        "village household line",
        "What each policy rule did, from raw_limit to model_limit",
        HOUSEHOLD
        + """
        line int | order
        rule text | eligibility / negative_list / cap / purpose_cap / exposure / step / floor
        before float yuan | limit before the rule
        after float yuan | limit after it
    """,
    ),
    table(
        "explanations",
        "pseudonymous",
        "village household position",
        "base, one row a feature, and policy add up to model_limit",
        HOUSEHOLD
        + """
        position int | base is 0, policy the last
        concept text | concept of the feature, base, or policy
        feature text | feature name, base, or policy
        value text? | value of the fact, as text with its unit
        yuan float yuan | contribution
    """,
    ),
    table(
        "metrics",
        "open",
        "subject measure scope_kind scope",
        "Figures about the models, with intervals",
        """
        subject text | limit / pd / baseline name
        measure text | mae, rmse, r2, coverage_90, auc, …
        scope_kind text | all / village / segment
        scope text | which
        n int | households
        value float? | figure
        low float? | 90 % interval
        high float? | 90 % interval
    """,
    ),
)
