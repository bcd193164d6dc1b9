"""Questionnaires: XLSForms compiled once, walked question by question.

Publishing reads a sheet (:mod:`bot.surveys.compile`, needs pyxform); serving needs only the compiled form
(:mod:`bot.surveys.model`), which :mod:`bot.surveys.run` walks and :mod:`bot.surveys.render` puts into words.
"""
