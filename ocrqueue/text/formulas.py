"""Which LaTeX may stand in a formula, and what becomes of the rest; pure.

A reader of Markdown hands formulas to KaTeX, MathJax or LaTeX itself, and there a command may fetch
files, link to scripts or run programs. So the list is closed: mathematics, and nothing that reaches
out of the formula. What holds another command is shown as code, or as text in which no reader finds
a command. See https://katex.org/docs/supported and https://docs.mathjax.org/en/latest/input/tex/
"""

import re
from collections.abc import Callable

_LETTERS = """
alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa varkappa lambda mu nu
xi omicron pi varpi rho varrho sigma varsigma tau upsilon phi varphi chi psi omega digamma Alpha
Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho Sigma Tau
Upsilon Phi Chi Psi Omega varGamma varDelta varTheta varLambda varXi varPi varSigma varUpsilon
varPhi varPsi varOmega aleph beth gimel daleth imath jmath ell hbar hslash wp Re Im eth Finv Game
mho complement Bbbk partial nabla infty infin N R Z C Q ae AE oe OE aa AA o O ss i j l L dag ddag
copyright pounds euro yen S P textdegree textregistered textcopyright textasciitilde
textasciicircum textbackslash textbar textless textgreater textellipsis textquoteleft
textquoteright textquotedblleft textquotedblright textendash textemdash textdagger textdaggerdbl
textsterling textunderscore textdollar textbraceleft textbraceright textbullet textperiodcentered
textmu textohm circledR circledS circled textcircled checkmark maltese degree celsius diameter
"""
_OPERATORS = """
arccos arcsin arctan arccot arg arctg arcctg cos cosh cosec cot coth csc ctg cth deg det dim exp
gcd hom inf ker lg lim liminf limsup ln log max min mod Pr sec sin sinh sh sup tan tanh tg th ch
injlim projlim varinjlim varliminf varlimsup varprojlim plim argmax argmin lcm bmod pmod pod
operatorname operatornamewithlimits sum prod coprod int iint iiint iiiint oint oiint oiiint intop
smallint bigcap bigcup bigsqcup bigvee bigwedge bigodot bigoplus bigotimes biguplus limits
nolimits pm mp times div cdot cdotp centerdot ast star circ bullet oplus ominus otimes oslash odot
dagger ddagger amalg cap cup uplus sqcap sqcup vee lor wedge land lnot neg wr diamond Diamond
bigtriangleup bigtriangledown triangleleft triangleright lhd rhd unlhd unrhd bigcirc setminus
smallsetminus ltimes rtimes leftthreetimes rightthreetimes barwedge doublebarwedge veebar curlyvee
curlywedge boxplus boxminus boxtimes boxdot Cap Cup doublecap doublecup divideontimes dotplus
intercal circledast circledcirc circleddash gtrdot lessdot And plusmn sdot
"""
_RELATIONS = """
le leq leqq leqslant ge geq geqq geqslant lt gt ne neq nless ngtr nleq ngeq nleqslant ngeqslant
lneq gneq lneqq gneqq lnsim gnsim lnapprox gnapprox ll gg lll ggg llless gggtr lesssim gtrsim
lessapprox gtrapprox lessgtr gtrless lesseqgtr gtreqless lesseqqgtr gtreqqless eqslantless
eqslantgtr equiv cong ncong sim nsim simeq approx approxeq thickapprox thicksim backsim backsimeq
asymp doteq doteqdot Doteq fallingdotseq risingdotseq circeq eqcirc triangleq bumpeq Bumpeq propto
varpropto prec preceq precsim precapprox preccurlyeq curlyeqprec nprec npreceq precneqq precnsim
precnapprox succ succeq succsim succapprox succcurlyeq curlyeqsucc nsucc nsucceq succneqq succnsim
succnapprox in notin ni notni owns isin subset subseteq subseteqq subsetneq subsetneqq
varsubsetneq varsubsetneqq nsubseteq nsubseteqq nsubset supset supseteq supseteqq supsetneq
supsetneqq varsupsetneq varsupsetneqq nsupseteq nsupseteqq Subset Supset sub sube supe sqsubset
sqsubseteq sqsupset sqsupseteq mid nmid shortmid nshortmid parallel nparallel shortparallel
nshortparallel perp models vdash Vdash Vvdash dashv vDash nvdash nvDash nVdash nVDash bowtie Join
smile frown smallsmile smallfrown between pitchfork multimap therefore because backepsilon
coloneqq coloneq Coloneqq Coloneq eqqcolon Eqqcolon eqcolon colonapprox colonsim coloncolon
dblcolon colon ratio vcentcolon trianglelefteq trianglerighteq ntriangleleft ntriangleright
ntrianglelefteq ntrianglerighteq vartriangleleft vartriangleright blacktriangleleft
blacktriangleright vartriangle not to gets leftarrow rightarrow leftrightarrow Leftarrow
Rightarrow Leftrightarrow uparrow downarrow updownarrow Uparrow Downarrow Updownarrow
longleftarrow longrightarrow longleftrightarrow Longleftarrow Longrightarrow Longleftrightarrow
mapsto longmapsto implies impliedby iff hookleftarrow hookrightarrow leftharpoonup leftharpoondown
rightharpoonup rightharpoondown rightleftharpoons leftrightharpoons upharpoonleft upharpoonright
downharpoonleft downharpoonright restriction nearrow searrow swarrow nwarrow leadsto nleftarrow
nrightarrow nleftrightarrow nLeftarrow nRightarrow nLeftrightarrow leftleftarrows rightrightarrows
leftrightarrows rightleftarrows upuparrows downdownarrows twoheadleftarrow twoheadrightarrow
leftarrowtail rightarrowtail rightsquigarrow leftrightsquigarrow looparrowleft looparrowright
curvearrowleft curvearrowright circlearrowleft circlearrowright dashleftarrow dashrightarrow Lsh
Rsh Lleftarrow Rrightarrow larr rarr lrarr uarr darr Larr Rarr harr hArr lArr rArr xleftarrow
xrightarrow xleftrightarrow xLeftarrow xRightarrow xLeftrightarrow xmapsto xhookleftarrow
xhookrightarrow xrightleftharpoons xleftrightharpoons xlongequal xtofrom forall exists nexists
exist empty emptyset varnothing top bot angle measuredangle sphericalangle triangle triangledown
blacktriangle blacktriangledown square Box blacksquare lozenge blacklozenge bigstar clubsuit
diamondsuit heartsuit spadesuit flat natural sharp prime backprime surd ldots cdots vdots ddots
iddots dots dotsb dotsc dotsi dotsm dotso hdots mathellipsis dotsint hdotsfor backslash lq rq
"""  # with arrows and other signs
_BRACKETS = """
left right middle big Big bigg Bigg bigl Bigl biggl Biggl bigr Bigr biggr Biggr bigm Bigm biggm
Biggm langle rangle lang rang lbrace rbrace lbrack rbrack lparen rparen lceil rceil lfloor rfloor
lgroup rgroup lmoustache rmoustache ulcorner urcorner llcorner lrcorner vert Vert lvert rvert
lVert rVert lBrace rBrace llbracket rrbracket llparenthesis rrparenthesis bra ket braket Bra Ket
Braket abs norm set Set
"""  # and their sizes
_PARTS = """
frac dfrac tfrac cfrac genfrac binom dbinom tbinom over atop above choose brace brack sqrt root of
overset underset stackrel stackbin substack sideset prescript overbrace underbrace overbracket
underbracket overparen underparen overgroup undergroup overline underline overleftarrow
overrightarrow overleftrightarrow underleftarrow underrightarrow underleftrightarrow
Overrightarrow overleftharpoon overrightharpoon overlinesegment underlinesegment utilde widehat
widetilde widecheck hat tilde bar vec dot ddot dddot ddddot acute grave breve check mathring arc
boxed fbox framebox cancel bcancel xcancel sout phase smash phantom hphantom vphantom mathstrut
strut tag notag nonumber label hline hdashline cline multicolumn multirow cr newline displaylines
matrix pmatrix bmatrix cases eqalign ce pu
"""  # what is built of parts
_KINDS = """
text textrm textbf textit textsf texttt textup textmd textsc textsl textnormal emph mbox hbox
mathrm mathbf mathit mathsf mathtt mathcal mathscr mathfrak mathbb mathnormal mathbfit mathsfit
Bbb bold boldsymbol bm pmb rm bf it sf tt cal frak sc sl up symbf symit symrm symup displaystyle
textstyle scriptstyle scriptscriptstyle tiny scriptsize footnotesize small normalsize large Large
LARGE huge Huge mathop mathbin mathrel mathord mathopen mathclose mathpunct mathinner mathchoice
quad qquad enspace enskip space nobreakspace thinspace medspace thickspace negthinspace
negmedspace negthickspace hspace hskip mskip mspace mkern kern vspace hfill hfil allowbreak
nobreak mathllap mathrlap mathclap llap rlap clap nolinebreak relax bigskip medskip smallskip
noindent centering displaylimits upint
"""  # of letters, and space
_NAMES_OF_BLOCKS = """
align align* aligned alignat alignat* alignedat array darray cases dcases rcases drcases numcases
equation equation* displaymath math eqnarray eqnarray* gather gather* gathered multline multline*
multlined split subarray smallmatrix matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix matrix*
pmatrix* bmatrix* Bmatrix* vmatrix* Vmatrix* flalign flalign* tabular
"""
_COMMANDS = frozenset((_LETTERS + _OPERATORS + _RELATIONS + _BRACKETS + _PARTS + _KINDS).split())
_BLOCKS = frozenset(_NAMES_OF_BLOCKS.split())
_SIGNS = frozenset("\\,:;!>/|{}_%#&$()[]'`\"^~=.-*+<? \n\t")  # a command may be one sign
_COMMAND = re.compile(
    r"\\(?:(?:begin|end)\s*+\{([^{}]{1,20})\}|([A-Za-z]++@?+)|([^A-Za-z])|\Z)", re.DOTALL
)
# A backslash by another name, for TeX or for a web page.
_CODED = re.compile(r"\^\^|&(?:bsol|#0{0,9}92|#x0{0,9}5c);", re.IGNORECASE)
_IN_TEXT = re.compile(r"(?<!\\)(\\++)((?:begin|end)\s*+\{[^{}]{0,20}\}|[A-Za-z]++@?+)")
# None of both holds code, for which \x06 stands.
_DOLLARS = re.compile(
    r"\\[^\x06]|\$\$(?P<block>(?:[^$\\\x06]|\\[^\x06])*+)\$\$"
    r"|\$(?P<line>(?![\s$])(?:[^$\\\n\x06]|\\[^\n\x06])*+)(?<!\s)\$(?!\d)|\$\$?+",
    re.DOTALL,
)
# What a reader of Markdown, or a script of the web page made of it, takes for a formula's edge.
_EDGE = re.compile(r"\$|\\[(\[]|\\begin|&(?:dollar|#0{0,9}36|#x0{0,9}24);", re.IGNORECASE)


