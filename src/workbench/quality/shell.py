"""The shell of a Data Docs page and its first page: one look, a way back, what failed before all else."""

from __future__ import annotations

import html
from collections.abc import Sequence

from workbench.quality.engine import Outcome
from workbench.quality.gate import SuiteResult, gates_table
from workbench.quality.page import RESULT_ZH, SEVERITY_ZH, SUITES_ZH, found, verdict
from workbench.quality.suites import Expectation

_STYLE = """
body{margin:0 auto;max-width:1040px;padding:24px 16px 48px;color:#222;background:#fff;
 font:15px/1.6 "Noto Sans CJK SC","Microsoft YaHei","PingFang SC",sans-serif}
h1,h2,h3,h4,h5,h6{line-height:1.3;margin:1.3em 0 .4em} h1{font-size:1.5em;margin-top:.4em} h2{font-size:1.2em}
h3,h4,h5{font-size:1em} h6{font-size:.9em;color:#666}
a{color:#0072B2} table{border-collapse:collapse;width:100%;margin:.4em 0 1em}
th,td{border-bottom:1px solid #e6e6e6;padding:.4em .6em;text-align:left;vertical-align:top}
th{color:#666;font-weight:normal;background:#f7f7f7} .number{text-align:right;white-space:nowrap}
ul{padding-left:1.2em} p{margin:.3em 0} .top{color:#666;font-size:.9em} .note{color:#666}
.badge{padding:0 .4em;border-radius:3px;background:#f0f0f0} strong.text-danger{color:#B34700;font-weight:normal}
.bad{color:#B34700} .good{color:#00714F} i{font-style:normal}
.fa-check-circle::before{content:"✓";color:#00714F} .fa-times::before{content:"×";color:#B34700}
.fa-exclamation-triangle::before{content:"!";color:#B34700}
table.table td:first-child,table.table th:first-child{width:9em} table.table td:last-child{width:28%}
.word{white-space:nowrap}
"""


def shell(heading: str, body: str, links: Sequence[tuple[str, str]] = ()) -> str:
    """A page: heading and link words are plain text, ``body`` is HTML."""
    words = html.escape(heading)
    top = " · ".join(f'<a href="{html.escape(href)}">{html.escape(word)}</a>' for href, word in links)
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{words}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{_STYLE}</style></head>\n<body>\n"
        + (f'<p class="top">{top}</p>\n' if top else "")
        + f"<h1>{words}</h1>\n{body}\n</body></html>\n"
    )


def first_page(results: Sequence[SuiteResult], title: str, home: str | None = None) -> str:
    """``index.html``: the verdict, what failed with what to do, every suite and table with its pages, what was left
    out for want of a table; ``home`` is the page that leads here, relative to the folder."""
    outcomes = [(r, o) for r in results for o in r.outcomes]
    body = [f"<p>{_strong(verdict(gates_table(results)))}</p>"]
    failed = sorted(
        ((r, o) for r, o in outcomes if not o.success), key=lambda p: list(SEVERITY_ZH).index(p[1].severity)
    )
    if failed:
        rows = [
            (r.title, o.description, SEVERITY_ZH[o.severity], _found(o), o.notes, f"{r.suite}-{o.table}.html")
            for r, o in failed
        ]
        body.append("<h2>未达到的要求</h2>" + _failed(rows))
    body.append("<h2>全部核对</h2>" + _all(outcomes))
    left_out = _left_out(results)
    if left_out:
        body.append(
            "<h2>这次没有核对</h2><p class='note'>所依据的表不在，没有一行，或那一列全是空的。</p>" + _list(left_out)
        )
    body.append("<p class='note'>只有行数和份额，没有任何一格的内容。各页由 Great Expectations 生成，可离线打开。</p>")
    return shell(title, "\n".join(body), [(home, "本次运行")] if home else [])


def _found(outcome: Outcome) -> str:
    where = "、".join(outcome.places[:5]) + (" …" if len(outcome.places) > 5 else "")
    return found(outcome) + (f"：{where}" if where else "")


def _failed(rows: Sequence[tuple[str, str, str, str, str, str]]) -> str:
    head = "<tr><th class='word'>主题</th><th>要求</th><th class='word'>轻重</th><th>发现</th><th>怎么办</th></tr>"
    body = "".join(
        f'<tr><td class="word"><a href="{html.escape(page)}">{html.escape(suite)}</a></td><td>{html.escape(asked)}</td>'
        f'<td class="bad word">{severity}</td><td>{html.escape(said)}</td><td>{html.escape(remedy)}</td></tr>'
        for suite, asked, severity, said, remedy, page in rows
    )
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _all(outcomes: Sequence[tuple[SuiteResult, Outcome]]) -> str:
    tables: dict[tuple[str, str, str], list[Outcome]] = {}
    for result, outcome in outcomes:
        tables.setdefault((result.suite, result.title, outcome.table), []).append(outcome)
    lines = []
    for (suite, title, table), found_there in sorted(tables.items(), key=lambda item: _order(item[0][0])):
        bad = sum(not o.success for o in found_there)
        page = html.escape(f"{suite}-{table}.html")
        lines.append(
            f"<tr><td>{html.escape(title)}</td><td>{html.escape(table)}</td>"
            f'<td class="number">{len(found_there)}</td><td class="number">{bad}</td>'
            f'<td class="{"bad" if bad else "good"}">{RESULT_ZH[not bad]}</td>'
            f'<td><a href="{page}">结果</a> · <a href="suite-{page}">要求</a></td></tr>'
        )
    head = (
        "<tr><th>主题</th><th>表</th><th class='number'>核对</th><th class='number'>未达到</th>"
        "<th>结果</th><th>细节</th></tr>"
    )
    return f"<table><thead>{head}</thead><tbody>{''.join(lines)}</tbody></table>"


def _order(suite: str) -> tuple[int, str]:
    """The order of the business for the product's suites, then a modeler's own by name."""
    known = list(SUITES_ZH)
    return (known.index(suite) if suite in known else len(known), suite)


def _left_out(results: Sequence[SuiteResult]) -> list[str]:
    """A line an expectation; of a suite of which nothing was looked at, one line for all."""
    seen = {(r.suite, o.check) for r in results for o in r.outcomes}
    asked: dict[str, dict[int, Expectation]] = {}
    for result in results:
        missed = {e.check: e for e in result.left_out if (result.suite, e.check) not in seen}
        asked.setdefault(result.suite, {}).update(missed)
    titles = {r.suite: r.title for r in results}
    lines = []
    for suite, missed in sorted(asked.items(), key=lambda item: _order(item[0])):
        if missed and not any(name == suite for name, _ in seen):
            lines.append(f"{titles[suite]}：全部 {len(missed)} 项")
        else:
            lines += [f"{titles[suite]}：{missed[check].description}" for check in sorted(missed)]
    return lines


def _list(lines: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{html.escape(line)}</li>" for line in lines) + "</ul>"


def _strong(text: str) -> str:
    first, *rest = html.escape(text).split("**")
    return first + "".join(f"<strong>{part}</strong>" if n % 2 == 0 else part for n, part in enumerate(rest))
