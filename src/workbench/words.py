"""The programme's words, in Chinese and English: what a page prints for a name that the code uses.

Source of the terms: 干办[2019]51号 (the implementation notice of the whole-village credit programme of 干汊河镇).
"""

from __future__ import annotations

TOWN = "干汊河镇"
"""The town; the scan of the notice also has 干汉河镇, which is a slip and is read as this."""
NOTICE = "干办[2019]51号"

FORM_COLUMNS = (
    "乡镇",
    "行政村名称",
    "组名",
    "身份证",
    "姓名",
    "户主身份证",
    "户号",
    "现居住地址",
    "联系方式",
    "性别",
    "与户主关系",
    "民族",
    "出生年月",
    "承包土地及山林信息",
)
"""The 14 columns of the collection form, 附件 2."""

STEPS = {
    "import": "数据导入",
    "panel": "授信评议",
    "filing": "入户建档",
    "limit": "模型额度",
    "gap": "差额原因",
    "decision": "额度确认",
    "notice": "短信通知",
    "milestones": "目标进度",
}

BLOCKS = {
    "policy_limit": "政策限制",
    "record_error": "账面记录有误",
    "factor_weighting": "村里看重的不同",
    "soft_information": "村里了解、账上没有的情况",
    "rater_bias": "个别评议员偏高或偏低",
    "model_uncertainty": "模型没见过这类农户",
    "unexplained": "尚未查明",
}
CAUSES = {**BLOCKS, "within_tolerance": "差额在容许范围内"}

ACTIONS = {"confirm": "建议确认", "review": "需要复核"}
WAYS = {"公议": "panel", "复议": "second review", "模型": "model", "签批": "signed"}
MANNERS = ("背靠背", "会议", "电话", "微信")
ROLES = ("村负责人", "村民组长", "村民代表", "客户经理")

MEASURES = {
    "coverage": "授信面",
    "coverage_members": "授信面（不限每户人数）",
    "usage": "用信面",
    "usage_members": "用信面（不限每户人数）",
    "villages_filed": "建档村数",
    "households_filed": "建档户数",
}
SCOPES = {"town": "全镇", "village": "村", "cell": "网格", "manager": "客户经理"}
MESSAGE_STATES = {
    "ready": "待发送",
    "opted_out": "拒收短信",
    "no_mobile": "没有手机号",
    "two_numbers": "有两个号码",
    "sent": "已发送",
    "failed": "发送失败",
}
FUNNEL = {
    "roster": "在册",
    "eligible": "可授信",
    "rated": "已评议",
    "visited": "已建档",
    "proposed": "已提出额度",
    "confirmed": "已确认",
    "notified": "已通知",
    "drawn": "已用信",
}
SEVERITIES = {"reject": "退回", "flag": "待核实", "repair": "已修正", "skip": "跳过"}
WHY_NOT = {
    "nobody_eligible": "没有符合条件的人",
    "listed": "在负面清单上",
    "below_floor": "低于起点额度",
    "no_record": "银行没有该户的记录",
    "age": "年龄不符",
    "away": "已迁出或已死亡",
}
