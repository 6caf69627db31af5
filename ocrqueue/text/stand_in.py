"""Is a page the document, or only a notice that stands where another program draws it? Pure.

Forms of Adobe's XFA, portfolios and protected files show such notices to programs that cannot
draw them. The sentences are those of the programs, in the languages that we know of.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from ocrqueue.model.document import Document, Kind, StandIn
from ocrqueue.model.page import Judgement, Verdict
from ocrqueue.text.quality import folded

BEGINS = "not the document itself: "  # so each reason of ours begins
MOST_WORDS = 200  # of a notice; Adobe's have 110, and a page with more says something by itself
MOST_PAGES = 3  # of a document that may be a notice alone
LEAST_KNOWN = 0.6  # share of a page's word pairs that are in known notices
LEAST_PAIRS = 6  # on a page that is compared with them
MOST_GENERIC_WORDS = 90  # of a notice in words that we do not know
LEADING_WORDS = 25  # among which such a notice says what it is

_NOTICES = (
    """Please wait... If this message is not eventually replaced by the proper contents of the
    document, your PDF viewer may not be able to display this type of document. You can upgrade to
    the latest version of Adobe Reader for Windows, Mac, or Linux by visiting
    http://www.adobe.com/go/reader_download. For more assistance with Adobe Reader visit
    http://www.adobe.com/go/acrreader. Windows is either a registered trademark or a trademark of
    Microsoft Corporation in the United States and/or other countries. Mac is a trademark of Apple
    Inc., registered in the United States and other countries. Linux is the registered trademark of
    Linus Torvalds in the U.S. and other countries.""",
    """The document you are trying to load requires Adobe Reader 8 or higher. You may not have the
    Adobe Reader installed or your viewing environment may not be properly configured to use Adobe
    Reader. For information on how to install Adobe Reader and configure your viewing environment
    please see http://www.adobe.com/go/pdf_forms_configure.""",
    """To view the full contents of this document, you need a later version of the PDF viewer. You
    can upgrade to the latest version of Adobe Reader from
    www.adobe.com/products/acrobat/readstep2.html. For further support, go to
    www.adobe.com/support/products/acrreader.html""",
    """For the best experience, open this PDF portfolio in Acrobat X or Adobe Reader X, or later.
    Get Adobe Reader Now! This PDF portfolio requires Adobe Acrobat or Adobe Reader 9.""",
    """Bitte warten... Falls diese Meldung nicht durch den eigentlichen Inhalt des Dokuments ersetzt
    wird, kann Ihr PDF-Viewer diesen Dokumenttyp möglicherweise nicht anzeigen. Sie können auf die
    neueste Version von Adobe Reader für Windows, Mac oder Linux aktualisieren, indem Sie
    http://www.adobe.com/go/reader_download besuchen. Weitere Informationen zu Adobe Reader.""",
    """Veuillez patienter... Si ce message n'est pas remplacé par le contenu du document, il se peut
    que votre visionneuse PDF ne puisse pas afficher ce type de document. Vous pouvez effectuer une
    mise à niveau vers la dernière version d'Adobe Reader pour Windows, Mac ou Linux en visitant""",
    """Espere... Si este mensaje no se reemplaza por el contenido correcto del documento, es posible
    que su visor de PDF no pueda mostrar este tipo de documento. Puede actualizar a la última
    versión de Adobe Reader para Windows, Mac o Linux desde""",
    """Attendere... Se questo messaggio non viene sostituito dal contenuto corretto del documento,
    è possibile che il visualizzatore PDF non sia in grado di visualizzare questo tipo di documento.
    È possibile eseguire l'aggiornamento alla versione più recente di Adobe Reader per Windows""",
    """Aguarde... Se esta mensagem não for eventualmente substituída pelo conteúdo correto do
    documento, é possível que seu visualizador de PDF não consiga exibir este tipo de documento.""",
    """Een ogenblik geduld... Als dit bericht niet wordt vervangen door de juiste inhoud van het
    document, kan uw PDF-viewer dit type document mogelijk niet weergeven.""",
    """This PDF file is protected. You'll need a different reader to open this file. Download a
    compatible PDF reader. Learn more about protected PDF files. This document is protected by
    Microsoft Information Protection. To open this document you need a compatible PDF viewer. This
    PDF document has been protected by Microsoft Information Rights Management (IRM).""",
)
# What notices that we do not know have in common, in words without accents and signs.
_PROTECTED = re.compile(
    r"\bthis (?:is a )?(?:\w+ ){0,3}(?:file|document|message|pdf|email|content)s?\b"
    r"(?: \w+){0,5}? (?:protected|encrypted|restricted|secured)\b"
    r"|\b(?:dokument|datei|pdf) (?:\w+ ){1,6}?(?:geschutzt|verschlusselt)"
    r"|\b(?:document|fichier|documento|archivo|arquivo|ficheiro|file|bestand) (?:\w+ ){1,3}?"
    r"(?:protege|protegido|protetto|cifrado|crittografato|beveiligd)\b"
)
_NEEDS = re.compile(
    r"^(?:\w+ ){0,2}please wait\b"
    r"|\bthis (?:\w+ ){0,3}(?:file|document|form|portfolio|pdf|content)s? "
    r"(?:requires|needs|must be|can only be|should be|cannot be|can not be|could not be|is not)\b"
    r"|\b(?:open|view|display|use) (?:this|the) (?:\w+ ){0,3}(?:file|document|form|portfolio|pdf)s?"
    r" (?:in|with|using)\b"
    r"|\byour (?:\w+ ){0,2}(?:viewer|reader|browser|software|application)"
    r" (?:does|cannot|can not|may not|is not|is unable|might)\b"
    r"|\b(?:document|form|file|portfolio)s? (?:\w+ ){0,3}?can(?:not| not| t) be (?:displayed|shown)"
    r"|\b(?:benotigen sie|you need|il faut|besoin d|precisa de) (?:\w+ ){0,5}?(?:adobe|acrobat)\b"
    r"|^(?:\w+ ){0,2}(?:aguarde|geduld|prosze czekac|vanta|warten|patienter|espere|attendere)\b"
    r"|\b(?:documento|formulario|modulo|formulaire|document|formular|dokument|formulier)"
    r" (?:\w+ ){0,6}?(?:requiere|necesita|richiede|requer|necessite|erfordert|vereist"
    r"|doit etre ouvert|debe abrirse|deve essere aperto|kann nur mit)\b"
    r"|\b(?:offnen sie|ouvrez|abra|apri|aprire|open) (?:(?:es|le|la|lo|ce|este|questo|dit) )"
    r"(?:\w+ ){0,4}?(?:in|dans|en|em|con|com|mit|avec|met)\b"
)
_TOOL = re.compile(
    r"\b(?:adobe|acrobat|foxit|fileopen|lock ?lizard|vitrium|locklizard|seclore"
    r"|pdf (?:reader|viewer|portfolio)|compatible (?:reader|viewer)|plug ?in"
    r"|(?:rights|information|digital rights) (?:management|protection)|irm|rms|drm|visionneuse"
    r"|(?:lecteur|lector|visor|leitor|lettore|lezer)(?: (?:de )?pdf)?"
    r"|(?:different|another|newer|later) (?:pdf )?(?:reader|viewer|program|application))\b"
)
_OPENS = re.compile(r"\b(?:open|view|read|display|offne|offnen|ouvrir|abrir|aprire|visualizz)\w*")
_LAW = re.compile(r"\b(?:copyright|by law|gesetz|droit d auteur)\b")


