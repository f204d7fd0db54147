"""Every table that a run holds: its columns with type, unit and meaning, its key, and who may see it.

A table is declared once, here; it is checked when it is saved and when it is loaded, and its declaration travels inside
the Parquet file as Arrow field metadata.  Columns beyond the declared ones are refused, but for tables marked ``open``
(household facts, whose columns the feature spec declares).  Names of contract tables and columns are fixed by the
contract; the others are ours.

In pandas: text is ``str`` (missing: NaN), int is ``int64``, float is ``float64``, bool is ``bool``, date is
``datetime64[s]`` without zone; a nullable int is ``Int64``.  Money is yuan, shares are 0-1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "int", "float", "bool", "date"]
Privacy = Literal["open", "pseudonymous", "identifying"]


@dataclass(frozen=True)
class Column:
    """One column: ``null`` says whether cells may be empty."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    null: bool = False


@dataclass(frozen=True)
class Table:
    """One declared table.  Rows are saved in the order of ``key`` (pseudonyms, so roster order is not kept)."""

    name: str
    meaning: str
    privacy: Privacy
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    open: bool = False
    unique: bool = True

    @property
    def names(self) -> list[str]:
        """The declared column names in their order."""
        return [c.name for c in self.columns]


def _columns(text: str) -> tuple[Column, ...]:
    """Columns from lines ``name kind[?] [unit] | meaning``; ``?`` lets cells be empty."""
    out = []
    for line in filter(None, map(str.strip, text.strip().splitlines())):
        head, _, meaning = line.partition("|")
        name, kind, *unit = head.split()
        out.append(Column(name, kind.rstrip("?"), meaning.strip(), " ".join(unit), kind.endswith("?")))  # type: ignore[arg-type]
    return tuple(out)


def _table(
    name: str, privacy: Privacy, key: str, meaning: str, columns: str, *, open: bool = False, unique: bool = True
) -> Table:
    return Table(name, meaning, privacy, tuple(key.split()), _columns(columns), open, unique)


_HOUSEHOLD = """
village text | 行政村名称, blanks around it gone
household text | pseudonym of the household: 16 hex digits
"""

