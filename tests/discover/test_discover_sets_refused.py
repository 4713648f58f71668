"""ApplicationSets that cannot generate: each mistake is told at its line, and hides no other."""

from __future__ import annotations

import pytest

from discover.conftest import Discover
from discover.declare import URL, app, application_set, ids

ONE = "- list: {elements: [{name: one}]}\n"

MISTAKES = {
    "no such generator": (
        ONE + "- lists: {elements: []}\n",
        "{{.name}}",
        "",
        (
            "8: set: spec.generators[1].lists: there is no generator lists; there are list, "
            "clusters, git, matrix, merge"
        ),
    ),
    "two kinds at once": (
        "- {list: {elements: []}, git: {}}\n",
        "{{.name}}",
        "",
        "7: set: spec.generators[0]: a generator has exactly one kind, this one has list, git",
    ),
    "no generators": (
        "",
        "x",
        "",
        "4: set: spec: generators is missing or empty: nothing would be generated",
    ),
    "git for nothing": (
        f"- git: {{repoURL: {URL}}}\n",
        "{{.name}}",
        "",
        "7: set: spec.generators[0].git: directories or files is missing",
    ),
    "three in a matrix": (
        (
            "- matrix:\n    generators:\n    - list: {elements: []}\n    - clusters: {}\n"
            "    - clusters: {}\n"
        ),
        "{{.name}}",
        "",
        "8: set: spec.generators[0].matrix.generators: takes two generators, not 3",
    ),
    "merge without keys": (
        "- merge:\n    generators:\n    - list: {elements: []}\n    - clusters: {}\n",
        "{{.name}}",
        "",
        (
            "7: set: spec.generators[0].merge: mergeKeys is missing: which parameters make two "
            "sets the same?"
        ),
    ),
    "merge keys that do not tell apart": (
        (
            "- merge:\n    mergeKeys: [project]\n    generators:\n    - clusters: {}\n"
            "    - list: {elements: []}\n"
        ),
        "{{.name}}",
        "",
        "7: ApplicationSet set: merge: two sets of one generator agree in project=",
    ),
    "a selector that is none": (
        ONE + "  selector: {matchExpressions: [{key: name, operator: Is}]}\n",
        "{{.name}}",
        "",
        "7: ApplicationSet set: 'Is' is no operator; there are In, NotIn, Exists, DoesNotExist",
    ),
    "a pattern that is none": (
        f"- git: {{repoURL: {URL}, directories: [{{path: '['}}]}}\n",
        "x",
        "",
        "7: ApplicationSet set: '[' has a [ without a ]",
    ),
    "a file that is broken": (
        f"- git: {{repoURL: {URL}, files: [{{path: broken.json}}]}}\n",
        "x",
        "",
        (
            "7: ApplicationSet set: broken.json:2: while parsing a flow mapping did not find "
            "expected ',' or '}'"
        ),
    ),
    "a file that is no map": (
        f"- git: {{repoURL: {URL}, files: [{{path: text.yaml}}]}}\n",
        "x",
        "",
        "7: ApplicationSet set: text.yaml: a map, or a list of maps, is expected",
    ),
    "a template that does not parse": (
        ONE,
        "{{ .name }",
        "",
        '10: ApplicationSet set: {{ .name }: unexpected "}" in operand',
    ),
    "a function that is not there": (
        ONE,
        '{{ env "HOME" }}',
        "",
        '10: ApplicationSet set: {{ env "HOME" }}: function "env" not defined',
    ),
    "a key of nothing": (
        ONE,
        "{{ .a.b }}",
        "",
        "10: ApplicationSet set: {{ .a.b }}: {{ .a.b }}: nil pointer evaluating interface {}.b",
    ),
    "a missing key, asked to be an error": (
        ONE,
        "{{.nope}}",
        "goTemplateOptions: [missingkey=error]\n",
        "10: ApplicationSet set: {{.nope}}: .nope is missing, and missingkey=error is asked for",
    ),
    "a missing key": (
        ONE,
        "a{{.nope}}",
        "",
        (
            "10: a<no value>: metadata.name: 'a<no value>' is no name: lower-case letters, digits, "
            "'-' and '.', at most 253"
        ),
    ),
    "a patch that does not parse": (
        ONE,
        "{{.name}}",
        "templatePatch: |\n  spec:\n    project: {{ .a.b }}\n",
        "17: ApplicationSet set: templatePatch: {{ .a.b }}: nil pointer evaluating interface {}.b",
    ),
    "a patch that is no YAML": (
        ONE,
        "{{.name}}",
        "templatePatch: |\n  spec: [\n",
        (
            "16: ApplicationSet set: templatePatch: line 2 of what it renders to: while parsing a "
            "flow node did not find expected node content"
        ),
    ),
    "a patch that is no map": (
        ONE,
        "{{.name}}",
        "templatePatch: '[1]'\n",
        "15: ApplicationSet set: templatePatch: it renders to no map",
    ),
    "a patch that takes the spec away": (
        ONE,
        "{{.name}}",
        "templatePatch: 'spec: null'\n",
        "7: ApplicationSet set: spec of the generated Application is no map",
    ),
}