def weigh(judgement: Judgement, text: str, document: Document) -> Judgement:
    """Return the judgement of a page's text; a notice in place of the document is doubtful."""
    reason = _reason(text, document)
    if not reason:
        return judgement
    before = [judgement.reason] if judgement.verdict is Verdict.DOUBTFUL else []
    return Judgement(verdict=Verdict.DOUBTFUL, reason="; ".join([BEGINS + reason, *before]))


def _reason(text: str, document: Document) -> str:
    """Return what is not there and how to get it; "" where the page may be the document."""
    if document.kind is not Kind.PDF:
        return ""
    if document.stand_in is StandIn.XFA:
        return (
            "a dynamic XFA form, which only Adobe's programs draw. Open it in Adobe Acrobat or "
            "Reader, print it to PDF, and give that"
        )
    words = _words(text)
    if document.stand_in is StandIn.PORTFOLIO and len(words) <= MOST_WORDS:
        return (
            "the cover of a portfolio, whose files were not read. Save them (for example with "
            "`pdfdetach -saveall FILE`) and give those"
        )
    if document.pages > MOST_PAGES or len(words) > MOST_WORDS:
        return ""
    if _is_known(words) or _is_like_one(" ".join(words), len(words)):
        return (
            "a notice that another program or a right is needed to see it. Open it where it shows "
            "its content, print it to PDF, and give that"
        )
    return ""


def _words(text: str) -> list[str]:
    """Return the words in small letters without accents; a few more than a notice has."""
    return re.findall(r"[a-z0-9]+", folded(text[: 20 * MOST_WORDS]))[: MOST_WORDS + 1]


_KNOWN = frozenset(pair for notice in _NOTICES for pair in pairwise(_words(notice)))


def _is_known(words: Sequence[str]) -> bool:
    """Whether the page is, for the most part, a notice that we know."""
    pairs = list(pairwise(words))
    if len(pairs) < LEAST_PAIRS:
        return words[:2] == ["please", "wait"] and len(pairs) <= 1
    return sum(pair in _KNOWN for pair in pairs) >= LEAST_KNOWN * len(pairs)


def _is_like_one(text: str, count: int) -> bool:
    """Whether a short page begins with saying that the document is not to be seen here."""
    if count > MOST_GENERIC_WORDS or _LAW.search(text):
        return False
    lead = " ".join(text.split()[:LEADING_WORDS])
    if _TOOL.search(text) is None:
        return False
    if _PROTECTED.search(lead):
        return _OPENS.search(text) is not None
    return _NEEDS.search(lead) is not None
