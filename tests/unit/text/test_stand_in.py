"""Notices that stand where another program would draw the document are told from documents."""

from dataclasses import replace

import pytest

from ocrqueue.model.document import Document, Kind, StandIn
from ocrqueue.model.page import Judgement, Verdict
from ocrqueue.text import stand_in
from tests.support.desk import READING

PDF = Document(
    id="0" * 24,
    sha256="1" * 64,
    kind=Kind.PDF,
    pages=1,
    source="/in/a.pdf",
    size=1,
    mtime_ns=1,
    reading=READING,
)
GOOD = Judgement(verdict=Verdict.GOOD)
WAIT = """Please wait...

If this message is not eventually replaced by the proper contents of the document, your PDF viewer
may not be able to display this type of document."""
READER_8 = """The document you are trying to load requires Adobe Reader 8 or higher. You may not
have the Adobe Reader installed or your viewing environment may not be properly configured."""


def verdict(text: str, document: Document = PDF) -> Verdict:
    return stand_in.weigh(GOOD, text, document).verdict


@pytest.mark.parametrize(
    "text",
    [
        WAIT,
        "Please wait...",
        (
            "P1ease wait... lf this message is not eventually rep1aced by the proper contents of"
            " the document, your PDF viewer may not be able to display this type of docurnent."
        ),
        READER_8,
        (
            "Bitte warten ...\nFalls diese Meldung nicht durch den eigentlichen Inhalt des"
            " Dokuments ersetzt wird, kann Ihr PDF-Viewer diesen Dokumenttyp möglicherweise nicht"
            " anzeigen."
        ),
        (
            "Veuillez patienter... Si ce message n'est pas remplacé par le contenu du document, il"
            " se peut que votre visionneuse PDF ne puisse pas afficher ce type de document."
        ),
        (
            "# Protected document\n\nThis PDF file is protected. You'll need a different reader to"
            " open this file."
        ),
        (
            "This document is protected by Microsoft Information Protection. Open it with a viewer"
            " that supports sensitivity labels."
        ),
        (
            "This is an encrypted message. This message is protected with rights management; open"
            " it in Outlook to read it."
        ),
        "For the best experience, open this PDF portfolio in Acrobat X or Adobe Reader X.",
        "This form requires Adobe Acrobat Reader. It cannot be opened in your browser.",
        "Open this document in Adobe Acrobat to see what it holds.",
        "Your current viewer does not support this type of PDF form. Please use Adobe Reader.",
        "Dieses Dokument ist geschützt. Bitte öffnen Sie es mit Adobe Reader.",
        "Um den Inhalt anzuzeigen, benötigen Sie eine neuere Version von Adobe Reader.",
        "Ce fichier PDF est protégé. Il faut un autre lecteur pour ouvrir ce fichier.",
        "Este formulario requiere Adobe Acrobat Reader. Descárguelo y abra el archivo con él.",
        "Questo file PDF è protetto. Aprire con un altro lettore, per esempio Acrobat.",
        "Este arquivo PDF está protegido. Precisa de um leitor diferente para abrir o arquivo",
        "Het formulier vereist Adobe Reader versie 10 of hoger. Uw browser kan het niet tonen.",
    ],
)
def test_notices_are_doubtful_with_a_remedy(text: str) -> None:
    """Known notices, misread ones and others of their kind are not taken for the document."""
    judged = stand_in.weigh(GOOD, text, PDF)
    assert judged.verdict is Verdict.DOUBTFUL
    assert judged.reason.startswith(stand_in.BEGINS)
    assert "print it to PDF" in judged.reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Please wait here until you are called.\n\nReception, second floor",
        "Bitte öffnen Sie das Formular mit Adobe Reader, und senden Sie es unterschrieben zurück.",
        "Les données sont protégées. Merci d'ouvrir une demande auprès du service informatique.",
        "Este manual explica cómo abrir archivos PDF protegidos con Adobe Acrobat. Capítulo 1",
        (
            "# Dynamic forms\n\nIn some files readers see a message only. It says: Please wait..."
            " If this message is not eventually replaced by the proper contents of the document,"
            " your PDF viewer may not be able to display this type of document. We had forty such"
            " files last year, all of them from the tax office, and printed each of them by hand. A"
            " converter cannot help, because nothing else is drawn in them."
        ),
        (
            "Dear Mrs Harrington, 3 May 2021. Thank you for your letter of last week. The file that"
            " we send with this letter is encrypted. Open it with Adobe Reader and the password"
            " that you will get by telephone."
        ),
        (
            "This document is protected by copyright. You may open and view it in any reader; no"
            " part of it may be printed in another PDF viewer or book."
        ),
        "This document is a contract between the parties named below. It needs two signatures.",
        "Minutes. This file must be kept for ten years, in the cabinet beside the window.",
        WAIT + " And so the council, having waited, went home over the river." * 20,
    ],
)
def test_pages_that_talk_of_notices_are_none(text: str) -> None:
    """A page with something of its own to say stays good, whatever it quotes."""
    assert verdict(text) is Verdict.GOOD


def test_only_a_short_pdf_can_be_a_notice() -> None:
    """A page of a long document and the picture of a screen are what they show."""
    assert verdict(WAIT, replace(PDF, pages=40)) is Verdict.GOOD
    assert verdict(WAIT, replace(PDF, kind=Kind.PNG)) is Verdict.GOOD


def test_a_dynamic_form_is_never_what_is_drawn() -> None:
    """What the file says of itself counts, whatever its pages show; what was wrong is kept."""
    form = replace(PDF, pages=40, stand_in=StandIn.XFA)
    judged = stand_in.weigh(Judgement(verdict=Verdict.BLANK), "", form)
    assert judged.verdict is Verdict.DOUBTFUL
    assert "XFA" in judged.reason
    before = Judgement(verdict=Verdict.DOUBTFUL, reason="mean confidence 31")
    assert stand_in.weigh(before, "x", form).reason.endswith("; mean confidence 31")


def test_the_cover_of_a_portfolio_is_not_its_files() -> None:
    """A short page in front of attached files is doubtful; one with a text of its own is read."""
    cover = replace(PDF, stand_in=StandIn.PORTFOLIO, attached=("a.pdf",))
    assert verdict("Annual reports 2019 to 2023", cover) is Verdict.DOUBTFUL
    assert verdict("Each of these words stands for one of a report. " * 30, cover) is Verdict.GOOD


def test_judging_a_hostile_page_takes_no_time() -> None:
    """However long a text is and however often a notice begins in it, the work is bounded."""
    for text in ("this " * 400_000, "this document " * 200_000, "a" * 2_000_000):
        assert verdict(text) is Verdict.GOOD
