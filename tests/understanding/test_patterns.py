"""Wordings and their false friends; rows are our own, none is in the training data."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.understanding import corpus
from bot.understanding.patterns import Patterns

VIOLENCE = [
    "mi conviviente me pega si llego tarde del curso",
    "ayer mi marido me dio dos cachetadas frente a la niña",
    "M3 P3G4 cada k toma",
    "me  pegó😭😭otra vez",
    "fíjese que mi esposo me encierra con llave todas las mañanas",
    "mi pareja no me deja salir ni a la esquina",
    "me revisa todos los mensajes y me quita el celular",
    "mi padrastro abusaba de mí cuando yo iba en la primaria",
    "le tengo terror a mi exmarido",
    "si lo dejo dice que me va a matar",
    "me amenaza con un machete",
    "mi cuñado me manosea cuando nos quedamos solos",
    "he slapped me in front of my kids",
    "my husband won't let me leave the house",
    "I'm scared of my boyfriend when he drinks",
    "he says he's going to kill me if I study",
    "my ex threatens to post my private pictures",
    "I was raped when I was fifteen",
]
SELF_HARM = [
    "me quiero morir",
    "a veces quisiera quitarme la vida",
    "YA NO KIERO VIVIR",
    "pienso en tirarme al metro",
    "mis niños estarían mejor sin mí",
    "ojalá me durmiera y ya no despertar nunca",
    "mi hija se corta los brazos",
    "ya no le veo sentido a la vida",
    "mi sobrina se quiso matar la semana pasada",
    "I want to end it all",
    "they'd be better off without me",
    "I don't want to live anymore",
    "my son says he wants to die",
    "she cuts her arms in the bathroom",
]
FALSE_FRIENDS = [
    "me muero de risa con ustedes",
    "me quiero morir de la vergüenza, mandé el audio al grupo",
    "mi hijo le pega a la pelota todo el día",
    "me pega el sol en la cara y no veo la pantalla",
    "me pegó fuerte la gripe",
    "se me pegó la canción",
    "ya no puedo más con los trámites",
    "no aguanto más esta muela",
    "me mato trabajando en la maquila",
    "este calor me va a matar",
    "le tengo miedo a la computadora",
    "mi marido no quiere que estudie",
    "mi jefe no me deja salir temprano",
    "el doctor me controla la presión",
    "el tráfico me quita el tiempo",
    "la vaca me pateó en la ordeña",
    "vi una serie sobre el suicidio",
    "dan un taller de prevención del suicidio",
    "quiero desaparecer de la lista de correos",
    "no quiero vivir en la capital",
    "quiero subir mis fotos de los pasteles",
    "se corta la llamada a cada rato",
    "mi bebé me patea mucho en la noche",
    "la app no me deja entrar a la sesión",
    "hay una ley contra la violencia, ¿la ven en el curso?",
    "I'm dying to start the course",
    "I nearly died laughing",
    "my son hits the ball all day",
    "the heat is killing me",
    "my phone died in the middle of the form",
    "my mom is gonna kill me if I burn the rice lol",
    "the sun hits my eyes here",
    "they threaten to cut the electricity if I don't pay the bill",
]


@pytest.fixture(scope="module")
def patterns() -> Patterns:
    return Patterns.load()


@pytest.mark.parametrize("text", VIOLENCE)
def test_it_knows_plain_words_of_violence(patterns: Patterns, text: str) -> None:
    found = patterns.search(text)
    assert found is not None
    assert found.category == "violence"


@pytest.mark.parametrize("text", SELF_HARM)
def test_it_knows_plain_words_of_self_harm(patterns: Patterns, text: str) -> None:
    found = patterns.search(text)
    assert found is not None
    assert found.category == "self_harm"


@pytest.mark.parametrize("text", FALSE_FRIENDS)
def test_it_is_not_fooled_by_a_false_friend(patterns: Patterns, text: str) -> None:
    assert patterns.search(text) is None


def test_a_false_friend_in_one_sentence_does_not_silence_another(patterns: Patterns) -> None:
    found = patterns.search("hoy me pegó el sol. mi marido me pega")
    assert found is not None


def test_it_alarms_on_almost_no_ordinary_message(patterns: Patterns) -> None:
    ordinary = [e for e in corpus.training() if e.kind in ("intents", "pathways") and e.intent]
    told = [e.text for e in ordinary if e.intent not in ("disclose_violence", "disclose_self_harm")]
    alarms = [text for text in told if patterns.search(text)]
    assert len(alarms) <= len(told) / 500, alarms


@pytest.mark.parametrize(
    ("entry", "told"),
    [("'me ('", "unterminated|missing"), ("'me <nobody>'", "nobody")],
    ids=["syntax", "list"],
)
def test_it_names_the_entry_that_does_not_compile(tmp_path: Path, entry: str, told: str) -> None:
    path = tmp_path / "patterns.yml"
    path.write_text(
        f"words: {{}}\nviolence:\n  - id: broken\n    match: [{entry}]\nself_harm: []\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match=f"broken.*({told})"):
        Patterns.load(path)
