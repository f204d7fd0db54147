"""Step ① import: what the door admits of rosters, agreements and grid, and the results of the gates."""

from __future__ import annotations

from workbench.tables.declare import HOUSEHOLD, Table, table

# fmt: off
DECLARED: tuple[Table, ...] = (
    table(
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
    table(
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
    table(
        "households",
        "pseudonymous",
        "village household",
        "One line a household with a kept row",
        HOUSEHOLD
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
    table(
        "people",
        "pseudonymous",
        "village household person",
        "One line a kept person of 14 years or more",
        HOUSEHOLD
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
    table(
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
    table(
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
    table(
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
    table(
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
)
