"""What looks like a due date, although it may mean no moment here.  Pure.

People name days in their own language, slip, or write dates that countries read in different ways.  Such
words are told apart from names and comments, so that they can be explained.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.text import nearest_word


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ENGLISH = _words(
    """monday tuesday wednesday thursday friday saturday sunday january february april june july august
    september october november december tomorrow yesterday today tonight weekend"""
)
_TELLING = _ENGLISH | _words(
    """mon tue tues wed thu thur thurs fri sat sun jan feb mar march apr may jun jul aug sep sept oct nov dec
    noon midday midnight eod eow eom asap soon later someday sometime evening morning afternoon
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag heute morgen übermorgen wochenende
    januar februar märz mai juni juli oktober dezember mittag mitternacht
    lundi mardi mercredi jeudi vendredi samedi dimanche demain aujourd'hui janvier février mars avril juin
    juillet août septembre octobre novembre décembre
    lunes martes miércoles jueves viernes sábado domingo mañana hoy enero febrero marzo abril mayo junio
    julio agosto septiembre octubre noviembre diciembre
    lunedì martedì mercoledì giovedì venerdì sabato domenica domani oggi gennaio febbraio aprile maggio
    giugno luglio settembre ottobre dicembre
    segunda terça quarta quinta sexta segunda-feira terça-feira quarta-feira quinta-feira sexta-feira amanhã
    hoje maandag dinsdag woensdag donderdag vrijdag zaterdag zondag vandaag"""
)
"""What alone tells of a day or an hour: in English, German, French, Spanish, Italian, Portuguese, Dutch."""
_UNITS = _words(
    """minute minutes min mins hour hours hr hrs day days week weeks month months quarter year years
    minuten stunde stunden tag tage tagen woche wochen monat monate monaten jahr jahre jour jours semaine
    semaines mois heures día días dia dias semana semanas mes meses horas giorno giorni settimana settimane
    mesi ore dag dagen weken uur uhr"""
)
_COUNTS = _words(
    """a an one two three four five six seven eight nine ten next this end of coming business working half
    ein eine einem einer einen zwei drei vier fünf nächste nächsten nächster un una une uma"""
)
_FILLERS = _COUNTS | _words(
    """by until till til before due in on at the for within no later than after from now start beginning
    early late o'clock am pm a.m p.m
    bis zum zur um der den dem ende im vor nächstes kommenden le la les el del de da do para per entro avant
    fin jusqu'à jusqu'au dans en prochain prochaine próximo próxima tot op voor om over"""
)
_DATE = re.compile(
    r"\d{1,4}([./-])\d{1,2}(?:\1(?:\d{2,4})?)?|\d{1,2}(?::\d{2}|h\d{0,2})(?:[ap]m)?|\d{1,2}[ap]m"
)
_NUMBER = re.compile(r"\d{1,4}(?:st|nd|rd|th)?")
_MOST = 12  # words
_SLIP = 0.8  # of SequenceMatcher's ratio: "firday" and "friday" are 0.83
_LEAST_SLIP = 5  # letters: shorter words are like too many others


def looks_like_due(words: str) -> bool:
    """Whether words, all of them, are of the kind that due dates are made of, in whatever language."""
    said = [word.strip(".!?;:()") for word in words.casefold().replace(",", " ").split()]
    if not said or len(said) > _MOST:
        return False
    tells = False
    for before, word in zip(["", *said], said, strict=False):
        if _tells(word, before):
            tells = True
        elif word not in _FILLERS and word not in _UNITS and not _NUMBER.fullmatch(word):
            return False
    return tells


def _tells(word: str, before: str) -> bool:
    """Whether a word tells of a day or an hour: alone, or as a unit of what stands before it."""
    if word in _UNITS:
        return before in _COUNTS or _NUMBER.fullmatch(before) is not None
    return word in _TELLING or _DATE.fullmatch(word) is not None or _is_slip(word)


@lru_cache(maxsize=256)
def _is_slip(word: str) -> bool:
    """Whether a word is an English one with a slip in it."""
    return (
        word.isalpha() and len(word) >= _LEAST_SLIP and nearest_word(word, _ENGLISH, least=_SLIP) is not None
    )
