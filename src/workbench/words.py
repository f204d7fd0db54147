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

TABLE_WORDS = {
    "row_counts": "每个花名册文件的行都到哪里去了",
    "quarantine": "逐行的问题：退回、待核实、已修正、跳过",
    "households": "户",
    "people": "14 周岁及以上的人",
    "quarantined_people": "退回的行所指的户",
    "agreements": "保密协议",
    "grid": "网格与客户经理",
    "gates": "数据质量核对结果",
    "panel_members": "评议小组成员",
    "ratings": "每位评议员对每户的评议",
    "consensus": "公议授信额度",
    "raters": "评议员的松紧、稳定与雷同",
    "pulls": "可能偏离小组的评议",
    "visits": "上门核实的项目",
    "photos": "照片的摘要",
    "records": "银行账面上的户情况",
    "facts": "按上门核实更正后的户情况",
    "corrections": "上门确认或更正的事实",
    "filed": "已建档的户",
    "history": "以往确认的额度",
    "limits": "模型额度、评级与利率",
    "policy_ledger": "政策规则逐条对额度的影响",
    "explanations": "模型额度由什么构成",
    "metrics": "模型的准确程度",
    "gaps": "模型额度与公议额度的差额及原因",
    "evidence": "差额原因的依据",
    "weighing": "模型与小组对同一事实的看重程度",
    "sides": "模型与小组对每户每项事实的看重程度",
    "rules_compared": "其他确定额度的办法会怎样",
    "fairness": "按性别、民族看结果是否公平",
    "signoffs": "签回的决定",
    "signoff_findings": "不作数的签批及原因",
    "decisions": "到基准日为止作数的每个决定",
    "confirmed": "有效的确认额度",
    "messages": "短信通知的状态",
    "drawdowns": "用信",
    "milestones": "各项目标的进度",
    "funnel": "从在册到用信的各个环节",
    "course": "各季度末的进度与目标",
    "standing": "村和客户经理的年度排名",
}
