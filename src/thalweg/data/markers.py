"""Words that people and programs write where a number or a date is not known."""

from __future__ import annotations

import polars as pl

MARKERS = frozenset(
    {
        # programs: R, SAS, SQL, Python, pandas, Julia, spreadsheets in several languages
        *("", "na", "n/a", "nan", "-nan", "nat", "null", "none", "nil", "void", "<na>", "<null>", "<none>", "(null)"),
        *("(blank)", "(none)", "\\n", "na_integer_", "na_real_", "na_character_", "1.#ind", "-1.#ind", "1.#qnan"),
        *("-1.#qnan", "#n/a n/a", "#na", "#n/a", "#nv", "#n/d", "#n/disp", "0000-00-00", "0000-00-00 00:00:00"),
        # people
        *("-", "--", "---", ".", "..", "...", "…", "?", "??", "???", "*", "/", "_", "n.a.", "n.a", "n a", "n.d."),
        *("n/d", "nd", "n.v.", "k.a.", "k. a.", "k.a", "s/d", "s.d.", "n.r.", "n/r", "n.k.", "miss", "missing"),
        *("missing value", "(missing)", "[missing]", "unknown", "(unknown)", "unk", "unkn", "not known"),
        *("undefined", "undef", "not available", "not applicable", "not recorded", "not reported", "not measured"),
        *(
            "not given",
            "not stated",
            "no data",
            "no value",
            "no answer",
            "tbd",
            "tba",
            "n. a.",
            "n.b.",
            "n/s",
            "unbek.",
            "**",
            "empty",
            "blank",
            "unbekannt",
        ),
        *("nicht bekannt", "nicht gemessen", "nicht verfügbar", "nicht vorhanden", "keine angabe", "keine angaben"),
        *("keine daten", "fehlt", "fehlend", "leer", "inconnu", "inconnue", "non connu", "manquant", "manquante"),
        *("non disponible", "nc", "n.c.", "desconocido", "desconocida", "sin dato", "sin datos", "no disponible"),
        *("sconosciuto", "sconosciuta", "mancante", "non disp.", "onbekend", "ontbreekt", "okänd", "saknas"),
        *("desconhecido", "ausente", "brak", "nieznany"),
    }
)
"""In lower case. They count as missing where all other values of a column are numbers, or all are dates."""

_SPREADSHEET_ERROR = r"^#[\p{L}\d/_]+[!?]$"


def is_marker(tidied: pl.Series) -> pl.Series:
    """Which texts, without spaces around them, stand for a value that is not known (rows,), false where null.

    >>> is_marker(pl.Series(["NULL", "12", "#DIV/0!", "–", None])).to_list()
    [True, False, True, True, False]
    """
    lowered = tidied.str.to_lowercase().str.replace_all("[\u2010-\u2015\u2212]", "-")
    marked = lowered.is_in(list(MARKERS)) | lowered.str.contains(_SPREADSHEET_ERROR)
    return marked.fill_null(False)
