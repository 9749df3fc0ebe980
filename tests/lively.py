"""What a notebook may hold to make a page run, load, send or look like something it is not.

`RUN` is the JavaScript that tells that it ran: it marks the page. `SITE` stands for an address
that a test listens on.
"""

from __future__ import annotations

import base64
from typing import Any

RUN = "document.title='ran';document.body.setAttribute('data-ran','1')"
SITE = "http://127.0.0.1:1/"
_CODE = base64.b64encode(f"<script>{RUN}</script>".encode()).decode()


def _svg(inner: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{inner}</svg>'


HTML = [
    f"<script>{RUN}</script>",
    f"<ScRiPt >{RUN}</sCrIpT >",
    f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    f"<script src={SITE}a.js></script>",
    f"<script type=module>{RUN}</script>",
    f"<script\x00>{RUN}</script>",
    f"<script/x>{RUN}</script/x>",
    f'<img src=x onerror="{RUN}">',
    f'<img src="x" `onerror={RUN}>',
    f'<img/src=x/onerror="{RUN}">',
    f'<img """><script>{RUN}</script>">',
    f"<IMG SRC=javascript:{RUN}>",
    f"<img src={SITE}a.png srcset={SITE}b.png>",
    f"<img src=data:text/html;base64,{_CODE}>",
    f"<img src=data:image/png;base64,{_CODE}>",
    f"<img src=data:image/svg+xml;base64,{_CODE}>",
    f'<svg onload="{RUN}">',
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><script href=data:text/javascript,{RUN}></script></svg>",
    f'<svg><animate onbegin="{RUN}" attributeName=x dur=1s>',
    f"<svg><a xlink:href=javascript:{RUN}><text>x</text></a></svg>",
    f"<svg><foreignObject><iframe src=javascript:parent.{RUN}></foreignObject></svg>",
    f'<svg><style><img src=x onerror="{RUN}"></style></svg>',
    f"<svg><use href={SITE}a.svg#x></use></svg>",
    f'<math><mtext><table><mglyph><style><img src=x onerror="{RUN}">',
    f'<math><mtext><mglyph><svg><mtext><style><path id="</style><img onerror={RUN} src>">',
    f'<form><math><mtext></form><form><mglyph><style></math><img src onerror="{RUN}">',
    f"<math href=javascript:{RUN}>x</math>",
    f'<noscript><p title="</noscript><img src=x onerror={RUN}>">',
    f'<template><img src=x onerror="{RUN}"></template>',
    f"<iframe src=javascript:parent.{RUN}></iframe>",
    f'<iframe srcdoc="<script>parent.{RUN}</script>"></iframe>',
    f"<iframe src={SITE}></iframe>",
    f"<object data=data:text/html;base64,{_CODE}></object>",
    f"<embed src=data:text/html;base64,{_CODE}>",
    f"<frameset onload={RUN}><frame src={SITE}></frameset>",
    f"<applet code=x archive={SITE}></applet>",
    f"<a href=javascript:{RUN}>x</a>",
    f"<a href='java\nscript:{RUN}'>x</a>",
    "<a href='&#106;avascript&colon;x'>x</a>",
    f'<a href="\x01javascript:{RUN}">x</a>',
    f"<a href=vbscript:{RUN}>x</a>",
    f"<a href=data:text/html;base64,{_CODE}>x</a>",
    f"<a href=file:///etc/passwd>x</a> <a href=//{SITE[7:]}>x</a> <a href=../p2.html>x</a>",
    f"<a href={SITE} ping={SITE} target=_top>x</a>",
    f"<form action={SITE}><input name=a autofocus onfocus={RUN}><button formaction={SITE}>x</form>",
    f"<input onfocus={RUN} autofocus><select onfocus={RUN} autofocus><keygen autofocus>",
    f"<textarea autofocus onfocus={RUN}></textarea>",
    f"<isindex type=image src=1 onerror={RUN}>",
    f"<meta http-equiv=refresh content='0;url={SITE}'>",
    f'<meta http-equiv=refresh content="0;url=javascript:{RUN}">',
    f"<base href={SITE}><link rel=stylesheet href={SITE}a.css><link rel=prefetch href={SITE}b>",
    f"<style>@import url({SITE}a.css); body {{ background: url({SITE}b.png) }}</style>",
    f"<div style='background: url({SITE}a.png); position: fixed; inset: 0'>x</div>",
    f"<table background={SITE}a.png><tr><td background={SITE}b.png>x</table>",
    f"<body onload={RUN} background={SITE}a.png><html onclick={RUN}><head onclick={RUN}>",
    f"<video poster={SITE}a.png onerror={RUN}><source src={SITE}b onerror={RUN}></video>",
    f"<audio src=x onerror={RUN}></audio><canvas onclick={RUN}></canvas>",
    f"<details open ontoggle={RUN}><summary>x</summary></details>",
    f"<marquee onstart={RUN}>x</marquee><p onpointerrawupdate={RUN} contenteditable>x</p>",
    f"<div popover id=p onbeforetoggle={RUN}></div><button popovertarget=p autofocus>x</button>",
    f'<xmp><p title="</xmp><img src=x onerror={RUN}>"></xmp>',
    f'<title></title><title><a title="</title><img src=x onerror={RUN}>"></title>',
    f"<!--><img src=x onerror={RUN}>--><!--!><script>{RUN}</script-->",
    f"<![CDATA[<img src=x onerror={RUN}>]]><?xml <img src=x onerror={RUN}> ?>",
    f"</div></article></section></main></body></html><script>{RUN}</script>",
    f"</pre></style></title></textarea></script><script>{RUN}</script>",
    "<b id=questions name=body class='notice'>x</b><p id=q-1 class=verdict>Full marks</p>",
    f'<img alt="<script>{RUN}</script>" title="&quot; onerror={RUN}" src=x>',
    f'<abbr title="<img src=x onerror={RUN}>">x</abbr>',
    f"<img src=x:x onerror\x0b={RUN}><img src=x:x\x0conerror={RUN}>",
    "{{ ''.__class__ }}{% include '/etc/passwd' %}",
    f"\ud800<script>{RUN}</script>\udfff",
    f"+ADw-script+AD4-{RUN}+ADw-/script+AD4-",
    f"%3Cscript%3E{RUN}%3C/script%3E &lt;script&gt;{RUN}&lt;/script&gt;",
    "<div>" * 50_000,
    "<b>" * 20_000 + "x",
    f"<plaintext><img src=x onerror={RUN}>",
]
"""Each tries one thing, alone."""

MARKDOWN = [
    *HTML,
    f"[x](javascript:{RUN})",
    f"[x](JaVaScRiPt:{RUN})",
    f"[x](<java\tscript:{RUN}>)",
    f"[x](&#106;avascript:{RUN})",
    f"[x](data:text/html;base64,{_CODE})",
    f"![x](javascript:{RUN})",
    f"![x]({SITE}a.png)",
    f'![x" onerror="{RUN}](x)',
    f'![x](x "\\" onerror={RUN}")',
    f"[x]: javascript:{RUN}\n\n[x]",
    f"<javascript:{RUN}>",
    f'<http://x/"onmouseover="{RUN}>',
    f"`<script>{RUN}</script>`\n\n    <script>{RUN}</script>\n\n```<script>\n{RUN}\n```",
    f"$<script>{RUN}</script>$ and $$<img src=x onerror={RUN}>$$",
    f"$$\n<script>{RUN}</script>\n$$",
    f"\\begin{{align}}\n<script>{RUN}</script>\n\\end{{align}}",
    f'<div title="\n\n$" onmouseover="{RUN}"$\n\n">x</div>',
    f'<div><a title="\n\n$x$\n\n" href="javascript:{RUN}">',
    f'|a|\n|:-" onload={RUN}|\n|<script>{RUN}</script>|',
    "![x](attachment:bad.png) ![x](attachment:live.svg) ![x](attachment:../../../etc/passwd)",
    f"<img src=attachment:bad.png onerror={RUN}>",
    f"# <script>{RUN}</script>\n> <img src=x onerror={RUN}>\n\n- [ ] <iframe src={SITE}>",
]

SVG = [
    _svg(f"<script>{RUN}</script>"),
    _svg(f"<script href='{SITE}a.js'/>"),
    _svg(f"<image href='{SITE}a.png' width='9' height='9'/>"),
    _svg(
        f"<foreignObject><img xmlns='http://www.w3.org/1999/xhtml' src='{SITE}'/></foreignObject>"
    ),
    _svg(f"<style>@import url({SITE}a.css);</style>"),
    _svg(f'<rect onclick="{RUN}" width="9" height="9"/>'),
    _svg(f'<animate attributeName="href" values="javascript:{RUN}"/>'),
    f'<svg xmlns="http://www.w3.org/2000/svg" onload="{RUN}"/>',
    f"<?xml version='1.0'?><?xml-stylesheet href='{SITE}a.css'?>{_svg('')}",
    f'<!DOCTYPE svg [<!ENTITY x "<script>{RUN}</script>">]>{_svg("&x;")}',
    f'"><script>{RUN}</script><svg>',
    f'<svg></svg>" onerror="{RUN}',
]

TEXT = [
    f"<script>{RUN}</script>",
    f"</pre><script>{RUN}</script>",
    f"\x1b[31m<script>{RUN}</script>\x1b[0m",
    f"\x1b[38;5;1\x1b[<img src=x onerror={RUN}>m",
    f'\x1b[31;"onmouseover={RUN}"m x',
    f"\x1b]8;;javascript:{RUN}\x07link\x1b]8;;\x07",
    f"\r\r<script>\r{RUN}",
    "user\u202egnp.exe \u2066\ud800 \x00 \x9b31m \ufeff",
    "\" onmouseover=\"x\" ' onload='x' ` onload=`x`",
    "{{ 7 * 7 }}{% raw %}",
    "<!--",
    "]]>",
]


def code(source: str, *outputs: Any) -> dict[str, Any]:
    """A code cell that showed these outputs."""
    made: dict[str, Any] = {"cell_type": "code", "source": source, "metadata": {}}
    return {**made, "execution_count": 1, "outputs": list(outputs)}


def shown(mime: str, content: Any) -> dict[str, Any]:
    """An output with one MIME type."""
    data = {mime: content, "text/plain": "<IPython.core.display.Any object>"}
    return {"output_type": "display_data", "data": data, "metadata": {mime: {"width": mime}}}


def cells() -> list[dict[str, Any]]:
    """Every payload in every place that a notebook has for it."""
    made: list[dict[str, Any]] = [
        {
            "cell_type": "markdown",
            "source": text,
            "metadata": {"tags": [text], "name": text},
            "id": text[:64],
            "attachments": {
                "bad.png": {"image/png": text, "text/html": text},
                "live.svg": {"image/svg+xml": SVG[0]},
                text[:99]: {"image/png": [text, 1, None]},
            },
        }
        for text in MARKDOWN
    ]
    made += [{"cell_type": "raw", "source": text, "metadata": {}} for text in TEXT]
    for text in [*HTML, *TEXT]:
        made.append(code(text, shown("text/html", text), shown("text/latex", text)))
    made += [code(text, shown("text/markdown", [text])) for text in MARKDOWN]
    made += [code("", shown("image/svg+xml", text)) for text in SVG]
    for text in [*TEXT, *HTML[:20]]:
        stream = {"output_type": "stream", "name": text, "text": text}
        error = {"output_type": "error", "ename": text, "evalue": text, "traceback": [text]}
        made.append(code(text, stream, error, {**error, "traceback": text}))
        made.append(code(text, shown("image/png", text), shown("image/jpeg", text)))
        made.append(code(text, shown("application/json", {text: [text]})))
        made.append(code(text, shown(text, text), {"output_type": text}))
    live = ["application/javascript", "text/javascript", "application/pdf", "text/vnd.x"]
    live += ["application/vnd.jupyter.widget-view+json", "application/vnd.plotly.v1+json"]
    made += [code(RUN, shown(mime, RUN)) for mime in live]
    odd = [{"output_type": "display_data", "data": data} for data in (None, [], "x", {"a": None})]
    made.append(code("odd", *odd, {"output_type": "stream"}, {"output_type": "error"}, {}))
    return made