@pytest.mark.parametrize(
    ("generators", "name", "spec", "said"), MISTAKES.values(), ids=MISTAKES.keys()
)
async def test_a_mistake_is_told_at_its_line(
    discover: Discover, generators: str, name: str, spec: str, said: str
) -> None:
    found = await discover(
        {
            "set.yaml": application_set(generators, name.replace("'", "''"), spec=spec),
            "a.yaml": app("a"),
            "broken.json": '{"a": 1\n',
            "text.yaml": "- text\n",
        }
    )
    (finding,) = found.findings
    assert f"{finding.line}: {finding.message}" == said
    assert finding.file == "set.yaml"
    assert ids(found) == ["a"]
    assert found.incomplete


@pytest.mark.parametrize(
    ("generator", "said"),
    [
        (
            "- scmProvider: {github: {organization: a}}\n",
            "the scmProvider generator asks a forge for its repositories, and no forge",
        ),
        (
            "- matrix: {generators: [{pullRequest: {}}, {clusters: {}}]}\n",
            "the pullRequest generator asks a forge for open pull requests, and no forge is",
        ),
        (
            "- plugin: {configMapRef: {name: x}}\n",
            "the plugin generator asks a web service for its parameters, which the plan of",
        ),
        (
            "- clusterDecisionResource: {configMapRef: x}\n",
            "the clusterDecisionResource generator asks the meta cluster for an object that lists",
        ),
    ],
    ids=["repositories", "pull requests in a matrix", "program", "placement"],
)
async def test_a_kind_that_is_not_run_is_a_warning_and_hides_no_other(
    discover: Discover, generator: str, said: str
) -> None:
    found = await discover({"set.yaml": application_set(generator + ONE)})
    assert ids(found) == ["one"]
    (finding,) = found.findings
    assert finding.message.startswith(f"ApplicationSet set: {said}")
    assert finding.message.endswith(": what it generates is not known, and not touched")
    assert (finding.severity, finding.line) == ("warning", 7)
    # Nothing of it was ever applied, so nothing that is gone could be its.
    assert found.incomplete == ""


async def test_a_generator_that_fails_hides_no_other(discover: Discover) -> None:
    broken = f"- git: {{repoURL: {URL}, directories: [{{path: '['}}]}}\n"
    found = await discover({"set.yaml": application_set(broken + ONE)})
    assert ids(found) == ["one"]
    assert len(found.findings) == 1 and found.incomplete == "ApplicationSet set"


async def test_a_server_that_nobody_knows_is_asked_for(discover: Discover) -> None:
    text = application_set("- clusters: {}\n").replace("name: eu,", "server: '{{.server}}',")
    found = await discover({"trunkline.yaml": "clusters: [{name: eu}]", "set.yaml": text})
    (finding,) = found.findings
    assert finding.message == (
        "eu: spec.destination: server is empty; a cluster needs one in trunkline.yaml to be "
        "named by it"
    )
    assert finding.line == 14


async def test_a_revision_that_is_none_is_told_of(discover: Discover) -> None:
    generators = f"- git: {{repoURL: {URL}, revision: v9, files: [{{path: a.yaml}}]}}\n"
    found = await discover({"set.yaml": application_set(generators)})
    (finding,) = found.findings
    assert "no commit is called 'v9'" in finding.message and finding.line == 7


async def test_another_repository_is_told_of(discover: Discover) -> None:
    generators = "- git: {repoURL: 'https://other.test/x.git', directories: [{path: '*'}]}\n"
    found = await discover(
        {
            "trunkline.yaml": f"repository: {{urls: ['{URL}']}}\nclusters: [{{name: eu}}]\n",
            "set.yaml": application_set(generators),
        }
    )
    (finding,) = found.findings
    assert "https://other.test/x.git: no host of this name is found" in finding.message
    assert finding.remedy


async def test_flat_names_that_clash_are_told_of(discover: Discover) -> None:
    generators = f"""\
- matrix:
    generators:
      - git: {{repoURL: {URL}, directories: [{{path: plain}}]}}
      - git: {{repoURL: {URL}, directories: [{{path: other}}]}}
"""
    text = application_set(generators, "{{path.basename}}", go=False)
    found = await discover({"set.yaml": text, "other/a.yaml": ""})
    (finding,) = found.findings
    assert "both generators say path, and not the same" in finding.message


async def test_lists_that_multiply_each_other_come_to_an_end(discover: Discover) -> None:
    names = ", ".join(f"{{NAME: v{at}}}" for at in range(1000))
    lists = [f"list: {{elements: [{names.replace('NAME', name)}]}}" for name in "abc"]
    inner = f"matrix: {{generators: [{{{lists[0]}}}, {{{lists[1]}}}]}}"
    matrix = f"- matrix: {{generators: [{{{inner}}}, {{{lists[2]}}}]}}\n"
    found = await discover({"set.yaml": application_set(matrix, "{{.a}}-{{.b}}-{{.c}}")})
    assert ids(found) == []
    (told,) = found.findings
    assert told.message == (
        "ApplicationSet set: the ApplicationSets make more than 50,000 sets of parameters together"
    )