DECLARED: tuple[Table, ...] = (
    # ---------------------------------------------------------------- ① import: what the door admits
    _table(
        "row_counts",
        "open",
        "source",
        "Where the rows of every roster file went; the four counts add up to rows",
        """
        source text | file, or file#sheet, relative to the dataset
        rows int | rows below the header up to the last that holds anything
        kept int | rows kept without a flag (repaired rows among them)
        flagged int | rows kept, to be checked on site
        quarantined int | rows rejected
        skipped int | rows that are no people
    """,
    ),
    _table(
        "quarantine",
        "open",
        "source row field rule",
        "One line a finding about a roster row",
        """
        source text | file, or file#sheet
        row int | 1-based, as a spreadsheet shows it (records, for a csv)
        field text? | roster column, empty for the row as a whole
        rule text | word of the closed list of rules
        severity text | reject / flag / repair / skip
        message text | Chinese and English, with the remedy; no value
        village text? | village of the row where it is known
    """,
        unique=False,
    ),
    _table(
        "households",
        "pseudonymous",
        "village household",
        "One line a household with a kept row",
        _HOUSEHOLD
        + """
        people int | kept and flagged rows
        eligible int | eligible people
        land_mu float? mu | contracted land
        forest_mu float? mu | forest
        base int | eligible people before the negative list
        group text? | 组名
        cell text? | grid cell
        manager text? | client manager, as a code
        holder text? | person pseudonym of who holds the limit, or would
        listed_holder bool | the holder is on the negative list
        listed_member bool | another member is on the negative list
        auto_optout bool | somebody of the household objects to decisions by automation alone
        flagged int | flagged rows
        quarantined int | quarantined rows, duplicates apart, that name the household
        away bool | a visit found the whole household moved away or dead
    """,
    ),
    _table(
        "people",
        "pseudonymous",
        "village household person",
        "One line a kept person of 14 years or more",
        _HOUSEHOLD
        + """
        person text | pseudonym
        age int year | full years at as_of
        sex text | 男 / 女
        ethnic text? | ethnic group in its standard form
        relation text | head / spouse / child / parent / other
        birth_rank int | 1 is the oldest of the household
        eligible bool | counts among 可授信人数
        why_not text? | age / away / listed
        listed bool | on the negative list at as_of
        phone_state text | mobile / landline / none / two / bad
        phone text? | pseudonym of the mobile number
        sms_optout bool | objects to SMS, by ID or by number
        auto_optout bool | objects to automated decisions
        opted_phone bool | another person of this number objected
    """,
    ),
    _table(
        "quarantined_people",
        "pseudonymous",
        "village household cell manager",
        "Quarantined rows, duplicates apart, by the household that they name",
        """
        village text | village of the row
        household text? | pseudonym; empty where the row names none
        cell text? | grid cell
        manager text? | client manager
        on_roster bool | the household has a kept row
        rows int | quarantined rows
    """,
        unique=False,
    ),
    _table(
        "agreements",
        "open",
        "village signed",
        "Confidentiality agreements",
        """
        village text | 提供单位
        signed date | first day in force
        until date? | last day in force
        in_force bool | at as_of
    """,
        unique=False,
    ),
    _table(
        "grid",
        "open",
        "village group",
        "Place of a group in the grid",
        """
        village text | village
        group text | 组名
        cell text | 网格
        manager text | client manager, as a code
    """,
    ),
    _table(
        "gates",
        "open",
        "suite table check",
        "Result of every expectation of every gate",
        """
        suite text | suite in expectations/
        table text | table that was checked
        check int | number within the suite
        expectation text | what is expected, in Chinese
        severity text | critical / warning / info
        success bool | held
        rows int | rows looked at
        unexpected int | rows that do not meet it
        share float share | unexpected / rows
        observed text? | observed figure of an aggregate expectation
    """,
    ),
    # ---------------------------------------------------------------- ② panel
    _table(
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
    _table(
        "ratings",
        "pseudonymous",
        "village household rater",
        "One member's rating of one household dated up to as_of",
        _HOUSEHOLD
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
    _table(
        "consensus",
        "pseudonymous",
        "village household",
        "One fair panel limit a household",
        _HOUSEHOLD
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
    _table(
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
    """,
    ),
    _table(
        "pulls",
        "pseudonymous",
        "village household rater",
        "Ratings that are more likely off than not",
        _HOUSEHOLD
        + """
        rater text | member code
        chance float | probability that this rating is off
        direction text | up / down
        yuan float yuan | rating less the consensus
    """,
    ),
    # ---------------------------------------------------------------- ③ filing
    _table(
        "visits",
        "pseudonymous",
        "village household date item row",
        "One item checked on site up to as_of",
        _HOUSEHOLD
        + """
        date date | 建档日期
        manager text? | client manager, as a code
        item text | column checked, 居住状态, 客户近照, 房产照片
        kind text | record / roster / residence / photo
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
    _table(
        "photos",
        "pseudonymous",
        "village household photo",
        "Photographs by keyed digest, never the picture",
        _HOUSEHOLD
        + """
        photo text | pseudonym of the path under photos/
        kind text | 客户近照 / 房产照片
        digest text | keyed digest of the file
        bytes int byte | size
        date date | day of the visit
    """,
        unique=False,
    ),
    _table(
        "records",
        "pseudonymous",
        "village household",
        "Household facts in the bank's books; columns as the spec declares",
        _HOUSEHOLD
        + """
        record_date date? | 数据日期
    """,
        open=True,
    ),
    _table(
        "facts",
        "pseudonymous",
        "village household",
        "Household facts as visits up to as_of corrected them; columns as the spec declares",
        _HOUSEHOLD
        + """
        record_date date? | 数据日期
    """,
        open=True,
    ),
    _table(
        "corrections",
        "pseudonymous",
        "village household fact date",
        "Facts that a visit confirmed or corrected",
        _HOUSEHOLD
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
    _table(
        "filed",
        "pseudonymous",
        "village household",
        "Households visited up to as_of",
        _HOUSEHOLD
        + """
        filed_on date | first visit
        last_visit date | last visit
        manager text? | client manager of the first visit
        items int | items checked
        corrected int | facts corrected
        photos int | photographs
    """,
    ),
    # ---------------------------------------------------------------- ④ limit
    _table(
        "history",
        "pseudonymous",
        "village household date",
        "Earlier confirmed limits dated up to as_of",
        _HOUSEHOLD
        + """
        limit float yuan | confirmed limit
        date date | 确认日期
        overdue float? | 1 overdue within twelve months, 0 not, empty while not known at as_of
        label_in_file bool | the file holds a label, known or not at as_of
        until date? | 到期日期
        first_drawn date? | 首次用信日期 up to as_of
        way text? | 模型 / 公议 / 复议
        holder text? | person pseudonym of 授信对象身份证
        source text | file
        row int | row
    """,
        unique=False,
    ),
    _table(
        "limits",
        "pseudonymous",
        "village household",
        "The model's limit for every household",
        _HOUSEHOLD
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
    _table(
        "policy_ledger",
        "pseudonymous",
        "village household line",
        "What each policy rule did, from raw_limit to model_limit",
        _HOUSEHOLD
        + """
        line int | order
        rule text | eligibility / negative_list / cap / purpose_cap / exposure / step / floor
        before float yuan | limit before the rule
        after float yuan | limit after it
    """,
    ),
    _table(
        "explanations",
        "pseudonymous",
        "village household position",
        "base, one row a feature, and policy add up to model_limit",
        _HOUSEHOLD
        + """
        position int | base is 0, policy the last
        concept text | concept of the feature, base, or policy
        feature text | feature name, base, or policy
        value text? | value of the fact, as text with its unit
        yuan float yuan | contribution
    """,
    ),
    _table(
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
    # ---------------------------------------------------------------- reconcile
    _table(
        "gaps",
        "pseudonymous",
        "village household",
        "Model limit against panel limit, block by block",
        _HOUSEHOLD
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
    _table(
        "evidence",
        "pseudonymous",
        "village household block position",
        "What stands behind a block",
        _HOUSEHOLD
        + """
        block text | one of the seven
        position int | order within the block
        fact text? | feature, member code or concept
        book float? | value in the books
        implied float? | value that would make it agree
        yuan float yuan | yuan of the block that it carries
        note text | in Chinese
    """,
        unique=False,
    ),
    _table(
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
    _table(
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
    _table(
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
    # ---------------------------------------------------------------- ④ settle
    _table(
        "signoffs",
        "pseudonymous",
        "village household date row",
        "Decisions that came back signed, dated up to as_of",
        _HOUSEHOLD
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
    _table(
        "signoff_findings",
        "open",
        "source row rule",
        "Sign-offs that do not count, and why",
        """
        source text | file
        row int | row
        rule text | same_person / above_cap / below_zero / unknown_household / listed_holder / before_rating / no_amount / not_signed
        message text | Chinese and English
    """,
        unique=False,
    ),
    _table(
        "confirmed",
        "pseudonymous",
        "village household",
        "The limit above 0 in force at as_of",
        _HOUSEHOLD
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
    # ---------------------------------------------------------------- ⑤ notice
    _table(
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
    # ---------------------------------------------------------------- milestones
    _table(
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
    _table(
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
    _table(
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
    _table(
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
    _table(
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

TABLES: Mapping[str, Table] = {t.name: t for t in DECLARED}
