"""ApplicationSet: generators give parameter sets, a template turns each into an Application.

https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/
The modules here are pure; `engine/appset.py` asks for renders and puts them together.
"""
