"""Two hundred names that nobody has, and that some people type: made from a few kinds of malice."""

from __future__ import annotations

from itertools import cycle, islice, product

_MARK = "zq7"
"""Stands in every name, so that a page can be asked where it ended up."""

_SCRIPTS = (
    "<script>{0}</script>",
    "</title><script>{0}</script>",
    "</textarea><svg onload={0}>",
    "<img src=x onerror={0}>",
    "<svg><script href=//{0}.example/>",
    '"><b onmouseover={0}>',
    "' onfocus={0} autofocus x='",
    "javascript:{0}",
    "<a href=javascript:{0}>x</a>",
    "<iframe srcdoc={0}>",
    "<style>*{{background:url(//{0}.example)}}</style>",
    "<!--{0}",
    "-->{0}<!--",
    "<![CDATA[{0}]]>",
    "&lt;script&gt;{0}",
    "&#60;i&#62;{0}",
    "<form action=//{0}.example>",
    "<base href=//{0}.example>",
    "<meta http-equiv=refresh content=0;{0}>",
    "<math><mi xlink:href=data:{0}>",
)
_TEMPLATES = (
    "{{{{{0}*7}}}}",
    "{{% include '{0}' %}}",
    "${{{0}}}",
    "#{{{0}}}",
    "%({0})s",
    "%s%n{0}",
    "{{0}} {0}",
    "<%= {0} %>",
    "[[{0}]]",
    "*{{{0}}}",
)
_SPREADSHEETS = ("=1+{0}", "+{0}", "-{0}", "@{0}", '=HYPERLINK("{0}")', "|{0}", ";{0}", '"{0}",x')
_QUERIES = (
    "'; DROP TABLE {0};--",
    '" OR 1=1 -- {0}',
    "\\'; {0}",
    "$${0}$$",
    "/*{0}*/",
    "%{0}%",
    "_{0}_",
    "E'\\x00{0}'",
)
_PATHS = (
    "../../{0}",
    "..\\{0}",
    "/etc/{0}",
    "C:\\{0}",
    "file:///{0}",
    "{0}%00.png",
    "~{0}",
    "//{0}",
)
_LETTERS = (
    "\u202e{0}",
    "\u200b{0}\u200b",
    "\ufeff{0}",
    "{0}\u0301\u0302\u0303\u0304\u0305",
    "\U0001f469\u200d\U0001f52c{0}",
    "\u0440\u0430{0}",
    "\u5927{0}\u5b57",
    "\u0623{0}\u0628",
    "\uff1cscript\uff1e{0}",
    "\u2028{0}\u2029",
    "{0}\x85",
    "\x1b[31m{0}",
    "{0}\x7f",
    "\x01{0}\x1f",
    "\t{0}\r\n{0}",
    "\xa0{0}\xa0",
)
_WORDS = (
    "null {0}",
    "undefined {0}",
    "NaN {0}",
    "None {0}",
    "true {0}",
    "0 {0}",
    "-0 {0}",
    "1e309 {0}",
)
_KINDS = (_SCRIPTS, _TEMPLATES, _SPREADSHEETS, _QUERIES, _PATHS, _LETTERS, _WORDS)
_WRAPPED = ("{0}", "{0}>", '{0}"', "{0}'", "{0}</p>")


def list_hostile_names(count: int = 200) -> list[str]:
    """Each form once, then each again with something behind it; every name another one."""
    forms = [form for kind in _KINDS for form in kind]
    combined = (form.format(wrap.format(_MARK)) for wrap, form in product(_WRAPPED, forms))
    names = list(dict.fromkeys(combined))
    assert len(names) >= count
    return list(islice(cycle(names), count))
