"""The feature spec of the invented towns, as the YAML that stands beside the data."""

from __future__ import annotations

_FEATURES = """
recorded_income | 账面年收入 | Yearly income by the books | 收入 | 1 | 否 | yuan
avg_deposit | 日均存款 | Mean daily deposit | 存款 | 1 | 是 | yuan
term_deposit | 定期存款 | Term deposit | 存款 | 1 | 是 | yuan
wage_inflow | 年工资入账 | Wages received in a year | 工资 | 1 | 否 | yuan
merchant_inflow | 年商户收款 | Merchant takings in a year | 经营 | 1 | 是 | yuan
subsidy_inflow | 惠农补贴 | Farm subsidy | 土地 | 0 | 否 | yuan
land_mu | 承包土地 | Contracted land | 土地 | 1 | 否 | mu
forest_mu | 山林 | Forest | 土地 | 1 | 否 | mu
house_value | 房产估值 | House, as valued | 资产 | 1 | 否 | yuan
vehicle_value | 车辆农机估值 | Vehicles and machines, as valued | 资产 | 1 | 否 | yuan
loan_balance | 本行贷款余额 | Loans here | 负债 | -1 | 是 | yuan
other_bank_loans | 他行贷款余额 | Loans elsewhere | 负债 | -1 | 是 | yuan
guarantees_given | 对外担保 | Guarantees given | 负债 | -1 | 是 | yuan
overdue_days | 两年内逾期天数 | Days overdue in two years | 信用 | -1 | 是 | day
bills_late | 水电费迟缴次数 | Bills paid late | 信用 | -1 | 是 | count
members | 家庭人口 | Members | 家庭 | 0 | 否 | person
workers | 劳动力 | Members of working age | 家庭 | 0 | 否 | person
children | 未成年子女 | Children under 18 | 家庭 | -1 | 否 | person
years_settled | 立户年数 | Years as a household | 家庭 | 0 | 否 | year
months_active | 五年内活跃月数 | Active months in five years | 往来 | 0 | 是 | month
mobile_logins | 手机银行月登录次数 | Mobile bank logins a month | 往来 | 0 | 是 | count
utility_paid | 年水电缴费 | Bills paid in a year | 往来 | 0 | 否 | yuan
"""


def spec_yaml() -> str:
    """The spec: 22 numbers with their direction, one category."""
    lines = [
        "# 特征说明：records 各列的含义、概念和单调方向",
        "target: 确认额度(元)",
        "scale: log",
        "key: [行政村名称, 户号]",
        "group: 行政村名称",
        "features:",
    ]
    for row in filter(None, map(str.strip, _FEATURES.splitlines())):
        name, zh, en, concept, way, can, unit = (part.strip() for part in row.split("|"))
        lines.append(
            f"  - {{name: {name}, label_zh: {zh}, label_en: '{en}', concept: {concept}, kind: number, "
            f"monotone: {way}, actionable: {'true' if can == '是' else 'false'}, unit: {unit}}}"
        )
    lines.append(
        "  - {name: main_occupation, label_zh: 主要从业, label_en: 'Main occupation', concept: 经营, kind: category, "
        "monotone: 0, actionable: false, unit: code}"
    )
    return "\n".join(lines) + "\n"
