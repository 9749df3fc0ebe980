"""Formulas: the TeX of everyday mathematics as MathML, which browsers draw without any script.

What is not known gives None, and the reader sees the TeX instead: a formula is drawn right or not
at all. Nothing but letters, numbers and signs goes in as text, and that is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Final

__all__ = ["draw_formula"]

_MAX_LENGTH: Final = 5000
_MAX_DEPTH: Final = 40
_NOTHING: Final = "<mrow></mrow>"

_TOKEN: Final = re.compile(r"\\[a-zA-Z]+\*?|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)


def _pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LETTERS: Final = _pairs(
    "alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι "
    "kappa κ lambda λ mu μ nu ν xi ξ pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ "
    "upsilon υ phi ϕ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π "
    "Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω ell ℓ hbar ℏ imath ı jmath ȷ Re ℜ Im ℑ aleph ℵ "
    "partial ∂ nabla ∇ infty ∞ emptyset ∅ varnothing ∅ dots … ldots … cdots ⋯ vdots ⋮ ddots ⋱ "
    "top ⊤ bot ⊥ angle ∠ dagger † ddagger ‡ prime ′ Box □ square □ checkmark ✓ degree °"
)
_SIGNS: Final = _pairs(
    "cdot ⋅ times × div ÷ pm ± mp ∓ ast ∗ star ⋆ circ ∘ bullet ∙ oplus ⊕ otimes ⊗ odot ⊙ wedge ∧ "
    "land ∧ vee ∨ lor ∨ cap ∩ cup ∪ setminus ∖ neg ¬ lnot ¬ le ≤ leq ≤ ge ≥ geq ≥ ll ≪ gg ≫ "
    "ne ≠ neq ≠ equiv ≡ approx ≈ sim ∼ simeq ≃ cong ≅ propto ∝ in ∈ notin ∉ ni ∋ subset ⊂ "
    "subseteq ⊆ supset ⊃ supseteq ⊇ mid ∣ parallel ∥ perp ⟂ to → rightarrow → leftarrow ← gets ← "
    "leftrightarrow ↔ Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ implies ⟹ iff ⟺ mapsto ↦ "
    "longrightarrow ⟶ uparrow ↑ downarrow ↓ forall ∀ exists ∃ nexists ∄ colon : lt < gt > "
    "asymp ≍ prec ≺ succ ≻ models ⊨ vdash ⊢ triangleq ≜ doteq ≐ leqslant ⩽ geqslant ⩾ lesssim ≲ "
    "gtrsim ≳ therefore ∴ because ∵ hookrightarrow ↪ rightharpoonup ⇀ rightleftharpoons ⇌"
)
_BIG: Final = _pairs(
    "sum ∑ prod ∏ coprod ∐ bigcup ⋃ bigcap ⋂ bigoplus ⨁ bigotimes ⨂ bigvee ⋁ bigwedge ⋀"
)
_INTEGRALS: Final = _pairs("int ∫ iint ∬ iiint ∭ oint ∮")
_UNDER: Final = _names("lim max min sup inf limsup liminf argmax argmin det Pr gcd")
_FUNCTIONS: Final = _UNDER | _names(
    "sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan exp log ln lg deg dim ker "
    "hom arg"
)
_FENCES: Final = {
    **_pairs("( ( ) ) [ [ ] ] | | / /"),
    **_pairs(
        "\\{ { \\} } \\| ‖ \\lbrace { \\rbrace } \\langle ⟨ \\rangle ⟩ \\lvert | \\rvert | "
        "\\vert | \\lVert ‖ \\rVert ‖ \\Vert ‖ \\lfloor ⌊ \\rfloor ⌋ \\lceil ⌈ \\rceil ⌉ "
        "\\lbrack [ \\rbrack ]"
    ),
    ".": "",
}
_SPACES: Final = {
    ",": 0.17, ":": 0.22, ">": 0.22, ";": 0.28, "!": -0.17, " ": 0.25, "quad": 1.0, "qquad": 2.0,
}  # fmt: skip
_ACCENTS: Final = _pairs(
    "hat ^ widehat ^ bar ¯ overline ¯ tilde ~ widetilde ~ vec → dot ˙ ddot ¨ check ˇ breve ˘ "
    "overrightarrow → overbrace ⏞"
)
_UNDERS: Final = _pairs("underline _ underbrace ⏟")
_BIGGER: Final = _names("big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm")
_IGNORED: Final = _names(
    "displaystyle textstyle scriptstyle limits nolimits nonumber notag relax middle"
)
_TABLES: Final = {
    "matrix": ("", "", "c"), "smallmatrix": ("", "", "c"), "pmatrix": ("(", ")", "c"),
    "bmatrix": ("[", "]", "c"), "Bmatrix": ("{", "}", "c"), "vmatrix": ("|", "|", "c"),
    "Vmatrix": ("‖", "‖", "c"), "cases": ("{", "", "l"), "array": ("", "", "c"),
    "aligned": ("", "", "rl"), "align": ("", "", "rl"), "split": ("", "", "rl"),
    "eqnarray": ("", "", "rcl"), "gathered": ("", "", "c"), "gather": ("", "", "c"),
    "equation": ("", "", "c"), "multline": ("", "", "c"),
}  # fmt: skip
_SIGN_OF: Final = {"-": "−", "*": "∗", "'": "′"}
_HOLES: Final = _pairs(
    "ScrB ℬ ScrE ℰ ScrF ℱ ScrH ℋ ScrI ℐ ScrL ℒ ScrM ℳ ScrR ℛ Scre ℯ Scrg ℊ Scro ℴ FrakC ℭ FrakH ℌ "
    "FrakI ℑ FrakR ℜ FrakZ ℨ BbC ℂ BbH ℍ BbN ℕ BbP ℙ BbQ ℚ BbR ℝ BbZ ℤ"
)
_ALPHABETS: Final[Mapping[str, tuple[str, int, int]]] = {
    "mathbb": ("Bb", 0x1D538, 0x1D7D8), "mathcal": ("Scr", 0x1D49C, 0),
    "mathscr": ("Scr", 0x1D49C, 0), "mathfrak": ("Frak", 0x1D504, 0),
    "mathbf": ("Bf", 0x1D400, 0x1D7CE), "boldsymbol": ("Bf", 0x1D400, 0x1D7CE),
    "bm": ("Bf", 0x1D400, 0x1D7CE), "mathsf": ("Sf", 0x1D5A0, 0x1D7E2),
    "mathtt": ("Tt", 0x1D670, 0x1D7F6),
}  # fmt: skip


class _Unknown(Exception):
    """Something that is not understood; never leaves this module."""


def draw_formula(tex: str, *, wide: bool) -> str | None:
    """MathML for a formula without its dollars, on a line of its own if `wide`; None for what is
    not understood."""
    if len(tex) > _MAX_LENGTH:
        return None
    reader = _Reader(tex, wide)
    try:
        inner = reader.read_row(frozenset())
    except _Unknown:
        return None
    display = ' display="block"' if wide else ""
    return f'<math{display} alttext="{escape(tex.strip())}">{inner}</math>'


class _Reader:
    """Reads TeX from left to right; each method gives one or more MathML elements."""

    def __init__(self, tex: str, wide: bool) -> None:
        self.tokens = _TOKEN.findall(tex)
        self.at = 0
        self.depth = 0
        self.wide = wide

    def peek(self) -> str:
        """The next token that is no blank; empty at the end."""
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def expect(self, wanted: str) -> None:
        if self.take() != wanted:
            raise _Unknown(wanted)

    def read_row(self, ends: frozenset[str]) -> str:
        """Everything up to one of `ends`, which is not taken; up to the end of all without any."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise _Unknown("too deep")
        made: list[str] = []
        while (token := self.peek()) not in ends:
            if not token:
                if ends:
                    raise _Unknown("not closed")
                break
            made.append(self.read_item())
        self.depth -= 1
        return made[0] if len(made) == 1 else f"<mrow>{''.join(made)}</mrow>"

    def read_item(self) -> str:
        """One atom with its scripts."""
        token = self.peek()
        base = "" if token in ("^", "_") else self.read_atom()
        while self.peek() in ("\\limits", "\\nolimits"):
            self.take()
        under, over, primes = "", "", ""
        while (mark := self.peek()) in ("^", "_", "'"):
            self.take()
            if mark == "'":
                primes += "′"
            elif (over if mark == "^" else under) or (mark == "^" and primes and over):
                raise _Unknown("two scripts")
            elif mark == "^":
                over = self.read_argument()
            else:
                under = self.read_argument()
        if primes:
            over = f"<mrow><mo>{primes}</mo>{over}</mrow>"
        name = token.removeprefix("\\")
        stacked = self.wide and (name in _BIG or name in _UNDER)
        made = _script(base, under, over, stacked or "brace" in name)
        if name in _FUNCTIONS and (self.peek()[:1].isalnum() or self.peek()[1:] in _LETTERS):
            made += '<mspace width="0.17em"/>'
        return made

    def read_argument(self) -> str:
        """What a command or a script applies to: a group, or one atom."""
        token = self.peek()
        if token.isdigit() and len(token) > 1:  # x^12 raises x to 1 only
            self.tokens[self.at : self.at + 1] = list(token)
        if token in ("", "}", "&", "^", "_", "\\\\", "\\right", "\\end"):
            raise _Unknown("no argument")
        return self.read_atom()

    def read_atom(self) -> str:
        token = self.take()
        if token == "{":
            made = self.read_row(frozenset("}"))
            self.expect("}")
            return made
        if token.startswith("\\"):
            return self.read_command(token)
        if token[0].isdigit():
            return f"<mn>{escape(token)}</mn>"
        if token.isalpha():
            return f"<mi>{escape(token)}</mi>"
        if token == "~":
            return '<mspace width="0.25em"/>'
        if token in "+-*=<>()[]|/,.;:!?":
            fence = ' stretchy="false"' if token in "()[]|/" else ""
            return f"<mo{fence}>{escape(_SIGN_OF.get(token, token))}</mo>"
        if not token.isascii() and token.isprintable():
            return f"<mo>{token}</mo>"
        raise _Unknown(token)

    def read_command(self, token: str) -> str:
        name = token[1:]
        for names, kind in ((_LETTERS, "mi"), (_SIGNS, "mo"), (_BIG, "mo"), (_INTEGRALS, "mo")):
            if name in names:
                return f"<{kind}>{escape(names[name])}</{kind}>"
        if name in _FUNCTIONS:
            return f"<mi>{name}</mi>"
        if name in _SPACES:
            return f'<mspace width="{_SPACES[name]}em"/>'
        if token in _FENCES:
            return f'<mo stretchy="false">{escape(_FENCES[token])}</mo>'
        if name in ("%", "$", "&", "#", "_"):
            return f"<mo>{escape(name)}</mo>"
        if name in _IGNORED:
            return _NOTHING
        known = _COMMANDS.get(name)
        if known is not None:
            return known(self)
        return self.read_with_argument(name)

    def read_with_argument(self, name: str) -> str:
        if name in _ACCENTS:
            return f'<mover accent="true">{self.read_argument()}<mo>{_ACCENTS[name]}</mo></mover>'
        if name in _UNDERS:
            return f"<munder>{self.read_argument()}<mo>{_UNDERS[name]}</mo></munder>"
        if name in _ALPHABETS:
            return _in_alphabet(self.read_text(), name)
        if name in _BIGGER:
            return self.read_fence("1.2em" if name.startswith("big") else "1.8em")
        raise _Unknown(name)

    def read_text(self) -> str:
        """The raw text of an argument, without groups in it."""
        if self.peek() in ("", "}"):
            raise _Unknown("no text")
        if self.peek() != "{":
            return self.take()
        self.take()
        made: list[str] = []
        while self.at < len(self.tokens) and self.tokens[self.at] != "}":
            made.append(self.tokens[self.at])
            self.at += 1
        self.expect("}")
        if "{" in made:
            raise _Unknown("a group in text")
        return "".join(made)

    def read_plain(self) -> str:
        text = re.sub(r"\\[, ]", " ", self.read_text())
        if "\\" in text or "$" in text:
            raise _Unknown(text)
        text = re.sub(r"^ | $", "\u00a0", text)
        return f"<mtext>{escape(text)}</mtext>"

    def read_upright(self) -> str:
        text = re.sub(r"\\[,;: !]", "", self.read_text()).strip()
        if not text or "\\" in text:
            raise _Unknown(text)
        return f'<mi mathvariant="normal">{escape(text)}</mi>'

    def read_fraction(self) -> str:
        return f"<mfrac>{self.read_argument()}{self.read_argument()}</mfrac>"

    def read_binomial(self) -> str:
        rows = "".join(f"<mtr><mtd>{self.read_argument()}</mtd></mtr>" for _ in range(2))
        return f"<mrow><mo>(</mo><mtable>{rows}</mtable><mo>)</mo></mrow>"

    def read_root(self) -> str:
        if self.peek() != "[":
            return f"<msqrt>{self.read_argument()}</msqrt>"
        self.take()
        degree = self.read_row(frozenset("]"))
        self.expect("]")
        return f"<mroot>{self.read_argument()}{degree}</mroot>"

    def read_fence(self, size: str = "") -> str:
        token = self.take()
        if token not in _FENCES:
            raise _Unknown(token)
        if not _FENCES[token]:
            return _NOTHING
        bounds = f' minsize="{size}" maxsize="{size}"' if size else ""
        return f'<mo stretchy="true"{bounds}>{escape(_FENCES[token])}</mo>'

    def read_left(self) -> str:
        opened = self.read_fence()
        inner = self.read_row(frozenset({"\\right"}))
        self.expect("\\right")
        return f"<mrow>{opened}{inner}{self.read_fence()}</mrow>"

    def read_negated(self) -> str:
        struck = {"=": "≠", "\\in": "∉", "<": "≮", ">": "≯", "\\equiv": "≢", "\\exists": "∄"}
        token = self.take()
        if token not in struck:
            raise _Unknown(token)
        return f"<mo>{struck[token]}</mo>"

    def read_stacked(self, element: str) -> str:
        first, base = self.read_argument(), self.read_argument()
        return f"<{element}>{base}{first}</{element}>"

    def read_table(self) -> str:
        name = self.read_text()
        left, right, sides = _TABLES.get(name.removesuffix("*"), (None, None, ""))
        if left is None or right is None:
            raise _Unknown(name)
        if name == "array":
            sides = re.sub(r"[^lcr]", "", self.read_text()) or "c"
        rows: list[list[str]] = [[]]
        while True:
            rows[-1].append(self.read_row(frozenset({"&", "\\\\", "\\end"})))
            mark = self.take()
            if mark == "\\end":
                break
            if mark == "\\\\":
                rows.append([])
        if self.read_text() != name:
            raise _Unknown(name)
        return _table(rows, left, right, sides)