def is_safe(latex: str) -> bool:
    """Whether a formula holds nothing but mathematics."""
    return not _CODED.search(latex) and all(map(_is_known, _COMMAND.finditer(latex)))


def as_text(text: str) -> str:
    r"""Return Markdown outside of formulas and code in which no reader finds a strange command.

    It shows the same, save for a space behind the backslash where a formula may be near: there
    neither LaTeX nor a script of the finished page finds a command then.
    """
    return _as_text(text, lambda signs: signs + "\\" * (len(signs) % 2))


def as_html_text(text: str) -> str:
    """Return the text of an HTML element as `as_text` does; a backslash is no escape there."""
    return _as_text(text, lambda signs: "&#92;" * len(signs))


def _as_text(text: str, shown: Callable[[str], str]) -> str:
    """Return text in which strange commands are none; `shown` shows their backslashes."""
    space = " " if _EDGE.search(text) else ""

    def spelt(found: re.Match[str]) -> str:
        return found[0] if is_safe("\\" + found[2]) else shown(found[1]) + space + found[2]

    return _IN_TEXT.sub(spelt, text)


def priced(text: str, *, strictly: bool) -> str:
    """Return Markdown outside of code whose formulas are safe, and no `$$` of which is left open.

    A reader would take code below an open one for a part of the formula. One dollar alone is mostly
    a price; where strange commands are anywhere, `strictly` keeps it from opening a formula too.
    """

    def spelt(found: re.Match[str]) -> str:
        latex = found["block"] or found["line"]
        if latex and latex.strip():
            return found[0] if is_safe(latex) else as_code(latex)
        if found[0] == "$":
            return "\\$" if strictly else "$"
        return "\\$" * 2 if found[0] == "$$" else found[0]

    return _DOLLARS.sub(spelt, text)


def as_code(latex: str) -> str:
    """Return a formula that is not safe as code within a line."""
    line = " ".join(latex.split())
    marks = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    space = " " if line[:1] in ("`", "") or line.endswith("`") else ""
    return f"{marks}{space}{line}{space}{marks}"


def as_block(latex: str) -> str:
    """Return a formula on lines of its own: between dollars, or as a block of code.

    No line of it may be taken for a fence.
    """
    return f"$$\n{latex}\n$$" if is_safe(latex) else f"```\n{latex}\n```"


def _is_known(command: re.Match[str]) -> bool:
    block, name, sign = command.groups()
    if block is not None:
        return block in _BLOCKS
    return name in _COMMANDS if name else sign is None or sign in _SIGNS