_COMMANDS: Final[Mapping[str, Callable[[_Reader], str]]] = {
    "frac": _Reader.read_fraction,
    "tfrac": _Reader.read_fraction,
    "dfrac": _Reader.read_fraction,
    "binom": _Reader.read_binomial,
    "sqrt": _Reader.read_root,
    "left": _Reader.read_left,
    "begin": _Reader.read_table,
    "not": _Reader.read_negated,
    "text": _Reader.read_plain,
    "textrm": _Reader.read_plain,
    "mbox": _Reader.read_plain,
    "mathrm": _Reader.read_upright,
    "operatorname": _Reader.read_upright,
    "operatorname*": _Reader.read_upright,
    "overset": lambda reader: reader.read_stacked("mover"),
    "stackrel": lambda reader: reader.read_stacked("mover"),
    "underset": lambda reader: reader.read_stacked("munder"),
}


def _script(base: str, under: str, over: str, stacked: bool) -> str:
    if not under and not over:
        return base
    base = base or _NOTHING
    if under and over:
        name = "munderover" if stacked else "msubsup"
    elif under:
        name = "munder" if stacked else "msub"
    else:
        name = "mover" if stacked else "msup"
    return f"<{name}>{base}{under}{over}</{name}>"


def _in_alphabet(text: str, name: str) -> str:
    """Letters and digits in another alphabet of Unicode's; Greek ones as they are."""
    short, capital, digit = _ALPHABETS[name]
    text = _LETTERS.get(text.removeprefix("\\"), text) if text.startswith("\\") else text
    if not text or not text.isalnum():
        raise _Unknown(text)
    made = []
    for letter in text:
        if short + letter in _HOLES:
            made.append(_HOLES[short + letter])
        elif "A" <= letter <= "Z":
            made.append(chr(capital + ord(letter) - ord("A")))
        elif "a" <= letter <= "z":
            made.append(chr(capital + 26 + ord(letter) - ord("a")))
        elif digit and "0" <= letter <= "9":
            made.append(chr(digit + int(letter)))
        else:
            made.append(letter)
    return f"<mi>{escape(''.join(made))}</mi>"


def _table(rows: list[list[str]], left: str, right: str, sides: str) -> str:
    if len(rows) > 1 and rows[-1] == [_NOTHING]:
        rows = rows[:-1]
    body = ""
    for row in rows:
        cells = (
            f'<mtd class="t{sides[n % len(sides)]}">{cell}</mtd>' for n, cell in enumerate(row)
        )
        body += f"<mtr>{''.join(cells)}</mtr>"
    fences = [f"<mo>{escape(fence)}</mo>" if fence else "" for fence in (left, right)]
    return f"<mrow>{fences[0]}<mtable>{body}</mtable>{fences[1]}</mrow>"
